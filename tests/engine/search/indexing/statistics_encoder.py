"""A small dual encoder without weights: colour and texture of a tile, and words with prototypes of these."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.cards.card import BandSpec, Card

SIDE, DIMENSION = 16, 24
# Mean colour and how much it varies from pixel to pixel.
WORDS = {
    "water": ((20, 40, 90), 3),
    "forest": ((30, 70, 25), 12),
    "field": ((150, 180, 70), 6),
    "sand": ((225, 200, 140), 5),
    "town": ((140, 135, 140), 55),
}
_MIX = np.linalg.qr(np.random.default_rng(7).standard_normal((DIMENSION, DIMENSION)))[0].astype(np.float32)


def texture(word: str, height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """What a word looks like: uint8 [3, H, W]."""
    colour, spread = WORDS[word]
    noise = np.random.default_rng((seed, *colour)).normal(0, spread, (height, width))
    return np.clip(np.array(colour)[:, None, None] + noise, 1, 255).astype(np.uint8)


class StatisticsEncoder:
    """`DualEncoder` for tests: every method does its real work, from pixels and from words."""

    def __init__(self, version: str = "1") -> None:
        self.card = Card(
            name="statistics",
            title="Colour statistics",
            task="dual-encoder",
            architecture="statistics",
            parameters={},
            weights="none.safetensors",
            sha256="",
            bands=tuple(BandSpec(name, "display") for name in ("red", "green", "blue")),
            gsd_m=None,
        )
        self.dimension, self.side = DIMENSION, SIDE
        self.fingerprint = hashlib.sha256(f"statistics {version}".encode()).hexdigest()
        self.tiles_seen = 0
        self._words = {word: self._word(word) for word in WORDS}
        self.tiles_seen = 0

    def images(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 [N, D] of uint8 [N, 3, S, S]."""
        assert tiles.dtype == np.uint8 and tiles.shape[1:] == (3, SIDE, SIDE)
        self.tiles_seen += len(tiles)
        pixels = tiles.astype(np.float32) / 255
        grey = pixels.mean(axis=1)
        features = np.concatenate(
            [
                pixels.mean(axis=(2, 3)) - 0.5,
                pixels[:, :, :8].mean(axis=(2, 3)) - 0.5,
                np.abs(np.diff(grey, axis=1)).mean(axis=(1, 2))[:, None] * 4,
                np.abs(np.diff(grey, axis=2)).mean(axis=(1, 2))[:, None] * 4,
                grey.std(axis=(1, 2))[:, None] * 2,
            ],
            axis=1,
        )
        wide = np.pad(features, ((0, 0), (0, DIMENSION - features.shape[1]))) @ _MIX
        return (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float32)

    def texts(self, phrases: Sequence[str]) -> NDArray[np.float32]:
        """float32 [M, D]: the mean of the words that are known; of others, some direction of its own."""
        found = np.stack([self._phrase(phrase) for phrase in phrases])
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def known(self, phrase: str) -> float | None:
        """1 if a word of it is known, else 0."""
        return float(any(word in self._words for word in phrase.lower().split()))

    def _phrase(self, phrase: str) -> NDArray[np.float32]:
        known = [self._words[word] for word in phrase.lower().split() if word in self._words]
        if known:
            return np.mean(known, axis=0)
        seed = int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)

    def _word(self, word: str) -> NDArray[np.float32]:
        tiles = np.stack([texture(word, SIDE, SIDE, seed) for seed in range(8)])
        return self.images(tiles).mean(axis=0)
