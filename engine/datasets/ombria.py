"""OMBRIA: pairs of Sentinel-1 pictures, before and after a flood, and what was flooded (Drakonakis et al., 2022)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from ..files import listed, read_plain
from .dataset import Input, Sample, Target
from .decoding import LARGEST_BYTES, decoded

__all__ = ["PARTED_BY", "SPLITS", "Ombria", "open_ombria", "write_miniature"]

SPLITS = ("train", "test")
PARTED_BY = "The set's own folders train and test, whose tiles are of the same scenes: scores on test are optimistic."
PARTS = ("after", "before", "mask")  # in the order of a sample's input, newest first
BELOW = (".", "OmbriaS1")
NUMBER = re.compile(r"(?:.*\D)?(\d{1,9})\.png", re.IGNORECASE)
FLOODED = 255


class Ombria:
    """The pairs of one part: input `radar` (grey values, stretched for a screen), target `flood`; see
    `dataset.DataSet`."""

    def __init__(self, split: str, files: Mapping[int, Sequence[Path]]) -> None:
        self._files = [files[number] for number in sorted(files)]
        self.names = tuple(f"{split}/{number:04}" for number in sorted(files))
        self.inputs = {"radar": Input({"backscatter": "display"}, 2)}
        self.targets = {"flood": Target("segmentation", ("not flooded", "flood"))}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a pair, the image after the flood first."""
        after, before, mask = (_grey(path) for path in self._files[index])
        path = self._files[index][2]
        if not after.shape == before.shape == mask.shape:
            raise InputError(f"{path} has another size than the images that it is of; download the three again.")
        if not set(np.unique(mask).tolist()) <= {0, FLOODED}:
            raise InputError(f"{path} holds other values than 0 (not flooded) and 255 (flooded); give the set's masks.")
        radar = np.stack((after, before)).astype(np.float32)
        return Sample(self.names[index], {"radar": radar}, {"flood": (mask == FLOODED).astype(np.uint8)})


def open_ombria(paths: Sequence[Path], split: str, *, skip: bool = False) -> Ombria:
    """The pairs of a part.

    Parameters
    ----------
    paths : (path,)
        The folder that holds `train` and `test`, or `OmbriaS1` with them.
    split : {'train', 'test'}
    skip : bool
        Whether numbers that lack one of the three pictures are left out.

    Raises
    ------
    InputError
        If there is no such part, or pictures are missing, which are named.
    """
    (path,) = paths
    if split not in SPLITS:
        raise InputError(f"OMBRIA has no part '{split}'; choose one of {', '.join(SPLITS)}.")
    if not path.is_dir():
        raise InputError(f"{path} is no folder; give the folder of OMBRIA that holds {SPLITS[0]}.")
    found = [folder for below in BELOW if (folder := _part(path / below, split)) is not None]
    if not found:
        raise InputError(
            f"{path} holds no folder {split} with the folders {', '.join(PARTS)}; give the folder of OMBRIA that does."
        )
    numbered = [_numbered(found[0][part]) for part in PARTS]
    numbers = set().union(*numbered)
    whole = set(numbered[0]).intersection(*numbered[1:])
    if (len(whole) < len(numbers) and not skip) or not whole:
        first = [f"{number:04}" for number in sorted(numbers - whole)[:3]]
        raise InputError(
            f"{len(numbers) - len(whole)} of {len(numbers)} pairs in {path / split} lack one of {', '.join(PARTS)} "
            f"({listed(first)}); download them again, or let incomplete ones be left out.",
            field="skip_incomplete",
        )
    return Ombria(split, {number: [each[number] for each in numbered] for number in whole})


def _part(folder: Path, split: str) -> dict[str, Path] | None:
    """The folders of a part by what is in them, whose names may be in capitals; None if they are not all there."""
    if not (folder / split).is_dir():
        return None
    there = {item.name.lower(): item for item in (folder / split).iterdir() if item.is_dir()}
    return {part: there[part] for part in PARTS} if set(PARTS) <= set(there) else None


def _numbered(folder: Path) -> dict[int, Path]:
    files = ((NUMBER.fullmatch(item.name), item) for item in folder.iterdir())
    return {int(match[1]): item for match, item in files if match}


def _grey(path: Path) -> np.ndarray:
    try:
        values = decoded(read_plain(path, LARGEST_BYTES), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); download it again.") from error
    if values.dtype != np.uint8:
        raise InputError(f"{path} has more than 8 bits a pixel, and OMBRIA's pictures have 8; give the set's own.")
    return values[:, :, 0]


def write_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many pairs of each part, with a flood in the lower half."""
    for place, split in enumerate(SPLITS):
        for number in range(1, samples + 1):
            source = np.random.default_rng((place, number))
            mask = np.where(np.indices((32, 32))[0] > source.integers(8, 24), FLOODED, 0).astype(np.uint8)
            before = source.integers(90, 160, mask.shape)
            after = np.where(mask == FLOODED, before // 3, before)
            for part, values in {"before": before, "after": after, "mask": mask}.items():
                path = folder / "OmbriaS1" / split / part.upper() / f"S1_{part}_{number:04}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(cv2.imencode(".png", values.astype(np.uint8))[1].tobytes())
    return (folder,)
