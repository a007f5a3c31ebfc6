"""The classes of BigEarthNet: 43 of CORINE, the 19 that are learned, and CORINE's five groups."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...cards.classes import NODATA

__all__ = ["CORINE", "GROUPS", "NINETEEN", "OF_CORINE", "groups_of", "in_nineteen", "map_of", "which"]

# Level 3 of the CORINE Land Cover of 2018, as far as Sentinel-2 showed it, in the order of its codes.
CORINE = (
    "Continuous urban fabric",
    "Discontinuous urban fabric",
    "Industrial or commercial units",
    "Road and rail networks and associated land",
    "Port areas",
    "Airports",
    "Mineral extraction sites",
    "Dump sites",
    "Construction sites",
    "Green urban areas",
    "Sport and leisure facilities",
    "Non-irrigated arable land",
    "Permanently irrigated land",
    "Rice fields",
    "Vineyards",
    "Fruit trees and berry plantations",
    "Olive groves",
    "Pastures",
    "Annual crops associated with permanent crops",
    "Complex cultivation patterns",
    "Land principally occupied by agriculture, with significant areas of natural vegetation",
    "Agro-forestry areas",
    "Broad-leaved forest",
    "Coniferous forest",
    "Mixed forest",
    "Natural grassland",
    "Moors and heathland",
    "Sclerophyllous vegetation",
    "Transitional woodland/shrub",
    "Beaches, dunes, sands",
    "Bare rock",
    "Sparsely vegetated areas",
    "Burnt areas",
    "Inland marshes",
    "Peatbogs",
    "Salt marshes",
    "Salines",
    "Intertidal flats",
    "Water courses",
    "Water bodies",
    "Coastal lagoons",
    "Estuaries",
    "Sea and ocean",
)
NINETEEN = (
    "Urban fabric",
    "Industrial or commercial units",
    "Arable land",
    "Permanent crops",
    "Pastures",
    "Complex cultivation patterns",
    "Land principally occupied by agriculture, with significant areas of natural vegetation",
    "Agro-forestry areas",
    "Broad-leaved forest",
    "Coniferous forest",
    "Mixed forest",
    "Natural grassland and sparsely vegetated areas",
    "Moors, heathland and sclerophyllous vegetation",
    "Transitional woodland, shrub",
    "Beaches, dunes, sands",
    "Inland wetlands",
    "Coastal wetlands",
    "Inland waters",
    "Marine waters",
)
# Of each of the 19, those of CORINE that it holds (Sumbul et al. 2021); the others are dropped.
OF_CORINE: tuple[tuple[int, ...], ...] = (
    *((0, 1), (2,), (11, 12, 13), (14, 15, 16, 18), (17,), (19,), (20,), (21,), (22,), (23,)),
    *((24,), (25, 31), (26, 27), (28,), (29,), (33, 34), (35, 36), (38, 39), (40, 41, 42)),
)
# Level 1 of CORINE, and the first of the 43 in each.
GROUPS = ("Artificial surfaces", "Agricultural areas", "Forest and seminatural areas", "Wetlands", "Water bodies")
FIRST_OF_GROUP = (0, 11, 22, 33, 38)
# CORINE's codes in the reference maps of version 2, of each of the 19.
CODES: tuple[tuple[int, ...], ...] = (
    *((111, 112), (121,), (211, 212, 213), (221, 222, 223, 241), (231,), (242,), (243,), (244,), (311,), (312,)),
    *((313,), (321, 333), (322, 323), (324,), (331,), (411, 412), (421, 422), (511, 512), (521, 522, 523)),
)
HIGHEST_CODE = 999

Flags = NDArray[np.bool_]


def which(names: Iterable[str], of: tuple[str, ...]) -> Flags:
    """bool [K]: which of some classes are named.

    Raises
    ------
    KeyError
        If one is none of them.
    """
    flags = np.zeros(len(of), bool)
    places = {name: place for place, name in enumerate(of)}
    for name in names:
        flags[places[name]] = True
    return flags


def in_nineteen(corine: Flags) -> Flags:
    """bool [19] of bool [43]; all are false where only dropped classes are there."""
    return np.array([corine[list(members)].any() for members in OF_CORINE])


def groups_of(nineteen: Flags) -> Flags:
    """bool [5] of bool [19]: CORINE's groups with a class that is learned."""
    own = np.searchsorted(FIRST_OF_GROUP, [members[0] for members in OF_CORINE], side="right") - 1
    return np.bincount(own[nineteen], minlength=len(GROUPS)) > 0


def map_of(codes: NDArray[np.integer]) -> NDArray[np.uint8]:
    """uint8 of CORINE's codes: the index of the 19 classes, 255 where a code is none of theirs."""
    table = np.full(HIGHEST_CODE + 1, NODATA, np.uint8)
    for index, members in enumerate(CODES):
        table[list(members)] = index
    return np.asarray(table[np.clip(codes, 0, HIGHEST_CODE)])
