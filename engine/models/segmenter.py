"""A segmentation model ready to use: tiles in, class probabilities out, whatever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card, read_card
from ..errors import GeoFMError, InputError
from .outputs import interpreted, threshold
from .runtime import Runtime, first_line, is_out_of_memory, open_runtime

__all__ = ["Segmenter", "load_segmenter"]

Floats = NDArray[np.float32]

# Pixels of a batch: more gains nothing there; on a CPU, what a network of few channels holds stays in its cache then.
CPU_BATCH, GPU_BATCH = 2**16, 2**20


class Segmenter:
    """Class probabilities of tiles.

    Parameters
    ----------
    card : Card
    runtime : Runtime
    augment : bool
        Average the probabilities over the eight turned and mirrored views of a tile.

    Attributes
    ----------
    card : Card
    tile, overlap : int
        Pixels: the tiles to cut (a graph of fixed size sets it) and how far they should overlap.
    batch : int
        How many tiles are worth giving at once.
    workers : int
        How many threads should ask at a time.
    device : str
        'cpu' or 'cuda': where the network runs.
    """

    def __init__(self, card: Card, runtime: Runtime, *, augment: bool = False) -> None:
        self.card = card
        self.tile = runtime.side or card.tile
        self.overlap = min(card.overlap, self.tile // 2)
        self.device, self.workers = runtime.device, runtime.workers
        self.batch = max(1, (CPU_BATCH if self.device == "cpu" else GPU_BATCH) // self.tile**2)
        self._runtime, self._augment = runtime, augment
        self._fitting: int | None = None  # so many tiles fit into memory, as far as is known
        shape = (1, len(card.bands), 1, 1)
        self._means = np.array([band.mean for band in card.bands], np.float32).reshape(shape)
        self._stds = np.array([band.std for band in card.bands], np.float32).reshape(shape)

    @property
    def classes(self) -> int:
        """K, the number of classes."""
        return len(self.card.classes)

    def probabilities(self, tiles: Floats) -> Floats:
        """Class probabilities, also of pixels that are not observed: masking is the caller's.

        Parameters
        ----------
        tiles : float32[N, C, H, W]
            In the card's band order and units; NaN = not observed, which the network sees as each band's mean.

        Returns
        -------
        float32[N, K, H, W]
            They sum to 1 over K.

        Raises
        ------
        InputError
            If the network does not give the classes of its card, or memory is short for even one tile.
        """
        if tiles.ndim != 4 or tiles.shape[1] != len(self.card.bands):
            raise ValueError(f"Tiles of shape {tiles.shape} were given to a model of {len(self.card.bands)} bands.")
        x = np.subtract(tiles, self._means, dtype=np.float32)
        x /= self._stds
        if not np.isfinite(x.sum()):  # one pass where all was observed
            np.copyto(x, 0, where=~np.isfinite(x))
        if not self._augment:
            return self._of(x)
        total = np.zeros((len(x), self.classes, *x.shape[2:]), np.float32)
        for turns, mirrored in _views():
            total += _turned_back(self._of(_turned(x, turns, mirrored)), turns, mirrored)
        return np.asarray(total / 8, np.float32)

    def _of(self, x: Floats) -> Floats:
        """Probabilities of normalised tiles, as many at a time as fit into memory."""
        parts: list[Floats] = []
        start = 0
        while start < len(x):
            part = x[start : start + (self._fitting or len(x))]
            try:
                raw = self._runtime.run(np.ascontiguousarray(part))
            except GeoFMError:
                raise
            except Exception as error:  # torch's and onnxruntime's errors have no common root
                if not is_out_of_memory(error):
                    raise InputError(f"The model {self.card.title} cannot be run ({first_line(error)}).") from error
                if len(part) == 1:
                    raise InputError(
                        f"There is too little memory for one tile of {self.tile} x {self.tile} pixels with the model "
                        f"{self.card.title}; close other programs, or choose the device cpu or a smaller model."
                    ) from error
                self._fitting = len(part) // 2
                raw = None
            if raw is None:
                self._runtime.free()  # out of the handler, whose traceback holds tensors
                continue
            parts.extend(interpreted(self.card, {"output": raw}, part, threshold(self.card)).values())
            start += len(part)
        return np.concatenate(parts) if len(parts) > 1 else parts[0]


def load_segmenter(folder: Path, *, device: str = "auto", augment: bool = False) -> Segmenter:
    """The segmentation model of a folder, ready to use.

    Parameters
    ----------
    folder : Path
        With card and weights.
    device : {'auto', 'cpu', 'cuda'}
        A GPU is used only if it gives the model's golden output.
    augment : bool
        Average over the eight turned and mirrored views of each tile: eight times the work.

    Raises
    ------
    InputError
        If it is no segmentation model, is damaged, or the device cannot be used.
    """
    card = read_card(folder)
    if card.task != "segmentation":
        raise InputError(
            f"The model {card.title} is for {card.task} and makes no maps of classes; choose a segmentation model."
        )
    return Segmenter(card, open_runtime(Path(folder), card, device), augment=augment)


def _views() -> Iterator[tuple[int, bool]]:
    """The symmetries of a square: quarter turns, each plain and mirrored."""
    for mirrored in (False, True):
        for turns in range(4):
            yield turns, mirrored


def _turned(x: Floats, turns: int, mirrored: bool) -> Floats:
    return np.rot90(x[..., ::-1] if mirrored else x, turns, axes=(2, 3))


def _turned_back(x: Floats, turns: int, mirrored: bool) -> Floats:
    plain = np.rot90(x, -turns, axes=(2, 3))
    return plain[..., ::-1] if mirrored else plain
