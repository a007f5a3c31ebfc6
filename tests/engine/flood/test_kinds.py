"""Which kind of water a pixel is, on small places with exact answers."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from constructed import LAND, NAMES, SHAPE, WATER, Bench, backscatter, boxes, image, write
from maps import TRANSFORM

from engine.cards.classes import NODATA
from engine.flood.classes import DRY, FLOOD, PERMANENT, UNKNOWN
from engine.samples import Scene, Simulator

LAKE, FLOODED, DRAINED = (20, 20, 60, 60), (20, 120, 60, 60), (120, 20, 50, 60)
BEFORE, AFTER = boxes(LAKE, DRAINED), boxes(LAKE, FLOODED)
KINDS = np.where(AFTER, np.where(BEFORE, PERMANENT, FLOOD), DRY)
COLUMNS = np.arange(SHAPE[1])


def counts(classes: np.ndarray) -> dict[int, int]:
    return {int(value): int(count) for value, count in zip(*np.unique(classes, return_counts=True), strict=True)}


class TestTwoDates:
    def test_water_that_stayed_came_or_went(self, bench: Bench) -> None:
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1))
        np.testing.assert_array_equal(classes, KINDS)
        assert not bench.report["thresholds"]["after"]["fixed"]
        assert not bench.warned("cannot be told apart")

    def test_the_default_filter_moves_shores_by_no_more_than_a_pixel(self, bench: Bench) -> None:
        bench.fields = {}
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1))
        shore = np.zeros(SHAPE, bool)
        for row, column, height, width in (LAKE, FLOODED, DRAINED):
            for corner in (
                (row, column),
                (row + height, column),
                (row, column + width),
                (row + height, column + width),
            ):
                shore[corner[0] - 2 : corner[0] + 2, corner[1] - 2 : corner[1] + 2] = True
        np.testing.assert_array_equal(classes[~shore], KINDS[~shore])

    def test_three_dates_before_outvote_one_that_is_an_outlier(self, bench: Bench) -> None:
        usual = [backscatter(BEFORE, seed) for seed in (1, 2)]
        for odd in (np.ones(SHAPE, bool), np.zeros(SHAPE, bool), AFTER):
            for place in range(3):
                before = list(usual)
                before.insert(place, backscatter(odd, 3))
                np.testing.assert_array_equal(bench.map(backscatter(AFTER), *before), KINDS)

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_dates_before_count_by_their_median(self, bench: Bench, count: int) -> None:
        random = np.random.default_rng(1)
        dates = [backscatter(BEFORE, seed, spread=3.0) for seed in range(count)]
        for date in dates:
            date[:, random.random(SHAPE) < 0.2] = np.nan
        bench.map(backscatter(AFTER), *dates)
        axis = bench.report["thresholds"]["before"]["histogram_bins_db"]
        edges = np.arange(axis["low"], axis["high"] + axis["width"], axis["width"])
        stack = np.stack(dates)[:, :, np.isfinite(dates).all(axis=1).any(axis=0)]
        for index, name in enumerate(NAMES):
            expected = np.histogram(np.nanmedian(stack[:, index], axis=0), edges)[0]
            found = np.array(bench.report["thresholds"]["before"]["polarisations"][name]["histogram"])
            # A value on a bin's edge may fall to either side.
            assert np.abs(found - expected).sum() <= 4

    def test_dates_before_fill_each_others_gaps(self, bench: Bench) -> None:
        left, right = backscatter(BEFORE, 1), backscatter(BEFORE, 2)
        left[:, :, 110:] = np.nan
        right[:, :, :90] = np.nan
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), left, right), KINDS)

    def test_dry_on_both_dates_is_dry(self, bench: Bench) -> None:
        nowhere = np.zeros(SHAPE, bool)
        assert counts(bench.map(backscatter(nowhere), backscatter(nowhere, 1))) == {DRY: AFTER.size}
        assert bench.warned("fixed thresholds")

    def test_all_water_gone_is_dry(self, bench: Bench) -> None:
        assert counts(bench.map(backscatter(np.zeros(SHAPE, bool)), backscatter(BEFORE, 1))) == {DRY: AFTER.size}

    def test_flood_over_land_that_held_no_water_at_all(self, bench: Bench) -> None:
        classes = bench.map(backscatter(AFTER), backscatter(np.zeros(SHAPE, bool), 1))
        np.testing.assert_array_equal(classes, np.where(AFTER, FLOOD, DRY))

    def test_thresholds_of_the_other_time_are_owned_up_to(self, bench: Bench) -> None:
        bench.map(backscatter(np.zeros_like(AFTER)), backscatter(BEFORE, 1))
        after = bench.report["thresholds"]["after"]
        assert after["source"] == "the other time's tiles"
        assert after["polarisations"]["VV"]["tiles"] == 0
        assert bench.warned("thresholds of the dates before were used")

    def test_specks_of_old_water_in_a_flood_belong_to_it(self, bench: Bench) -> None:
        after = boxes((40, 40, 100, 100))
        before = boxes((80, 80, 4, 4), (60, 60, 12, 12))
        classes = bench.map(backscatter(after), backscatter(before, 1))
        assert (classes[80:84, 80:84] == FLOOD).all()
        assert (classes[61:71, 61:71] == PERMANENT).all()


class TestWithoutAPast:
    def test_water_is_of_unknown_kind_and_the_report_says_why(self, bench: Bench) -> None:
        classes = bench.map(backscatter(AFTER))
        np.testing.assert_array_equal(classes, np.where(AFTER, UNKNOWN, DRY))
        assert bench.warned("Where neither an image from before the flood nor a layer of permanent water was given")
        assert bench.report["areas"]["water of unknown kind"]["pixels"] == AFTER.sum()
        assert bench.report["areas"]["flood"]["pixels"] == bench.report["areas"]["permanent water"]["pixels"] == 0

    def test_pixel_by_pixel_where_only_a_part_was_seen_before(self, bench: Bench) -> None:
        before = backscatter(BEFORE, 1)
        before[:, 45:] = np.nan
        classes = bench.map(backscatter(AFTER), before)
        rows = np.arange(SHAPE[0])[:, None]
        np.testing.assert_array_equal(classes, np.where(AFTER & (rows >= 45), UNKNOWN, KINDS))
        assert bench.warned("cannot be told apart: class 3")

    def test_an_image_before_that_covers_half_of_the_place(self, bench: Bench) -> None:
        before = image(bench.folder / "part.tif", backscatter(BEFORE, 1)[:, :, :150])
        classes = bench.map(backscatter(AFTER), before)
        np.testing.assert_array_equal(classes, np.where(AFTER & (COLUMNS >= 150), UNKNOWN, KINDS))


class TestLayerOfPermanentWater:
    def test_a_raster_decides(self, bench: Bench) -> None:
        layer = write(bench.folder / "known.tif", boxes(LAKE).astype(np.uint8))
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=layer), KINDS)
        assert not bench.warned("cannot be told apart")

    def test_one_without_water_in_the_area_is_said(self, bench: Bench) -> None:
        layer = write(bench.folder / "dry.tif", np.zeros(SHAPE, np.uint8))
        bench.map(backscatter(AFTER), permanent_water=layer)
        assert bench.warned("shows no water in the area")

    def test_polygons_in_another_coordinate_system_decide(self, bench: Bench) -> None:
        row, column, height, width = LAKE
        left, top = TRANSFORM @ (column, row)
        lake = shapely.box(left, top - 10 * height, left + 10 * width, top)
        path = bench.folder / "known.gpkg"
        geopandas.GeoDataFrame(geometry=[lake.segmentize(20)], crs="EPSG:32633").to_crs(4326).to_file(path)
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=str(path)), KINDS)

    def test_it_goes_before_what_the_images_show(self, bench: Bench) -> None:
        layer = write(bench.folder / "known.tif", boxes(FLOODED).astype(np.uint8))
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1), permanent_water=layer)
        assert counts(classes[boxes(FLOODED)]) == {PERMANENT: 3600}
        assert counts(classes[~AFTER]) == {DRY: int((~AFTER).sum())}

    def test_its_gaps_are_unknown(self, bench: Bench) -> None:
        known = np.where(COLUMNS < 150, boxes(LAKE), 255).astype(np.uint8)
        layer = write(bench.folder / "known.tif", known, nodata=255)
        classes = bench.map(backscatter(AFTER), permanent_water=layer)
        np.testing.assert_array_equal(classes, np.where(AFTER & (COLUMNS >= 150), UNKNOWN, KINDS))
        assert bench.warned("cannot be told apart")

    def test_the_images_before_decide_in_its_gaps(self, bench: Bench) -> None:
        layer = write(bench.folder / "known.tif", np.full(SHAPE, 255, np.uint8), nodata=255)
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1), permanent_water=layer)
        np.testing.assert_array_equal(classes, KINDS)


class TestNotObserved:
    GAP = boxes((40, 40, 100, 100))

    def test_it_is_neither_dry_nor_water(self, bench: Bench) -> None:
        post = backscatter(AFTER)
        post[:, self.GAP] = np.nan
        classes = bench.map(post, backscatter(BEFORE, 1))
        np.testing.assert_array_equal(classes, np.where(self.GAP, NODATA, KINDS))
        assert bench.report["share_observed"] == pytest.approx(1 - self.GAP.mean(), abs=1e-4)

    @pytest.mark.parametrize("filtering", ["median", "lee", "refined-lee"])
    def test_no_filter_makes_it_up(self, bench: Bench, filtering: str) -> None:
        post = backscatter(AFTER)
        post[:, self.GAP] = np.nan
        classes = bench.map(post, backscatter(BEFORE, 1), speckle_filter=filtering)
        np.testing.assert_array_equal(classes == NODATA, self.GAP)

    def test_both_polarisations_must_be_seen(self, bench: Bench) -> None:
        post = backscatter(AFTER)
        post[1, self.GAP] = np.nan
        np.testing.assert_array_equal(bench.map(post) == NODATA, self.GAP)

    def test_single_missing_pixels_in_water_stay_missing(self, bench: Bench) -> None:
        post = backscatter(AFTER)
        holes = (np.random.default_rng(2).random(SHAPE) < 0.05) & AFTER
        post[:, holes] = np.nan
        np.testing.assert_array_equal(bench.map(post, backscatter(BEFORE, 1)), np.where(holes, NODATA, KINDS))

    def test_scraps_of_dry_land_in_a_gap_are_not_taken_for_islands(self, bench: Bench) -> None:
        post = backscatter(AFTER)
        scraps = (np.random.default_rng(2).random(SHAPE) < 0.02) & self.GAP & ~AFTER
        post[:, self.GAP & ~scraps] = np.nan
        classes = bench.map(post, backscatter(BEFORE, 1))
        np.testing.assert_array_equal(classes, np.where(self.GAP & ~scraps, NODATA, KINDS))

    def test_the_tip_of_an_aoi_on_dry_land_stays_dry(self, bench: Bench) -> None:
        """A slanted sliver falls into single pixels; none of them is an island in water."""
        corners = [TRANSFORM @ corner for corner in ((0.0, 80.0), (207.0, 100.0), (0.0, 120.0))]
        path = bench.folder / "aoi.gpkg"
        geopandas.GeoDataFrame(geometry=[shapely.Polygon(corners)], crs="EPSG:32633").to_file(path)
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1), aoi=str(path))
        assert set(counts(classes)) == {DRY, NODATA}

    def test_an_aoi_smaller_than_the_mapping_unit_stays_dry(self, bench: Bench) -> None:
        left, top = TRANSFORM @ (100, 100)
        path = bench.folder / "aoi.gpkg"
        geopandas.GeoDataFrame(geometry=[shapely.box(left, top - 40, left + 40, top)], crs="EPSG:32633").to_file(path)
        assert counts(bench.map(backscatter(AFTER), aoi=str(path))) == {DRY: 16}

    def test_the_share_observed_is_that_of_the_aoi(self, bench: Bench) -> None:
        post = backscatter(AFTER)
        post[:, :96] = np.nan
        left, top = TRANSFORM @ (0, 0)
        right, bottom = TRANSFORM @ (SHAPE[1], SHAPE[0])
        path = bench.folder / "aoi.gpkg"
        aoi = shapely.Polygon([(left, top), (right, bottom), (left, bottom)])
        geopandas.GeoDataFrame(geometry=[aoi], crs="EPSG:32633").to_file(path)
        bench.map(post, aoi=str(path))
        assert bench.report["share_observed"] == pytest.approx(0.75, abs=0.01)


class TestGround:
    @staticmethod
    def hill() -> np.ndarray:
        """Flat in the left half, then a plane that rises by 20 degrees."""
        return np.where(COLUMNS < 100, 50, 50 + (COLUMNS - 100) * 10 * np.tan(np.radians(20))) * np.ones(SHAPE)

    def test_no_water_on_steep_ground(self, bench: Bench) -> None:
        dem = write(bench.folder / "dem.tif", self.hill().astype(np.float32))
        post, pre = backscatter(AFTER), backscatter(BEFORE, 1)
        np.testing.assert_array_equal(bench.map(post, pre, dem=dem), np.where(COLUMNS < 101, KINDS, DRY))
        np.testing.assert_array_equal(bench.map(post, pre, dem=dem, max_slope_deg=25.0), KINDS)

    def test_no_water_high_above_the_drainage(self, bench: Bench) -> None:
        hand = write(bench.folder / "hand.tif", (np.where(COLUMNS < 100, 2, 16) * np.ones(SHAPE)).astype(np.float32))
        post, pre = backscatter(AFTER), backscatter(BEFORE, 1)
        np.testing.assert_array_equal(bench.map(post, pre, hand=hand), np.where(COLUMNS < 100, KINDS, DRY))
        np.testing.assert_array_equal(bench.map(post, pre, hand=hand, max_hand_m=20.0), KINDS)

    def test_elevations_given_for_heights_above_drainage_are_said(self, bench: Bench) -> None:
        hand = write(bench.folder / "elevation.tif", np.full(SHAPE, 240, np.float32))
        bench.map(backscatter(AFTER), backscatter(BEFORE, 1), hand=hand)
        assert bench.warned("not elevations")

    def test_ground_of_unknown_height_is_not_taken_for_high(self, bench: Bench) -> None:
        height = np.where(COLUMNS < 100, 2, -9999) * np.ones(SHAPE)
        hand = write(bench.folder / "hand.tif", height.astype(np.float32), nodata=-9999)
        dem = write(bench.folder / "dem.tif", height.astype(np.float32), nodata=-9999)
        classes = bench.map(backscatter(AFTER), backscatter(BEFORE, 1), hand=hand, dem=dem)
        np.testing.assert_array_equal(classes, KINDS)

    def test_a_coarser_model_of_the_ground_in_degrees(self, bench: Bench) -> None:
        """30 m, as they come: the slope is that of the ground all the same."""
        place = Affine(1 / 3600, 0, 13.57, 0, -1 / 3600, 49.7)
        east = np.arange(400) * 111320 / 3600 * np.cos(np.radians(49.6))
        for degrees, mapped in ((8, KINDS), (12, np.zeros_like(KINDS))):
            plane = (east * np.tan(np.radians(degrees)) * np.ones((500, 1))).astype(np.float32)
            dem = write(bench.folder / "dem.tif", plane, transform=place, crs="EPSG:4326")
            np.testing.assert_array_equal(bench.map(backscatter(AFTER), backscatter(BEFORE, 1), dem=dem), mapped)


class TestMinimumMappingUnit:
    """Of one hectare: 100 pixels of 10 m, 25 of 20 m."""

    @pytest.mark.parametrize(("metres", "small", "large"), [(10, (9, 11), (10, 10)), (20, (4, 6), (5, 5))])
    @pytest.mark.parametrize("dates", [1, 2])
    def test_smaller_ponds_and_islands_go(
        self, bench: Bench, metres: int, small: tuple[int, int], large: tuple[int, int], dates: int
    ) -> None:
        lake = boxes((20, 20, 80, 80))
        wet = lake & ~boxes((30, 30, *small), (60, 60, *large)) | boxes((140, 30, *small), (140, 100, *large))
        left = lake & ~boxes((60, 60, *large)) | boxes((140, 100, *large))
        place = Affine(metres, 0, 400_000, 0, -metres, 5_500_000)
        pictures = [
            image(bench.folder / "post.tif", backscatter(wet), transform=place),
            image(bench.folder / "pre.tif", backscatter(np.zeros(SHAPE, bool)), transform=place),
        ]
        classes = bench.map(*pictures[:dates], min_area_ha=1.0)
        np.testing.assert_array_equal(classes > DRY, left)
        assert bench.report["minimum_mapping_unit"]["pixels"] == 10_000 // metres**2

    def test_zero_keeps_every_pixel(self, bench: Bench) -> None:
        wet = boxes((20, 20, 80, 80), (140, 100, 1, 1)) & ~boxes((50, 50, 1, 1))
        np.testing.assert_array_equal(bench.map(backscatter(wet), min_area_ha=0.0) > DRY, wet)

    def test_ponds_that_meet_at_a_corner_are_one(self, bench: Bench) -> None:
        wet = boxes((20, 20, 80, 80), (140, 100, 8, 8), (148, 108, 8, 8))
        np.testing.assert_array_equal(bench.map(backscatter(wet), min_area_ha=1.0) > DRY, wet)


class TestWhatTheNumbersMean:
    @pytest.mark.parametrize(("calibration", "expected"), [("sigma0", (-16.5, -24.0)), ("gamma0", (-15.5, -23.0))])
    def test_fixed_thresholds_of_sigma_and_gamma_nought(
        self, bench: Bench, calibration: str, expected: tuple[float, float]
    ) -> None:
        land = image(bench.folder / "post.tif", backscatter(np.zeros(SHAPE, bool)), calibration=calibration)
        assert counts(bench.map(land)) == {DRY: AFTER.size}
        found = bench.report["thresholds"]["after"]
        assert found["fixed"]
        assert tuple(found["polarisations"][name]["threshold_db"] for name in NAMES) == expected
        assert bench.report["calibration"] == calibration
        assert bench.warned(f"fixed thresholds were used (VV {expected[0]:g} dB, VH {expected[1]:g} dB)")

    @pytest.mark.parametrize(("units", "values"), [("amplitude", 0.6), ("power", 0.3)])
    def test_units_that_cannot_be_are_said(self, bench: Bench, units: str, values: float) -> None:
        level = np.random.default_rng(0).gamma(4, values / 4, (2, *SHAPE)).astype(np.float32)
        bench.map(image(bench.folder / "odd.tif", level, units=""), units=units)
        assert bench.warned("check that its units are right")

    def test_the_option_overrides_what_the_file_says(self, bench: Bench) -> None:
        bench.map(backscatter(np.zeros(SHAPE, bool)), calibration="gamma0")
        assert bench.report["thresholds"]["after"]["polarisations"]["VV"]["threshold_db"] == -15.5

    @pytest.mark.parametrize("method", ["otsu", "kittler-illingworth"])
    def test_thresholds_lie_between_water_and_land(self, bench: Bench, method: str) -> None:
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), backscatter(BEFORE, 1), threshold=method), KINDS)
        for date in ("after", "before"):
            found = bench.report["thresholds"][date]["polarisations"]
            for index, name in enumerate(NAMES):
                assert WATER[index] + 1 < found[name]["threshold_db"] < LAND[index] - 1
                assert found[name]["water_mode_db"] == pytest.approx(WATER[index], abs=0.15)
                assert found[name]["tiles"] > 0

    @pytest.mark.parametrize("band", [0, 1], ids=["VV", "VH"])
    def test_one_polarisation_is_enough(self, bench: Bench, band: int) -> None:
        name = NAMES[band]
        post, pre = (
            image(bench.folder / f"{when}.tif", backscatter(wet, seed, bands=[band]), names=[name])
            for seed, (when, wet) in enumerate((("post", AFTER), ("pre", BEFORE)))
        )
        np.testing.assert_array_equal(bench.map(post, pre), KINDS)
        assert bench.report["polarisations"] == [name]
        assert bench.warned(f"Only {name} is given")

    def test_dates_use_the_polarisation_that_they_share(self, bench: Bench) -> None:
        pre = image(bench.folder / "pre.tif", backscatter(BEFORE, 1, bands=[0]), names=["VV"])
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), pre), KINDS)
        assert bench.report["polarisations"] == ["VV"]
        assert bench.warned("only what they share is used")

    def test_polarisations_in_files_apart(self, bench: Bench) -> None:
        together = bench.map(backscatter(AFTER))
        apart = tuple(
            image(bench.folder / f"post_{name}.tif", values[None], names=[name])
            for name, values in zip(NAMES, backscatter(AFTER), strict=True)
        )
        np.testing.assert_array_equal(bench.map(apart[::-1]), together)

    @pytest.mark.parametrize("pre", [False, True], ids=["one date", "two dates"])
    def test_db_linear_and_amplitude_are_one_scene(self, bench: Bench, pre: bool) -> None:
        """At most 0.01 % of the pixels may differ, by rounding."""
        strip = Simulator(Scene(seed=11, width=400, height=300)).whole()
        bench.fields = {}
        maps = []
        for units in ("dB", "linear power", "amplitude"):
            pictures = []
            for date in ("post", "pre1")[: 1 + pre]:
                power = strip.radar[date]
                values = {"dB": 10 * np.log10(power), "linear power": power, "amplitude": np.sqrt(power)}[units]
                pictures.append(image(bench.folder / f"{date}.tif", values, units=units))
            maps.append(bench.map(*pictures))
        assert 0.05 < (maps[0] > DRY).mean() < 0.5
        for other in maps[1:]:
            assert (maps[0] != other).mean() <= 1e-4


class TestDisplayProducts:
    """8-bit pictures, each stretched in its own way."""

    @staticmethod
    def grey(wet: np.ndarray, water: int, land: int, seed: int = 0) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(0, 5, wet.shape)
        return np.clip(np.where(wet, water, land) + noise, 1, 255).astype(np.uint8)

    def test_one_date(self, bench: Bench) -> None:
        post = write(bench.folder / "post.tif", self.grey(AFTER, 30, 140))
        np.testing.assert_array_equal(bench.map(post), np.where(AFTER, UNKNOWN, DRY))
        assert bench.report["calibration"] == "display"
        assert bench.warned("8-bit picture, not backscatter: thresholds are relative")

    @pytest.mark.parametrize(("water", "land"), [(30, 140), (20, 120), (70, 200)])
    def test_two_dates_of_different_stretch(self, bench: Bench, water: int, land: int) -> None:
        post = write(bench.folder / "post.tif", self.grey(AFTER, 30, 140))
        pre = write(bench.folder / "pre.tif", self.grey(BEFORE, water, land, 1))
        np.testing.assert_array_equal(bench.map(post, pre), KINDS)
        assert bench.warned("thresholds are relative")
