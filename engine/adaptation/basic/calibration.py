"""When to say that a phrase is not among what the basic model was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...datasets.concepts import CONCEPTS

__all__ = ["ABSENT", "calibrate", "nearest"]

# What analysts search for and the scene sets do not show; tests use others.
ABSENT = (
    *("flooded village", "solar panels", "wind turbines", "a glacier", "volcano crater", "burned forest after a fire"),
    *("oil spill at sea", "a swimming pool", "greenhouses", "a golf course", "cemetery", "a church", "lighthouse"),
    *("snow-covered ground", "clouds and their shadows", "an open-pit mine", "quarry", "landslide", "coral reef"),
    *("mangroves", "a dam", "power lines", "military vehicles", "refugee tents", "baseball diamond", "tennis courts"),
    *("an oil well", "destroyed buildings", "rice terraces", "vineyard", "a roundabout", "wetland with reeds"),
    *("salt evaporation ponds", "a nuclear power plant", "cattle", "a castle", "an island", "construction site"),
    *("a red bus", "two dogs playing", "a person cooking dinner", "stock market prices", "asdf qwertz", "music"),
)
# Beside the concepts themselves: how people put them.
FRAMES = ("{}", "a satellite image of {}", "show me {}", "{} seen from above")


def nearest(vectors: npt.NDArray[np.float32], trained: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """float32[M]: the cosine of each unit vector [M, D] to the nearest of those that were trained on [T, D]."""
    cosines: npt.NDArray[np.float32] = (vectors @ trained.T).max(1)
    return cosines


def calibrate(present: npt.NDArray[np.float32], absent: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Threshold and softness of the logistic curve that tells cosines of known phrases from those of absent ones.

    Both kinds weigh the same, however many there are; by iteratively reweighted least squares with a light ridge, since
    kinds that do not overlap at all would make the curve a step.

    Returns
    -------
    threshold : float
        The cosine at which the curve is a half.
    softness : float
        The curve is 1 / (1 + exp(-(cosine - threshold) / softness)).
    """
    x = np.concatenate([present, absent]).astype(np.float64)
    y = np.concatenate([np.ones(len(present)), np.zeros(len(absent))])
    weights = np.where(y == 1, 0.5 / len(present), 0.5 / len(absent))
    centre = 0.5 * (present.mean() + absent.mean())
    design = np.stack([x - centre, np.ones_like(x)], 1)
    ridge = np.diag([1e-6, 0.0])
    slope = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ slope))
        gradient = design.T @ (weights * (y - p)) - ridge @ slope
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + ridge
        slope += np.linalg.solve(hessian, gradient)
    return float(centre - slope[1] / slope[0]), float(1 / slope[0])


def examples(concepts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Phrases to calibrate with: known ones (not those that were trained on, and in frames), and absent ones."""
    own = [concept for concept in CONCEPTS if concept.name in concepts]
    known = [phrase for concept in own for phrase in concept.held_out[::2]]
    known += [FRAMES[place % len(FRAMES)].format(concept.name) for place, concept in enumerate(own)]
    return known, list(ABSENT[::2])
