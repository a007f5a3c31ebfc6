"""EuroSAT with all bands: Sentinel-2 of 64 x 64 pixels in folders of ten classes (Helber et al., IEEE JSTARS 2019)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from ..errors import InputError
from ..files import listed
from .dataset import Input, Sample, Target
from .rasters import read_tiff

__all__ = ["PARTED_BY", "SPLITS", "EuroSat", "open_eurosat", "write_miniature"]

SPLITS = ("train", "val", "test")
PARTED_BY = "The set names no parts: of each class the first six tenths by number, the next two, and the last two."
ENDS = (0.6, 0.8, 1.0)  # of the parts
CLASSES = (
    "AnnualCrop",
    "Forest",
    "HerbaceousVegetation",
    "Highway",
    "Industrial",
    "Pasture",
    "PermanentCrop",
    "Residential",
    "River",
    "SeaLake",
)
BELOW = (".", "EuroSAT_MS", "EuroSATallBands", "ds/images/remote_sensing/otherDatasets/sentinel_2/tif")
# As the files have them: the narrow near infrared comes last.
BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B8A")
ORDERED = (*BANDS[:8], "B8A", *BANDS[8:12])
SIDE = 64
SCALE = 1e-4  # of the numbers of level 1C, whose processing had no offset yet


class EuroSat:
    """The patches of a part: input `optical` (13 bands in the order of wavelengths, reflectance at the top of the air),
    target `class`; see `dataset.DataSet`."""

    def __init__(self, root: Path, names: Sequence[str]) -> None:
        self._root = root
        self.names = tuple(names)
        self.inputs = {"optical": Input(dict.fromkeys(ORDERED, "reflectance"), 1, SIDE)}
        self.targets = {"class": Target("classification", CLASSES)}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a patch."""
        name = self.names[index]
        path = self._root / f"{name}.tif"
        tiff = read_tiff(path)
        if tiff.values.shape != (len(BANDS), SIDE, SIDE):
            count, height, width = tiff.values.shape
            raise InputError(
                f"{path} has {count} bands of {width} x {height} pixels, and a patch of EuroSAT with all bands "
                f"{len(BANDS)} of {SIDE} x {SIDE}; give the set's own files."
            )
        values = tiff.floats()[[BANDS.index(band) for band in ORDERED]] * np.float32(SCALE)
        return Sample(name, {"optical": values}, {"class": CLASSES.index(name.partition("/")[0])})


def open_eurosat(paths: Sequence[Path], split: str) -> EuroSat:
    """The patches of a part.

    Parameters
    ----------
    paths : (path,)
        The folder with a folder for each class, or one that holds it as the set's archive does.
    split : {'train', 'val', 'test'}

    Raises
    ------
    InputError
        If folders of classes, or patches in them, are missing, which are named.
    """
    (path,) = paths
    if split not in SPLITS:
        raise InputError(f"EuroSAT has no part '{split}'; choose one of {', '.join(SPLITS)}.")
    root = next((path / below for below in BELOW if (path / below / CLASSES[0]).is_dir()), None)
    if root is None:
        raise InputError(f"{path} holds no folder {CLASSES[0]}; give the folder of EuroSAT that holds its classes.")
    lacking = [name for name in CLASSES if not (root / name).is_dir()]
    if lacking:
        raise InputError(f"{root} lacks the classes {listed(lacking)}; unpack the set again.")
    part = SPLITS.index(split)
    names = []
    for kind in CLASSES:
        numbers = _numbers(root / kind, kind)
        first, last = (round(share * len(numbers)) for share in ((0.0, *ENDS)[part], ENDS[part]))
        names += [f"{kind}/{kind}_{number}" for number in numbers[first:last]]
    return EuroSat(root, names)


def _numbers(folder: Path, kind: str) -> list[int]:
    name = re.compile(rf"{kind}_(\d{{1,9}})\.tif")
    try:
        matches = [name.fullmatch(item.name) for item in os.scandir(folder)]
    except OSError as error:
        raise InputError(f"{folder} cannot be looked into ({error.strerror}); unpack the set again.") from error
    numbers = sorted(int(match[1]) for match in matches if match and match[1] == str(int(match[1])))
    if len(numbers) < len(SPLITS):
        raise InputError(
            f"{folder} holds {len(numbers)} patches called {kind}_1.tif and so on, and three parts need three; unpack "
            "the set with all bands (.tif) there."
        )
    return numbers


def write_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many patches of each class for `val` and for `test`, and three times as many to learn from."""
    for place, kind in enumerate(CLASSES):
        for number in range(1, 5 * samples + 1):
            source = np.random.default_rng((place, number))
            levels = np.linspace(800, 600 + 300 * place, len(BANDS))[:, None, None]
            values = (levels + source.normal(0, 50, (len(BANDS), SIDE, SIDE))).clip(1).astype(np.uint16)
            path = folder / kind / f"{kind}_{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            spot = Affine(10, 0, 300_000 + 640 * number, 0, -10, 5_400_000 + 640 * place)
            shape = {"count": len(BANDS), "height": SIDE, "width": SIDE, "dtype": "uint16"}
            with rasterio.open(path, "w", driver="GTiff", crs="EPSG:32632", transform=spot, **shape) as file:
                file.write(values)
    return (folder,)
