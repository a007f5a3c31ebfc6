"""Scene data sets: pictures in folders of classes, or in the shards of a webdataset."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import InputError

__all__ = ["Picture", "SceneFolder", "decoded", "hold_out", "runs", "scene_folder", "square"]

ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
# Numbers of pictures that lie further apart than this were not cut from places beside each other.
GAP = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a set: a name without its folder, the class's number, and where its bytes lie."""

    name: str
    label: int
    path: Path
    member: str | None = None  # of a tar file at `path`

    def read(self) -> npt.NDArray[np.uint8]:
        """uint8[H, W, 3], red, green, blue.

        Raises
        ------
        InputError
            If it is no picture.
        """
        where = str(self.path) if self.member is None else f"{self.path} ({self.member})"
        try:
            if self.member is None:
                data = self.path.read_bytes()
            else:
                with tarfile.open(self.path) as shard:
                    file = shard.extractfile(self.member)
                    data = b"" if file is None else file.read()
        except (OSError, tarfile.TarError, KeyError) as error:
            raise InputError(f"{where} cannot be read ({error}); repair it or take it out of the set.") from error
        return decoded(data, where)


@dataclass(frozen=True, slots=True)
class SceneFolder:
    """A set: its path, the names of its classes as its folders spell them, and its pictures in natural order."""

    path: Path
    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]

    def labels(self) -> npt.NDArray[np.int64]:
        """int64[N], the class of each picture."""
        return np.array([picture.label for picture in self.pictures], np.int64)


def scene_folder(path: str | Path) -> SceneFolder:
    """Find the pictures of a folder whose folders are classes.

    A folder of tar shards with a `classnames.txt` beside them (a webdataset: `KEY.cls` holds the class's number, a
    picture lies beside it under the same key) is read as well.

    Raises
    ------
    InputError
        If there are none, or of one class alone.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give a folder that holds a folder of pictures per class.")
    if any(folder.glob("*.tar")):
        return _shards(folder)
    names = sorted(
        child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".") and _files(child)
    )
    if len(names) < 2:
        raise InputError(
            f"{folder} holds {len(names)} folders with pictures; a scene set needs one folder per class, two at least."
        )
    pictures = tuple(
        Picture(f"{name}/{file.name}", label, file)
        for label, name in enumerate(names)
        for file in _files(folder / name)
    )
    return SceneFolder(folder, tuple(names), pictures)


def _files(folder: Path) -> list[Path]:
    files = (file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and not file.name.startswith("."))
    return sorted(files, key=lambda file: _natural(file.name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _shards(folder: Path) -> SceneFolder:
    listed = folder / "classnames.txt"
    if not listed.is_file():
        raise InputError(f"{folder} holds tar shards but no classnames.txt; write the classes into it, one a line.")
    classes = tuple(line.strip() for line in listed.read_text(encoding="utf-8").splitlines() if line.strip())
    pictures: list[Picture] = []
    for path in sorted(folder.glob("*.tar"), key=lambda file: _natural(file.name)):
        try:
            pictures += _members(path, len(classes))
        except (OSError, tarfile.TarError, ValueError) as error:
            raise InputError(f"{path} is no shard of a webdataset ({error}); repair it or take it away.") from error
    if len({picture.label for picture in pictures}) < 2:
        raise InputError(f"The shards in {folder} hold pictures of less than two classes; nothing can be told apart.")
    return SceneFolder(folder, classes, tuple(sorted(pictures, key=lambda picture: picture.label)))


def _members(path: Path, classes: int) -> Iterator[Picture]:
    labels: dict[str, int] = {}
    pictures: dict[str, str] = {}
    with tarfile.open(path) as shard:
        for member in shard:
            key, _, ending = PurePosixPath(member.name).name.partition(".")
            key = str(PurePosixPath(member.name).with_name(key))
            file = shard.extractfile(member) if member.isfile() else None
            if file is not None and ending == "cls":
                labels[key] = int(file.read().decode("ascii"))
            elif file is not None and f".{ending}".lower() in ENDINGS:
                pictures[key] = member.name
    for key, name in pictures.items():
        if not 0 <= labels.get(key, -1) < classes:
            raise ValueError(f"{name} has no class, or one that classnames.txt does not name")
        yield Picture(f"{path.name}/{name}", labels[key], path, name)


def decoded(data: bytes, where: str) -> npt.NDArray[np.uint8]:
    """uint8[H, W, 3], red, green, blue, of a picture file's bytes; a picture in greys gets three equal bands.

    Raises
    ------
    InputError
        If they are no picture.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise InputError(f"{where} is no picture that can be read; repair it or take it out of the set.")
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8, copy=False)


def square(picture: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """uint8[side, side, 3]: the square in the middle of a picture, shrunk by area means or enlarged bilinearly."""
    height, width = picture.shape[:2]
    size = min(height, width)
    top, left = (height - size) // 2, (width - size) // 2
    cut = picture[top : top + size, left : left + size]
    if size == side:
        return np.ascontiguousarray(cut)
    method = cv2.INTER_AREA if size > side else cv2.INTER_LINEAR
    return cv2.resize(cut, (side, side), interpolation=method).astype(np.uint8, copy=False)


def runs(names: Sequence[str]) -> list[list[int]]:
    """Positions of names in natural order, cut where the last number in the names jumps.

    Pictures of neighbouring numbers are often of neighbouring places, so a set is split by runs and never by turns.
    """
    found: list[list[int]] = []
    last: int | None = None
    for position, name in enumerate(names):
        numbers = re.findall(r"\d+", Path(name).stem)
        number = int(numbers[-1]) if numbers else None
        jump = number is None or last is None or not 0 < number - last <= GAP
        if not found or (jump and (number is None) == (last is None) and number is not None):
            found.append([])
        found[-1].append(position)
        last = number
    return found


def hold_out(folder: SceneFolder, share: float) -> npt.NDArray[np.bool_]:
    """Which pictures a training leaves out, bool[N]: the end of every run of numbers, `share` of it, rounded."""
    held = np.zeros(len(folder.pictures), bool)
    for label in range(len(folder.classes)):
        own = [position for position, picture in enumerate(folder.pictures) if picture.label == label]
        for run in runs([folder.pictures[position].name for position in own]):
            kept = len(run) - round(share * len(run))
            held[[own[place] for place in run[kept:]]] = True
    return held
