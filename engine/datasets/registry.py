"""The data sets that GeoFM reads: one row each. A new one is a module like `scenes` and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..errors import InputError
from . import bigearthnet, captions, eurosat, kuro_siwo, ombria, scenes, sen1floods11
from .bigearthnet import first, second
from .bigearthnet.patches import SCALE, STATISTICS
from .bigearthnet.patches import SPLITS as PARTS
from .dataset import DataSet
from .inspection import Inspection, Published
from .kuro_siwo import events

__all__ = ["DATASETS", "DataSetRow", "row_of"]


class WriteMiniature(Protocol):
    """Writes a few samples of each split below a folder, in exactly a set's layout, and gives the paths to open it."""

    def __call__(self, folder: Path, samples: int = ..., /) -> Sequence[Path]: ...


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
    write_miniature : WriteMiniature
    source, licence : str
        Where it comes from, and on what terms; empty for a layout.
    inspect : callable, optional
        From the same paths to what is there and what is not, no pixel read.
    skips : bool
        Whether `open` takes `skip=True`, to leave out samples that are incomplete.
    published : mapping
        Statistics that its authors tell, by input and band.
    """

    name: str
    title: str
    splits: tuple[str, ...]
    parted_by: str
    open: Callable[..., DataSet]
    write_miniature: WriteMiniature
    source: str = ""
    licence: str = ""
    inspect: Callable[[Sequence[Path]], Inspection] | None = None
    skips: bool = False
    published: Mapping[str, Mapping[str, Published]] = field(default_factory=dict)


def row_of(name: str) -> DataSetRow:
    """The row of a data set.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in DATASETS:
        raise InputError(f"There is no data set '{name[:80]}'; choose one of {', '.join(DATASETS)}.", field="dataset")
    return DATASETS[name]


def _published(statistics: Mapping[str, tuple[float, float]], *limits: float) -> dict[str, Published]:
    return {band: Published(*values, *limits) for band, values in statistics.items()}


OF_SCENES = (scenes.SPLITS, scenes.PARTED_BY)
OF_KURO_SIWO: dict[str, Any] = {
    "splits": events.SPLITS,
    "parted_by": events.PARTED_BY,
    "source": "https://github.com/Orion-AI-Lab/KuroSiwo",
    "licence": "CC BY 4.0",
    "skips": True,
}
OF_BIGEARTHNET: dict[str, Any] = {
    "splits": PARTS,
    "source": "https://bigearth.net",
    "licence": "CDLA-Permissive-1.0",
    "skips": True,
}
# Numbers of Sentinel-2 become reflectance.
OF_BIGEARTHNET_1 = {
    name: _published(
        {band: (mean, std) if name == "radar" else (mean * SCALE, std * SCALE) for band, (mean, std) in bands.items()}
    )
    for name, bands in STATISTICS.items()
}
RADAR = {"radar": _published(events.RADAR_STATISTICS, *events.CLAMP)}

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
        DataSetRow(
            "bigearthnet-v1",
            "BigEarthNet: classes of land cover on Sentinel-2 and Sentinel-1, version 1",
            parted_by=first.PARTED_BY,
            open=bigearthnet.open_first,
            write_miniature=bigearthnet.write_first_miniature,
            inspect=bigearthnet.inspect_first,
            published=OF_BIGEARTHNET_1,
            **OF_BIGEARTHNET,
        ),
        DataSetRow(
            "bigearthnet-v2",
            "BigEarthNet: classes of land cover on Sentinel-2 and Sentinel-1, version 2 (reBEN)",
            parted_by=second.PARTED_BY,
            open=bigearthnet.open_second,
            write_miniature=bigearthnet.write_second_miniature,
            inspect=bigearthnet.inspect_second,
            **OF_BIGEARTHNET,
        ),
        DataSetRow(
            "eurosat",
            "EuroSAT: ten classes on Sentinel-2 with all bands",
            eurosat.SPLITS,
            eurosat.PARTED_BY,
            eurosat.open_eurosat,
            eurosat.write_miniature,
            source="https://github.com/phelber/EuroSAT",
            licence="MIT",
        ),
        DataSetRow(
            "kuro-siwo-images",
            "Kuro Siwo without labels: all images of three dates (GRD)",
            open=kuro_siwo.open_images,
            write_miniature=kuro_siwo.write_images_miniature,
            inspect=kuro_siwo.inspect_images,
            published=RADAR,
            **OF_KURO_SIWO,
        ),
        DataSetRow(
            "kuro-siwo",
            "Kuro Siwo: floods on Sentinel-1 of three dates (GRD, labelled)",
            open=kuro_siwo.open_grd,
            write_miniature=kuro_siwo.write_grd_miniature,
            inspect=kuro_siwo.inspect_grd,
            published={**RADAR, "dem": {"DEM": Published(*events.DEM_STATISTICS)}},
            **OF_KURO_SIWO,
        ),
        DataSetRow(
            "kuro-siwo-slc",
            "Kuro Siwo: phase and amplitude (SLC, labelled)",
            open=kuro_siwo.open_slc,
            write_miniature=kuro_siwo.write_slc_miniature,
            inspect=kuro_siwo.inspect_slc,
            published={"radar": _published(events.SLC_STATISTICS)},
            **OF_KURO_SIWO,
        ),
        DataSetRow(
            "kuro-siwo-shards",
            "Kuro Siwo in tar shards (webdataset)",
            open=kuro_siwo.open_shards,
            write_miniature=kuro_siwo.write_shards_miniature,
            inspect=kuro_siwo.inspect_shards,
            published=RADAR,
            **OF_KURO_SIWO,
        ),
        DataSetRow(
            "sen1floods11",
            "Sen1Floods11: water on Sentinel-1 chips, labelled by hand",
            sen1floods11.SPLITS,
            sen1floods11.PARTED_BY,
            sen1floods11.open_sen1floods11,
            sen1floods11.write_miniature,
            source="https://github.com/cloudtostreet/Sen1Floods11",
            licence="none is stated",
            skips=True,
        ),
        DataSetRow(
            "ombria",
            "OMBRIA: floods on pairs of Sentinel-1 pictures",
            ombria.SPLITS,
            ombria.PARTED_BY,
            ombria.open_ombria,
            ombria.write_miniature,
            source="https://github.com/geodrak/OMBRIA",
            licence="MIT",
            skips=True,
        ),
    )
}
