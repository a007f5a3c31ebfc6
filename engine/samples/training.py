"""Training polygons inside areas of one class, found while the land cover streams by."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely

from .classes import CLASSES
from .landscape import Classes
from .noise import hash32, layer_seed
from .scene import Scene

__all__ = ["TrainingPolygons"]

# Sides of square cells in pixels, all divisors of a block's rows. A class that fills none of the large cells, such as
# tarmac, is drawn in smaller ones.
_CELLS = (16, 8, 4)
_MARGIN = 0.3  # of the cell: how far corners may lie inside it


@dataclass(order=True, frozen=True, slots=True)
class _Cell:
    """A cell of one class; greater is better: larger cells first, then chance."""

    size: int
    chance: int
    row: int = field(compare=False)
    column: int = field(compare=False)


class TrainingPolygons:
    """Keeps the best few cells of each class; memory does not grow with the scene.

    Parameters
    ----------
    scene : Scene
    per_class : int
        Number of polygons per class, fewer where a class is too rare.
    """

    def __init__(self, scene: Scene, per_class: int = 8) -> None:
        self._scene = scene
        self._per_class = per_class
        self._seed = layer_seed(scene.seed, "training")
        self._best: list[list[_Cell]] = [[] for _ in CLASSES]

    def add(self, row: int, cover: Classes) -> None:
        """Take in a block of rows whose first one is `row`, a multiple of the largest cell."""
        for size in _CELLS:
            down, across = cover.shape[0] // size, cover.shape[1] // size
            cells = cover[: down * size, : across * size].reshape(down, size, across, size)
            lowest, highest = cells.min(axis=(1, 3)), cells.max(axis=(1, 3))
            rows, columns = np.nonzero(lowest == highest)
            chances = hash32(self._seed + size, rows + row // size, columns)
            for name in np.unique(lowest[rows, columns]):
                of_class = np.flatnonzero(lowest[rows, columns] == name)
                best = of_class[np.argsort(chances[of_class])[-self._per_class :]]
                for index in best.tolist():
                    place = row + int(rows[index]) * size, int(columns[index]) * size
                    self._keep(int(name), _Cell(size, int(chances[index]), *place))

    def _keep(self, name: int, cell: _Cell) -> None:
        if any(_overlap(cell, other) for other in self._best[name]):
            return  # larger cells are offered first
        keep = heapq.heappush if len(self._best[name]) < self._per_class else heapq.heappushpop
        keep(self._best[name], cell)

    def __iter__(self) -> Iterator[tuple[int, shapely.Polygon]]:
        """Class ids and polygons in the scene's CRS, by class and then from north to south."""
        for name, cells in enumerate(self._best):
            for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
                yield name, self._polygon(cell)

    def _polygon(self, cell: _Cell) -> shapely.Polygon:
        """A crooked quadrangle inside the cell."""
        insets = np.random.Generator(np.random.SFC64([self._seed, cell.row, cell.column])).random((4, 2)) * _MARGIN
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
        corners = np.where(corners == 0, insets, 1 - insets) * cell.size + (cell.column, cell.row)
        return shapely.Polygon([self._scene.grid.transform @ (float(x), float(y)) for x, y in corners])


def _overlap(one: _Cell, other: _Cell) -> bool:
    return (
        one.row < other.row + other.size
        and other.row < one.row + one.size
        and one.column < other.column + other.size
        and other.column < one.column + one.size
    )
