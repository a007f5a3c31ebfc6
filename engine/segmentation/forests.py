"""Quick: a forest on features of each pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..jobs.report import Report
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import PRESETS, Tiling
from .examples import Examples, normalised, robust_specs
from .labels import LabelSet
from .learned import Learned
from .quick import train_quick
from .splits import Side

__all__ = ["learn"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]

WINDOW, MARGIN = 128, 16  # pixels; the margin gives the features at a core's rim their surroundings
REFITTED = (
    "The accuracy is that of a model which had not seen the validation polygons; the model that was written learned "
    "from those too."
)
NO_VALIDATION = (
    "No ground is left for validation, so nobody knows how accurate the model is: draw more polygons, away from each "
    "other."
)


def learn(examples: Examples, request: TrainRequest, report: Report) -> Learned:
    """Fit a forest to the training side of the split; `refit` fits the final one to all polygons."""
    tiling = PRESETS[request.preset].tiling
    loaded = examples.load(examples.places(WINDOW, MARGIN), examples.labels, report, request.seed)
    specs = robust_specs(examples.bands, [example for _, example in loaded], request.seed)

    def samples(side: LabelSet | Side) -> Iterator[tuple[Floats, Labels]]:
        for place, example in loaded:
            labels = np.where(example.labels == NODATA, NODATA, examples.labels_on(place, side))
            if (labels != NODATA).any():
                yield normalised(example.image, specs), labels.astype(np.uint8)

    def fit(side: LabelSet | Side) -> Learned:
        model = train_quick(partial(samples, side), specs, len(examples.labels.classes), request.seed, report)
        return Learned(
            architecture="forest",
            parameters=model.parameters,
            specs=specs,
            tiling=Tiling(tiling.side, max(2 * model.margin, tiling.overlap), tiling.batch),
            predict=model.probabilities,
            raw=model.probabilities,
            onnx=model.onnx,
            notes=[REFITTED] if validated else [],
            warnings=[] if validated else [NO_VALIDATION],
        )

    validated = bool(examples.split.pixels[1].any())
    if not validated:
        return fit(examples.labels)
    return replace(fit(examples.split.train), refit=lambda: fit(examples.labels))
