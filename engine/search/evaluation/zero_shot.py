"""Zero-shot scenes: how well an encoder names the pictures of a labelled set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..basic.concepts import spelt
from ..encoders import DualEncoder
from ..scenes import SceneFolder, square
from .metrics import class_vector, scores

__all__ = ["evaluate_scenes", "picture_vectors", "prompts_for"]

BATCH = 64
Progress = Callable[[int, int], None]


def evaluate_scenes(
    encoder: DualEncoder,
    scenes: SceneFolder,
    *,
    phrases: Mapping[str, Sequence[str]] | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Scores of `metrics.scores`, and `prompts`: the phrases that stood for each class.

    Parameters
    ----------
    encoder : DualEncoder
    scenes : SceneFolder
    phrases : mapping of str to sequence of str, optional
        Prompts of classes, by their names as `spelt` writes them, in place of class name and card's paraphrases.
    progress : callable
        Told how many pictures of how many are done.

    Raises
    ------
    InputError
        If a picture cannot be read.
    """
    prompts = [prompts_for(encoder, name, (phrases or {}).get(spelt(name), ())) for name in scenes.classes]
    words = np.stack([class_vector(encoder.texts(own)) for own in prompts])
    vectors = picture_vectors(encoder, scenes, progress)
    found = scores(vectors @ words.T, scenes.labels(), scenes.classes)
    return {**found, "prompts": dict(zip(scenes.classes, prompts, strict=True))}


def prompts_for(encoder: DualEncoder, name: str, phrases: Sequence[str] = ()) -> list[str]:
    """The phrases that stand for a class: those given, or else its name in words and the card's paraphrases."""
    if phrases:
        return list(phrases)
    words = spelt(name)
    for concept in encoder.card.parameters.get("concepts", ()):
        if words in (concept["name"], *concept["classes"]):
            return list(dict.fromkeys((words, *concept["phrases"])))
    return [words]


def picture_vectors(encoder: DualEncoder, scenes: SceneFolder, progress: Progress) -> npt.NDArray[np.float32]:
    """float32[N, D] of the pictures of a set, each the square in its middle at the side that the encoder wants."""
    vectors = np.empty((len(scenes.pictures), encoder.dimension), np.float32)
    for start in range(0, len(vectors), BATCH):
        part = scenes.pictures[start : start + BATCH]
        tiles = np.stack([square(picture.read(), encoder.side) for picture in part])
        vectors[start : start + BATCH] = encoder.images(np.ascontiguousarray(tiles.transpose(0, 3, 1, 2)))
        progress(min(start + BATCH, len(vectors)), len(vectors))
    return vectors
