"""Sen1Floods11: chips of Sentinel-1 in dB whose water was drawn by hand (Bonafilia et al., CVPR Workshops 2020)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from ..cards.classes import NODATA
from ..errors import InputError
from ..files import listed, read_plain
from .dataset import Input, Sample, Target
from .rasters import common_side, padded, read_tiff

__all__ = ["PARTED_BY", "SPLITS", "Sen1Floods11", "open_sen1floods11", "write_miniature"]

SPLITS = ("train", "val", "test", "bolivia")
PARTED_BY = "The set's own lists; Bolivia is an event that is in no other part."
LISTS = {split: f"flood_{'valid' if split == 'val' else split}_data.csv" for split in SPLITS}
# Below the folder that people have: as the set is published, and as its hand-labelled part is passed on.
CHIPS = (".", "HandLabeled", "data/flood_events/HandLabeled", "v1.1/data/flood_events/HandLabeled")
LISTED = (".", "splits", "splits/flood_handlabeled", "v1.1/splits/flood_handlabeled")
RADAR, LABELS = "S1Hand", "LabelHand"
LONGEST_LIST = 2**20
WATER = Target("segmentation", ("no water", "water"))
UNKNOWN = -1


class Sen1Floods11:
    """The chips of one list: input `radar` (VV, VH in dB), target `water`; see `dataset.DataSet`."""

    def __init__(self, folder: Path, rows: Sequence[tuple[str, str]]) -> None:
        self._folder, self._rows = folder, rows
        self.names = tuple(radar.removesuffix(f"_{RADAR}.tif") for radar, _ in rows)
        self._side = common_side([folder / RADAR / radar for radar, _ in rows])
        self.inputs = {"radar": Input({"VV": "db", "VH": "db"}, 1, self._side)}
        self.targets = {"water": WATER}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a chip."""
        radar, label = (
            self._folder / folder / name for folder, name in zip((RADAR, LABELS), self._rows[index], strict=True)
        )
        seen, drawn = read_tiff(radar), read_tiff(label)
        if len(seen.values) != 2:
            raise InputError(f"{radar} has {len(seen.values)} bands, and a chip VV and VH; give the set's own files.")
        if drawn.values.shape != (1, *seen.values.shape[1:]):
            raise InputError(f"{label} has other pixels than {radar.name}; download both again.")
        codes = set(np.unique(drawn.values).tolist()) - {UNKNOWN, 0, 1}
        if codes:
            raise InputError(
                f"{label} holds the codes {listed([f'{code:g}' for code in sorted(codes)])}, and labels of "
                "Sen1Floods11 are 0 (no water), 1 (water) and -1 (not known); give the set's own labels."
            )
        water = np.where(drawn.values[0] == UNKNOWN, NODATA, drawn.values[0]).astype(np.uint8)
        values = padded(seen.floats(), self._side, np.nan, radar)
        return Sample(self.names[index], {"radar": values}, {"water": padded(water, self._side, NODATA, label)})


def open_sen1floods11(paths: Sequence[Path], split: str, *, skip: bool = False) -> Sen1Floods11:
    """The chips of a list of the set.

    Parameters
    ----------
    paths : (path,)
        The set's folder; chips and lists may lie in it as they are published.
    split : {'train', 'val', 'test', 'bolivia'}
    skip : bool
        Whether chips that are not there are left out.

    Raises
    ------
    InputError
        If folders, the list, or chips of it are missing, which are named.
    """
    (path,) = paths
    if split not in SPLITS:
        raise InputError(f"Sen1Floods11 has no part '{split}'; choose one of {', '.join(SPLITS)}.")
    folder = next((path / below for below in CHIPS if (path / below / RADAR).is_dir()), None)
    if folder is None or not (folder / LABELS).is_dir():
        raise InputError(f"{path} holds no folders {RADAR} and {LABELS}; give the folder of Sen1Floods11 that does.")
    name = LISTS[split]
    places = [path / below / name for below in LISTED]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise InputError(
            f"{path} holds no list {name}, which says what the part {split} is; put the set's lists there."
        )
    rows = _rows(file)
    missing = [row for row in rows if not all(_is_there(folder, row))]
    if missing and not (skip and len(missing) < len(rows)):
        raise InputError(
            f"{len(missing)} of {len(rows)} chips of {file.name} are not in {folder} "
            f"({listed([row[0] for row in missing[:3]])}); download them, or let incomplete ones be left out.",
            field="skip_incomplete",
        )
    return Sen1Floods11(folder, [row for row in rows if row not in missing])


def _is_there(folder: Path, row: tuple[str, str]) -> tuple[bool, bool]:
    return (folder / RADAR / row[0]).is_file(), (folder / LABELS / row[1]).is_file()


def _rows(file: Path) -> list[tuple[str, str]]:
    """Pairs of files; a list names nothing outside its folders."""
    try:
        lines = read_plain(file, LONGEST_LIST).decode().splitlines()
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read ({error}); download it again.") from error
    pairs = [(row[0], row[1]) for row in rows if len(row) == 2 and all(name == Path(name).name for name in row)]
    if len(pairs) != len(rows) or not pairs:
        raise InputError(f"{file} is no list of Sen1Floods11, a chip and its label a line; download it again.")
    return pairs


def write_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many chips of each part, half of them water."""
    for place, split in enumerate(SPLITS):
        rows = []
        for number in range(samples):
            stem = f"{split.title()}_{1000 * place + number}"
            source = np.random.default_rng((place, number))
            label = (np.indices((64, 64))[0] > source.integers(16, 48)).astype(np.int16)
            means = np.array([[-9.0, -16.0], [-20.0, -27.0]])[label].transpose(2, 0, 1)
            radar = (means + source.normal(0, 1, means.shape)).astype(np.float32)
            radar[:, :2], label[:2] = np.nan, UNKNOWN
            _write(folder / RADAR / f"{stem}_{RADAR}.tif", radar, np.nan)
            _write(folder / LABELS / f"{stem}_{LABELS}.tif", label[None], UNKNOWN)
            rows.append(f"{stem}_{RADAR}.tif,{stem}_{LABELS}.tif")
        (folder / LISTS[split]).write_text("\n".join(rows) + "\n")
    return (folder,)


def _write(path: Path, values: np.ndarray, nodata: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = values.shape
    place = {"crs": "EPSG:4326", "transform": Affine(9e-5, 0, 10, 0, -9e-5, 45), "nodata": nodata}
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=values.dtype, **place
    ) as file:
        file.write(values)
