"""Scene data sets: pictures in folders of classes, or in the shards of a webdataset."""

from __future__ import annotations

import io
import itertools
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..files import read_plain
from .dataset import Input, Sample, Target
from .decoding import LARGEST_BYTES, decoded, display_range, to_display
from .shards import BROKEN, Member, members, natural, read_member, tars

__all__ = [
    "PARTED_BY", "SPLITS", "TAUGHT", "Picture", "SceneFolder", "Scenes", "Shown", "hold_out", "open_scenes", "runs",
    "scene_folder", "square", "write_folders_miniature", "write_shards_miniature",
]  # fmt: skip

CLASS_NAMES = "classnames.txt"
# Parts of a set that is parted already, in the order in which they are looked for: to judge a model, and to teach one.
JUDGED = ("test", "val", "train")
TAUGHT = ("train",)
SPLITS = ("train", "val", "test")
PARTED_BY = "The set's own folders train, val and test; a set without them by runs of numbers, into train and test."
LAST = 0.2  # of every run of numbers is the test part where a set is not parted
COLOURS = Input({"red": "display", "green": "display", "blue": "display"})
ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
LONGEST = {".cls": 20, **dict.fromkeys(ENDINGS, LARGEST_BYTES)}  # bytes of a shard's members
# Numbers of pictures that lie further apart than this were not cut from places beside each other.
GAP, MOST_DIGITS = 10, 18
LONGEST_CLASS_NAMES = 2**20  # bytes
# From so many pictures, and so many values of each, it is told what is black and what is white.
SAMPLED, SAMPLED_VALUES = 64, 4096


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a set: its path below the set, the class's number, and where its bytes lie."""

    name: str
    label: int
    path: Path
    member: str | None = None  # of a tar file at `path`
    span: tuple[int, int] = (0, 0)  # where the member starts in it, and its bytes

    def read(self) -> npt.NDArray[Any]:
        """Values [H, W, 3], red, green, blue, in the file's own type: `Shown` makes 8 bits of all.

        Raises
        ------
        InputError
            If it is no picture.
        """
        where = str(self.path) if self.member is None else f"{self.path} ({self.member})"
        try:
            inside = self.member is not None
            data = read_member(self.path, *self.span) if inside else read_plain(self.path, LARGEST_BYTES)
        except OSError as error:
            raise InputError(
                f"{where} cannot be read ({error.strerror}); repair it or take it out of the set."
            ) from error
        return decoded(data, where)


@dataclass(frozen=True, slots=True)
class SceneFolder:
    """A set.

    Attributes
    ----------
    path : Path
    classes : tuple of str
        The names of its classes as its folders spell them.
    pictures : tuple of Picture
        In natural order.
    part : str, optional
        The folder in `path` in which they were found, such as 'test'.
    """

    path: Path
    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    part: str | None = None

    def labels(self) -> npt.NDArray[np.int64]:
        """int64[N], the class of each picture."""
        return np.array([picture.label for picture in self.pictures], np.int64)


class Shown:
    """Reads the pictures of a set as a screen shows them.

    Pictures of 8 bits are taken as they are. All others are stretched alike, from values of pictures all over the set:
    stretched one by one, dark forests would be as bright as deserts.
    """

    def __init__(self, scenes: SceneFolder) -> None:
        self._scenes = scenes
        self._range: tuple[float, float] | None = None

    def __call__(self, picture: Picture) -> npt.NDArray[np.uint8]:
        """uint8[H, W, 3], red, green, blue.

        Raises
        ------
        InputError
            If it is no picture.
        """
        values = picture.read()
        if values.dtype == np.uint8:
            return values
        if self._range is None:
            step = max(1, len(self._scenes.pictures) // SAMPLED)
            others = (other.read() for other in self._scenes.pictures[::step])
            samples = [_some(other) for other in others if other.dtype != np.uint8]
            self._range = display_range([_some(values), *samples])
        return to_display(values, *self._range)

    @property
    def note(self) -> str | None:
        """What was done to pictures that do not have 8 bits, if there were any."""
        if self._range is None:
            return None
        low, high = self._range
        return f"Pictures that do not have 8 bits are shown from {low:g} (black) to {high:g} (white)."


def _some(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    step = max(1, int((values.shape[0] * values.shape[1] * 3 / SAMPLED_VALUES) ** 0.5))
    return values[::step, ::step]


def scene_folder(path: str | Path, parts: Sequence[str] = JUDGED) -> SceneFolder:
    """Find the pictures of a folder whose folders are classes.

    A folder of tar shards (a webdataset: `KEY.cls` holds the class's number, a picture lies beside it under the same
    key) with a `classnames.txt` beside them or one folder above is read as well.

    Parameters
    ----------
    path : path
    parts : sequence of str
        Where the folder holds neither, the first of these folders in it that does is taken.

    Raises
    ------
    InputError
        If there are none, or of one class alone.
    """
    folder = Path(path).absolute()
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give a folder that holds a folder of pictures per class.")
    part = None if _is_set(folder) else next((name for name in parts if _is_set(folder / name)), None)
    classes, pictures = _set_of(folder / (part or ""))
    return SceneFolder(folder, classes, pictures, part)


def _is_set(folder: Path) -> bool:
    return folder.is_dir() and (bool(tars(folder)) or len(_classes(folder)) > 1)


def _set_of(folder: Path) -> tuple[tuple[str, ...], tuple[Picture, ...]]:
    if tars(folder):
        return _shards(folder)
    names = _classes(folder)
    if len(names) < 2:
        inner = next((child for child in sorted(folder.iterdir()) if _is_set(child)), None)
        raise InputError(
            f"{folder} holds {len(names)} folders with pictures; a scene set needs one folder per class, two at least."
            + (f" {inner} looks like one: give that." if inner else "")
        )
    return names, tuple(
        Picture(f"{name}/{file.name}", label, file)
        for label, name in enumerate(names)
        for file in _files(folder / name)
    )


def _classes(folder: Path) -> tuple[str, ...]:
    """The names of the folders that hold pictures."""
    children = (child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))
    return tuple(sorted(child.name for child in children if _files(child)))


def _files(folder: Path) -> list[Path]:
    files = (file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and not file.name.startswith("."))
    return sorted(files, key=lambda file: natural(file.name))


def _shards(folder: Path) -> tuple[tuple[str, ...], tuple[Picture, ...]]:
    listed = next((path for path in (folder / CLASS_NAMES, folder.parent / CLASS_NAMES) if path.is_file()), None)
    if listed is None:
        raise InputError(
            f"{folder} holds tar shards, but there is no {CLASS_NAMES} in it or one folder above; write the classes "
            f"into it, one a line."
        )
    try:
        text = read_plain(listed, LONGEST_CLASS_NAMES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{listed} is no UTF-8 text with a class a line ({error}); mend it.") from error
    classes = tuple(line.strip() for line in text.splitlines() if line.strip())
    pictures: list[Picture] = []
    for path in tars(folder):
        try:
            pictures += _members(path, len(classes))
        except BROKEN as error:
            raise InputError(f"{path} is no shard of a webdataset ({error}); repair it or take it away.") from error
    if len({picture.label for picture in pictures}) < 2:
        raise InputError(f"The shards in {folder} hold pictures of less than two classes; nothing can be told apart.")
    return classes, tuple(sorted(pictures, key=lambda picture: picture.label))


def _members(path: Path, classes: int) -> Iterator[Picture]:
    labels: dict[str, int] = {}
    pictures: dict[str, Member] = {}
    for member in members(path, lambda ending: LONGEST.get(f".{ending}")):
        if member.ending == "cls":
            labels[member.key] = int(read_member(path, member.start, member.size).decode("ascii"))
        else:
            pictures[member.key] = member
    for key, member in pictures.items():
        if not 0 <= labels.get(key, -1) < classes:
            raise ValueError(f"{member.name} has no class, or one that {CLASS_NAMES} does not name")
        yield Picture(f"{path.name}/{member.name}", labels[key], path, member.name, (member.start, member.size))


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
    runs: list[list[int]] = []
    last: int | None = None
    for position, name in enumerate(names):
        numbers = re.findall(r"\d+", Path(name).stem)
        number = int(numbers[-1][-MOST_DIGITS:]) if numbers else None
        jump = number is None or last is None or not 0 < number - last <= GAP
        if not runs or (jump and (number is None) == (last is None) and number is not None):
            runs.append([])
        runs[-1].append(position)
        last = number
    return runs


def hold_out(folder: SceneFolder, share: float) -> npt.NDArray[np.bool_]:
    """Which pictures a training leaves out, bool[N]: the end of every run of numbers, `share` of it, rounded."""
    held = np.zeros(len(folder.pictures), bool)
    for label in range(len(folder.classes)):
        own = [position for position, picture in enumerate(folder.pictures) if picture.label == label]
        for run in runs([folder.pictures[position].name for position in own]):
            kept = len(run) - round(share * len(run))
            held[[own[place] for place in run[kept:]]] = True
    return held


class Scenes:
    """The pictures of a set as samples with an input `picture` and a target `class`: see `dataset.DataSet`."""

    def __init__(self, folder: SceneFolder) -> None:
        self.folder = folder
        self.names = tuple(f"{folder.part}/{each.name}" if folder.part else each.name for each in folder.pictures)
        self.inputs = {"picture": COLOURS}
        self.targets = {"class": Target("classification", folder.classes)}
        self._shown = Shown(folder)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """The picture from 0 to 255 and the index of its class."""
        picture = self.folder.pictures[index]
        colours = np.ascontiguousarray(self._shown(picture).transpose(2, 0, 1), np.float32)
        return Sample(self.names[index], {"picture": colours}, {"class": picture.label})


def open_scenes(paths: Sequence[Path], split: str) -> Scenes:
    """A split of a set of scenes, as its own folders part it, or else by runs of numbers.

    Parameters
    ----------
    paths : (path,)
        As for `scene_folder`.
    split : {'train', 'val', 'test'}

    Raises
    ------
    InputError
        If there is no such split, or its classes are not those of the part that is taught.
    """
    (path,) = paths
    missing = InputError(f"{path} has no part {split}; put its pictures into folders of classes in {path / split}.")
    if _is_set(path):
        folder = scene_folder(path)
        held = hold_out(folder, LAST)
        chosen = np.flatnonzero(held if split == "test" else ~held & (split == "train"))
        if not len(chosen):
            raise missing
        return Scenes(replace(folder, pictures=tuple(folder.pictures[place] for place in chosen)))
    if path.is_dir() and not _is_set(path / split):
        raise missing
    folder = scene_folder(path, (split,))
    if split not in TAUGHT and folder.classes != scene_folder(path, TAUGHT).classes:
        raise InputError(f"{path / split} has other classes than {path / TAUGHT[0]}; give both the same folders.")
    return Scenes(folder)


def write_folders_miniature(folder: Path, samples: int = 2) -> tuple[Path]:
    """So many pictures of each of two classes in each part, as folders of classes lie."""
    for part, name, number, picture in _miniature(samples):
        path = folder / part / name / f"{name}_{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    return (folder,)


def write_shards_miniature(folder: Path, samples: int = 2) -> tuple[Path]:
    """The same in a shard a part, as webdatasets lie."""
    names = sorted({name for _, name, _, _ in _miniature(1)})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CLASS_NAMES).write_text("\n".join(names))
    for part in SPLITS:
        (folder / part).mkdir()
        with tarfile.open(folder / part / "0.tar", "w") as shard:
            for _, name, number, picture in (item for item in _miniature(samples) if item[0] == part):
                for ending, data in ((".png", picture), (".cls", b"%d" % names.index(name))):
                    member = tarfile.TarInfo(f"{name}_{number}{ending}")
                    member.size = len(data)
                    shard.addfile(member, io.BytesIO(data))
    return (folder,)


def _miniature(samples: int) -> Iterator[tuple[str, str, int, bytes]]:
    """Part, class, number and PNG of small pictures, each of another colour."""
    turns = range(1, samples + 1)
    for place, (part, name, turn) in enumerate(itertools.product(SPLITS, ("beach", "forest"), turns)):
        shade = 20 * place % 256
        picture = np.full((16, 24, 3), (shade, 255 - shade, 90), np.uint8)
        yield part, name, samples * SPLITS.index(part) + turn, cv2.imencode(".png", picture)[1].tobytes()
