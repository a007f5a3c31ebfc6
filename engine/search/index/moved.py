"""Images that were moved together with their index: a drive has another letter, a folder another place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from ...raster.stamps import Stamp, stamp
from .manifest import Manifest, Source

__all__ = ["at_new_places"]

LEVELS = 3  # above the index in which images are looked for
# Of a large index some images are looked at first: files may lie on slow disks, and are mostly where they were.
SAMPLE, MOST_SEARCHED = 16, 100
SLACK_NS = 2_000_000_000  # to which file systems of memory sticks round times

Parts = tuple[str, ...]


def at_new_places(folder: Path, manifest: Manifest) -> Manifest:
    """The manifest with the images that are gone where they lie now, if that is as before relative to the index.

    An image is the same if its files have their names, their size and their time.

    Parameters
    ----------
    folder : Path
        Of the index, where it lies now.
    manifest : Manifest
    """
    finder = _Finder(folder)
    step = max(len(manifest.sources) // SAMPLE, 1)
    if not any(finder.moved(source) != source for source in manifest.sources[::step]):
        return manifest
    return replace(manifest, sources=tuple(map(finder.moved, manifest.sources)))


class _Finder:
    """Looks for files near an index; where one was found, the others are looked for first."""

    def __init__(self, folder: Path) -> None:
        self._bases = [folder, *folder.absolute().parents][: LEVELS + 1]
        self._moves: list[tuple[Parts, Path]] = []
        self._left = MOST_SEARCHED

    def moved(self, source: Source) -> Source:
        """The source with its files where they lie now."""
        pairs: list[tuple[str, Stamp]] = []
        for file, before in zip(source.files, source.stamps, strict=True):
            if before is None or file.startswith("/vsi") or _exists(file):
                pairs.append((file, before))
            elif (place := self._find(file, before)) is not None:
                pairs.append((str(place), stamp(str(place))))
            else:
                return source
        files, stamps = zip(*pairs, strict=True)
        return source if files == source.files else replace(source, files=files, stamps=stamps)

    def _find(self, file: str, before: tuple[int, int]) -> Path | None:
        parts = _parts(file)
        for start, base in self._moves:
            if parts[: len(start)] == start and _is_it(place := base.joinpath(*parts[len(start) :]), before):
                return place
        if ".." in parts or not self._left:
            return None
        self._left -= 1
        for base in self._bases:
            for first in range(1, len(parts)):
                if _is_it(place := base.joinpath(*parts[first:]), before):
                    self._moves.append((parts[:first], base))
                    return place
        return None


def _parts(file: str) -> Parts:
    """The folders and the name of a path of any system."""
    kind: type[PurePath] = PureWindowsPath if PureWindowsPath(file).drive else PurePosixPath
    return kind(file).parts


def _exists(file: str) -> bool:
    try:
        return Path(file).exists()
    except (OSError, ValueError):
        return False


def _is_it(place: Path, before: tuple[int, int]) -> bool:
    """Whether a file has the size and the time of the one that was read."""
    with suppress(OSError, ValueError):
        now = stamp(str(place))
        return now is not None and now[0] == before[0] and abs(now[1] - before[1]) <= SLACK_NS
    return False
