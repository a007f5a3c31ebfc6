"""What is trained on: pictures with concepts, and phrases of each concept as vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from ...datasets.concepts import ambiguous, concept_of, spelt
from ...datasets.scenes import TAUGHT, Shown, hold_out, scene_folder, square
from ...encoders.minilm import phrase_vectors

__all__ = ["ConceptDataset", "read_dataset"]

STORED_SIDE = 192


@dataclass(frozen=True, slots=True)
class ConceptDataset:
    """Pictures and words.

    Attributes
    ----------
    pictures : list of uint8[S, S, 3]
    labels : int64[N]
        The concept of each picture.
    weights : float64[N]
        How often each picture is drawn; sums to 1.
    concepts : tuple of str
    phrases : tuple of tuple of str
        Per concept.
    vectors : list of Tensor
        Per concept, float32[phrases, D].
    masked : Tensor
        bool[K, K]: concepts that are not held against each other.
    held_out : int
        Pictures that were left out.
    """

    pictures: list[npt.NDArray[np.uint8]]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    concepts: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    vectors: list[Tensor]
    masked: Tensor
    held_out: int

    def centroids(self) -> Tensor:
        """float32[K, D]: the mean direction of each concept's phrases."""
        return torch.stack([F.normalize(vectors.mean(0), dim=0) for vectors in self.vectors])

    def frequencies(self) -> Tensor:
        """float32[K]: how often each concept is drawn."""
        drawn = np.bincount(self.labels, self.weights, len(self.concepts))
        return torch.from_numpy(np.maximum(drawn, 1e-6).astype(np.float32))

    def mixtures(self, alpha: float, random: np.random.Generator) -> Tensor:
        """float32[K, D]: per concept a random mixture of its phrases (Dirichlet weights), as unit vectors."""
        rows = []
        for vectors in self.vectors:
            shares = random.dirichlet([alpha] * len(vectors)).astype(np.float32)
            rows.append(torch.from_numpy(shares) @ vectors)
        return F.normalize(torch.stack(rows), dim=1)


def read_dataset(
    folders: Sequence[str | Path], captions: Mapping[str, Sequence[str]], share_held_out: float
) -> ConceptDataset:
    """Read sets of scenes and make vectors of the words for their classes.

    Parameters
    ----------
    folders : sequence of path
        Folders of class folders, or that hold such a folder `train`. Classes of the same concept are one, in whichever
        set they lie.
    captions : mapping of str to sequence of str
        More phrases per class, by the class's name as `spelt` writes it.
    share_held_out : float
        Share at the end of every run of numbers that is left out; see `scenes.hold_out`.

    Raises
    ------
    InputError
        If a set or a picture cannot be read, or the text tower is not set up.
    """
    pictures: list[npt.NDArray[np.uint8]] = []
    names: list[str] = []
    weights: list[float] = []
    phrases: dict[str, dict[str, None]] = {}
    left_out = 0
    for folder in folders:
        scenes = scene_folder(folder, TAUGHT)
        shown = Shown(scenes)
        held = hold_out(scenes, share_held_out)
        left_out += int(held.sum())
        counts = np.bincount(scenes.labels()[~held], minlength=len(scenes.classes))
        for name in scenes.classes:
            concept = concept_of(name)
            own = phrases.setdefault(concept.name if concept else spelt(name), {})
            own.update(
                dict.fromkeys((*(concept.taught if concept else (spelt(name),)), *captions.get(spelt(name), ())))
            )
        for picture, out in zip(scenes.pictures, held, strict=True):
            if not out:
                concept = concept_of(scenes.classes[picture.label])
                pictures.append(square(shown(picture), STORED_SIDE))
                names.append(concept.name if concept else spelt(scenes.classes[picture.label]))
                # Between all pictures alike and all classes alike: few pictures bear only so much repetition.
                weights.append(float(counts[picture.label]) ** -0.5)
    concepts = tuple(phrases)
    spread = phrase_vectors([phrase for concept in concepts for phrase in phrases[concept]])
    ends = np.cumsum([len(phrases[concept]) for concept in concepts])
    return ConceptDataset(
        pictures,
        np.array([concepts.index(name) for name in names], np.int64),
        np.array(weights) / np.sum(weights),
        concepts,
        tuple(tuple(phrases[concept]) for concept in concepts),
        [torch.from_numpy(part) for part in np.split(spread, ends[:-1])],
        torch.tensor([[ambiguous(first, second) for second in concepts] for first in concepts]),
        left_out,
    )
