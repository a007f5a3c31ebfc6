"""Scores of features that somebody computed and stored: no model and no picture is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from .metrics import scores

__all__ = ["evaluate_features", "read_features"]


def evaluate_features(path: str | Path, classes: Sequence[str] | None = None) -> dict[str, Any]:
    """Zero-shot scores of a feature file; the vectors of all prompts of a class are averaged.

    Parameters
    ----------
    path : path
        See `read_features`.
    classes : sequence of str, optional
        Names of the classes in the order of their numbers; default: the numbers.
    """
    images, labels, words = read_features(path)
    if classes is not None and len(classes) != len(words):
        raise InputError(
            f"{path} has features of {len(words)} classes, and {len(classes)} names were given; give one each."
        )
    similarity = images @ words.T
    return scores(similarity, labels, classes or [str(number) for number in range(len(words))])


def read_features(
    path: str | Path,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Unit vectors of pictures [N, D], their classes [N], and a unit vector of each class [K, D].

    The file is a NumPy archive of `images` [N, D], `classes` [N] from 0 to K - 1 and `texts` [prompts, K, D] or [K, D].

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            images, labels, texts = (np.asarray(stored[name]) for name in ("images", "classes", "texts"))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError(
            f"{path} holds no stored features ({error}); it must be a .npz file with images, classes and texts."
        ) from error
    words = texts.astype(np.float32)
    words = words.mean(0) if words.ndim == 3 else words
    fits = (
        images.ndim == 2
        and words.ndim == 2
        and images.shape[1] == words.shape[1]
        and labels.shape == (len(images),)
        and labels.dtype.kind in "iu"
        and len(labels) > 0
        and labels.min() >= 0
        and labels.max() < len(words)
    )
    if not fits:
        raise InputError(f"The arrays in {path} do not fit each other: {images.shape}, {labels.shape}, {texts.shape}.")
    return _units(images.astype(np.float32)), labels.astype(np.int64), _units(words)


def _units(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    units: npt.NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units
