"""Version 2 (reBEN): a table of all patches, folders by tile, and maps of the reference.

Clasen et al. (arXiv:2407.03653): 549,488 pairs, 480,038 of them recommended, which the table holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files import size_of_plain
from ..dataset import Target
from ..inspection import Inspection
from ..rasters import read_tiff
from .classes import GROUPS, NINETEEN, groups_of, map_of, which
from .patches import NAME, SIDE, SPLITS, Pair, Patches, folders_there, inspection, refuse_other_parts, usable

__all__ = ["MAPS", "OPTICAL", "PARTED_BY", "RADAR", "TABLE", "inspect_second", "open_second"]

PARTED_BY = "The authors' column: the parts share dates, and no places."
OPTICAL, RADAR, MAPS = "BigEarthNet-S2", "BigEarthNet-S1", "Reference_Maps"
TABLE = "metadata.parquet"
COLUMNS = ("patch_id", "s1_name", "labels", "split")
PARTS = {"train": "train", "validation": "val", "test": "test"}
LARGEST_TABLE, MOST_ROWS = 2**29, 2_000_000
TARGETS = {"classes": Target("multi-label", NINETEEN), "groups": Target("multi-label", GROUPS)}
MAP = Target("segmentation", NINETEEN)


def open_second(paths: Sequence[Path], split: str, *, skip: bool = False) -> Patches:
    """The patches of a part of version 2.

    Targets are `classes` (the 19) and `groups` (CORINE's five), each as which of them there are; and `map`, the class
    of each pixel, where the folder holds the reference maps.

    Parameters
    ----------
    paths : (path,)
        The folder that holds `metadata.parquet`, `BigEarthNet-S2`, `BigEarthNet-S1` and, if wanted, `Reference_Maps`.
    split : {'train', 'val', 'test'}
    skip : bool
        Whether patches that are not there are left out.

    Raises
    ------
    InputError
        If folders, the table, or patches of it are missing, which are named.
    """
    (path,) = paths
    refuse_other_parts(split)
    pairs, classes = _listed(path)[split]
    places = usable(pairs, folders_there(path, (OPTICAL, RADAR), 2), f"the part {split} of {TABLE}", skip=skip)
    kept, classes = [pairs[place] for place in places], classes[places]
    maps = path / MAPS if (path / MAPS).is_dir() else None

    def labels(index: int) -> dict[str, Any]:
        told = {"classes": classes[index].copy(), "groups": groups_of(classes[index])}
        return told | ({} if maps is None else {"map": _map(maps, kept[index].name)})

    return Patches(path, kept, TARGETS | ({} if maps is None else {"map": MAP}), labels)


def inspect_second(paths: Sequence[Path]) -> Inspection:
    """What there is of version 2."""
    (path,) = paths
    parts = {split: pairs for split, (pairs, _) in _listed(path).items()}
    return inspection(
        parts,
        folders_there(path, (OPTICAL, RADAR), 2),
        "Recommended are 237,871 train, 122,342 val and 119,825 test pairs.",
    )


def _listed(path: Path) -> dict[str, tuple[list[Pair], np.ndarray]]:
    """The pairs of each part, and bool [n, 19] of their classes."""
    file = path / TABLE
    table = _table(file)
    parts: dict[str, tuple[list[Pair], list[np.ndarray]]] = {split: ([], []) for split in SPLITS}
    rows = zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True)
    for optical, radar, names, part in rows:
        if not (_is_name(optical) and _is_name(radar) and part in PARTS):
            raise InputError(f"{file} names a patch or a part that BigEarthNet has not; download it again.")
        pairs, classes = parts[PARTS[part]]
        pairs.append(Pair(f"{OPTICAL}/{_in_tile(optical, 2)}", f"{RADAR}/{_in_tile(radar, 3)}"))
        try:
            classes.append(which(names, NINETEEN))
        except (KeyError, TypeError) as error:
            raise InputError(f"{file} does not tell the 19 classes of {optical}; download it again.") from error
    return {split: (pairs, np.reshape(classes, (-1, len(NINETEEN)))) for split, (pairs, classes) in parts.items()}


def _table(file: Path) -> Any:
    try:
        from pyarrow import ArrowException, parquet  # for LanceDB and this alone
    except ImportError as error:
        raise InputError(
            f"{file} is a table in Parquet, which pyarrow reads; install requirements/lance.txt (make lance)."
        ) from error
    try:
        if size_of_plain(file) > LARGEST_TABLE:
            raise _no_table(file, "it is larger than any")
        facts = parquet.read_metadata(file)
        size = sum(facts.row_group(group).total_byte_size for group in range(facts.num_row_groups))
        if facts.num_rows > MOST_ROWS or size > LARGEST_TABLE:
            raise _no_table(file, "it claims more than any")
        table = parquet.read_table(file, columns=list(COLUMNS), partitioning=None)
        lacking = [name for name in COLUMNS if name not in table.column_names]
        if lacking:
            raise _no_table(file, f"it lacks the column {lacking[0]}")
    except FileNotFoundError as error:
        raise InputError(f"{file} does not exist; give the folder of BigEarthNet that holds it.") from error
    except (ArrowException, OSError) as error:  # Arrow's own are ValueErrors, too
        raise InputError(f"{file} cannot be read as a table in Parquet; download it again.") from error
    return table


def _no_table(file: Path, why: str) -> InputError:
    return InputError(f"{file} is no table of BigEarthNet ({why}); download it again.")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _in_tile(name: str, tokens: int) -> str:
    """The folder of a patch in that of its tile, whose name lacks the patch's last tokens."""
    return f"{name.rsplit('_', tokens)[0]}/{name}"


def _map(maps: Path, name: str) -> np.ndarray:
    file = maps / _in_tile(name, 2) / f"{name}_reference_map.tif"
    codes = read_tiff(file).values
    if codes.shape != (1, SIDE, SIDE) or codes.dtype.kind not in "iu":
        raise InputError(f"{file} is no map of CORINE's codes of {SIDE} x {SIDE} pixels; download it again.")
    return map_of(codes[0].astype(np.int64))
