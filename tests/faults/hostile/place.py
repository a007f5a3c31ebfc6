"""Where a hostile input is tried, and what a case of one is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Case", "Cases", "Place", "Words"]

Words = list[str]


@dataclass(frozen=True)
class Case:
    """One input: made by `make` in the folder `Place.given` when its turn comes.

    Attributes
    ----------
    name : str
    make : callable
        Makes the files and gives the words of the command that meets them.
    may_change : tuple of Path
        What the command is asked to write, beside `Place.out`.
    """

    name: str
    make: Callable[[], Words]
    may_change: tuple[Path, ...] = ()


Cases = Iterator[Case]


@dataclass(frozen=True)
class Place:
    """A user's disk in small.

    Attributes
    ----------
    root : Path
        All that is watched.
    good : Path
        What is sound, to be copied from: `scene`, `index`, `models`, `served`.
    canary : str
        The address of the listener that counts.
    """

    root: Path
    good: Path
    canary: str

    @property
    def home(self) -> Path:
        """The user's."""
        return self.root / "home"

    @property
    def given(self) -> Path:
        """Where strangers' files lie."""
        return self.home / "Downloads" / "given"

    @property
    def out(self) -> Path:
        """Where results go."""
        return self.root / "out" / "result"

    @property
    def geofm(self) -> Path:
        """GEOFM_HOME."""
        return self.root / "geofm"

    @property
    def notes(self) -> Path:
        """A file of the user's that nobody is to change."""
        return self.home / "notes.txt"

    @property
    def planted(self) -> Path:
        """What an attacker would like to be there."""
        return self.home / ".config" / "autostart" / "planted.desktop"

    @property
    def post(self) -> Path:
        """A sound radar image."""
        return self.good / "scene" / "post.tif"

    def prepare(self) -> None:
        """All as it is before an attempt."""
        for folder in (self.home, self.out.parent, self.root / "work", self.root / "tmp"):
            shutil.rmtree(folder, ignore_errors=True)
        self.geofm.mkdir(exist_ok=True)
        self.geofm.chmod(0o700)
        for path in self.geofm.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name != "cache":
                shutil.rmtree(path)
            elif path.name != "cache":
                path.unlink()
        for folder in (self.given, self.out.parent, self.planted.parent, self.root / "work", self.root / "tmp"):
            folder.mkdir(parents=True)
        self.notes.write_text("what the user wrote\n")
        self.planted.with_name("own.desktop").write_text("[Desktop Entry]\n")

    def write(self, name: str, content: str | bytes) -> Path:
        """A stranger's file."""
        path = self.given / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
        return path

    def sparse(self, name: str, size: int, start: bytes = b"") -> Path:
        """A file that is long and takes no room."""
        path = self.write(name, start)
        os.truncate(path, size)
        return path

    def flood(self, post: object, *more: object) -> Words:
        """A map of an image."""
        return ["flood", "--post", str(post), *map(str, more), "--out", str(self.out), "--json"]

    def flood_with(self, option: str, path: object) -> Words:
        """A map of a sound image, and a stranger's file beside it."""
        return self.flood(self.post, option, path)
