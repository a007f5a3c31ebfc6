"""Training and validation apart in space.

Pixels near each other are alike, so a model that is judged near its training pixels looks better than it is (Roberts et
al., "Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure", Ecography
2017). The ground is therefore cut into square tiles, and no tile of validation touches one of training, not even at a
corner; labels in between are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..raster.grid import Grid
from ._frames import Frames
from .labels import LabelSet
from .seen import WINDOW, Seen

__all__ = ["FEWEST_POLYGONS", "Side", "Split", "split"]

# One to validate with and two to learn from.
FEWEST_POLYGONS = 3
SMALLEST_TILE = 8
# More tiles than these are joined four and four, so that the choice among them stays a matter of a second.
MOST_TILES = 2000
LEAST_TRAINING = 0.5  # of a class's pixels, whatever validation would like
# What a lost training pixel counts beside a missing validation pixel; a lone tile in a dense mosaic loses eight others.
LOSS_WEIGHT, EXCESS = 0.1, 1.5
RESTARTS = 8
# What is judged by fewer pixels, or by so small a part of its own, is hardly judged at all.
FEW_PIXELS, THIN_SHARE = 30, 0.1

Counts = NDArray[np.int64]


class Side:
    """One side of a split: the labels on its own tiles."""

    def __init__(self, labels: LabelSet, frames: Frames, tiles: NDArray[np.int64]) -> None:
        self.labels, self.frames, self.tiles = labels, frames, tiles

    def rasterise(self, grid: Grid) -> NDArray[np.uint8]:
        """uint8 [height, width]: class ids; 255 unlabelled, on the other side, or between the sides."""
        values = self.labels.rasterise(grid)
        if (values != NODATA).any():
            values[~self.frames.holds(self.tiles, grid)] = NODATA
        return values


@dataclass(frozen=True, eq=False)
class Split:
    """Labels in two parts.

    Attributes
    ----------
    train, validation : Side
        `validation` is empty where nothing can be spared.
    tile : int
        Side of the tiles in pixels of the first image.
    pixels : int64 [2, classes]
        Labelled pixels of training and validation that were observed, all images together.
    warnings : tuple of str
    """

    train: Side
    validation: Side
    tile: int
    pixels: Counts
    warnings: tuple[str, ...]


def split(
    labels: LabelSet,
    grids: Sequence[Grid],
    tile: int,
    *,
    share: float = 0.25,
    seed: int = 0,
    seen: Seen | None = None,
) -> Split:
    """Split labels into training and validation, the same for all images of a place.

    Parameters
    ----------
    labels : LabelSet
        Those that touch the images.
    grids : sequence of Grid
        Of the images, which may show one place several times, or several places.
    tile : int
        Side of the tiles in pixels of the first image. Smaller ones are taken where the labels lie too close together,
        down to 8, and larger ones where there are many thousands.
    share : float
        Part of each class's pixels to validate with, as far as the labels allow.
    seed : int
    seen : Seen, optional
        Which ground the images show. Default: all.

    Returns
    -------
    Split
        Classes of fewer than three polygons are in training alone, and a warning says so.
    """
    best: tuple[float, Split] | None = None
    side = max(tile, SMALLEST_TILE)
    while True:
        served, split = _split(labels, grids, side, share, seed, seen)
        if best is None or served > best[0]:
            best = served, split
        if served >= 1 or side // 2 < SMALLEST_TILE:
            return best[1]
        side //= 2


def _split(
    labels: LabelSet, grids: Sequence[Grid], side: int, share: float, seed: int, seen: Seen | None
) -> tuple[float, Split]:
    """A split with tiles of a size, and the part of the classes that could be validated as they should."""
    frames = Frames(grids, side)
    tiles, counts = _count(labels, grids, frames, seen)
    while len(tiles) > MOST_TILES:
        side *= 2
        frames = Frames(grids, side)
        tiles, counts = _count(labels, grids, frames, seen)
    few = np.array(labels.polygons) < FEWEST_POLYGONS
    choice = _Choice(tiles, counts, ~few, share)
    chosen = choice.best(np.random.default_rng(seed))
    dropped = choice.near(chosen) & ~chosen
    pixels = np.stack([counts[~chosen & ~dropped].sum(axis=0), counts[chosen].sum(axis=0)])
    train, validation = (Side(labels, frames, tiles[part]) for part in (~chosen & ~dropped, chosen))
    judged = ~few & (counts.sum(axis=0) > 0)
    served = pixels[1] >= share / 2 * counts.sum(axis=0)
    warnings = _warnings(labels, judged, pixels)
    return float(served[judged].mean()) if judged.any() else 1.0, Split(train, validation, side, pixels, warnings)


def _count(
    labels: LabelSet, grids: Sequence[Grid], frames: Frames, seen: Seen | None
) -> tuple[NDArray[np.int64], Counts]:
    """The tiles with labels, int64 [n, 3] (frame, row, column) in order, and their pixels by class, int64 [n, classes].

    Pixels of all images count, so that one place seen twice counts twice.
    """
    total: dict[tuple[int, int, int], Counts] = {}
    for image, grid in enumerate(grids):
        for place in labels.windows(grid, WINDOW):
            window = grid.window(*place)
            values = labels.rasterise(window)
            if seen is not None:
                values = seen.on(image, place, values)
            known = values != NODATA
            if not known.any():
                continue
            where = frames.tiles_of(window)[known]
            blocks, inverse = np.unique(where, axis=0, return_inverse=True)
            cells = inverse.reshape(-1) * len(labels.classes) + values[known]
            pixels = np.bincount(cells, minlength=len(blocks) * len(labels.classes)).reshape(len(blocks), -1)
            for place, count in zip(blocks.tolist(), pixels, strict=True):
                total[tuple(place)] = total.get(tuple(place), 0) + count
    order = sorted(total)
    tiles = np.array(order, np.int64).reshape(-1, 3)
    return tiles, np.array([total[place] for place in order], np.int64).reshape(-1, len(labels.classes))


def _warnings(labels: LabelSet, judged: NDArray[np.bool_], pixels: Counts) -> tuple[str, ...]:
    sentences, thin = [], []
    total = pixels.sum(axis=0)
    for index, (name, polygons) in enumerate(zip(labels.classes, labels.polygons, strict=True)):
        here = int(pixels[1, index])
        if polygons and not judged[index] and polygons < FEWEST_POLYGONS:
            sentences.append(
                f"Class '{name}' has {polygons} polygon{'s' * (polygons > 1)}, too few to be validated: all is trained"
                f" on; draw {FEWEST_POLYGONS} or more."
            )
        elif judged[index] and not here:
            sentences.append(
                f"Class '{name}' is not validated: its polygons lie too close to others; draw some further apart."
            )
        elif judged[index] and (here < FEW_PIXELS or here < THIN_SHARE * total[index]):
            thin.append(f"'{name}' by {here} of its {int(total[index])} pixels")
    if thin:
        sentences.append(
            f"Validation is thin, and its figures say little: it judges {', '.join(thin)}; draw more polygons, some"
            " apart from others."
        )
    return tuple(sentences)


class _Choice:
    """Chooses tiles for validation: whole islands of labels first, then parts of what is left."""

    def __init__(self, tiles: NDArray[np.int64], counts: Counts, judged: NDArray[np.bool_], share: float) -> None:
        total = counts.sum(axis=0)
        self._parts = counts / np.maximum(total, 1)
        self._judged = judged & (total > 0)
        self._share = share
        self._neighbours = _neighbours(tiles)
        # Classes with few polygons stay in training whole, so nothing that they touch can be validation.
        kept_whole: NDArray[np.bool_] = counts[:, ~judged].sum(axis=1) > 0
        self._free = ~self.near(kept_whole)

    def near(self, tiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tiles that are among these or touch one of them, even at a corner."""
        grown: NDArray[np.bool_] = tiles | (tiles[self._neighbours] & (self._neighbours >= 0)).any(axis=1)
        return grown

    def best(self, random: np.random.Generator) -> NDArray[np.bool_]:
        """The best of several choices, bool [tiles]."""
        islands = _islands(self._neighbours)
        options = [self._choose(random, islands) for _ in range(RESTARTS)]
        return min(options, key=self._cost)

    def _choose(self, random: np.random.Generator, islands: NDArray[np.intp]) -> NDArray[np.bool_]:
        chosen = np.zeros(len(islands), bool)
        for island in random.permutation(islands.max(initial=-1) + 1):
            chosen = self._better(chosen, chosen | (islands == island))
        singles = random.permutation(np.flatnonzero(self._free))
        while self._lacking(chosen):
            # Tiles beside those chosen lose fewer others to the gap; a first one is taken by chance.
            options = [tile for tile in singles if not chosen[tile]]
            trials = [self._with(chosen, tile) for tile in self._promising(options, chosen)]
            better = min(trials, key=self._cost, default=chosen)
            if self._cost(better) >= self._cost(chosen) - 1e-12:
                break
            chosen = better
        return chosen

    def _promising(self, options: list[int], chosen: NDArray[np.bool_]) -> list[int]:
        """A few tiles to try: with the classes that lack validation, near chosen ones and elsewhere."""
        lacking = self._judged & (self._part(chosen) < self._share / 2)
        useful = [tile for tile in options if self._parts[tile, lacking].any()]
        beside = self.near(chosen)
        return [tile for tile in useful if beside[tile]][:32] + [tile for tile in useful if not beside[tile]][:16]

    def _with(self, chosen: NDArray[np.bool_], tile: int) -> NDArray[np.bool_]:
        trial = chosen.copy()
        trial[tile] = True
        return trial

    def _better(self, chosen: NDArray[np.bool_], trial: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return trial if self._cost(trial) < self._cost(chosen) else chosen

    def _part(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        part: NDArray[np.float64] = self._parts[chosen].sum(axis=0)
        return part

    def _lacking(self, chosen: NDArray[np.bool_]) -> bool:
        return bool((self._part(chosen)[self._judged] < self._share / 2).any())

    def _cost(self, chosen: NDArray[np.bool_]) -> float:
        """What a choice lacks, has too much of, and loses, in parts of each class; infinite where it may not be."""
        if (chosen & ~self._free).any():
            return np.inf
        part, lost = self._part(chosen), self._part(self.near(chosen) & ~chosen)
        if (part + lost > 1 - LEAST_TRAINING)[self._judged].any():
            return np.inf
        lack = np.maximum(self._share - part, 0)
        excess = np.maximum(part - EXCESS * self._share, 0)
        return float((lack + excess + LOSS_WEIGHT * lost)[self._judged].sum())


def _neighbours(tiles: NDArray[np.int64]) -> NDArray[np.intp]:
    """int [tiles, 8]: the tiles around each, -1 where there is none."""
    places = {tuple(place): index for index, place in enumerate(tiles.tolist())}
    steps = [(0, down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across]
    neighbours = [
        [places.get((frame + f, row + r, column + c), -1) for f, r, c in steps] for frame, row, column in tiles.tolist()
    ]
    return np.array(neighbours, np.intp).reshape(-1, len(steps))


def _islands(neighbours: NDArray[np.intp]) -> NDArray[np.intp]:
    """The number of the island that each tile belongs to: tiles that touch, and those that these touch."""
    islands = np.full(len(neighbours), -1, np.intp)
    count = 0
    for start in range(len(neighbours)):
        if islands[start] >= 0:
            continue
        islands[start], waiting = count, [start]
        while waiting:
            for other in neighbours[waiting.pop()]:
                if other >= 0 and islands[other] < 0:
                    islands[other] = count
                    waiting.append(int(other))
        count += 1
    return islands
