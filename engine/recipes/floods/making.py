"""From data to a model's folder: what is learned from, what is kept apart, and what the card says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...cards.card import Card, ClassSpec, read_card
from ...cards.floods import LEVELLED, input_kind
from ...encoders.exporting import exported
from ...jobs.report import Report
from ...models.runtime import OnnxRuntime
from ...models.store import read_golden, read_weights, write_model
from .augmentation import Seen
from .chips import DRY, FLOOD, Chip, c2s, etci, harvey, ombria, scenes_of, sen1floods11, simulated, terramesh
from .judging import Tally, judged, row
from .network import NarrowUNet, Released
from .training import PAIR, SINGLE, Calibration, Kind, Recipe, Source, bands_of, calibrated, input_of, leaning, train

__all__ = ["Data", "gathered", "judge", "make"]

Bytes = NDArray[np.uint8]

TILE, OVERLAP = 256, 32
# Scenes of OMBRIA lie in so many parts: two are kept apart, one finds the temperature, the others are learned from.
PARTS = 10
FOLD = 1  # which fifth that is: the parts of fold 0 are those of the two largest scenes, a third of all
SEEDS, SIDE = 72, 320  # simulated floods, of so many pixels
FIRST_SEED, CALIBRATION_SEED, JUDGED_SEED = 20_000, 30_000, 40_000
LICENCE = "MIT"
ATTRIBUTION = (
    "Contains modified Copernicus Sentinel data. Learned from OMBRIA (G. I. Drakonakis et al., IEEE JSTARS 2022; MIT; "
    "its masks are of Copernicus EMS), C2S-MS Floods (Cloud to Street and Microsoft; CC-BY-4.0), TerraMesh (J. Jakubik "
    "et al. 2025; Apache-2.0), a crop of Houston (sar-flood-extent-aws; MIT), and simulated floods."
)
TRAINED_C2S = ("jja10",)  # Paraguay; Assam and Sri Lanka are kept apart, as chips of Sen1Floods11 lie near them
LIMITS = (
    "For Sentinel-1 at 10 to 30 m. Learned from few real events, and from simulated ones whose look-alikes and wind "
    "follow published means: look at the map before it is used. Flooded forests and towns, which brighten, are not "
    "found; wet snow, sand and tarmac may be taken for water, on one date above all."
)


@dataclass(frozen=True)
class Data:
    """What there is to learn from, and what is kept apart.

    Attributes
    ----------
    sources : tuple of Source
    calibration, held_out : list of Chip
        To find the temperature with, and to judge by: OMBRIA's of scenes that nothing else uses, and simulated floods.
    told : dict
        What the card says of them.
    """

    sources: tuple[Source, ...]
    calibration: list[Chip]
    held_out: list[Chip]
    told: dict[str, Any]


def gathered(folder: Path, *, fold: int = FOLD, seeds: int = SEEDS, side: int = SIDE) -> Data:
    """Read and simulate what the networks learn from.

    Parameters
    ----------
    folder : Path
        Holds `flood/ombria_s1/train`, `flood/c2s_drivendata`, `flood/harvey` and `landcover/terramesh_5tiles`, as far
        as they are there.
    fold : int
        0 to 4: which fifth of OMBRIA's scenes is kept apart.
    seeds, side : int
        How many simulated floods, and their side in pixels.
    """
    pairs = _if_there(ombria, folder / "flood" / "ombria_s1" / "train")
    part = (_parts(pairs) - 2 * fold) % PARTS
    learned, held, calibrating = ([pairs[i] for i in np.flatnonzero(mask)] for mask in (part > 2, part < 2, part == 2))
    fresh = max(seeds // 8, 1)
    real = [chip for chip in _if_there(c2s, folder / "flood" / "c2s_drivendata") if chip.name in TRAINED_C2S]
    simulations = list(simulated(range(FIRST_SEED, FIRST_SEED + seeds), side))
    mesh = _if_there(terramesh, folder / "landcover" / "terramesh_5tiles")
    city = _if_there(harvey, folder / "flood" / "harvey" / "harvey_crop.tif")
    sources = (
        Source("OMBRIA", learned, (0.27, 0.4), (0.11, 0.1)),
        Source("simulated", simulations, (0.27, 0.22), (0.17, 0.13)),
        Source("C2S", real, (0, 0), (0.09, 0.07)),
        Source("TerraMesh", mesh, (0, 0), (0.05, 0.04)),
        Source("Houston", city, (0, 0), (0.04, 0.04)),
    )
    told = {
        "learned_from": {source.name: len(source.chips) for source in sources if source.chips},
        "kept_apart": f"fold {fold} of 5 of OMBRIA's scenes ({len(held)} tiles; tiles that touch are one scene)",
        "calibrated_on": "a tenth of OMBRIA's scenes, used for nothing else (how far pictures lean to flood, too), and "
        f"{fresh} simulated floods",
    }
    calibrating += simulated(range(CALIBRATION_SEED, CALIBRATION_SEED + fresh), side)
    return Data(sources, calibrating, held, told)


def make(data: Data, recipe: Recipe, out: Path, report: Report) -> list[Card]:
    """Train, calibrate and write the folders of both networks, without figures yet."""
    names = ", ".join(f"{source.name} ({len(source.chips)})" for source in data.sources if source.chips)
    report.message(f"Learning from {names}.")
    network = train(data.sources, recipe, report)
    cards = []
    for kind in (PAIR, SINGLE):
        lean = leaning(network, [chip for chip in data.calibration if chip.display]) if kind is PAIR else 0.0
        calibration = calibrated(kind, network, data.calibration, lean=lean)
        report.message(
            f"{kind.name}: temperature {calibration.temperature}, lean {lean}, "
            f"expected calibration error {calibration.error:.4f}."
        )
        cards.append(_write(out / kind.name, kind, network, calibration, recipe, data.told))
    return cards


def judge(folder: Path, kind: Kind, data: Data, others: Path, report: Report) -> Card:
    """Judge a model by whole maps of what it has not learned from, and put the figures on its card.

    Parameters
    ----------
    folder : Path
        The model.
    kind : Kind
    data : Data
        That it was made of.
    others : Path
        The folder of data: `flood/etci2021` and `flood/sen1floods11_hand`, which nothing is learned from, where they
        are there.
    report : Report
    """
    card = read_card(folder)
    table = {}
    display, decibels = (input_kind(kind.dates, display=is_grey) for is_grey in (True, False))
    if data.held_out:
        report.message("Judging pictures.")
        chips, told = _with_masks(data.held_out), data.told["kept_apart"]
        if kind.dates == 1:
            chips, told = etci(others / "flood" / "etci2021"), "ETCI 2021, North Alabama: all of it kept apart"
        table[display] = row(judged(chips, kind.dates, folder), "pooled F1 of water", _f1, told)
    report.message("Judging backscatter.")
    if kind.dates > 1:
        chips = list(simulated(range(JUDGED_SEED, JUDGED_SEED + 6), 512, plain=True))
        tallies = judged(chips, kind.dates, folder)
        table[decibels] = row(tallies, "F1 of flood", _f1_of_flood, "simulated floods of other seeds")
    elif chips := _if_there(sen1floods11, others / "flood" / "sen1floods11_hand"):
        told = "labelled chips of Sen1Floods11, none of which was learned from"
        table[decibels] = row(judged(chips, 1, folder), "mean IoU of water", _iou, told)
    card = replace(card, metrics={**card.metrics, "inputs": table})
    write_model(folder, card, onnx=read_weights(folder, card), golden=read_golden(folder, card))
    return card


def _f1(counted: Tally) -> float | None:
    return counted.figures["f1"]  # type: ignore[no-any-return]


def _f1_of_flood(counted: Tally) -> float | None:
    return counted.figures["flood"]["f1"]  # type: ignore[no-any-return]


def _iou(counted: Tally) -> float | None:
    return counted.figures["mean_iou_of_chips"]  # type: ignore[no-any-return]


def _with_masks(chips: Sequence[Chip]) -> list[Chip]:
    """OMBRIA's chips with its masks as they are: nothing is unknown."""
    return [replace(chip, labels=np.where(chip.labels == FLOOD, FLOOD, DRY).astype(np.uint8)) for chip in chips]


def _parts(chips: Sequence[Chip]) -> NDArray[np.intp]:
    """int[N]: the part of each chip, of about the same size, no scene in two of them."""
    part = np.zeros(len(chips), np.intp)
    if not chips:
        return part
    scenes, filled = scenes_of(chips), np.zeros(PARTS, np.intp)
    counts = np.bincount(scenes)
    for scene in np.argsort(-counts, kind="stable"):
        lightest = int(filled.argmin())
        part[scenes == scene] = lightest
        filled[lightest] += counts[scene]
    return part


def _if_there(read: Callable[[Path], list[Chip]], folder: Path) -> list[Chip]:
    return read(folder) if folder.exists() else []


def _write(
    out: Path, kind: Kind, network: NarrowUNet, calibration: Calibration, recipe: Recipe, told: dict[str, Any]
) -> Card:
    bands = bands_of(kind)
    final = Released(network, one_date=kind is SINGLE, temperature=calibration.temperature, lean=calibration.lean)
    graph = exported(final, {"image": torch.zeros(2, len(bands), TILE, TILE)}, {"image": {0: "batch"}})
    card = Card(
        name=kind.name,
        title=kind.title,
        task="segmentation",
        architecture="onnx",
        parameters={
            "output": "logits",
            LEVELLED: True,
            "network": {"name": "narrow U-Net", "widths": list(recipe.widths)},
        },
        weights="model.onnx",
        sha256="",
        bands=bands,
        classes=tuple(ClassSpec(*item) for item in kind.classes),
        gsd_m=10.0,
        tile=TILE,
        overlap=OVERLAP,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        source="GeoFM, make train-defaults (engine/recipes/floods)",
        training={**told, "recipe": asdict(recipe), "weights": sum(w.numel() for w in network.parameters())},
        metrics={"calibration": asdict(calibration)},
        limits=LIMITS,
        tolerance=1e-3,
    )
    given = _golden(kind)
    return write_model(out, card, onnx=graph, golden=(given, OnnxRuntime(graph).run(given)))


def _golden(kind: Kind) -> NDArray[np.float32]:
    """float32[1, C, S, S]: a pattern, since no data is to be given away with the model."""
    rows, columns = np.mgrid[:TILE, :TILE] / TILE
    waves = np.sin(2 * np.pi * np.stack([3 * rows + columns, 5 * rows * columns]))
    decibels = np.stack([np.array([-14, -20])[:, None, None] + 6 * waves * (-1) ** date for date in range(kind.dates)])
    power, nowhere = np.power(10, decibels / 10).astype(np.float32), np.full((kind.dates, 2), np.nan, np.float32)
    seen = Seen(power, np.zeros((TILE, TILE), np.uint8), False, nowhere)
    return input_of(kind, seen)[None]
