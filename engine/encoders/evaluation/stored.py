"""Scores of features that somebody computed and stored: no model and no picture is needed."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ...files import size_of_plain
from .metrics import scores

__all__ = ["evaluate_features", "read_features"]

LARGEST_BYTES = 2**31  # of all arrays together, as they are when unpacked


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
        size_of_plain(path)  # a pipe is not waited for
        with zipfile.ZipFile(path) as stored:
            if sum(member.file_size for member in stored.infolist()) > LARGEST_BYTES:
                raise ValueError("it holds too much")
            images, labels, texts = (_array(stored, name) for name in ("images", "classes", "texts"))
        words = texts.astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path} holds no stored features ({error}); it must be a .npz file with images, classes and texts."
        ) from error
    words = words.mean(0) if words.ndim == 3 else words
    fits = (
        images.ndim == 2
        and words.ndim == 2
        and images.dtype.kind in "fiu"
        and texts.dtype.kind in "fiu"
        and images.shape[1] == words.shape[1]
        and labels.shape == (len(images),)
        and labels.dtype.kind in "iu"
        and len(labels) > 0
        and labels.min() >= 0
        and labels.max() < len(words)
    )
    if not fits:
        raise InputError(f"The arrays in {path} do not fit each other: {images.shape}, {labels.shape}, {texts.shape}.")
    return _units(images.astype(np.float32), path), labels.astype(np.int64), _units(words, path)


def _array(stored: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """An array of an archive; its header must tell the size that the archive tells."""
    with stored.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(file)
        told = math.prod(shape) * kind.itemsize
        if kind.hasobject or told != stored.getinfo(f"{name}.npy").file_size - file.tell():
            raise ValueError(f"{name} is not as long as it says")
    with stored.open(f"{name}.npy") as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _units(vectors: npt.NDArray[np.float32], path: str | Path) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise InputError(f"{path} holds features that are no numbers, or all zero; compute them again.")
    units: npt.NDArray[np.float32] = vectors / lengths
    return units
