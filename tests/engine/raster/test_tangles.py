"""Polygons that cross themselves all over are refused before GEOS meets them; people's own are not."""

import numpy as np
import pytest
import shapely

from engine.errors import InputError
from engine.raster.tangles import refuse_tangled, refuse_tangled_together

RANDOM = np.random.default_rng(3)


def squares(corners, side):
    return shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + side, corners[:, 1] + side)


def holed(holes):
    return shapely.Polygon(shapely.box(0, 0, 1, 1).exterior, [hole.exterior for hole in holes])


@pytest.mark.parametrize("corners", [2_000, 30_000])
def test_a_ring_from_one_place_to_any_other_is_refused(corners):
    with pytest.raises(InputError, match=r"^a\.gpkg crosses itself all over; draw it again\.$"):
        refuse_tangled(np.array([shapely.Polygon(RANDOM.uniform(0, 1, (corners, 2)))]), "a.gpkg")


def test_holes_upon_each_other_are_refused():
    shifted = np.stack([np.arange(5_000) * 1e-5, np.full(5_000, 0.1)], axis=1)
    with pytest.raises(InputError, match="all over"):
        refuse_tangled(np.array([holed(squares(shifted, 0.5))]), "a.gpkg")


def test_what_people_have_passes():
    angles = np.linspace(0, 2 * np.pi, 200_000)
    coast = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (1 + RANDOM.normal(0, 1e-4, (200_000, 1)))
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    grid = np.stack(np.meshgrid(np.arange(100), np.arange(100)), axis=-1).reshape(-1, 2)
    lake = holed(squares(grid / 100 + 0.001, 0.005))
    districts = shapely.GeometryCollection(list(squares(grid.astype(float), 1.0)))
    same = shapely.box(0, 0, 1, 1)
    stripes = shapely.MultiPolygon([shapely.box(0, row, 10_000, row + 0.5) for row in range(5_000)])
    refuse_tangled(np.array([shapely.Polygon(coast), bow_tie, lake, districts, stripes, *[same] * 3_000]), "a.gpkg")
    refuse_tangled(np.array([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon()]), "a.gpkg")


def test_polygons_that_cross_each_other_all_over_are_refused_where_they_are_one_thing():
    strips = np.stack([np.zeros(500), np.arange(500) / 500], axis=1)
    lying = shapely.box(0, strips[:, 1], 1, strips[:, 1] + 0.001)
    standing = shapely.box(strips[:, 1], 0, strips[:, 1] + 0.001, 1)
    refuse_tangled(np.concatenate([lying, standing]), "a.gpkg")
    refuse_tangled_together(np.array([shapely.box(0, 0, 1, 1)] * 3_000), "a.gpkg")
    with pytest.raises(InputError, match="all over"):
        refuse_tangled_together(np.concatenate([lying, standing]), "a.gpkg")
