"""Compares a class map with the truth: a raster or labelled polygons and points, classes matched by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import EvaluateSegmentationRequest
from ..jobs.result import Result
from ..mapping import MapJob
from ..raster.class_names import class_names
from ..raster.grid import Grid
from ..raster.source import RasterLayer, open_layer
from ..raster.stream import READ_ROWS, bands
from ..training.metrics import ConfusionMatrix
from .labels import LabelSet, read_labels
from .matching import Match, match_names, match_rasters
from .validating import figures

__all__ = ["evaluate", "evaluate_segmentation"]

Labels = NDArray[np.uint8]
Values = Collection[int]

UNCLASSIFIED = "unclassified"  # what ENVI, ERDAS and EnMAP-Box call value 0 where a pixel has no class


class _Truth(Protocol):
    """What is known of the ground: values, 255 where nothing is, and how they match with those of a map."""

    def match(self, mapped: _Raster, true_values: Values, values: Values) -> Match: ...

    def read(self, grid: Grid) -> Labels: ...


@dataclass(frozen=True)
class _Raster:
    """A class raster: values 0 to 254 with the names that they have, as far as they have any.

    Where value 0 is "unclassified" it is no class.
    """

    layer: RasterLayer
    path: str
    names: dict[int, str]
    unclassified: bool

    def match(self, mapped: _Raster, true_values: Values, values: Values) -> Match:
        """By name, or as it fits."""
        return match_rasters(self.names, mapped.names, true_values, values, (self.path, mapped.path))

    def read(self, grid: Grid) -> Labels:
        """uint8[H, W]; 255 where nothing is known."""
        values = self.layer.read(grid)
        values = np.where(np.isnan(values), NODATA, values)
        if values.size and (values.min() < 0 or values.max() > NODATA or (values != np.rint(values)).any()):
            raise InputError(f"{self.path} is no class map: it holds other values than whole numbers from 0 to 255.")
        classes = values.astype(np.uint8)
        if self.unclassified:
            classes[classes == 0] = NODATA
        return classes


@dataclass(frozen=True)
class _Polygons:
    """Labelled polygons, whose classes have the map's values where it has such."""

    labels: LabelSet
    values: Labels
    matched: Match

    def match(self, mapped: _Raster, true_values: Values, values: Values) -> Match:
        """As it was found before anything was compared."""
        return self.matched

    def read(self, grid: Grid) -> Labels:
        """uint8[H, W]; 255 where nobody labelled."""
        values = np.full(256, NODATA, np.uint8)
        values[: len(self.values)] = self.values
        return values[self.labels.rasterise(grid)]


def evaluate_segmentation(request: EvaluateSegmentationRequest, report: Report) -> Result:
    """The task `evaluate-segmentation`; its summary is what `evaluate` gives, its report the same as a file."""
    with MapJob(request, report) as job:
        scores = evaluate(
            request.prediction, request.truth, class_field=request.class_field, ignore=request.ignore, report=report
        )
        return job.finish({**job.about(), **scores}, f"Accuracy of {Path(request.prediction).stem}")


def evaluate(
    prediction: str,
    truth: str,
    *,
    class_field: str | None = None,
    ignore: Collection[int] = (),
    report: Report | None = None,
) -> dict[str, Any]:
    """Metrics of a class map over the pixels of which the truth is known, pooled.

    Parameters
    ----------
    prediction : str
        A class raster, 255 not observed; names of classes as `raster.class_names` finds them.
    truth : str
        A raster in any CRS, compared on its own pixels, or labelled polygons in any CRS, on the prediction's; points
        stand for the pixels that they lie in.
    class_field : str, optional
        Of polygons: the field that holds the class, as its name or as the map's number. One class alone will do.
    ignore : collection of int
        Values of the truth, of polygons those of the map, that count for nothing, as nodata and 255. Their classes are
        left out of the means too; a pixel of another class that is mapped as one of them is a mistake all the same.
    report : Report, optional
        Is told how far it is.

    Returns
    -------
    dict
        `overall_accuracy`, `macro_f1`, `miou`, `baseline_accuracy` (calling all the most frequent class), `per_class`
        by name (None where it is ignored), `classes` and `confusion` (rows: truth, columns: prediction), `ignored`:
        the classes of them that are, `pixels` compared, `not_observed`: pixels of known truth that the map says nothing
        about, which are left out; `warnings`.

    Raises
    ------
    InputError
        If a file cannot be read, or they share no pixel or no class.

    Notes
    -----
    Where both name their classes, these are matched by name. Where one has no names, its values are taken for the
    other's names or values, whichever fits, and a warning says so (`matching`). Overall accuracy, F1 and IoU are over
    pixels, which are not independent samples: within a polygon they are alike.
    """
    mapped = _raster(prediction)
    known: _Truth
    if class_field is not None:
        labels = read_labels(truth, class_field, learning=False).over([mapped.layer.grid], learning=False)
        known = _Polygons(labels, *match_names(labels.classes, mapped.names, truth, prediction))
        grid = mapped.layer.grid
    else:
        raster = _raster(truth, "name the field that holds the class", field="class_field")
        known, grid = raster, raster.layer.grid
    try:
        return _compare(mapped, known, grid, truth, ignore, report)
    finally:
        mapped.layer.close()
        if isinstance(known, _Raster):
            known.layer.close()


def _compare(
    mapped: _Raster, known: _Truth, grid: Grid, truth: str, ignore: Collection[int], report: Report | None
) -> dict[str, Any]:
    pairs = np.zeros((256, 256), np.int64)
    for band in bands(grid, READ_ROWS):
        if report is not None:
            report.check_cancelled()
            report.progress(band.start, grid.height, "rows")
        part = grid.rows(band.start, band.stop)
        expected = known.read(part)
        if (expected == NODATA).all():
            continue
        predicted = mapped.read(part)
        cells = expected.astype(np.intp) * 256 + predicted
        pairs += np.bincount(cells.ravel(), minlength=65536).reshape(256, 256)
    pairs[[NODATA, *(value for value in ignore if 0 <= value <= 255)]] = 0
    unseen = int(pairs[:, NODATA].sum())
    pairs[:, NODATA] = 0
    if not pairs.any():
        raise InputError(f"{mapped.path} and {truth} share no pixel that both know: check that they show one place.")
    names = _names(pairs, known, mapped, ignore)
    rows, columns = (_places(values, names) for values in names.values)
    confusion = ConfusionMatrix(len(names.order))
    np.add.at(confusion.matrix, np.ix_(rows, columns), pairs)
    warnings, remedy = [*names.notes], "ignore their value"
    if isinstance(known, _Polygons):
        warnings, remedy = [*known.labels.warnings, *names.notes], "leave its polygons out"
    for raster in (known, mapped):
        if isinstance(raster, _Raster) and raster.unclassified:
            warnings.append(f"Value 0 of {raster.path} is called {raster.names[0]} and stands for no class.")
    for name in names.unknown:
        warnings.append(f"The map knows no class {name}: its pixels count as mistakes (or {remedy}).")
    return {
        **_judged(confusion, names),
        "classes": names.order,
        "confusion": confusion.matrix.tolist(),
        "ignored": names.ignored,
        "pixels": int(confusion.matrix.sum()),
        "not_observed": unseen,
        "warnings": warnings,
    }


@dataclass(frozen=True)
class _Names:
    """The classes that occur, in order, what each value of truth and map is called, and what the map does not know.

    `ignored` are those of `order` that only the map has, since all their truth is ignored.
    """

    order: list[str]
    values: tuple[dict[int, str], dict[int, str]]
    unknown: list[str]
    ignored: list[str]
    notes: tuple[str, ...]


def _judged(confusion: ConfusionMatrix, names: _Names) -> dict[str, Any]:
    """The figures, with means over the classes that are not ignored; what is mapped as one of those stays a mistake."""
    scores = figures(confusion, names.order)
    judged = scores["per_class"]
    for name in names.ignored:
        judged[name] = {**dict.fromkeys(judged[name]), "support": 0}
    for mean, figure in (("macro_f1", "f1"), ("miou", "iou")):
        scores[mean] = float(np.mean([values[figure] for values in judged.values() if values[figure] is not None]))
    return scores


def _names(pairs: NDArray[np.int64], known: _Truth, mapped: _Raster, ignore: Collection[int]) -> _Names:
    """The classes that occur and are not ignored.

    Raises
    ------
    InputError
        If both name their classes and share none.
    """
    true_values, values = (np.flatnonzero(pairs.any(axis=axis)).tolist() for axis in (1, 0))
    match = known.match(mapped, true_values, values)
    expected, predicted = ({value: match.truth[value] for value in true_values}, {v: match.mapped[v] for v in values})
    occurring = {*expected.values(), *predicted.values()}
    named_in_order = dict.fromkeys([*mapped.names.values(), *expected.values(), *predicted.values()])
    order = [name for name in named_in_order if name in occurring]
    unknown = [name for name in dict.fromkeys(expected.values()) if name in match.unknown]
    ignored = {match.truth[value] for value in ignore if value in match.truth} - {*expected.values()}
    return _Names(order, (expected, predicted), unknown, [name for name in order if name in ignored], match.notes)


def _places(values: dict[int, str], names: _Names) -> NDArray[np.intp]:
    """int[256]: the index of each value's class; values that do not occur count nothing, wherever they lead."""
    return np.array([names.order.index(values[value]) if value in values else 0 for value in range(256)], np.intp)


def _raster(path: str, remedy: str = "give a raster", field: str | None = None) -> _Raster:
    layer = open_layer(path, categorical=True)
    if not isinstance(layer, RasterLayer):
        raise InputError(f"{path} is a vector layer; {remedy}.", field=field)
    names = class_names(path)
    return _Raster(layer, path, names, names.get(0, "").casefold() == UNCLASSIFIED)
