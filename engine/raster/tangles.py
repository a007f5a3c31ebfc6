"""Polygons whose edges cross each other so often that GEOS would fill the memory with the crossings."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["refuse_tangled", "refuse_tangled_together"]

Geometries = NDArray[Any]

# Each crossing takes GEOS some kilobytes. Edges of neighbours meet in their corners and lie on each other.
MOST_CROSSINGS, MOST_MEETINGS_OF_EDGE = 100_000, 8
# Lines at random of length L in an area A cross L^2 / (pi A) times (Santaló 1976, "Integral Geometry and Geometric
# Probability", 3.3): where that is less, nothing is counted.
SUSPICIOUS_CROSSINGS = 10_000
COUNTED_EDGES, EDGES_AT_A_TIME = 10_000, 100


def refuse_tangled(geometries: Geometries, label: str) -> None:
    """See that the edges of no polygon cross each other all over.

    Parameters
    ----------
    geometries : array of shapely geometries
    label : str
        What messages call them.

    Raises
    ------
    InputError
        If one is such a tangle.
    """
    left, bottom, right, top = shapely.bounds(geometries).T
    suspicious = shapely.length(geometries) ** 2 > SUSPICIOUS_CROSSINGS * np.pi * (right - left) * (top - bottom)
    if any(_is_tangled(geometry) for geometry in geometries[suspicious]):
        raise InputError(f"{label} crosses itself all over; draw it again.")


def refuse_tangled_together(geometries: Geometries, label: str) -> None:
    """See the same of all of them as one, each counted once.

    Raises
    ------
    InputError
        If they are such a tangle.
    """
    distinct = shapely.from_wkb(np.unique(shapely.to_wkb(shapely.force_2d(geometries))))
    refuse_tangled(np.array([shapely.GeometryCollection(list(distinct))]), label)


def _is_tangled(geometry: Any) -> bool:
    """Counted are edges chosen at random, as a share of all pairs."""
    rings = shapely.get_rings(shapely.get_parts(geometry))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    edges = np.stack([corners[:-1], corners[1:]], axis=1)[ring[:-1] == ring[1:]]
    count = min(len(edges), COUNTED_EDGES)
    lines = shapely.linestrings(edges[np.random.default_rng(0).choice(len(edges), count, replace=False)])
    tree = shapely.STRtree(lines)
    most = (MOST_CROSSINGS + MOST_MEETINGS_OF_EDGE * len(edges)) * (count / max(len(edges), 1)) ** 2
    met = 0.0
    for start in range(0, count, EDGES_AT_A_TIME):
        some = lines[start : start + EDGES_AT_A_TIME]
        met += (len(tree.query(some, predicate="intersects")[0]) - len(some)) / 2  # each pair is found from both
        if met > most:
            return True
    return False
