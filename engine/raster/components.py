"""Connected components of masks that come as row bands, identical to those of the whole mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Components", "Tally"]

Mask = NDArray[np.bool_]
# Sums are kept in steps of this size: whole numbers add up exactly in any order, so no result depends on the band size.
STEP = 2.0**-16


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


@dataclass(frozen=True, slots=True)
class _Band:
    """What the second pass cannot recompute from a band's own mask."""

    count: int
    seeded: NDArray[np.uint8]  # one bit per label, packed
    edge: NDArray[np.intp]  # labels in the first or last row, sorted: only these can go on in another band
    first_node: int  # their place among the edge labels of all bands


class Components:
    """Selects the components of a mask by size, seed and mean, in two passes over its row bands.

    The first pass calls `add` for every band from the top, then `finish`; the second calls `select` with the same masks
    in any order. Serves hysteresis (`need_seed`), a minimum mapping unit (`min_pixels`) and, on the inverted mask, the
    filling of small holes.

    Parameters
    ----------
    connectivity : {8, 4}
        Whether pixels that share only a corner belong together.

    Notes
    -----
    Each band is labelled by itself (`scipy.ndimage.label`); labels in its first and last row are joined across seams.
    Labels are computed again in the second pass, so what is held between the passes is the state of the components at
    the seams, which grows with the width times the number of bands, and one bit for every other component.
    """

    def __init__(self, connectivity: int = 8) -> None:
        if connectivity not in (4, 8):
            raise ValueError("connectivity is 4 or 8")
        self._structure = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
        self._reach = (0,) if connectivity == 4 else (-1, 0, 1)
        self._bands: list[_Band] = []
        self._tallies: list[Tally] = []  # per band, of its edge labels
        self._joins: list[NDArray[np.intp]] = []  # [2, J] pairs of nodes
        self._last_row: NDArray[np.intp] | None = None  # node + 1 under each pixel, 0 where there is none
        self._nodes = 0
        self._whole: Tally | None = None  # per node, of the component that it belongs to

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
        labels, tally = self._tally(mask, sums)
        seeded = np.zeros(tally.pixels.size, bool)
        if seeds is not None:
            seeded[labels[seeds & mask]] = True
        rows = np.concatenate((labels[0], labels[-1]))
        edge = np.unique(rows[rows > 0])
        node = np.zeros(tally.pixels.size, np.intp)
        node[edge] = np.arange(self._nodes, self._nodes + edge.size) + 1
        if self._last_row is not None:
            self._joins.extend(_touching(self._last_row, node[labels[0]], shift) for shift in self._reach)
        self._last_row = node[labels[-1]]
        self._bands.append(_Band(tally.pixels.size, np.packbits(seeded), edge, self._nodes))
        self._tallies.append(
            Tally(tally.pixels[edge], seeded[edge], {name: values[edge] for name, values in tally.sums.items()})
        )
        self._nodes += edge.size

    def finish(self) -> None:
        """End of the first pass: join what touches across the seams."""
        pairs = np.concatenate([np.zeros((2, 0), np.intp), *self._joins], axis=1)
        links = coo_array((np.ones(pairs.shape[1], bool), (pairs[0], pairs[1])), shape=(self._nodes, self._nodes))
        owner = connected_components(links, directed=False)[1] if self._nodes else np.zeros(0, np.intp)

        def total(values: list[np.ndarray]) -> np.ndarray:
            # Sums of whole numbers below 2**53 are exact in float64.
            return np.bincount(owner, weights=np.concatenate([*values, np.zeros(0)]))[owner]

        names = self._tallies[0].sums if self._tallies else ()
        self._whole = Tally(
            total([tally.pixels for tally in self._tallies]).astype(np.int64),
            total([tally.seeded for tally in self._tallies]) > 0,
            {name: total([tally.sums[name] for tally in self._tallies]) for name in names},
        )
        self._tallies, self._joins, self._last_row = [], [], None

    def select(
        self,
        index: int,
        mask: Mask,
        *,
        min_pixels: int = 1,
        need_seed: bool = False,
        sums: Mapping[str, np.ndarray] | None = None,
        keep: Callable[[Tally], np.ndarray] | None = None,
    ) -> Mask:
        """Second pass: the pixels of the components that are kept, in one band.

        Parameters
        ----------
        index : int
            Which call of `add` the band was.
        mask : bool[H, W]
            As it was given then.
        min_pixels : int
            Smaller components go.
        need_seed : bool
            Components without a seed go.
        sums : mapping of str to float[H, W], optional
            As given then; only `keep` needs them.
        keep : callable, optional
            A further condition: from a Tally of N components to bool[N].

        Returns
        -------
        bool[H, W]
        """
        if self._whole is None:
            raise ValueError("finish() stands between the passes")
        band = self._bands[index]
        labels, tally = self._tally(mask, sums)
        if tally.pixels.size != band.count:
            raise ValueError(f"Band {index} came with another mask than in the first pass.")
        nodes = slice(band.first_node, band.first_node + band.edge.size)
        seeded = np.unpackbits(band.seeded, count=band.count).astype(bool)
        seeded[band.edge] = self._whole.seeded[nodes]
        tally.pixels[band.edge] = self._whole.pixels[nodes]
        for name, values in tally.sums.items():
            values[band.edge] = self._whole.sums[name][nodes]

        kept = tally.pixels >= min_pixels
        if need_seed:
            kept &= seeded
        if keep is not None:
            inside = {name: values[1:] * STEP for name, values in tally.sums.items()}
            kept[1:] &= keep(Tally(tally.pixels[1:], seeded[1:], inside))
        kept[0] = False
        return kept.take(labels)

    def _tally(self, mask: Mask, sums: Mapping[str, np.ndarray] | None) -> tuple[NDArray[np.intp], Tally]:
        """Labels [H, W] of one band by itself, and a tally by label, 0 (the background) included; sums in steps."""
        labels = np.empty(mask.shape, np.intp)
        count = ndimage.label(mask, self._structure, output=labels)
        pixels = np.bincount(labels.ravel(), minlength=count + 1)
        inside = labels[mask] if sums else labels[:0]
        totals = {
            name: np.bincount(inside.ravel(), weights=np.rint(values[mask] / STEP), minlength=count + 1)
            for name, values in (sums or {}).items()
        }
        return labels, Tally(pixels, np.zeros(0, bool), totals)


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
