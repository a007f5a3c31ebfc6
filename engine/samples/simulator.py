"""A simulated scene, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .landscape import Ground, Landscape
from .optical import Optical
from .radar import ACQUISITIONS, Radar
from .scene import Scene

__all__ = ["BLOCK_ROWS", "Simulator", "Strip"]

# Pixels are always computed in these rows: random numbers are drawn per block, and sums are taken in one order, so
# that a pixel does not depend, even in its last bit, on the rows that a caller asks for.
BLOCK_ROWS = 32


@dataclass(frozen=True, slots=True)
class Strip:
    """Some rows of a scene, over its full width.

    Attributes
    ----------
    row : int
        The first row.
    ground : Ground
    radar : dict of str to float32[2, R, C]
        'pre2', 'pre1' and 'post': sigma nought as linear power, VV and VH.
    optical : uint16[10, R, C] or None
        Reflectance times 10,000 before the flood.
    """

    row: int
    ground: Ground
    radar: dict[str, NDArray[np.float32]]
    optical: NDArray[np.uint16] | None


class Simulator:
    """Computes any rows of a scene; it holds no pixels, and threads may share it.

    Parameters
    ----------
    scene : Scene
    optical : bool
        Whether strips hold the Sentinel-2 scene too.
    """

    def __init__(self, scene: Scene, *, optical: bool = False) -> None:
        self.scene = scene
        self._landscape = Landscape(scene)
        self._radar = Radar(scene, self._landscape)
        self._optical = Optical(scene) if optical else None

    @property
    def blocks(self) -> int:
        """Number of blocks of `BLOCK_ROWS` rows; the last may be lower."""
        return -(-self.scene.height // BLOCK_ROWS)

    def block(self, index: int) -> Strip:
        """The rows from `index * BLOCK_ROWS` on."""
        start = index * BLOCK_ROWS
        rows = np.arange(start, min(start + BLOCK_ROWS, self.scene.height), dtype=np.float32)
        columns = np.arange(self.scene.width, dtype=np.float32)
        ground = self._landscape.ground(rows, columns)
        power = self._radar.speckled(self._radar.backscatter(ground, rows, columns), index)
        radar = {acquisition.name: power[date] for date, acquisition in enumerate(ACQUISITIONS)}
        optical = self._optical.reflectance(ground, rows, columns, index) if self._optical else None
        return Strip(start, ground, radar, optical)

    def rows(self, start: int, stop: int) -> Strip:
        """Rows `start` to `stop` (exclusive)."""
        if not 0 <= start < stop <= self.scene.height:
            raise ValueError(f"rows {start} to {stop} of a scene of {self.scene.height}")
        first, last = start // BLOCK_ROWS, (stop - 1) // BLOCK_ROWS
        skip = start - first * BLOCK_ROWS
        keep = slice(skip, skip + stop - start)
        strips = [self.block(index) for index in range(first, last + 1)]
        ground = Ground(*(
            np.concatenate([getattr(strip.ground, name) for strip in strips])[keep]
            for name in ("dem", "truth", "cover", "parcel")
        ))  # fmt: skip
        radar = {
            name: np.concatenate([strip.radar[name] for strip in strips], axis=1)[:, keep] for name in strips[0].radar
        }
        optical = [strip.optical for strip in strips if strip.optical is not None]
        return Strip(start, ground, radar, np.concatenate(optical, axis=1)[:, keep] if optical else None)

    def whole(self) -> Strip:
        """All rows at once: for scenes that fit in memory."""
        return self.rows(0, self.scene.height)

    def __iter__(self) -> Iterator[Strip]:
        return (self.block(index) for index in range(self.blocks))
