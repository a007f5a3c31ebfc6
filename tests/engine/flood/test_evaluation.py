"""Scores against confusions counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from constructed import write
from maps import TRANSFORM
from rasterio.warp import Resampling, reproject, transform_bounds

from engine.errors import InputError
from engine.flood import evaluation
from engine.flood.evaluation import evaluate

# Truth (rows) by map (columns), as a person counts them.
TRUTH = np.array([[0, 0, 0, 1, 1], [0, 0, 2, 2, 2], [2, 2, 2, 1, 0], [255, 9, 0, 0, 0]], np.uint8)
FOUND = np.array([[0, 0, 2, 1, 2], [0, 1, 2, 2, 0], [2, 255, 3, 1, 0], [2, 2, 0, 0, 0]], np.uint8)
CONFUSION = [[7, 1, 1, 0], [0, 2, 1, 0], [1, 0, 3, 1], [0, 0, 0, 0]]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Paths of a map and its truth."""
    truth = write(tmp_path / "truth.tif", TRUTH, nodata=255)
    return write(tmp_path / "map.tif", FOUND, nodata=255), truth


def rounded(values: dict[str, float | None]) -> list[float | None]:
    return [value if value is None else round(value, 6) for value in values.values()]


class TestByHand:
    def test_the_confusion(self, pair: tuple[str, str]) -> None:
        found = evaluate(*pair, ignore=(9,))
        assert found["confusion"] == CONFUSION
        assert (found["pixels"], found["not_observed"]) == (17, 1)

    def test_each_class_apart(self, pair: tuple[str, str]) -> None:
        classes = evaluate(*pair, ignore=(9,))["classes"]
        assert list(classes) == ["dry", "permanent water", "flood", "water of unknown kind"]
        assert list(classes["flood"]) == ["precision", "recall", "f1", "iou"]
        assert rounded(classes["dry"]) == [0.875, round(7 / 9, 6), round(14 / 17, 6), 0.7]
        assert rounded(classes["permanent water"]) == [round(2 / 3, 6), round(2 / 3, 6), round(2 / 3, 6), 0.5]
        assert rounded(classes["flood"]) == [0.6, 0.6, 0.6, round(3 / 7, 6)]
        assert rounded(classes["water of unknown kind"]) == [0.0, None, 0.0, 0.0]

    def test_water_merged(self, pair: tuple[str, str]) -> None:
        """Permanent water called flood is water; only dry against wet counts."""
        found = evaluate(*pair, ignore=(9,))
        assert rounded(found["water"]) == [round(7 / 9, 6), 0.875, round(14 / 17, 6), 0.7]

    def test_beside_a_map_that_is_all_water(self, pair: tuple[str, str]) -> None:
        baseline = evaluate(*pair, ignore=(9,))["baselines"]["all water"]
        assert rounded(baseline) == [round(8 / 17, 6), 1.0, round(16 / 25, 6), round(8 / 17, 6)]

    def test_pixels_are_pooled_over_all_rows(self, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        whole = evaluate(*pair, ignore=(9,))
        for rows in (1, 3):
            monkeypatch.setattr(evaluation, "READ_ROWS", rows)
            assert evaluate(*pair, ignore=(9,)) == whole

    def test_a_perfect_map(self, pair: tuple[str, str]) -> None:
        found = evaluate(pair[1], pair[1], ignore=(9,))
        for name in ("dry", "permanent water", "flood"):
            assert rounded(found["classes"][name]) == [1.0] * 4
        assert rounded(found["classes"]["water of unknown kind"]) == [None] * 4

    def test_several_values_to_ignore(self, pair: tuple[str, str]) -> None:
        found = evaluate(*pair, ignore=(9, 1))
        assert found["confusion"][1] == [0] * 4
        assert found["pixels"] == 14

    def test_a_value_that_is_no_class_is_an_error(self, pair: tuple[str, str]) -> None:
        with pytest.raises(InputError, match=r"truth\.tif holds the value 9, which is no class.*ignore it"):
            evaluate(*pair)

    def test_truth_without_declared_nodata(self, tmp_path: Path, pair: tuple[str, str]) -> None:
        truth = write(tmp_path / "plain.tif", TRUTH)
        assert evaluate(pair[0], truth, ignore=(9,)) == evaluate(*pair, ignore=(9,))


class TestWhatTheTruthLeavesOut:
    WET = np.array([[0, 0, 255, 255], [0, 255, 255, 0]], np.uint8)

    def test_a_mask_of_0_and_255_is_refused(self, tmp_path: Path) -> None:
        found = write(tmp_path / "map.tif", np.where(self.WET, 2, 0).astype(np.uint8))
        truth = write(tmp_path / "truth.tif", self.WET)
        with pytest.raises(InputError, match=r"truth\.tif holds 0 and 255 alone, as masks of water do") as error:
            evaluate(found, truth)
        assert error.value.field == "ignore"
        assert evaluate(found, truth, ignore=(255,))["ignored"] == 4
        water = write(tmp_path / "three.tif", np.where(self.WET, 3, 0).astype(np.uint8))
        assert evaluate(found, water)["water"]["f1"] == 1

    def test_it_is_counted(self, pair: tuple[str, str]) -> None:
        assert evaluate(*pair, ignore=(9,))["ignored"] == 2
        assert evaluate(*pair, ignore=(9, 1))["ignored"] == 5


def random_classes(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Patches of 8 x 8 pixels."""
    coarse = np.random.default_rng(seed).choice([0, 0, 1, 2, 255], (shape[0] // 8, shape[1] // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def counted(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The confusion with numpy's own histogram."""
    both = (found != 255) & (truth != 255)
    return np.histogram2d(truth[both], found[both], bins=4, range=((-0.5, 3.5),) * 2)[0].astype(int)


class TestOtherGrids:
    FOUND, TRUTH = random_classes((80, 96), 1), random_classes((80, 96), 2)

    def test_on_the_same_grid(self, tmp_path: Path) -> None:
        found = evaluate(write(tmp_path / "map.tif", self.FOUND), write(tmp_path / "truth.tif", self.TRUTH))
        assert found["confusion"] == counted(self.FOUND, self.TRUTH).tolist()
        assert found["not_observed"] == ((self.FOUND == 255) & (self.TRUTH != 255)).sum()

    def test_truth_that_is_a_part_of_the_place(self, tmp_path: Path) -> None:
        place = TRANSFORM @ Affine.translation(10, 20)
        truth = write(tmp_path / "truth.tif", self.TRUTH[20:50, 10:60], transform=place)
        found = evaluate(write(tmp_path / "map.tif", self.FOUND), truth)
        assert found["confusion"] == counted(self.FOUND[20:50, 10:60], self.TRUTH[20:50, 10:60]).tolist()

    def test_truth_beyond_the_map_is_not_observed(self, tmp_path: Path) -> None:
        found = evaluate(write(tmp_path / "map.tif", self.FOUND[:50]), write(tmp_path / "truth.tif", self.TRUTH))
        assert found["confusion"] == counted(self.FOUND[:50], self.TRUTH[:50]).tolist()
        unseen = (self.TRUTH[:50] != 255) & (self.FOUND[:50] == 255)
        assert found["not_observed"] == unseen.sum() + (self.TRUTH[50:] != 255).sum()

    def test_finer_truth_counts_its_own_pixels(self, tmp_path: Path) -> None:
        fine = np.kron(self.TRUTH, np.ones((2, 2), np.uint8))
        truth = write(tmp_path / "truth.tif", fine, transform=TRANSFORM @ Affine.scale(0.5))
        found = evaluate(write(tmp_path / "map.tif", self.FOUND), truth)
        assert found["confusion"] == (4 * counted(self.FOUND, self.TRUTH)).tolist()

    def test_truth_in_another_coordinate_system(self, tmp_path: Path) -> None:
        """Against GDAL's warper, which takes the nearest pixel as well."""
        path = write(tmp_path / "map.tif", self.FOUND)
        with rasterio.open(path) as file:
            left, _, _, top = transform_bounds(file.crs, "EPSG:4326", *file.bounds)
        place = Affine(1.3e-4, 0, left, 0, -0.9e-4, top)
        truth = random_classes((80, 96), 3)
        warped = np.full(truth.shape, 255, np.uint8)
        reproject(
            self.FOUND, warped, src_transform=TRANSFORM, src_crs="EPSG:32633", dst_transform=place,
            dst_crs="EPSG:4326", resampling=Resampling.nearest, dst_nodata=255, init_dest_nodata=True, tolerance=0,
        )  # fmt: skip
        found = evaluate(path, write(tmp_path / "truth.tif", truth, transform=place, crs="EPSG:4326"))
        expected = counted(warped, truth)
        # Pixels whose centre falls on an edge may go either way.
        assert np.abs(np.array(found["confusion"]) - expected).sum() <= 0.002 * expected.sum()

    def test_places_that_do_not_meet(self, tmp_path: Path) -> None:
        far = TRANSFORM @ Affine.translation(10_000, 0)
        truth = write(tmp_path / "truth.tif", self.TRUTH, transform=far)
        with pytest.raises(InputError, match="share no pixel"):
            evaluate(write(tmp_path / "map.tif", self.FOUND), truth)
