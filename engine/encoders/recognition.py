"""Recognition models of the QGIS plugin Deepness: pictures become vectors, words do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..cards.card import Card
from ..cards.searching import colour_order, unsearchable
from ..errors import GeoFMError, InputError
from ..models.onnx_library import trial
from ..models.runtime import open_runtime
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
        self.dimension = self._check_golden(folder)
        facts = {"weights": card.sha256, "side": self.side, "bands": [asdict(band) for band in card.bands]}
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

    def _check_golden(self, folder: Path) -> int:
        """See that this machine gives the vector that the model gave when it was taken in; gives its length."""
        golden = read_golden(folder, self.card)
        if golden is None:
            raise InputError(f"The model in {folder} has no golden vector; import it again.")
        try:
            with trial(golden[0].shape[2]):
                found = self._runtime.run(golden[0])
        except GeoFMError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no root but this one
            raise InputError(f"The model in {folder} cannot be run; import it again.") from error
        if found.shape != golden[1].shape or found.ndim != 2:
            raise InputError(f"The model in {folder} does not give vectors as it did when it was taken in.")
        if not float((self._unit(found) * self._unit(golden[1])).sum(1).min()) >= LEAST_COSINE:
            raise InputError(
                f"The model in {folder} gives another vector than when it was taken in; import it again, or update "
                "GeoFM's environment."
            )
        return int(found.shape[1])
