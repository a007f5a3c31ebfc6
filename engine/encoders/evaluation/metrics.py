"""One fixed protocol for zero-shot scenes and for retrieval: prompt and protocol alone move results by 20 points.

Zero-shot scenes: per class the unit vectors of its prompts are averaged and made a unit vector; a picture gets the
class of the highest cosine (top-1). Each class is then a query that ranks all pictures: average precision over the
whole ranking, without interpolation (as `sklearn.metrics.average_precision_score`), averaged over classes (mAP), and
the share of right pictures among the first ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["average_precision", "class_vector", "instance_recall", "label_recall", "scores"]

Floats = npt.NDArray[np.floating[Any]]


def class_vector(prompts: Floats) -> Floats:
    """Unit vector [D] of a class from the vectors [M, D] of its prompts."""
    units = prompts / np.linalg.norm(prompts, axis=1, keepdims=True)
    mean = units.mean(0)
    vector: Floats = mean / np.linalg.norm(mean)
    return vector


def scores(similarity: Floats, labels: npt.NDArray[np.int64], classes: Sequence[str]) -> dict[str, Any]:
    """Zero-shot scores.

    Parameters
    ----------
    similarity : float[N, K]
        Of N pictures to K classes.
    labels : int64[N]
    classes : sequence of str
        The names of the K classes.

    Returns
    -------
    dict
        `top1`, `map`, `precision_at_10`, `images`, `chance` (of top-1, mAP and precision at 10, by drawing lots) and
        `per_class`: name -> `images`, `recall` (of top-1), `average_precision`, `precision_at_10`. A class without
        pictures has None and counts for nothing. Precision at 10 of a class of fewer than ten pictures is of the first
        so many.
    """
    chosen = similarity.argmax(1)
    per_class: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(classes):
        right = labels == number
        count = int(right.sum())
        if not count:
            per_class[name] = {"images": 0, "recall": None, "average_precision": None, "precision_at_10": None}
            continue
        first = np.argsort(-similarity[:, number], kind="stable")[: min(10, count)]
        per_class[name] = {
            "images": count,
            "recall": float((chosen[right] == number).mean()),
            "average_precision": average_precision(similarity[:, number], right),
            "precision_at_10": float(right[first].mean()),
        }
    present = [values for values in per_class.values() if values["images"]]
    share = float(np.mean([values["images"] for values in present]) / len(labels))
    return {
        "top1": float((chosen == labels).mean()),
        "map": float(np.mean([values["average_precision"] for values in present])),
        "precision_at_10": float(np.mean([values["precision_at_10"] for values in present])),
        "images": len(labels),
        "chance": {"top1": 1 / len(classes), "map": share, "precision_at_10": share},
        "per_class": per_class,
    }


def average_precision(similarity: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Mean of the precision at each right picture of a ranking; equal similarities are one step, as in scikit-learn."""
    order = np.argsort(-similarity, kind="stable")
    ranked, hits = similarity[order], np.cumsum(right[order])
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    gained = np.diff(hits[ends], prepend=0)
    return float((gained * hits[ends] / (ends + 1)).sum() / hits[-1])


def label_recall(similarity: Floats, truth: npt.NDArray[np.bool_], ranks: Sequence[int]) -> dict[int, float]:
    """R@K by labels (Jain et al. 2023): the share of pictures with one of their labels among the first K of all labels.

    Parameters
    ----------
    similarity : float[N, L]
        Of pictures to the data set's labels.
    truth : bool[N, L]
        A picture may have several labels; one without any counts for nothing.
    ranks : sequence of int
        The K. With K not below L the result is 1 whatever the model: `trivial` tells.
    """
    judged = truth.any(1)
    order = np.argsort(-similarity[judged], axis=1, kind="stable")
    hits = np.take_along_axis(truth[judged], order, 1)
    return {rank: float(hits[:, :rank].any(1).mean()) for rank in ranks}


def instance_recall(similarity: Floats, pairs: npt.NDArray[np.bool_], ranks: Sequence[int]) -> dict[int, float]:
    """R@K by instances, as open_clip counts it: the share of queries with their own item among the first K of all.

    Parameters
    ----------
    similarity : float[Q, N]
        Of queries to items.
    pairs : bool[Q, N]
        Which items belong to which query.
    ranks : sequence of int
    """
    return label_recall(similarity, pairs, ranks)
