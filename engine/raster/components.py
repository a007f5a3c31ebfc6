"""Connected components of masks that come as row bands, identical to those of the whole mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Components", "Tally"]

Mask = NDArray[np.bool_]
Verdicts = NDArray[np.uint8]
# Sums are kept in steps of this size: whole numbers add up exactly in any order, so no result depends on the band size.
STEP = 2.0**-16
SPARSE = 0.02  # share of the pixels below which a mask is labelled by these, see `_Sparse`


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of N components, each over its whole extent.

    Attributes
    ----------
    pixels : int64[N]
    seeded : bool[N]
        Whether any pixel is a seed.
    sums : mapping of str to float64[N]
        Per feature, the sum over the component's pixels.
    """

    pixels: NDArray[np.int64]
    seeded: Mask
    sums: Mapping[str, np.ndarray]

    def of(self, index: np.ndarray) -> Tally:
        """The tally of some of these components, by their places."""
        return Tally(self.pixels[index], self.seeded[index], {name: sums[index] for name, sums in self.sums.items()})


@dataclass(slots=True)
class _Band:
    """What the second pass cannot recompute from a band's own mask."""

    count: int
    kept: NDArray[np.intp]  # labels that do not touch the first or last row and have a verdict
    verdicts: Verdicts  # theirs
    edge: NDArray[np.intp]  # labels in the first or last row, sorted: only these can go on in another band
    first_node: int  # their place among the edge labels of all bands


class Components:
    """Judges the components of a mask by size, seed and mean, in two passes over its row bands.

    The first pass calls `add` for every band from the top, then `finish`; the second calls `select` with the same masks
    in any order. Serves hysteresis (`need_seed`), a minimum mapping unit (`min_pixels`) and, on the inverted mask, the
    filling of small holes.

    Parameters
    ----------
    connectivity : {8, 4}
        Whether pixels that share only a corner belong together.
    min_pixels : int
        Smaller components go.
    need_seed : bool
        Components without a seed go.
    judge : callable, optional
        A further condition: from a Tally of N components to bool[N] or uint8[N]; those with 0 go.

    Notes
    -----
    Each band is labelled by itself (`cv2.connectedComponents`); labels in its first and last row are joined across
    seams, and only they wait with their judgement until all bands have been seen. Labels are computed again in the
    second pass, so what is held between the passes is the state of the components at the seams, which grows with the
    width times the number of bands, and a few bytes for every component that is kept.
    """

    def __init__(
        self,
        connectivity: int = 8,
        *,
        min_pixels: int = 1,
        need_seed: bool = False,
        judge: Callable[[Tally], np.ndarray] | None = None,
    ) -> None:
        if connectivity not in (4, 8):
            raise ValueError("connectivity is 4 or 8")
        self._connectivity = connectivity
        self._reach = (0,) if connectivity == 4 else (-1, 0, 1)
        self._min_pixels, self._need_seed, self._judge = min_pixels, need_seed, judge
        self._bands: list[_Band] = []
        self._tallies: list[Tally] = []  # per band, of its edge labels
        self._joins: list[NDArray[np.intp]] = []  # [2, J] pairs of nodes
        self._last_row: NDArray[np.intp] | None = None  # node + 1 under each pixel, 0 where there is none
        self._nodes = 0
        self._verdicts: Verdicts | None = None  # per node, of the component that it belongs to

    def add(self, mask: Mask, seeds: Mask | None = None, sums: Mapping[str, np.ndarray] | None = None) -> None:
        """First pass: take in the next band.

        Parameters
        ----------
        mask : bool[H, W]
        seeds : bool[H, W], optional
            Seeds outside the mask do not count.
        sums : mapping of str to float[H, W], optional
            Features to sum inside each component, the same in all bands; finite inside the mask. Values are rounded to
            1/65,536, so give decibels rather than linear power.
        """
        labelled = self._labelled(mask)
        count = labelled.count
        tally = _tally(labelled, seeds, sums or {})
        rows = np.concatenate((labelled.first, labelled.last))
        edge = np.unique(rows[rows > 0]).astype(np.intp)
        node = np.zeros(count, np.intp)
        node[edge] = np.arange(self._nodes, self._nodes + edge.size) + 1
        if self._last_row is not None:
            self._joins.extend(_touching(self._last_row, node[labelled.first], shift) for shift in self._reach)
        self._last_row = node[labelled.last]
        inside = np.flatnonzero(node[1:] == 0) + 1
        verdicts = self._judged(tally.of(inside))
        stay = verdicts > 0
        self._bands.append(_Band(count, inside[stay], verdicts[stay], edge, self._nodes))
        self._tallies.append(tally.of(edge))
        self._nodes += edge.size

    def finish(self) -> None:
        """End of the first pass: join what touches across the seams."""
        pairs = np.concatenate([np.zeros((2, 0), np.intp), *self._joins], axis=1)
        links = coo_array((np.ones(pairs.shape[1], bool), (pairs[0], pairs[1])), shape=(self._nodes, self._nodes))
        owner = connected_components(links, directed=False)[1] if self._nodes else np.zeros(0, np.intp)

        def total(values: list[np.ndarray]) -> np.ndarray:
            # Sums of whole numbers below 2**53 are exact in float64.
            return np.bincount(owner, weights=np.concatenate([*values, np.zeros(0)]))

        names = self._tallies[0].sums if self._tallies else ()
        whole = Tally(
            total([tally.pixels for tally in self._tallies]).astype(np.int64),
            total([tally.seeded for tally in self._tallies]) > 0,
            {name: total([tally.sums[name] for tally in self._tallies]) for name in names},
        )
        self._verdicts = self._judged(whole)[owner]
        self._tallies, self._joins, self._last_row = [], [], None

    def select(self, index: int, mask: Mask) -> Verdicts:
        """Second pass: the verdict on each pixel's component, in one band.

        Parameters
        ----------
        index : int
            Which call of `add` the band was.
        mask : bool[H, W]
            As it was given then.

        Returns
        -------
        uint8[H, W]
            What `judge` said (1 without one); 0 outside the mask and in components that go.
        """
        if self._verdicts is None:
            raise ValueError("finish() stands between the passes")
        band = self._bands[index]
        labelled = self._labelled(mask)
        if labelled.count != band.count:
            raise ValueError(f"Band {index} came with another mask than in the first pass.")
        verdicts = np.zeros(labelled.count, np.uint8)
        verdicts[band.kept] = band.verdicts
        verdicts[band.edge] = self._verdicts[band.first_node : band.first_node + band.edge.size]
        return labelled.painted(verdicts) if verdicts.any() else np.zeros(mask.shape, np.uint8)

    def _labelled(self, mask: Mask) -> _Dense | _Sparse:
        if self._connectivity == 4 and np.count_nonzero(mask) < SPARSE * mask.size:
            return _Sparse(mask)
        return _Dense(mask, self._connectivity)

    def _judged(self, tally: Tally) -> Verdicts:
        """Verdicts on whole components, of which the sums are in steps."""
        stay = tally.pixels >= self._min_pixels
        if self._need_seed:
            stay &= tally.seeded
        if self._judge is None or not stay.any():
            return stay.astype(np.uint8)
        chosen = tally.of(np.flatnonzero(stay))
        verdicts = np.zeros(stay.size, np.uint8)
        sums = {name: values * STEP for name, values in chosen.sums.items()}
        verdicts[stay] = self._judge(Tally(chosen.pixels, chosen.seeded, sums))
        return verdicts


class _Dense:
    """The components of one band by itself.

    Attributes
    ----------
    count : int
        Of labels, 0 (the background) included.
    first, last : int[W]
        The labels in the first and in the last row.
    """

    def __init__(self, mask: Mask, connectivity: int) -> None:
        count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S)
        self.count, self._mask = count, mask
        self._labels: NDArray[np.int32] = np.asarray(labels, np.int32)
        self.first, self.last = self._labels[0], self._labels[-1]

    def sizes(self) -> NDArray[np.int64]:
        """Pixels by label; of label 0 any number."""
        return np.bincount(self._labels.ravel(), minlength=self.count)

    def inside(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the pixels of the mask lie in the flattened band, in order, and their labels."""
        places = np.flatnonzero(self._mask)
        return places, self._labels.ravel().take(places).astype(np.intp)

    def painted(self, verdicts: Verdicts) -> Verdicts:
        """uint8[H, W]: what is said of the label of each pixel."""
        return verdicts.take(self._labels)


class _Sparse:
    """The same of a mask of few pixels, of which those that share edges belong together: in a third of the time."""

    def __init__(self, mask: Mask) -> None:
        places, width = np.flatnonzero(mask), mask.shape[1]
        beside = np.flatnonzero((np.diff(places) == 1) & (places[1:] % width > 0))
        below = np.searchsorted(places, places + width)
        joined = np.flatnonzero(places.take(below, mode="clip") == places + width) if places.size else below
        first, second = np.concatenate((beside, joined)), np.concatenate((beside + 1, below[joined]))
        links = coo_array((np.ones(first.size, bool), (first, second)), shape=(places.size, places.size))
        count, owner = connected_components(links, directed=False) if places.size else (0, places)
        self.count, self._shape = int(count) + 1, mask.shape
        self._places, self._labels = places, owner.astype(np.intp) + 1
        self.first, self.last = (self._row(row) for row in (0, mask.shape[0] - 1))

    def _row(self, row: int) -> NDArray[np.intp]:
        width = self._shape[1]
        labels = np.zeros(width, np.intp)
        start, stop = np.searchsorted(self._places, (row * width, (row + 1) * width))
        labels[self._places[start:stop] - row * width] = self._labels[start:stop]
        return labels

    def sizes(self) -> NDArray[np.int64]:
        return np.bincount(self._labels, minlength=self.count)

    def inside(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return self._places, self._labels

    def painted(self, verdicts: Verdicts) -> Verdicts:
        painted = np.zeros(self._shape, np.uint8)
        painted.ravel()[self._places] = verdicts[self._labels]
        return painted


def _tally(labelled: _Dense | _Sparse, seeds: Mask | None, sums: Mapping[str, np.ndarray]) -> Tally:
    """By label, 0 (the background) included, of which nothing is asked; sums in steps."""
    seeded, totals = np.zeros(labelled.count, bool), {}
    if seeds is not None or sums:
        places, inside = labelled.inside()
        if seeds is not None:
            seeded[inside[seeds.ravel().take(places)]] = True
        for name, values in sums.items():
            steps = np.rint(values.ravel().take(places) / STEP)
            totals[name] = np.bincount(inside, weights=steps, minlength=labelled.count)
    return Tally(labelled.sizes(), seeded, totals)


def _touching(above: NDArray[np.intp], below: NDArray[np.intp], shift: int) -> NDArray[np.intp]:
    """[2, J] pairs of nodes where a pixel of the row above meets the pixel `shift` columns on in the row below.

    Both rows hold node + 1 per pixel, 0 for none. A pair stands once per run of pixels, not once per pixel.
    """
    width = above.size - abs(shift)
    first, second = max(-shift, 0), max(shift, 0)
    pairs = np.stack((above[first : first + width], below[second : second + width]))
    pairs = pairs[:, (pairs > 0).all(axis=0)] - 1
    changes = np.ones(pairs.shape[1], bool)
    changes[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
    return pairs[:, changes]
