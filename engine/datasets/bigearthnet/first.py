"""Version 1: folders of patches, a JSON with CORINE's names beside each, and lists of the parts.

Sumbul et al. (IGARSS 2019; IEEE GRSM 2021): 590,326 patches, of which 519,284 pairs are in the lists.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import read_plain
from ..dataset import Target
from ..inspection import Inspection
from .classes import CORINE, GROUPS, NINETEEN, groups_of, in_nineteen, which
from .patches import NAME, SPLITS, Pair, Patches, folders_there, inspection, refuse_other_parts, usable

__all__ = ["LABELS", "LISTS", "OPTICAL", "PARTED_BY", "RADAR", "inspect_first", "open_first"]

PARTED_BY = "The authors' lists; patches under snow, cloud or shadow are in none."
OPTICAL, RADAR = "BigEarthNet-v1.0", "BigEarthNet-S1-v1.0"
LISTS = {split: f"bigearthnet-{split}.csv" for split in SPLITS}
BELOW = (".", "splits")
LABELS = "labels_metadata.json"
LONGEST_LIST, LONGEST_LABELS = 2**26, 2**18
TARGETS = {
    "classes": Target("multi-label", NINETEEN),
    "corine": Target("multi-label", CORINE),
    "groups": Target("multi-label", GROUPS),
}


def open_first(paths: Sequence[Path], split: str, *, skip: bool = False) -> Patches:
    """The patches of a part of version 1.

    Targets are `classes` (the 19), `corine` (the 43) and `groups` (CORINE's five), each as which of them there are.

    Parameters
    ----------
    paths : (path,)
        The folder that holds `BigEarthNet-v1.0`, `BigEarthNet-S1-v1.0` and the lists `bigearthnet-train.csv` and so on.
    split : {'train', 'val', 'test'}
    skip : bool
        Whether patches that are not there are left out.

    Raises
    ------
    InputError
        If folders, the list, or patches of it are missing, which are named.
    """
    (path,) = paths
    pairs = _listed(path, split)
    kept = [pairs[place] for place in usable(pairs, folders_there(path, (OPTICAL, RADAR), 1), LISTS[split], skip=skip)]

    def labels(index: int) -> dict[str, Any]:
        pair = kept[index]
        corine = _labels(path / pair.optical / f"{pair.name}_{LABELS}")
        nineteen = in_nineteen(corine)
        return {"classes": nineteen, "corine": corine, "groups": groups_of(nineteen)}

    return Patches(path, kept, TARGETS, labels)


def inspect_first(paths: Sequence[Path]) -> Inspection:
    """What there is of version 1."""
    (path,) = paths
    parts = {split: _listed(path, split) for split in SPLITS}
    return inspection(
        parts,
        folders_there(path, (OPTICAL, RADAR), 1),
        "Published are 269,695 train, 123,723 val and 125,866 test pairs.",
    )


def _listed(path: Path, split: str) -> list[Pair]:
    refuse_other_parts(split)
    file = next((path / below / LISTS[split] for below in BELOW if (path / below / LISTS[split]).is_file()), None)
    if file is None:
        raise InputError(
            f"{path} holds no list {LISTS[split]}, which says what the part {split} is; put the set's lists there."
        )
    try:
        rows = [row for row in csv.reader(read_plain(file, LONGEST_LIST).decode().splitlines()) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read ({error}); download it again.") from error
    if not rows or not all(len(row) == 2 and all(NAME.fullmatch(name.strip()) for name in row) for row in rows):
        raise InputError(
            f"{file} is no list of BigEarthNet, the names of two patches a line (Sentinel-2, Sentinel-1); download it "
            "again."
        )
    return [Pair(f"{OPTICAL}/{optical.strip()}", f"{RADAR}/{radar.strip()}") for optical, radar in rows]


def _labels(file: Path) -> Any:
    try:
        names = json.loads(read_plain(file, LONGEST_LABELS))["labels"]
        return which(names, CORINE)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{file} does not tell classes of CORINE; download the patch again.") from error
