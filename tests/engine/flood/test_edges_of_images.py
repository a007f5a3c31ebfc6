"""What lies at the edges of images and is no ground, and what is too dark to be measured within them."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from constructed import SHAPE, Bench, backscatter, boxes, image, write
from maps import TRANSFORM

from engine.cards.classes import NODATA
from engine.flood.classes import DRY, FLOOD, PERMANENT, UNKNOWN

LAKE, FLOODED = (30, 40, 60, 60), (110, 90, 60, 90)
BEFORE, AFTER = boxes(LAKE), boxes(LAKE, FLOODED)
KINDS = np.where(AFTER, np.where(BEFORE, PERMANENT, FLOOD), DRY)
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]]
# The edge of a footprint that lies aslant on the map.
FRINGE = COLUMNS < 12 + ROWS // 16


def noise(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(7).uniform(low, high, (2, *SHAPE)).astype(np.float32)


class TestNoiseAtTheEdge:
    @pytest.mark.parametrize(("low", "high"), [(-50, -50), (-60, -50), (-50, -40), (-40, -31)])
    @pytest.mark.parametrize("margin", [FRINGE, FRINGE[:, ::-1], ROWS < 9, SHAPE[0] - 9 <= ROWS])
    def test_it_is_not_observed_and_takes_no_threshold(
        self, bench: Bench, low: float, high: float, margin: np.ndarray
    ) -> None:
        post = np.where(margin, noise(low, high), backscatter(AFTER))
        classes = bench.map(post, backscatter(BEFORE, 1))
        np.testing.assert_array_equal(classes, np.where(margin, NODATA, KINDS))
        assert bench.warned("date0.tif is darker at its edge than Sentinel-1 can measure (-30 dB)")

    @pytest.mark.parametrize("fill", [np.nan, -9999])
    def test_it_lies_beside_nodata(self, bench: Bench, fill: float) -> None:
        post = np.where(FRINGE, noise(-45, -35), backscatter(AFTER))
        beyond = COLUMNS < ROWS // 16 + 4
        post[:, beyond] = fill
        classes = bench.map(post.astype(np.float32), backscatter(BEFORE, 1))
        np.testing.assert_array_equal(classes, np.where(FRINGE, NODATA, KINDS))

    def test_dark_ground_within_the_image_is_ground(self, bench: Bench) -> None:
        post = np.where(boxes((40, 60, 30, 30)), noise(-36, -32), backscatter(AFTER))
        assert (bench.map(post, backscatter(BEFORE, 1)) != NODATA).all()
        assert not bench.warned("darker at its edge")

    def test_water_at_the_edge_is_water(self, bench: Bench) -> None:
        wet = boxes((40, 0, 80, 60))
        np.testing.assert_array_equal(bench.map(backscatter(wet)), np.where(wet, UNKNOWN, DRY))
        assert not bench.warned("darker at its edge")

    def test_water_is_dark_in_both_polarisations(self, bench: Bench) -> None:
        """VH falls to the noise over calm water, VV does not; apart as together."""
        wet = boxes((40, 0, 80, 60))
        post = backscatter(wet)
        post[1, wet] = -40
        apart = tuple(
            write(bench.folder / f"S1_{name}.tif", post[band], units="dB") for band, name in enumerate(("VV", "VH"))
        )
        for given in (post, apart):
            np.testing.assert_array_equal(bench.map(given), np.where(wet, UNKNOWN, DRY))

    def test_an_area_of_interest_has_no_edge_of_its_own(self, bench: Bench) -> None:
        """A dark pool that an area cuts through is seen as in the whole image."""
        post = backscatter(AFTER)
        post[:, 140:150, 120:160] = -33
        whole = bench.map(post, backscatter(BEFORE, 1))
        left, top = TRANSFORM @ (140, 0)
        right, bottom = TRANSFORM @ SHAPE[::-1]
        path = bench.folder / "aoi.gpkg"
        geopandas.GeoDataFrame(geometry=[shapely.box(left, bottom, right, top)], crs="EPSG:32633").to_file(path)
        np.testing.assert_array_equal(bench.map(post, backscatter(BEFORE, 1), aoi=str(path)), whole[:, 140:])


class TestBlackEdgesOfPictures:
    @staticmethod
    def grey(wet: np.ndarray, seed: int = 0) -> np.ndarray:
        values = np.where(wet, 60, 150) + np.random.default_rng(seed).normal(0, 5, wet.shape)
        return np.clip(values, 1, 255).astype(np.uint8)

    @pytest.mark.parametrize("nodata", [None, 0])
    def test_they_are_not_observed(self, bench: Bench, nodata: int | None) -> None:
        edge = FRINGE | (SHAPE[1] + 4 < COLUMNS + ROWS // 8)
        after, before = self.grey(AFTER), self.grey(BEFORE, 1)
        after[edge] = 0
        before[FRINGE] = 0
        paths = [
            write(bench.folder / f"{name}_VV.tif", values, nodata=nodata)
            for name, values in (("after", after), ("before", before))
        ]
        classes = bench.map(*paths)
        np.testing.assert_array_equal(classes, np.where(edge, NODATA, KINDS))
        assert bench.warned("after_VV.tif has a black edge, which counts as not observed") == (nodata is None)

    def test_black_within_a_picture_is_grey(self, bench: Bench) -> None:
        after = self.grey(AFTER)
        after[40:50, 60:80] = 0
        classes = bench.map(write(bench.folder / "after_VV.tif", after))
        np.testing.assert_array_equal(classes, np.where(AFTER, UNKNOWN, DRY))


class TestBelowTheNoise:
    """Where noise is taken away, power of nothing is left: zero, in VH before VV."""

    @staticmethod
    def power(share: float, seed: int, wet: np.ndarray) -> np.ndarray:
        values = 10 ** (backscatter(wet, seed) / 10)
        values[1, wet & (np.random.default_rng(seed).random(SHAPE) < share)] = 0
        return values

    @pytest.mark.parametrize("share", [0.2, 0.4, 0.7, 1.0])
    @pytest.mark.parametrize("nodata", [None, 0])
    def test_zero_in_vh_over_dark_vv_is_water(self, bench: Bench, share: float, nodata: int | None) -> None:
        after, before = (
            image(bench.folder / f"{name}.tif", self.power(share, seed, wet), units="linear power", nodata=nodata)
            for seed, (name, wet) in enumerate((("after", AFTER), ("before", BEFORE)))
        )
        np.testing.assert_array_equal(bench.map(after, before), KINDS)
        assert bench.warned("after.tif: the power of VH is 0 in") and not bench.warned("power of VV is 0")

    def test_polarisations_apart(self, bench: Bench) -> None:
        values = self.power(0.4, 0, AFTER)
        apart = tuple(
            write(bench.folder / f"S1_{name}.tif", values[band], units="linear power", nodata=0)
            for band, name in enumerate(("VV", "VH"))
        )
        np.testing.assert_array_equal(bench.map(apart), np.where(AFTER, UNKNOWN, DRY))

    def test_its_logarithm_is_minus_infinity(self, bench: Bench) -> None:
        with np.errstate(divide="ignore"):
            values = 10 * np.log10(self.power(0.4, 0, AFTER))
        found = bench.map(image(bench.folder / "after.tif", values.astype(np.float32)))
        np.testing.assert_array_equal(found, np.where(AFTER, UNKNOWN, DRY))

    def test_zero_in_both_is_not_observed(self, bench: Bench) -> None:
        values = self.power(0.0, 0, AFTER)
        hole = boxes((60, 60, 20, 20))
        values[:, hole] = 0
        found = bench.map(image(bench.folder / "after.tif", values, units="linear power"))
        assert not bench.warned("is 0 in")
        np.testing.assert_array_equal(found == NODATA, hole)
