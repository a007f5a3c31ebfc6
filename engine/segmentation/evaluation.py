"""Compares a class map with the truth: a raster or labelled polygons, classes matched by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import EvaluateSegmentationRequest
from ..jobs.result import Result
from ..mapping import MapJob
from ..raster.grid import Grid
from ..raster.source import RasterLayer, open_layer
from ..raster.stream import READ_ROWS, bands
from ..training.metrics import ConfusionMatrix
from .labels import LabelSet, read_labels
from .validating import figures

__all__ = ["evaluate", "evaluate_segmentation"]

Labels = NDArray[np.uint8]


class _Truth(Protocol):
    """What is known of the ground: values, 255 where nothing is, and the names that they have, if any."""

    @property
    def names(self) -> dict[int, str]: ...

    def read(self, grid: Grid) -> Labels: ...


@dataclass(frozen=True)
class _Raster:
    """A class raster: values 0 to 254 with the names that its CLASS_ tags give them."""

    layer: RasterLayer
    path: str
    names: dict[int, str]

    def read(self, grid: Grid) -> Labels:
        """uint8[H, W]; 255 where nothing is known."""
        values = self.layer.read(grid)
        values = np.where(np.isnan(values), NODATA, values)
        if values.size and (values.min() < 0 or values.max() > NODATA or (values != np.rint(values)).any()):
            raise InputError(f"{self.path} is no class map: it holds other values than whole numbers from 0 to 255.")
        return values.astype(np.uint8)


@dataclass(frozen=True)
class _Polygons:
    """Labelled polygons, whose classes have the map's values where it has such."""

    labels: LabelSet
    values: Labels

    @property
    def names(self) -> dict[int, str]:
        return dict(zip(self.values.tolist(), self.labels.classes, strict=True))

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
        A class raster, 255 not observed; names of classes in tags `CLASS_<value>`.
    truth : str
        A raster in any CRS, compared on its own pixels, or labelled polygons in any CRS, on the prediction's.
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
    Where both name their classes, these are matched by name; values are compared where either has no names. Overall
    accuracy, F1 and IoU are over pixels, which are not independent samples: within a polygon they are alike.
    """
    mapped = _raster(prediction)
    known: _Truth
    if class_field is not None:
        labels = read_labels(truth, class_field, learning=False).over([mapped.layer.grid], learning=False)
        known, grid = _Polygons(labels, _values(labels.classes, mapped.names)), mapped.layer.grid
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
    names = _names(pairs, known, mapped, truth, ignore)
    rows, columns = (_places(values, names) for values in names.values)
    confusion = ConfusionMatrix(len(names.order))
    np.add.at(confusion.matrix, np.ix_(rows, columns), pairs)
    warnings, remedy = [], "ignore their value"
    if isinstance(known, _Polygons):
        warnings, remedy = list(known.labels.warnings), "leave its polygons out"
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


def _judged(confusion: ConfusionMatrix, names: _Names) -> dict[str, Any]:
    """The figures, with means over the classes that are not ignored; what is mapped as one of those stays a mistake."""
    scores = figures(confusion, names.order)
    judged = scores["per_class"]
    for name in names.ignored:
        judged[name] = {**dict.fromkeys(judged[name]), "support": 0}
    for mean, figure in (("macro_f1", "f1"), ("miou", "iou")):
        scores[mean] = float(np.mean([values[figure] for values in judged.values() if values[figure] is not None]))
    return scores


def _names(pairs: NDArray[np.int64], known: _Truth, mapped: _Raster, truth: str, ignore: Collection[int]) -> _Names:
    """Matched by name where both name their classes, else by value.

    Raises
    ------
    InputError
        If both name their classes and share none.
    """
    true_values, values = (np.flatnonzero(pairs.any(axis=axis)).tolist() for axis in (1, 0))
    unknown: list[str] = []
    if mapped.names and known.names:
        own = {name.casefold(): name for name in mapped.names.values()}
        told = _as_numbers(known.names, mapped.names)
        named = {value: told.get(value, str(value)) for value in true_values}
        unknown = list(dict.fromkeys(name for name in named.values() if name.casefold() not in own))
        if len(unknown) == len(set(named.values())):
            raise InputError(
                f"No class of {truth} ({_some(unknown)}) is one of {mapped.path} ({_some(mapped.names.values())}): "
                "give a truth with the same names."
            )
        expected = {value: own.get(name.casefold(), name) for value, name in named.items()}
        predicted = {value: mapped.names.get(value, str(value)) for value in values}
        ignored = {own.get(told[value].casefold(), told[value]) for value in ignore if value in told}
    else:
        names = mapped.names or known.names
        expected, predicted = (
            {value: names.get(value, str(value)) for value in part} for part in (true_values, values)
        )
        ignored = {names.get(value, str(value)) for value in ignore}
    occurring = {*expected.values(), *predicted.values()}
    named_in_order = dict.fromkeys([*mapped.names.values(), *expected.values(), *predicted.values()])
    order = [name for name in named_in_order if name in occurring]
    left_out = [name for name in order if name in ignored - {*expected.values()}]
    return _Names(order, (expected, predicted), unknown, left_out)


def _places(values: dict[int, str], names: _Names) -> NDArray[np.intp]:
    """int[256]: the index of each value's class; values that do not occur count nothing, wherever they lead."""
    return np.array([names.order.index(values[value]) if value in values else 0 for value in range(256)], np.intp)


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:8]) + (" …" if len(shown) > 8 else "")


def _as_numbers(truth_names: dict[int, str], map_names: dict[int, str]) -> dict[int, str]:
    """The truth's names; where they are the map's numbers, the names of those."""
    texts = {str(value): name for value, name in map_names.items()}
    known = {name.casefold() for name in map_names.values()}
    if any(name.casefold() in known for name in truth_names.values()):
        return truth_names
    return {value: texts.get(name, name) for value, name in truth_names.items()}


def _values(classes: Sequence[str], names: dict[int, str]) -> Labels:
    """uint8[K]: the map's values of polygons' classes, by name or by number; values that are free for the others."""
    own = {name.casefold(): value for value, name in names.items()}
    if not any(name.casefold() in own for name in classes):
        own = {str(value): value for value in range(NODATA)}
    told = [own.get(name.casefold()) for name in classes]
    taken = {*told}
    free = iter(sorted((value for value in range(NODATA) if value not in taken), key=lambda value: value in names))
    return np.array([next(free) if value is None else value for value in told], np.uint8)


def _raster(path: str, remedy: str = "give a raster", field: str | None = None) -> _Raster:
    layer = open_layer(path, categorical=True)
    if not isinstance(layer, RasterLayer):
        raise InputError(f"{path} is a vector layer; {remedy}.", field=field)
    try:
        with rasterio.open(path) as file:
            tags = file.tags()
    except RasterioError:  # a name that our reader knows and GDAL does not
        tags = {}
    names = {int(match[1]): text for key, text in tags.items() if (match := re.fullmatch(r"CLASS_(\d+)", key))}
    return _Raster(layer, path, {value: name for value, name in names.items() if value != NODATA})
