"""How well a flood map agrees with the truth, with pixels pooled over the whole map."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import EvaluateFloodRequest
from ..jobs.result import Result
from ..mapping import MapJob
from ..raster.source import RasterLayer, open_layer
from ..raster.stream import READ_ROWS, bands
from ..training.metrics import scores
from .classes import CLASSES, DRY, FLOOD, PERMANENT, UNKNOWN

__all__ = ["evaluate", "evaluate_flood"]

Counts = NDArray[np.int64]

WATER = (PERMANENT, FLOOD, UNKNOWN)


def evaluate_flood(request: EvaluateFloodRequest, report: Report) -> Result:
    """The task `evaluate-flood`; its summary is what `evaluate` gives, its report the same as a file."""
    with MapJob(request, report) as job:
        scores = evaluate(request.prediction, request.truth, ignore=request.ignore, report=report)
        return job.finish({**job.about(), **scores, "warnings": []}, f"Accuracy of {Path(request.prediction).stem}")


def evaluate(
    prediction: str, truth: str, *, ignore: Collection[int] = (), report: Report | None = None
) -> dict[str, Any]:
    """Compare a flood map with the truth on the truth's pixels.

    Parameters
    ----------
    prediction : str
        A flood map: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind, 255 not observed.
    truth : str
        A raster with the same classes; any other value that is not ignored is an error.
    ignore : collection of int
        Truth values that count for nothing, beside the truth's own nodata and 255.
    report : Report, optional
        Is told how far it is.

    Returns
    -------
    dict
        `classes`: per class name its scores; `water`: the scores of classes 1 to 3 merged; `confusion`: pixels by
        truth (rows) and prediction (columns); `pixels` compared; `not_observed`: pixels of known truth that the map
        says nothing about, which are left out of all scores; `ignored`: pixels of the truth that count for nothing;
        `baselines`: the water scores of a map that is all water.

    Raises
    ------
    InputError
        If a file cannot be read, they do not overlap, or the truth holds other values, or 0 and 255 alone.
    """
    predicted, true = (_raster(path) for path in (prediction, truth))
    confusion = np.zeros((4, 4), np.int64)
    unseen = ignored = filled = wet = 0
    try:
        for band in bands(true.grid, READ_ROWS):
            if report is not None:
                report.check_cancelled()
                report.progress(band.start, true.grid.height, "rows")
            part = true.grid.rows(band.start, band.stop)
            expected, mapped = true.read(part), predicted.read(part)
            known = np.isfinite(expected) & (expected != NODATA) & ~np.isin(expected, list(ignore))
            _check_values(expected[known], truth)
            wet += int((expected[known] != DRY).sum())
            ignored += int((~known).sum())
            filled += int((expected == NODATA).sum())
            observed = known & np.isfinite(mapped) & (mapped != NODATA)
            _check_values(mapped[observed], prediction)
            unseen += int((known & ~observed).sum())
            pairs = (expected[observed] * 4 + mapped[observed]).astype(np.intp)
            confusion += np.bincount(pairs, minlength=16).reshape(4, 4)
    finally:
        predicted.close()
        true.close()
    if not confusion.any():
        raise InputError(f"{prediction} and {truth} share no pixel that both know: check that they show one place.")
    if filled and not wet and NODATA not in ignore:
        raise InputError(
            f"{truth} holds 0 and 255 alone, as masks of water do, but in a truth 255 stands for unknown: make it 3,"
            " water of any kind (with the raster calculator), or ignore it if it is unknown.",
            field="ignore",
        )
    return {**_report(confusion, unseen), "ignored": ignored}


def _raster(path: str) -> RasterLayer:
    layer = open_layer(path, categorical=True)
    if not isinstance(layer, RasterLayer):
        raise InputError(f"{path} is a vector layer; give a raster.")
    return layer


def _check_values(values: NDArray[np.float32], path: str) -> None:
    foreign = np.setdiff1d(values, (DRY, *WATER))
    if foreign.size:
        raise InputError(
            f"{path} holds the value {foreign[0]:g}, which is no class of a flood map (0 dry, 1 permanent water, "
            "2 flood, 3 water of unknown kind); ignore it if it stands for unknown truth.",
            field="ignore",
        )


def _report(confusion: Counts, unseen: int) -> dict[str, Any]:
    names = {item.value: item.name for item in CLASSES}
    water = list(WATER)
    hits = int(confusion[np.ix_(water, water)].sum())
    wet, called = int(confusion[water].sum()), int(confusion[:, water].sum())
    return {
        "classes": {
            names[value]: scores(
                int(confusion[value, value]), int(confusion[:, value].sum()), int(confusion[value].sum())
            )
            for value in (DRY, *WATER)
        },
        "water": scores(hits, called, wet),
        "confusion": confusion.tolist(),
        "pixels": int(confusion.sum()),
        "not_observed": unseen,
        "baselines": {"all water": scores(wet, int(confusion.sum()), wet)},
    }
