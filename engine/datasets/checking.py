"""The task `check-dataset`: what is there of a data set, what is missing or broken, and how its values compare."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import CheckDataSetRequest
from ..jobs.result import Result
from ..mapping import MapJob
from .dataset import DataSet, Input
from .inspection import Inspection, Missing, Published
from .registry import DATASETS, DataSetRow, row_of

__all__ = ["check_dataset"]

SHOWN = 12


def check_dataset(request: CheckDataSetRequest, report: Report) -> Result:
    """Look over a data set's folder; samples that cannot be read are named and counted, and end nothing.

    Returns
    -------
    Result
        The summary holds the set's name, what was found, what is missing, and by split the samples, the share of each
        class and the statistics of each band, beside those that are published.

    Raises
    ------
    InputError
        If no such set is there.
    """
    paths = [Path(path) for path in request.data]
    row = row_of(request.dataset) if request.dataset else _recognised(paths)
    with MapJob(request, report) as job:
        with job.stage("looking for files"):
            inspection = row.inspect(paths) if row.inspect else Inspection()
        splits: dict[str, Any] = {}
        missing, refused = list(inspection.missing), []
        with job.stage("reading samples"):
            for split in row.splits:
                try:
                    opened = row.open(paths, split, **({"skip": True} if row.skips else {}))
                except InputError as error:
                    refused.append(error)
                    missing.append(Missing(f"part {split}: {str(error).rstrip('.')}", 1))
                    continue
                splits[split], broken = _read(opened, row, request.samples, split, report)
                if broken:
                    missing.append(Missing(f"samples of the part {split} cannot be read", len(broken), _first(broken)))
        if not splits:
            raise refused[0]
        summary = {
            **job.about(),
            "dataset": row.name,
            "title": row.title,
            "source": row.source,
            "licence": row.licence,
            "found": dict(inspection.found),
            "missing": [{"what": each.what, "count": each.count, "names": list(each.names)} for each in missing],
            "splits": splits,
            "notes": inspection.notes,
            "warnings": [],
            "seconds": job.seconds,
        }
        job.hidden_outputs()
        return job.finish(summary, row.title)


def _recognised(paths: Sequence[Path]) -> DataSetRow:
    """The set that a folder holds: the first whose files are all of its kind, the most particular first."""
    for row in reversed(DATASETS.values()):
        for split in row.splits:
            with suppress(InputError, ValueError):  # of sets of several paths
                row.open(paths, split, **({"skip": True} if row.skips else {}))
                return row
    raise InputError(
        f"{paths[0]} is none of the data sets that GeoFM knows, or hardly anything of one; name the set, one of "
        f"{', '.join(DATASETS)}.",
        field="dataset",
    )


class _Band:
    """Count, mean, deviation and range of values that pass by."""

    def __init__(self, published: Published | None) -> None:
        self._published = published
        self._seen, self._all = np.zeros(3), 0  # number, mean, sum of squared deviations
        self._low, self._high = math.inf, -math.inf

    def add(self, values: NDArray[np.float32]) -> None:
        self._all += values.size
        known = values[np.isfinite(values)].astype(np.float64)
        if not known.size:
            return
        self._low, self._high = min(self._low, float(known.min())), max(self._high, float(known.max()))
        if self._published and self._published.low is not None:
            known = np.clip(known, self._published.low, self._published.high)
        number, mean, squares = self._seen
        mean_here, total = known.mean(), number + known.size
        change = mean_here - mean
        # Chan, Golub and LeVeque (1983): sums of parts, without the loss of digits.
        squares += ((known - mean_here) ** 2).sum() + change**2 * number * known.size / total
        self._seen = np.array([total, mean + change * known.size / total, squares])

    def told(self, units: str) -> dict[str, Any]:
        number, mean, squares = self._seen
        facts: dict[str, Any] = {"units": units, "observed": number / self._all if self._all else 0.0}
        if number:
            facts |= {"mean": mean, "std": math.sqrt(squares / number), "low": self._low, "high": self._high}
        if self._published:
            facts["published"] = {"mean": self._published.mean, "std": self._published.std}
            if self._published.low is not None:
                facts["published"] |= {"cut_off_at": [self._published.low, self._published.high]}
        return facts


def _read(samples: DataSet, row: DataSetRow, most: int, split: str, report: Report) -> tuple[dict[str, Any], list[str]]:
    """Statistics of so many samples, spread evenly, and what is wrong with those that cannot be read."""
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(most, len(samples))).round().astype(int)).tolist()
    bands = {
        (name, band): _Band(row.published.get(name, {}).get(band))
        for name, told in samples.inputs.items()
        for band in told.bands
    }
    counts = {name: np.zeros(256, np.int64) for name, told in samples.targets.items() if told.task == "segmentation"}
    broken = []
    for done, place in enumerate(chosen):
        report.check_cancelled()
        report.progress(done, len(chosen), f"samples of {split}")
        try:
            sample = samples[place]
        except InputError as error:
            broken.append(str(error))
            continue
        for name, told in samples.inputs.items():
            _add(sample.inputs[name], told, name, bands)
        for name, found in counts.items():
            found += np.bincount(sample.targets[name].ravel(), minlength=256)
    return {
        "samples": len(samples),
        "read": len(chosen),
        "bands": {
            name: {band: bands[name, band].told(units) for band, units in told.bands.items()}
            for name, told in samples.inputs.items()
        },
        "classes": {name: _shares(found, samples.targets[name].classes) for name, found in counts.items()},
    }, broken


def _add(values: NDArray[np.float32], told: Input, name: str, bands: Mapping[tuple[str, str], _Band]) -> None:
    for place, band in enumerate(list(told.bands) * told.dates):
        bands[name, band].add(values[place])


def _shares(counts: NDArray[np.int64], classes: Sequence[str]) -> dict[str, float]:
    """Of the pixels that are labelled, and what share of all is not."""
    known = int(counts.sum() - counts[NODATA])
    shares = {name: int(counts[place]) / known if known else 0.0 for place, name in enumerate(classes)}
    return {**shares, "not labelled": int(counts[NODATA]) / max(int(counts.sum()), 1)}


def _first(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(texts[:SHOWN])
