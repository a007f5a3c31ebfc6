"""What a folder holds of Kuro Siwo: events, patches, what is incomplete, and what its catalogue lists beyond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...raster.vectors import read_features
from ..inspection import Inspection, Missing
from .events import EVENTS, LABELLED_PATCHES, SPLITS, UNLABELLED_PATCHES
from .facts import actid_in
from .patches import GRD, IMAGES, SLC, Layout, Listing, activations, in_folder, listing_of
from .webdataset import LONGEST, patches_in, shards_in

__all__ = ["inspect_grd", "inspect_images", "inspect_shards", "inspect_slc"]

CATALOGUE = "catalogue.gpkg"
PICKLES = ("*.gz", "*.pkl", "*.pickle")
SHOWN = 12


def inspect_grd(paths: Sequence[Path]) -> Inspection:
    """The labelled patches of the detected product, by part and event."""
    return _inspect(paths, GRD, LABELLED_PATCHES)


def inspect_images(paths: Sequence[Path]) -> Inspection:
    """All patches of the detected product, labelled or not."""
    return _inspect(paths, IMAGES, LABELLED_PATCHES + UNLABELLED_PATCHES)


def inspect_slc(paths: Sequence[Path]) -> Inspection:
    """The patches of the single-look product."""
    return _inspect(paths, SLC, None)


def inspect_shards(paths: Sequence[Path]) -> Inspection:
    """The patches in the shards of a webdataset."""
    (path,) = paths
    counts: Counter[int] = Counter()
    lacking: dict[str, list[str]] = {}
    shards = shards_in(path)
    for shard in shards:
        for patch in patches_in(shard):
            missing = [part for part in LONGEST if part not in patch.parts]
            if missing:
                lacking.setdefault(f"patches lack {missing[0]}", []).append(f"{shard.name}/{patch.key}")
                continue
            actid = actid_in(patch.facts())
            counts[-1 if actid is None else actid] += 1
    missing_events = _missing_events(counts)
    return Inspection(
        {"shards": len(shards), **_counted(counts, LABELLED_PATCHES)},
        [*(_missing(what, names) for what, names in lacking.items()), *missing_events],
        ["Its folders train and test do not keep to the paper's split; patches are parted by their events."],
    )


def _inspect(paths: Sequence[Path], layout: Layout, published: int | None) -> Inspection:
    (path,) = paths
    root = in_folder(path)
    there = listing_of(root, layout, list(activations(root)))
    counts = Counter(int(name.partition("/")[0]) for name in there.patches)
    missing = [_missing(f"patches {what}", names) for what, names in there.problems.items()]
    missing += _missing_events(counts) if layout.labelled else []
    facts: dict[str, Any] = _counted(counts, published)
    if there.unlabelled:
        facts["without labels"] = there.unlabelled
    notes = []
    pickles = sorted(
        file.name for pattern in PICKLES for file in (*path.glob(pattern), *path.glob(f"pickle/{pattern}"))
    )
    if pickles:
        notes.append(f"{', '.join(pickles[:SHOWN])}: indexes that may be pickles are not read; folders tell the same.")
    if layout is GRD and (path / CATALOGUE).is_file():
        listed, lacking = _against_catalogue(path / CATALOGUE, there)
        facts["in the catalogue"] = listed
        missing += lacking
    return Inspection(facts, missing, notes)


def _counted(counts: Counter[int], published: int | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"patches": sum(counts.values())}
    if published:
        facts["patches as published"] = published
    for split in SPLITS:
        own = {actid: event for actid, event in EVENTS.items() if event.split == split}
        here = {actid: counts[actid] for actid in own if counts[actid]}
        facts[split] = {
            "patches": sum(here.values()),
            "events": f"{len(here)} of {len(own)}",
            "by event": {f"{actid} {own[actid].place} {own[actid].month}": count for actid, count in here.items()},
        }
    others = sum(count for actid, count in counts.items() if actid not in EVENTS or not EVENTS[actid].split)
    return {**facts, **({"in no part": others} if others else {})}


def _missing_events(counts: Counter[int]) -> list[Missing]:
    missing = []
    for split in SPLITS:
        gone = [event for event in EVENTS.values() if event.split == split and not counts[event.actid]]
        if gone:
            names = [f"{event.actid} {event.place} {event.month}" for event in gone]
            missing.append(_missing(f"events of the part {split} have no usable patch", names))
    return missing


def _missing(what: str, names: Sequence[str]) -> Missing:
    return Missing(what, len(names), tuple(names[:SHOWN]))


def _against_catalogue(path: Path, there: Listing) -> tuple[int, list[Missing]]:
    """How many patches the catalogue says were exported, and those of them that have no folder."""
    try:
        rows = read_features(str(path), ("grid_id", "actid", "exported"))
    except InputError as error:
        return 0, [Missing(f"catalogue cannot be read: {str(error).rstrip('.')}", 1, (path.name,))]
    if not {"grid_id", "exported"} <= set(rows.values):
        return 0, [Missing("catalogue has no fields grid_id and exported", 1, (path.name,))]
    usable = {name.rpartition("/")[2].lower() for name in there.patches}
    broken = {name.rpartition("/")[2].lower() for names in there.problems.values() for name in names}
    exported = [
        str(grid_id)
        for grid_id, told in zip(rows.values["grid_id"], rows.values["exported"], strict=True)
        if bool(told) and str(told).lower() not in ("false", "f", "0", "no")
    ]
    gone = [name for name in exported if name.replace("-", "").lower() not in usable | broken]
    return len(exported), [_missing("patches of the catalogue have no folder", gone)] if gone else []
