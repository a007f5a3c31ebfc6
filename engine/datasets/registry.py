"""The data sets that GeoFM reads: one row each. A new one is a module like `scenes` and a row here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import captions, scenes
from .dataset import DataSet

__all__ = ["DATASETS", "DataSetRow"]


@dataclass(frozen=True, slots=True)
class DataSetRow:
    """A data set, or a layout in which many are published.

    Attributes
    ----------
    name, title : str
        For programs and for people.
    splits : tuple of str
    parted_by : str
        Who parted it, and how.
    open : callable
        A split, from the paths that the user names (folders, files) and the split's name; `InputError` tells what is
        missing.
    write_miniature : callable
        Writes a few samples of each split below a folder, in exactly the set's layout, and gives the paths for `open`.
    source, licence : str
        Where it comes from, and on what terms; empty for a layout.
    """

    name: str
    title: str
    splits: tuple[str, ...]
    parted_by: str
    open: Callable[[Sequence[Path], str], DataSet]
    write_miniature: Callable[[Path], Sequence[Path]]
    source: str = ""
    licence: str = ""


OF_SCENES = (scenes.SPLITS, scenes.PARTED_BY)

DATASETS = {
    row.name: row
    for row in (
        DataSetRow(
            "scenes", "Pictures in folders of classes", *OF_SCENES, scenes.open_scenes, scenes.write_folders_miniature
        ),
        DataSetRow(
            "scene-shards",
            "Pictures with classes in tar shards (webdataset)",
            *OF_SCENES,
            scenes.open_scenes,
            scenes.write_shards_miniature,
        ),
        DataSetRow(
            "captions",
            "Pictures with captions",
            *OF_SCENES,
            captions.open_captions,
            captions.write_miniature,
        ),
    )
}
