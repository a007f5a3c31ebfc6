"""Squares of imagery without labels, drawn by chance: what a masked autoencoder learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..cards.card import BandSpec
from ..errors import InputError
from ..jobs.report import Report
from ..models.architectures.mae import hidden
from ..models.architectures.vit import patches_of
from ..segmentation.examples import normalised
from ..training.batches import Batch
from .sources import Cell, Source

__all__ = ["Masked", "Squares", "masked", "parted"]

Floats = NDArray[np.float32]

KEPT_BYTES = 2**30  # of cells in memory; what is beyond is read anew each time
HELD_OUT = 10  # one cell of so many
SMALLEST = 0.2  # of a square's area, of the ground that is enlarged to it
FEWEST_SEEN, TRIES = 0.5, 8


def parted(cells: Sequence[Cell], seed: int) -> tuple[list[Cell], list[Cell]]:
    """Cells to learn from, and those that are held out: a tenth, chosen by chance; none of a single cell."""
    order = np.random.default_rng([seed, 9]).permutation(len(cells)).tolist()
    out = {*order[: max(len(cells) // HELD_OUT, min(1, len(cells) - 1))]}
    return [cell for index, cell in enumerate(cells) if index not in out], [cells[index] for index in sorted(out)]


class Squares:
    """Draws squares from cells.

    Parameters
    ----------
    source : Source
    specs : sequence of BandSpec
        How they are normalised.
    scaled : callable
        From normalised float32[1, C, H, W] to what the network sees.
    side : int
        Of a square, in pixels.
    """

    def __init__(
        self,
        source: Source,
        specs: Sequence[BandSpec],
        scaled: Callable[[Tensor], Tensor],
        side: int,
    ) -> None:
        self._source, self._specs, self._scaled, self.side = source, specs, scaled, side
        self._kept: dict[Cell, Tensor] = {}
        self._bytes = 0

    def draw(self, cells: Sequence[Cell], weights: NDArray[np.float64], rng: np.random.Generator) -> Tensor:
        """A square float32[C, S, S] of a cell that is drawn by its weight; NaN where not observed.

        Of the ground a fifth to all of a square's area is enlarged to it (cubic), turned and mirrored by chance. One
        that shows little is drawn anew.
        """
        for _ in range(TRIES):
            cell = cells[int(rng.choice(len(cells), p=weights))]
            side = max(round(self.side * float(np.sqrt(rng.uniform(SMALLEST, 1)))), 2)
            square = self._cut(cell, side, rng)
            if float(square.isfinite().float().mean()) >= FEWEST_SEEN:
                break
        square = square.rot90(int(rng.integers(4)), (1, 2))
        return square.flip(2) if rng.random() < 0.5 else square

    def plain(self, cells: Sequence[Cell], rng: np.random.Generator) -> Tensor:
        """A square as it is, of one of the cells."""
        return self._cut(cells[int(rng.integers(len(cells)))], self.side, rng)

    def _cut(self, cell: Cell, side: int, rng: np.random.Generator) -> Tensor:
        row, column = (int(rng.integers(max(length - side, 0) + 1)) for length in (cell.height, cell.width))
        whole = self._kept.get(cell)
        if whole is None and self._bytes < KEPT_BYTES:
            whole = self._kept[cell] = self._read(cell)
            self._bytes += whole.nbytes
        if whole is not None:
            part = whole[:, row : row + side, column : column + side]
        else:
            height, width = min(side, cell.height), min(side, cell.width)
            part = self._read(Cell(cell.image, cell.row + row, cell.column + column, height, width))
        return _enlarged(_padded(part, side), self.side)

    def _read(self, cell: Cell) -> Tensor:
        values = torch.from_numpy(normalised(self._source.read(cell), self._specs))
        return self._scaled(values[None])[0]


def _padded(square: Tensor, side: int) -> Tensor:
    """Beyond a small image nothing was observed."""
    missing = (0, side - square.shape[2], 0, side - square.shape[1])
    return functional.pad(square, missing, value=torch.nan) if any(missing) else square


def _enlarged(square: Tensor, side: int) -> Tensor:
    if square.shape[1] == side:
        return square
    seen = square.isfinite()
    values = torch.where(seen, square, 0.0)[None]
    cubic = functional.interpolate(values, (side, side), mode="bicubic", align_corners=False)[0]
    nearest = functional.interpolate(seen[None].float(), (side, side), mode="nearest")[0]
    return torch.where(nearest > 0, cubic, torch.nan)


class Masked:
    """Squares with the order of their patches, the hidden ones first; see `training.Batches`.

    Parameters
    ----------
    squares : Squares
    cells : sequence of Cell
        To learn from, each by its area.
    patch, batch, steps, seed : int
    """

    def __init__(self, squares: Squares, cells: Sequence[Cell], patch: int, batch: int, steps: int, seed: int) -> None:
        self.steps = steps
        self._squares, self._cells, self._patch, self._batch, self._seed = squares, cells, patch, batch, seed
        areas = np.array([cell.height * cell.width for cell in cells], float)
        self._weights = areas / areas.sum()

    def batch(self, epoch: int, step: int) -> Batch:
        """(images float32[N, C, S, S], order int64[N, P]), and the hidden patches, NaN where not observed."""
        rng = np.random.default_rng((self._seed, 1, epoch, step))
        drawn = [self._squares.draw(self._cells, self._weights, rng) for _ in range(self._batch)]
        return masked(torch.stack(drawn), self._patch, rng)

    def held_out(self, cells: Sequence[Cell], count: int, report: Report) -> list[Batch]:
        """Batches of so many squares of other cells, always the same."""
        rng = np.random.default_rng((self._seed, 2))
        found = []
        for start in range(0, count, self._batch):
            report.check_cancelled()
            drawn = [self._squares.plain(cells, rng) for _ in range(min(self._batch, count - start))]
            images, targets = masked(torch.stack(drawn), self._patch, rng)
            found.append((images, targets))
        if not any(bool(targets.isfinite().any()) for _, targets in found):
            raise InputError("The images show nothing where they were looked at; give others.")
        return found


def masked(images: Tensor, patch: int, rng: np.random.Generator) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Images with patches hidden by chance, and those patches."""
    patches = patches_of(images, patch)
    order = torch.from_numpy(rng.random(patches.shape[:2]).argsort(axis=1))
    return (images, order), patches.take_along_dim(order[:, : hidden(order.shape[1]), None], dim=1)
