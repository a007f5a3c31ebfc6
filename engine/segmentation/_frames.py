"""Square tiles of ground, the same for all images that show one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.crs import transformer
from ..raster.grid import Grid, NoWay

__all__ = ["Frames"]

Bounds = tuple[float, float, float, float]
# Places whose tiles could touch share one lattice.
APART = 2


@dataclass
class _Frame:
    """A lattice of tiles in the coordinate system of the first image of a place."""

    grid: Grid
    members: list[Grid]
    step: tuple[float, float]

    def touches(self, grid: Grid) -> bool:
        """Whether an image lies on or beside one of this place."""
        box = self.bounds_of(grid)
        if box is None:
            return False
        x, y = (APART * abs(step) for step in self.step)
        for member in self.members:
            own = self.bounds_of(member)
            if own and box[0] < own[2] + x and box[2] > own[0] - x and box[1] < own[3] + y and box[3] > own[1] - y:
                return True
        return False

    def bounds_of(self, grid: Grid) -> Bounds | None:
        """An image's bounds in this frame's CRS; None where it does not reach there."""
        try:
            bounds = grid.bounds_in(self.grid.crs)
        except NoWay:
            return None
        return bounds if np.isfinite(bounds).all() and bounds[0] <= bounds[2] else None


class Frames:
    """One lattice of tiles for each place that images show.

    Parameters
    ----------
    grids : sequence of Grid
        Of the images. Those that overlap, or nearly touch, share a lattice.
    side : int
        Of a tile, in pixels of the first image of its place.
    """

    def __init__(self, grids: Sequence[Grid], side: int) -> None:
        self._side = side
        self._frames: list[_Frame] = []
        for grid in grids:
            touched = [frame for frame in self._frames if frame.touches(grid)]
            if not touched:
                self._frames.append(_Frame(grid, [grid], (side * grid.transform.a, side * grid.transform.e)))
                continue
            for other in touched[1:]:
                touched[0].members += other.members
                self._frames.remove(other)
            touched[0].members.append(grid)

    def tiles_of(self, grid: Grid) -> NDArray[np.int64]:
        """The tile of each pixel's centre: int64 [height, width, 3], frame, row and column."""
        index = next(index for index, frame in enumerate(self._frames) if frame.touches(grid))
        frame = self._frames[index]
        x = grid.transform.c + grid.transform.a * (np.arange(grid.width) + 0.5)
        y = grid.transform.f + grid.transform.e * (np.arange(grid.height) + 0.5)
        xs, ys = np.meshgrid(x, y)
        if grid.crs != frame.grid.crs:
            xs, ys = transformer(grid.crs, frame.grid.crs).transform(xs, ys)
        columns = np.floor((xs - frame.grid.transform.c) / frame.step[0])
        rows = np.floor((ys - frame.grid.transform.f) / frame.step[1])
        return np.stack([np.full(grid.shape, index), rows, columns], axis=-1).astype(np.int64)

    def holds(self, tiles: NDArray[np.int64], grid: Grid) -> NDArray[np.bool_]:
        """bool [height, width]: pixels whose centres lie in one of some tiles (int64 [n, 3])."""
        where = self.tiles_of(grid)
        lowest, highest = where.min(axis=(0, 1)), where.max(axis=(0, 1))
        table = np.zeros(highest - lowest + 1, bool)
        near = tiles[((tiles >= lowest) & (tiles <= highest)).all(axis=1)] - lowest
        table[tuple(near.T)] = True
        inside: NDArray[np.bool_] = table[tuple(np.moveaxis(where - lowest, -1, 0))]
        return inside
