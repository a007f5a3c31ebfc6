"""Retrieval: R@K from pictures to labels, and between pictures and their captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...datasets.concepts import spelt
from ...datasets.scenes import SceneFolder
from .. import DualEncoder
from .metrics import class_vector, instance_recall, label_recall
from .zero_shot import Progress, picture_vectors, prompts_for

__all__ = ["RANKS", "evaluate_retrieval", "labels_report"]

RANKS = (1, 5, 10)


def evaluate_retrieval(
    encoder: DualEncoder,
    scenes: SceneFolder,
    *,
    captions: Mapping[int, Sequence[str]] | None = None,
    ranks: Sequence[int] = RANKS,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """R@K by labels (Jain et al. 2023) and, with captions of pictures, by instances (as open_clip counts).

    Parameters
    ----------
    encoder : DualEncoder
    scenes : SceneFolder
    captions : mapping of int to sequence of str, optional
        Of pictures, by their position in the set; only these pictures take part by instances.
    ranks : sequence of int
        The K.
    progress : callable

    Returns
    -------
    dict
        `by_label`: see `labels_report`; `by_instance` (None without captions): `images`, `captions`, `text_to_image`
        and `image_to_text`, each with `recall` per K, the `trivial` K and the recall by `chance`. From text, a caption
        must find its own picture; from a picture, any of its captions counts. `notes`: on how the pictures were read.
    """
    vectors, notes = picture_vectors(encoder, scenes, progress)
    words = np.stack([class_vector(encoder.texts(prompts_for(encoder, name))) for name in scenes.classes])
    truth = scenes.labels()[:, None] == np.arange(len(scenes.classes))
    figures: dict[str, Any] = {
        "by_label": labels_report(vectors @ words.T, truth, ranks),
        "labels": [spelt(name) for name in scenes.classes],
        "by_instance": None,
        "notes": notes,
    }
    if captions:
        places = sorted(captions)
        texts = [text for place in places for text in captions[place]]
        owner = np.repeat(np.arange(len(places)), [len(captions[place]) for place in places])
        similarity = encoder.texts(texts) @ vectors[places].T
        pairs = owner[:, None] == np.arange(len(places))
        figures["by_instance"] = {
            "images": len(places),
            "captions": len(texts),
            "text_to_image": _report(instance_recall(similarity, pairs, ranks), pairs, ranks),
            "image_to_text": _report(instance_recall(similarity.T, pairs.T, ranks), pairs.T, ranks),
        }
    return figures


def labels_report(
    similarity: npt.NDArray[np.floating[Any]], truth: npt.NDArray[np.bool_], ranks: Sequence[int]
) -> dict[str, Any]:
    """R@K of pictures among the labels of their set.

    Returns
    -------
    dict
        `images`, `labels` (how many), `recall` per K, `trivial` (the K not below the number of labels, which any model
        reaches) and `chance` (the recall of ranking by lots).
    """
    judged = truth[truth.any(1)]
    return {
        "images": len(judged),
        "labels": truth.shape[1],
        **_report(label_recall(similarity, truth, ranks), judged, ranks),
    }


def _report(recall: Mapping[int, float], truth: npt.NDArray[np.bool_], ranks: Sequence[int]) -> dict[str, Any]:
    items = truth.shape[1]
    return {
        "recall": {str(rank): recall[rank] for rank in ranks},
        "trivial": [rank for rank in ranks if rank >= items],
        "chance": {str(rank): _chance(truth.sum(1), items, rank) for rank in ranks},
    }


def _chance(right: npt.NDArray[np.int64], items: int, rank: int) -> float:
    """The mean chance that one of `right` of so many items is among `rank` drawn without putting back."""
    drawn = np.arange(min(rank, items))
    missed = np.clip((items - right[:, None] - drawn) / (items - drawn), 0, 1).prod(1)
    return float(1 - missed.mean())
