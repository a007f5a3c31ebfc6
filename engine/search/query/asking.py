"""From what the user asks to one direction: phrases, examples, a place and marks, each weighed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...encoders import DualEncoder
from ...errors import InputError
from ...jobs.requests import SearchRequest
from ..index.pictures import Pictures
from ..index.store import Index
from .background import Background, Direction
from .examples import vector_of_image, vectors_of_place
from .feedback import AWAY, FEWEST_FOR_A_PROBE, probe, turned

__all__ = ["Question", "ask", "with_marks"]

Floats = NDArray[np.float32]

_DENIAL = re.compile(r"(?i)(?:not|no|without|except|anything but|everything but)\s+(.+)")
KNOWN = 0.5  # from here on the model was taught the phrase (see `DualEncoder.known`)


@dataclass(frozen=True)
class Question:
    """A query as it is scanned.

    Attributes
    ----------
    direction : Direction
    wanted : float32 [D]
        Unit vector of what is wanted alone: cosines with it are what `similarity` tells.
    notes : tuple of str
    method : {'vectors', 'turned', 'probe'}
        What was made of the marks, if there are any.
    """

    direction: Direction
    wanted: Floats
    notes: tuple[str, ...]
    method: str = "vectors"


def ask(
    request: SearchRequest,
    index: Index,
    encoder: DualEncoder,
    background: Background,
    pictures: Pictures,
) -> Question:
    """What is to be scanned for a request.

    Each part of the query is brought to standard scores before it is weighed: cosines of a phrase and of an image lie
    in different ranges (the modality gap), so that without it one of them would decide alone.

    Raises
    ------
    InputError
        If an example cannot be read, the place is not in the index, or all that is wanted has no weight.
    """
    notes = _doubts(request, encoder)
    parts: list[tuple[float, Floats]] = []
    if request.texts:
        parts.append((request.text_weight, _mean(encoder.texts(request.texts))))
    if request.examples:
        vectors = np.stack([vector_of_image(path, encoder, index, pictures) for path in request.examples])
        parts.append((request.example_weight, _mean(vectors)))
    if request.at is not None or request.like:
        vectors = _sound(vectors_of_place(index, encoder, pictures, request.at, request.like))
        parts.append((request.place_weight, _mean(vectors)))
    good, bad = (_sound(index.vectors(index.positions(numbers))) for numbers in (request.good, request.bad))
    lost = len(request.good) + len(request.bad) - len(good) - len(bad)
    if lost:
        notes.append(f"{lost} marked tiles are no longer in the index; their marks were passed over.")
    wanted = [(weight, vector) for weight, vector in parts if weight > 0]
    if not wanted and not len(good):
        raise InputError("Nothing that is wanted has any weight; raise one of the weights, or mark a tile good.")
    if request.negatives and request.negative_weight > 0:
        parts.append((-request.negative_weight, _mean(encoder.texts(request.negatives))))
    prior = _sum([(weight, background.standard(vector).weights) for weight, vector in parts if weight])
    weights, method = with_marks(prior, good, bad, background)
    middle = [(weight, vector) for weight, vector in wanted] or [(1.0, _mean(good))]
    return Question(background.standard(weights), _unit(_sum(middle)), tuple(notes), method)


def with_marks(prior: Floats | None, good: Floats, bad: Floats, background: Background) -> tuple[Floats, str]:
    """The weights float32 [D] of a query with the marks taken in, and how: 'vectors', 'turned' or 'probe'.

    Parameters
    ----------
    prior : float32 [D], optional
        The weights before the marks.
    good, bad : float32 [n, D]
    background : Background

    Raises
    ------
    InputError
        If there is neither a query nor a good mark.
    """
    believed = None if prior is None else background.standard(prior).weights
    if len(good) + len(bad) >= FEWEST_FOR_A_PROBE:
        return probe(good, bad, background, believed), "probe"
    if len(good):
        marked = background.standard(turned(good, bad, background)).weights
        return marked if believed is None else believed + marked, "turned"
    if believed is None:
        raise InputError("The query is empty; give a phrase, an example image, a place or a tile marked good.")
    if not len(bad):
        return believed, "vectors"
    away = background.standard(bad.mean(axis=0)).weights
    return np.asarray(believed - np.float32(AWAY) * away, np.float32), "turned"


def _doubts(request: SearchRequest, encoder: DualEncoder) -> list[str]:
    title = encoder.card.title or encoder.card.name
    notes = []
    for phrase in (*request.texts, *request.negatives):
        known = encoder.known(phrase)
        if denied := _DENIAL.fullmatch(phrase.strip()):
            notes.append(
                f"'{phrase.strip()}' is searched as if it were wanted, since models do not understand such words: give "
                f"what is wanted, and '{denied[1]}' as what not to find."
            )
        elif known is not None and known < KNOWN:
            notes.append(f"'{phrase.strip()}' is not among what {title} was taught; its hits may mean nothing.")
        elif not any(letter.isascii() and letter.isalnum() for letter in phrase):
            notes.append(
                f"'{phrase.strip()}' is not in English, which is what {title} reads; its hits may mean nothing."
            )
    return notes


def _sound(vectors: Floats) -> Floats:
    """Without what is damaged (see `Index.vectors`)."""
    return vectors[np.isfinite(vectors).all(axis=1)]


def _mean(vectors: Floats) -> Floats:
    """The unit vector of the mean direction."""
    return _unit(vectors.mean(axis=0) if len(vectors) else None)


def _unit(vector: Floats | None) -> Floats:
    if vector is None:
        raise InputError("The query is empty; give a phrase, an example image, a place or a tile marked good.")
    return np.asarray(vector / (float(np.linalg.norm(vector)) or 1.0), np.float32)


def _sum(parts: Sequence[tuple[float, Floats]]) -> Floats | None:
    if not parts:
        return None
    return np.asarray(sum(np.float32(weight) * vector for weight, vector in parts), np.float32)
