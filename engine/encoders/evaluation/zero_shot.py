"""Zero-shot scenes: how well an encoder names the pictures of a labelled set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...datasets.concepts import class_key, spelt
from ...datasets.scenes import SceneFolder, Shown, square
from .. import DualEncoder
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
    """Scores of `metrics.scores`, `prompts`: the phrases that stood for each class, and `notes` on the pictures.

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
    vectors, notes = picture_vectors(encoder, scenes, progress)
    figures = scores(vectors @ words.T, scenes.labels(), scenes.classes)
    asked = dict(zip(scenes.classes, prompts, strict=True))
    return {**figures, "prompts": asked, "notes": [*notes, *_same(asked)]}


def prompts_for(encoder: DualEncoder, name: str, phrases: Sequence[str] = ()) -> list[str]:
    """The phrases that stand for a class: those given, or else its name in words and the card's paraphrases."""
    if phrases:
        return list(phrases)
    for same in (spelt, class_key):
        for concept in encoder.card.parameters.get("concepts", ()):
            words = next((one for one in (concept["name"], *concept["classes"]) if same(one) == same(name)), None)
            if words is not None:
                return list(dict.fromkeys((words, *concept["phrases"])))
    return [spelt(name)]


def picture_vectors(
    encoder: DualEncoder, scenes: SceneFolder, progress: Progress
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Vectors of the pictures of a set, and what is to be said of how they were read.

    Returns
    -------
    vectors : float32[N, D]
        Of each picture the square in its middle, at the side that the encoder wants.
    notes : list of str
    """
    vectors, shown = np.empty((len(scenes.pictures), encoder.dimension), np.float32), Shown(scenes)
    for start in range(0, len(vectors), BATCH):
        part = scenes.pictures[start : start + BATCH]
        tiles = np.stack([square(shown(picture), encoder.side) for picture in part])
        vectors[start : start + BATCH] = encoder.images(np.ascontiguousarray(tiles.transpose(0, 3, 1, 2)))
        progress(min(start + BATCH, len(vectors)), len(vectors))
    part_note = f"The pictures are those of {scenes.part}." if scenes.part else None
    return vectors, [note for note in (part_note, shown.note) if note]


def _same(prompts: Mapping[str, Sequence[str]]) -> list[str]:
    """A note on classes that the same phrases stand for."""
    alike: dict[frozenset[str], list[str]] = {}
    for name, own in prompts.items():
        alike.setdefault(frozenset(own), []).append(name)
    return [
        f"The same phrases stand for {' and '.join(names)}: they cannot be told apart."
        for names in alike.values()
        if len(names) > 1
    ]
