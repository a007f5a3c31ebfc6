"""The basic encoder: a small image tower of eight bits, and MiniLM for words."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..cards.card import Card
from ..cpu import threads
from ..errors import InputError
from ..models.runtime import OnnxRuntime, check_vectors
from ..models.store import read_golden, read_weights
from . import minilm

__all__ = ["ARCHITECTURE", "BasicEncoder", "certainty"]

ARCHITECTURE = "geofm-basic"
# Tiles of a run, of which as many go side by side as there are cores: cores that share a run wait for each other, which
# costs a quarter of them.
BATCH = 16
KNOWN = ("threshold", "softness")
# Processors round sums of eight-bit products differently; that leaves vectors this near.
LEAST_COSINE = 0.99


class BasicEncoder:
    """A `DualEncoder` of the card's architecture 'geofm-basic'; runs on the CPU whatever the device.

    Parameters
    ----------
    folder : Path
    card : Card
        Its parameters: `dimension`, `concepts` (a list of `name`, `classes`, `phrases`), `text` (name and SHA-256 of
        the text tower) and `known` (`threshold`, `softness`).
    device : str
        Without effect: eight-bit convolutions are made for processors.

    Raises
    ------
    InputError
        If the model is damaged, or was made for another text tower; from `texts`, if that tower is not set up.
    """

    def __init__(self, folder: Path, card: Card, *, device: str = "cpu") -> None:
        self.card = card
        try:
            text = card.parameters["text"]
            if text["sha256"] != minilm.SHA256:
                raise InputError(
                    f"The model in {folder} was made for another text tower ({str(text.get('name'))[:80]}) than this "
                    f"GeoFM has ({minilm.NAME}); update GeoFM or install the model again."
                )
            self.dimension = int(card.parameters["dimension"])
            self._phrases = [str(phrase) for concept in card.parameters["concepts"] for phrase in concept["phrases"]]
            self._threshold, self._softness = (float(card.parameters["known"][name]) for name in KNOWN)
            if not self._phrases or len(card.bands) != 3 or not 0 < self._softness < math.inf > self._threshold:
                raise ValueError("no phrases, other bands than three, or a softness that is none")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"The card in {folder} lacks what a basic encoder needs ({error}); install it again."
            ) from error
        self.side = card.tile
        facts = {"image": card.sha256, "text": minilm.SHA256, "side": self.side}
        self.fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        self._runtime = OnnxRuntime(read_weights(folder, card))
        if check_vectors(folder, self._runtime.run, read_golden(folder, card), LEAST_COSINE) != self.dimension:
            raise InputError(f"The card in {folder} says another length of vectors; install the model again.")
        self._tower: minilm.TextTower | None = None
        self._taught: npt.NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    def images(self, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[N, D] of tiles uint8[N, 3, S, S]."""
        if tiles.dtype != np.uint8 or tiles.ndim != 4 or tiles.shape[1:] != (3, self.side, self.side):
            raise ValueError(f"Tiles are {tiles.dtype}{list(tiles.shape)}, not uint8[N, 3, {self.side}, {self.side}].")
        vectors = np.empty((len(tiles), self.dimension), np.float32)

        def run(start: int) -> None:
            part = tiles[start : start + BATCH].astype(np.float32)
            vectors[start : start + BATCH] = self._runtime.run(part)

        with ThreadPoolExecutor(threads(), "tower") as pool:
            for _ in pool.map(run, range(0, len(tiles), BATCH)):
                pass
        return vectors

    def texts(self, phrases: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[M, D] of M phrases."""
        with self._lock:  # an index is built without words, and without the tower
            self._tower = self._tower or minilm.TextTower()
        return self._tower(phrases)

    def known(self, phrase: str) -> float | None:
        """How sure it is that a phrase means one of its concepts: by the cosine to the nearest phrase it was taught."""
        if self._taught is None:
            self._taught = self.texts(self._phrases)
        nearest = float((self._taught @ self.texts([phrase])[0]).max())
        return certainty(nearest, self._threshold, self._softness)


def certainty(nearest: float, threshold: float, softness: float) -> float:
    """From 0 to 1, a half at the threshold: a logistic curve of the cosine to the nearest taught phrase."""
    return 1 / (1 + math.exp(-(nearest - threshold) / softness))
