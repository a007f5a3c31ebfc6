"""Kuro Siwo as a webdataset: tar shards of arrays. Its folders do not keep to the paper's split, its facts do."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...cards.classes import NODATA
from ...errors import InputError
from ...files import listed
from ..dataset import Input, Sample
from ..rasters import padded
from ..shards import BROKEN, members, read_member, tars
from .events import SPLITS, WATER, split_of
from .facts import LONGEST_INFO, actid_in, grid_in, parsed, zone_in
from .folders import RADAR, dem_of, water_of

__all__ = ["ARRAYS", "IMAGES", "LONGEST", "Shards", "open_shards", "patches_in", "shards_in"]

IMAGES = ("flood_vv", "flood_vh", "sec1_vv", "sec1_vh", "sec2_vv", "sec2_vh")
ARRAYS = (*IMAGES, "dem", "mask", "valid_mask")
INFO = "info.json"
LONGEST_ARRAY = 2**26
LONGEST = {INFO: LONGEST_INFO, **{f"{name}.npy": LONGEST_ARRAY for name in ARRAYS}}


@dataclass(slots=True)
class _Patch:
    """Where the parts of a sample lie in a shard: the start and the bytes of each."""

    shard: Path
    key: str
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read(self, part: str) -> bytes:
        try:
            return read_member(self.shard, *self.parts[part])
        except OSError as error:
            raise self.broken(part, error.strerror) from error

    def broken(self, part: str, why: str | None) -> InputError:
        return InputError(f"{self.shard} ({self.key}.{part}) cannot be read ({why}); download the shard again.")

    def facts(self) -> Mapping[str, Any]:
        try:
            return parsed(self.read(INFO))
        except (ValueError, RecursionError) as error:
            raise self.broken(INFO, str(error)[:100]) from error

    def array(self, name: str) -> NDArray[np.float32]:
        """float32 [H, W]; nothing is unpickled."""
        part = f"{name}.npy"
        data = io.BytesIO(self.read(part))
        try:
            major, _ = np.lib.format.read_magic(data)
            read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
            shape, in_columns, dtype = read(data)
            if dtype.kind not in "fiub" or in_columns or len(shape) not in (2, 3) or 0 in shape:
                raise ValueError(f"it is an array of {dtype} of {shape}")
            values = np.frombuffer(data.read(), dtype).reshape(shape)
        except (ValueError, TypeError, SyntaxError, RecursionError) as error:
            raise self.broken(part, str(error)[:100]) from error
        if values.ndim == 3 and len(values) != 1:
            raise self.broken(part, f"it has {len(values)} bands")
        return values.reshape(values.shape[-2:]).astype(np.float32)


class Shards:
    """The patches of one part: see `dataset.DataSet` and `folders.Patches`, with whose inputs they come."""

    def __init__(self, root: Path, patches: Sequence[tuple[int, _Patch]], terrain: bool) -> None:
        self._patches, self._terrain = patches, terrain
        self.names = tuple(f"{patch.shard.relative_to(root)}/{patch.key}" for _, patch in patches)
        step = max(1, len(patches) // 16)
        self._side = max(max(patch.array(IMAGES[0]).shape) for _, patch in patches[::step])
        self.inputs = {"radar": Input(RADAR, len(IMAGES) // 2, self._side)}
        if terrain:
            self.inputs |= {"dem": Input({"DEM": "m"}, 1, self._side), "slope": Input({"slope": "deg"}, 1, self._side)}
        self.targets = {"water": WATER}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a patch."""
        patch = self._patches[index][1]
        radar = [patch.array(name) for name in IMAGES]
        label, valid = patch.array("mask"), patch.array("valid_mask")
        others = [label, valid]
        inputs = {}
        if self._terrain:
            dem = patch.array("dem")
            others.append(dem)
            layers = dem_of(dem, grid_in(patch.facts(), *dem.shape))
            inputs = {key: padded(values[None], self._side, np.nan, patch.shard) for key, values in layers.items()}
        if {each.shape for each in (*radar, *others)} != {label.shape}:
            raise patch.broken(f"{IMAGES[0]}.npy", "its arrays differ in size")
        stacked = np.stack(radar)
        stacked[~np.isfinite(stacked) | (stacked == 0)] = np.nan
        inputs = {"radar": padded(stacked, self._side, np.nan, patch.shard), **inputs}
        water = water_of(label, valid, f"{patch.shard} ({patch.key}.mask.npy)")
        return Sample(self.names[index], inputs, {"water": padded(water, self._side, NODATA, patch.shard)})

    def actid(self, index: int) -> int:
        """The activation that a patch belongs to."""
        return self._patches[index][0]

    def zone(self, index: int) -> int | None:
        """The climate zone of a patch, a key of `events.ZONES`; None where nobody tells."""
        return zone_in(self._patches[index][1].facts(), self.actid(index))


def open_shards(paths: Sequence[Path], split: str, *, skip: bool = False, terrain: bool = True) -> Shards:
    """The labelled patches in shards of a folder, or of those in it; as for `folders.open_grd`."""
    (path,) = paths
    if split not in SPLITS:
        raise InputError(f"Kuro Siwo has no part '{split}'; choose one of {', '.join(SPLITS)}.")
    shards = shards_in(path)
    patches: list[tuple[int, _Patch]] = []
    broken: list[str] = []
    for shard in shards:
        for patch in patches_in(shard):
            missing = [part for part in LONGEST if part not in patch.parts]
            if missing:
                broken.append(f"{shard.name}/{patch.key} lacks {missing[0]}")
                continue
            actid = actid_in(patch.facts())
            if actid is not None and split_of(actid) == split:
                patches.append((actid, patch))
    if broken and not (skip and patches):
        raise InputError(
            f"{len(broken):,} patches in the shards of {path} cannot be used ({listed(broken[:2])}); download the "
            "shards again, or let incomplete patches be left out.",
            field="skip_incomplete",
        )
    if not patches:
        raise InputError(f"The shards in {path} hold no patches of the part {split}; put those of its events there.")
    return Shards(path, patches, terrain)


def shards_in(path: Path) -> list[Path]:
    """The tar files in a folder, or in the folders in it.

    Raises
    ------
    InputError
        If there are none.
    """
    if not path.is_dir():
        raise InputError(f"{path} is no folder; give the folder that holds the shards of Kuro Siwo.")
    folders = [path, *sorted(item for item in path.iterdir() if item.is_dir())]
    shards = [shard for folder in folders for shard in tars(folder)]
    if not shards:
        raise InputError(f"{path} holds no shards (files .tar); give the folder that holds those of Kuro Siwo.")
    return shards


def patches_in(shard: Path) -> list[_Patch]:
    """The patches of a shard, whole or not, in its order.

    Raises
    ------
    InputError
        If it is no shard.
    """
    patches: dict[str, _Patch] = {}
    try:
        for member in members(shard, LONGEST.get):
            patch = patches.setdefault(member.key, _Patch(shard, member.key))
            patch.parts[member.ending] = (member.start, member.size)
    except BROKEN as error:
        raise InputError(f"{shard} is no shard of a webdataset ({error}); download it again.") from error
    return list(patches.values())
