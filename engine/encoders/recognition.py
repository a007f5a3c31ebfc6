"""Recognition models of the QGIS plugin Deepness: pictures become vectors, words do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..cards.card import Card
from ..cards.searching import colour_order, scaling, unsearchable
from ..errors import InputError
from ..models.runtime import check_vectors, open_runtime
from ..models.store import read_golden

__all__ = ["RecognitionEncoder"]

BATCH = 32
# Between the golden vector and the one that this machine gives.
LEAST_COSINE = 0.999


class RecognitionEncoder:
    """A `DualEncoder` without words, of a graph that Deepness would take for its task Recognition.

    Pictures go in as Deepness gives them: divided by 255, less the mean, through the deviation. What comes out is
    compared by cosine there, so it is brought to length 1 here.

    Parameters
    ----------
    folder : Path
    card : Card
        Of the task 'recognition'; its bands are red, green and blue, in any order.
    device : str
        'auto', 'cpu' or 'cuda'.

    Raises
    ------
    InputError
        If the model is damaged, or reads something else than colours; from `texts`, always.
    """

    def __init__(self, folder: Path, card: Card, *, device: str = "auto") -> None:
        fault, order = unsearchable(card), colour_order(card)
        if fault or order is None:
            raise InputError(fault or f"The model in {folder} does not read red, green and blue.")
        self.card = card
        self._order = list(order)
        self._mean, self._std = (
            np.array([getattr(band, name) for band in card.bands], np.float32)[:, None, None]
            for name in ("mean", "std")
        )
        self._runtime = open_runtime(folder, card, device)
        self.side = self._runtime.side or card.tile
        self.dimension = check_vectors(folder, self._runtime.run, read_golden(folder, card), LEAST_COSINE)
        facts = {"weights": card.sha256, "side": self.side, "bands": scaling(card)}
        self.fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def images(self, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[N, D] of tiles uint8[N, 3, S, S]; of zeros where the graph gives nothing but zeros.

        Raises
        ------
        InputError
            If the graph gives values that are not finite.
        """
        if tiles.dtype != np.uint8 or tiles.ndim != 4 or tiles.shape[1:] != (3, self.side, self.side):
            raise ValueError(f"Tiles are {tiles.dtype}{list(tiles.shape)}, not uint8[N, 3, {self.side}, {self.side}].")
        vectors = np.empty((len(tiles), self.dimension), np.float32)
        for start in range(0, len(tiles), BATCH):
            part = tiles[start : start + BATCH, self._order].astype(np.float32)
            vectors[start : start + BATCH] = self._unit(self._runtime.run((part - self._mean) / self._std))
        return vectors

    def texts(self, phrases: Sequence[str]) -> npt.NDArray[np.float32]:
        """None: a model of this kind has seen no words, and says so."""
        raise InputError(
            f"The model {self.card.title} was made without words and finds by pictures alone: search by an example "
            "image, a place or marks, or build an index with a model that reads words."
        )

    def known(self, phrase: str) -> float | None:
        """None, as there is no phrase that it could judge."""
        return None

    def _unit(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if not np.isfinite(raw).all():
            raise InputError(f"The model {self.card.title} gives values that are not finite; choose another model.")
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        vectors: npt.NDArray[np.float32] = np.divide(raw, lengths, out=np.zeros_like(raw), where=lengths > 0)
        return vectors
