"""Where the windows of an image lie: squares of equal ground distance, row by row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS as ProjCRS
from pyproj import Geod

from ...errors import InputError
from ...raster.crs import WGS84, transformer
from ...raster.grid import Grid

__all__ = [
    "STRIP",
    "Lattice",
    "TileRow",
    "coarsened",
    "coordinates",
    "default_windows",
    "fitting_windows",
    "ground_sample_distance",
    "working_factor",
]

# Wide mosaics are read in strips, so that memory does not grow with their width either.
STRIP = 8192
STEP = 16  # pixels over which the scale is measured: more than rounding, less than any change of it
NODES = 65  # down the image, where it is measured
# Their vectors take some 50 GB.
MOST_WINDOWS = 50_000_000
LEAST_PIXELS = 8  # of a window's side: fewer show nothing


@dataclass(frozen=True, slots=True)
class TileRow:
    """Windows side by side, in pixels of the working grid; `lefts` are their first columns."""

    window: int
    top: int
    height: int
    width: int
    lefts: range
    last: int | None

    def __len__(self) -> int:
        return len(self.lefts) + (self.last is not None)

    def columns(self, start: int = 0) -> Iterator[int]:
        """The first column of each window from the `start`-th on."""
        yield from self.lefts[start:]
        if self.last is not None:
            yield self.last


class Lattice:
    """All windows of an image in the order in which they are cut.

    Windows follow strips of the image from the left, in each by their last row, then from small to large: so the rows
    of an image are read once and in order. Neighbours overlap by a share of their side; the last of a row and of a
    column are shifted inside. A window larger than the image shrinks to it.

    Parameters
    ----------
    grid : Grid
        The working grid.
    window_m : sequence of float
        Sides on the ground, metres.
    overlap : float
    check : callable, optional
        Called now and then; what it raises ends the planning.

    Raises
    ------
    InputError
        If the grid lies where its coordinate system has no place on the Earth, or has windows without end.
    """

    def __init__(
        self, grid: Grid, window_m: Sequence[float], overlap: float, check: Callable[[], None] = lambda: None
    ) -> None:
        self.grid, self.window_m, self.overlap = grid, tuple(window_m), overlap
        self._nodes = np.linspace(0, grid.height, NODES)
        self._across, self._down = _scale(grid, self._nodes)
        self._refuse_endless()
        self.rows: list[TileRow] = []
        for strip in range(0, grid.width, STRIP):
            check()
            self.rows += sorted(self._strip(strip), key=_by_last_row)
        self._ends = list(accumulate(len(row) for row in self.rows))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def find(self, position: int) -> tuple[int, int]:
        """(row, window in it) of the `position`-th window."""
        row = bisect_right(self._ends, position)
        return row, position - (self._ends[row - 1] if row else 0)

    def _refuse_endless(self) -> None:
        """Count the windows before any is made."""
        middle, count = self.grid.height / 2, 0.0
        for side in self.window_m:
            height = self._pixels(side, self._down, middle, self.grid.height)
            width = self._pixels(side, self._across, middle, self.grid.width)
            count += (self.grid.height / self._step(height)) * (self.grid.width / self._step(width))
        if count > MOST_WINDOWS:
            raise InputError(
                f"The image has some {count:,.0f} windows of {', '.join(f'{side:g}' for side in self.window_m)} m, more"
                f" than the {MOST_WINDOWS:,} that an index can take of one; clip it, or choose larger windows."
            )

    def _strip(self, left: int) -> Iterator[TileRow]:
        for index, side in enumerate(self.window_m):
            top = 0
            while True:
                height, width = self._size(side, top)
                top = max(min(top, self.grid.height - height), 0)
                lefts, last = self._lefts(width, left)
                if lefts or last is not None:
                    yield TileRow(index, top, height, width, lefts, last)
                if top + height >= self.grid.height:
                    break
                top += self._step(height)

    def _size(self, side: float, top: int) -> tuple[int, int]:
        """(height, width) in pixels of a window that starts in a row; the scale is that of the window's middle."""
        height = self._pixels(side, self._down, top, self.grid.height)
        middle = min(top, self.grid.height - height) + height / 2
        return (
            self._pixels(side, self._down, middle, self.grid.height),
            self._pixels(side, self._across, middle, self.grid.width),
        )

    def _pixels(self, side: float, scale: NDArray[np.float64], row: float, most: int) -> int:
        return min(max(round(side / float(np.interp(row, self._nodes, scale))), 1), most)

    def _step(self, length: int) -> int:
        return max(round(length * (1 - self.overlap)), 1)

    def _lefts(self, width: int, left: int) -> tuple[range, int | None]:
        """The windows of a row that start in the strip from column `left` on."""
        step, end = self._step(width), self.grid.width - width
        first = -(-left // step) * step
        last = end if left <= end < left + STRIP else None
        return range(first, min(end, left + STRIP), step), last


def default_windows(side: int, model_gsd_m: float | None, gsd_m: float) -> tuple[float, ...]:
    """What the model sees at its own resolution, or at the image's where that is coarser, and twice that; metres."""
    seen = side * max(model_gsd_m or 0.0, gsd_m)
    return float(f"{seen:.6g}"), float(f"{2 * seen:.6g}")


def ground_sample_distance(grid: Grid) -> float:
    """Metres on the ground of the shorter side of a pixel, in the middle of a grid.

    Raises
    ------
    InputError
        If the grid lies where its coordinate system has no place on the Earth.
    """
    across, down = _scale(grid, np.array([grid.height / 2]))
    return float(min(across[0], down[0]))


def working_factor(grid: Grid, window_m: Sequence[float], side: int) -> int:
    """How many pixels can be averaged to one without the smallest window having fewer than `side` of them."""
    return max(int(min(window_m) / (side * ground_sample_distance(grid))), 1)


def coarsened(grid: Grid, factor: int) -> Grid:
    """Blocks of `factor` x `factor` pixels as pixels; what does not fill a block at the far edges is left out."""
    width, height = max(grid.width // factor, 1), max(grid.height // factor, 1)
    return Grid(grid.crs, grid.transform @ Affine.scale(factor), width, height)


def fitting_windows(grid: Grid, window_m: Sequence[float]) -> tuple[float, ...]:
    """The windows that an image has enough pixels for; one of its own shorter side if it is smaller than all."""
    gsd = ground_sample_distance(grid)
    shorter = min(grid.width, grid.height) * gsd
    fitting = tuple(side for side in window_m if LEAST_PIXELS * gsd <= side <= shorter)
    if fitting:
        return fitting
    too_large = all(side > shorter for side in window_m)
    return (float(f"{shorter:.6g}"),) if too_large and shorter >= LEAST_PIXELS * gsd else ()


def coordinates(
    grid: Grid, columns: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(x, y) in the grid's CRS of places in its pixels, counted from the upper left corner."""
    return columns * grid.transform.a + grid.transform.c, rows * grid.transform.e + grid.transform.f


def _by_last_row(row: TileRow) -> tuple[int, int]:
    return row.top + row.height, row.window


def _scale(grid: Grid, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres on the ellipsoid that a pixel spans across and down, in the middle of some rows."""
    crs = ProjCRS.from_wkt(grid.crs.to_wkt())
    column, half = np.full(len(rows), grid.width / 2), STEP / 2
    rows = np.clip(rows, min(half, grid.height / 2), max(grid.height - half, grid.height / 2))  # no step beyond a pole
    places = np.array(
        [(column, rows), (column - half, rows), (column + half, rows), (column, rows - half), (column, rows + half)]
    )
    x, y = coordinates(grid, places[:, 0], places[:, 1])
    longitude, latitude = transformer(grid.crs, WGS84).transform(x, y)
    geod = crs.get_geod() or Geod(ellps="WGS84")
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all() and (np.abs(latitude) <= 90).all()):
        raise InputError(
            "The image lies where its coordinate system has no place on the Earth; check its georeference."
        )
    across = geod.inv(longitude[1], latitude[1], longitude[2], latitude[2])[2] / STEP
    down = geod.inv(longitude[3], latitude[3], longitude[4], latitude[4])[2] / STEP
    if not ((across > 0) & (down > 0)).all():
        raise InputError("The image has pixels without size on the ground; check its georeference.")
    return across, down
