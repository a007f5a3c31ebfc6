"""Chips for training, cut from windows of imagery that are read once and kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..cards.classes import NODATA

__all__ = ["Chips", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an image and its labels.

    Parameters
    ----------
    image : ndarray, float32[C, H, W]
        Normalised; NaN where not observed.
    labels : ndarray, uint8[H, W]
        Class ids; 255 where nobody labelled.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]


class Chips:
    """Square chips around labelled pixels, in which rare classes are seen.

    Each chip is cut at random such that it holds one labelled pixel, its anchor. The classes of an epoch's anchors are
    drawn by systematic sampling in proportion to pixels^(1 - balance), so that each gets its share of the chips to
    within one (Kitagawa 1996), and come in random order; within a class every pixel is as likely as the others.

    Parameters
    ----------
    windows : sequence of Window
        One that is smaller than a chip is padded: not observed, not labelled.
    side : int
        Of a chip, in pixels; a network may want a multiple of 32.
    batch : int
        Chips of one optimiser step.
    steps : int, optional
        Optimiser steps of an epoch; without it as many as show every labelled pixel once, if a chip were all labels.
    balance : float
        0: classes as frequent as their pixels; 1: all alike; 0.5 between, by the root of their pixels.
    seed : int

    Attributes
    ----------
    pixels : tuple of int
        Labelled and observed pixels of each class, 0 to the highest id.

    Raises
    ------
    ValueError
        If no pixel is both labelled and observed.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        side: int,
        batch: int,
        steps: int | None = None,
        balance: float = 0.5,
        seed: int = 0,
    ) -> None:
        self._windows = [_usable(window, side) for window in windows]
        self._side, self._size, self._seed = side, batch, seed
        self._positions = _positions([window.labels for window in self._windows])
        self.pixels = tuple(sum(len(positions) for positions in places) for places in self._positions)
        if not sum(self.pixels):
            raise ValueError("No pixel is both labelled and observed.")
        self.steps = steps or max(1, round(sum(self.pixels) / side**2 / batch))
        wanted = np.array([float(count) ** (1 - balance) if count else 0.0 for count in self.pixels])
        self._shares = wanted / wanted.sum()
        self._order: tuple[int, NDArray[np.intp]] = (0, np.empty(0, np.intp))

    def batch(self, epoch: int, step: int) -> tuple[Tensor, Tensor]:
        """Chips for one optimiser step: images float32[N, C, S, S], normalised, NaN where not observed, and labels
        uint8[N, S, S], 255 where there is none."""
        classes = self._classes(epoch)[step * self._size : (step + 1) * self._size]
        source = np.random.default_rng([self._seed, 1, epoch, step])
        side, bands = self._side, len(self._windows[0].image)
        images = np.empty((self._size, bands, side, side), np.float32)
        labels = np.empty((self._size, side, side), np.uint8)
        for chip, number in enumerate(classes):
            window, row, column = self._anchor(number, source)
            height, width = window.labels.shape
            top = int(source.integers(max(0, row - side + 1), min(row, height - side) + 1))
            left = int(source.integers(max(0, column - side + 1), min(column, width - side) + 1))
            images[chip] = window.image[:, top : top + side, left : left + side]
            labels[chip] = window.labels[top : top + side, left : left + side]
        return torch.from_numpy(images), torch.from_numpy(labels)

    def _classes(self, epoch: int) -> NDArray[np.intp]:
        """The class of each anchor of an epoch, in order; the last epoch's is kept."""
        if self._order[0] != epoch:
            source = np.random.default_rng([self._seed, 0, epoch])
            chips = self.steps * self._size
            points = (source.random() + np.arange(chips)) / chips
            # A class without pixels has no share; rounding must not push the last point past the end.
            classes = np.searchsorted(np.cumsum(self._shares), points, side="right")
            classes = np.minimum(classes, np.flatnonzero(self._shares)[-1])
            self._order = (epoch, source.permutation(classes))
        return self._order[1]

    def _anchor(self, number: int, source: np.random.Generator) -> tuple[Window, int, int]:
        place = int(source.integers(self.pixels[number]))
        for window, positions in zip(self._windows, self._positions[number], strict=True):
            if place < len(positions):
                return window, *divmod(int(positions[place]), window.labels.shape[1])
            place -= len(positions)
        raise IndexError(place)


def _usable(window: Window, side: int) -> Window:
    """Padded to a chip's side, without labels where nothing was observed."""
    down, right = (max(0, side - length) for length in window.labels.shape)
    image = window.image
    if down or right:
        image = np.pad(image, ((0, 0), (0, down), (0, right)), constant_values=np.nan)
    labels = np.pad(window.labels, ((0, down), (0, right)), constant_values=NODATA)
    labels[np.isnan(image).all(axis=0)] = NODATA
    return Window(image, labels)


def _positions(maps: Sequence[NDArray[np.uint8]]) -> list[list[NDArray[np.intp]]]:
    """By class and window: where its pixels are, as indices into the flat labels."""
    highest = max((int(labels[labels != NODATA].max(initial=0)) for labels in maps), default=0)
    return [[np.flatnonzero(labels == number) for labels in maps] for number in range(highest + 1)]
