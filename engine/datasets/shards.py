"""Shards of webdatasets: tar files whose members are samples, read where they lie."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..files import size_of_plain

__all__ = ["BROKEN", "Member", "members", "natural", "read_member", "tars"]

# Of a shard: members, and bytes of what tarfile reads whole, such as long names.
MOST_MEMBERS, LONGEST_HEADER = 500_000, 2**20
BROKEN = (OSError, tarfile.TarError, ValueError, OverflowError, RecursionError)
"""What a shard that is damaged raises."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a shard: the sample's key and what of the sample it holds ("1/beach_3.png": "1/beach_3", "png")."""

    name: str
    key: str
    ending: str
    start: int
    size: int


class _Shard(io.FileIO):
    """A shard for tarfile, which takes the sizes in it for true: no more is read at once than there may be."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= LONGEST_HEADER:
            raise tarfile.ReadError("a header in it says that it is endless")
        return super().read(size) or b""


def tars(folder: Path) -> list[Path]:
    """The shards in a folder in natural order, without what macOS writes beside each."""
    files = (file for file in folder.glob("*.tar") if not file.name.startswith("."))
    return sorted(files, key=lambda file: natural(file.name))


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names by the numbers in them."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def members(path: Path, longest: Callable[[str], int | None]) -> Iterator[Member]:
    """The plain files in a shard, which is not compressed.

    Parameters
    ----------
    path : Path
    longest : callable
        From an ending in small letters to how many bytes such a member may have; None for those that nobody wants.

    Raises
    ------
    OSError, TarError, ValueError, OverflowError, RecursionError
        If it is no shard, cut off, or has members without end.
    """
    length, before = size_of_plain(path), -1
    with _Shard(path) as file, tarfile.open(fileobj=file, mode="r:") as shard:
        for count, member in enumerate(iter(shard.next, None)):
            shard.members = []  # type: ignore[attr-defined] # it keeps all that it has seen
            if count >= MOST_MEMBERS or member.offset <= before:
                raise ValueError("it has too many members")
            before = member.offset
            name = PurePosixPath(member.name)
            key, _, ending = name.name.partition(".")
            most = longest(ending.lower())
            # Sparse members do not lie there as they are.
            if not key or not member.isreg() or member.issparse() or most is None:
                continue
            if member.size > most:
                raise ValueError(f"{member.name} is too long")
            if member.offset_data + member.size > length:
                raise ValueError(f"{member.name} is cut off")
            yield Member(member.name, str(name.with_name(key)), ending.lower(), member.offset_data, member.size)


def read_member(path: Path, start: int, size: int) -> bytes:
    """The bytes of a member.

    Raises
    ------
    OSError
        If the shard cannot be read.
    """
    with path.open("rb") as shard:
        shard.seek(start)
        return shard.read(size)
