"""The parts of a query against references of another origin."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from ground import write_image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from statistics_encoder import DIMENSION, texture

from engine.encoders.evaluation.stored import read_features
from engine.search.index.segments import codes_of
from engine.search.index.store import open_index
from engine.search.query.asking import with_marks
from engine.search.query.background import Background, background_of
from engine.search.query.feedback import logistic, probe, turned
from engine.search.query.filtering import inside
from engine.search.query.scanning import scan
from engine.search.query.suppression import MOST_SHARED, suppress


@pytest.fixture
def index(build, image, tmp_path, monkeypatch):
    """In several segments."""
    monkeypatch.setattr("engine.search.index.segments.SEGMENT_TILES", 500)
    build(image)
    return open_index(tmp_path / "index")


@pytest.fixture
def query():
    return np.random.default_rng(0).standard_normal(DIMENSION).astype(np.float32) * 3


class TestScan:
    def test_products_of_all_tiles(self, index, query):
        exact = index.vectors(np.arange(len(index))).astype(np.float64) @ query
        np.testing.assert_allclose(scan(index, query), exact, atol=1e-3 * np.linalg.norm(query))

    @pytest.mark.parametrize("count", [0, 1, 200, 1000])
    def test_products_of_some_tiles(self, index, query, count):
        chosen = np.sort(np.random.default_rng(1).choice(len(index), count, replace=False))
        exact = index.vectors(chosen).astype(np.float64) @ query
        np.testing.assert_allclose(scan(index, query, chosen), exact, atol=1e-3 * np.linalg.norm(query))

    @pytest.mark.parametrize("count", [None, 300])
    def test_products_of_the_codes(self, index, query, count):
        chosen = None if count is None else np.sort(np.random.default_rng(1).choice(len(index), count, replace=False))
        exact = index.vectors(np.arange(len(index)) if chosen is None else chosen).astype(np.float64) @ query
        found = scan(index, query, chosen, codes=True)
        np.testing.assert_allclose(found, exact, atol=1.5e-2 * np.linalg.norm(query))
        assert np.corrcoef(found, exact)[0, 1] > 0.999

    def test_codes_are_within_half_a_step(self):
        vectors = np.random.default_rng(0).standard_normal((50, 64)).astype(np.float32)
        codes, peaks = codes_of(vectors)
        assert np.abs(codes * peaks[:, None] / 127 - vectors).max() <= (peaks / 254).max() * 1.001
        assert np.abs(codes).max(axis=1).tolist() == [127] * 50

    def test_codes_rank_like_vectors(self, index, query):
        """What the exact scores of the best candidates are then taken from."""
        exact, coarse = scan(index, query), scan(index, query, codes=True)
        best = set(np.argsort(-exact)[:20])
        assert best <= set(np.argsort(-coarse)[:100])


class TestFilter:
    def test_centres_in_a_polygon(self, index):
        tiles = index.tiles(np.arange(len(index)))
        area = shapely.Polygon([(15.0005, 45.1515), (15.0025, 45.1520), (15.0015, 45.1530)])
        expected = [n for n, tile in enumerate(tiles) if area.contains(shapely.Point(tile["lon"], tile["lat"]))]
        assert inside(index, area).tolist() == expected and len(expected) > 50

    def test_an_area_smaller_than_a_tile(self, index):
        area = shapely.box(15.00101, 45.15201, 15.00102, 45.15202)
        found = index.tiles(inside(index, area))
        middle = area.centroid
        for tile in found:
            assert tile["west"] <= middle.x <= tile["east"] and tile["south"] <= middle.y <= tile["north"]
        assert set(found["window_m"]) == {16, 32}

    def test_elsewhere(self, index):
        assert len(inside(index, shapely.box(10, 40, 11, 41))) == 0


class TestSuppression:
    def test_against_one_by_one(self):
        source = np.random.default_rng(3)
        corner = source.uniform(0, 20, (600, 2))
        side = source.choice([1.0, 2.0], 600)[:, None]
        boxes, groups = np.hstack([corner, corner + side]), source.integers(0, 2, 600)
        shapes = [shapely.box(*box) for box in boxes]
        kept: list[int] = []
        for number, shape in enumerate(shapes):
            shared = (
                shape.intersection(shapes[other]).area / min(shape.area, shapes[other].area)
                for other in kept
                if groups[other] == groups[number]
            )
            if all(share <= MOST_SHARED for share in shared):
                kept.append(number)
        assert suppress(boxes, groups, 1000).tolist() == kept
        assert suppress(boxes, groups, 7).tolist() == kept[:7]

    def test_both_sides_of_the_date_line(self):
        boxes = np.array([[179.9, 0, 180.1, 0.2], [-180.1, 0, -179.9, 0.2], [170, 0, 170.2, 0.2]])
        assert suppress(boxes, np.zeros(3, np.int64), 9).tolist() == [0, 2]


class TestCalibration:
    def test_scores_are_standard_over_the_sample(self, index, query):
        background = background_of(index)
        assert len(background.sample) == len(index)  # smaller than the sample
        scores = background.standard(query).of(background.sample)
        assert scores.mean() == pytest.approx(0, abs=1e-4) and scores.std() == pytest.approx(1, abs=1e-4)

    def test_length_of_a_query_does_not_matter(self, index, query):
        background = background_of(index)
        one, other = (background.standard(query * scale).weights for scale in (1, 50))
        np.testing.assert_allclose(one, other, rtol=1e-4)

    def test_where_all_tiles_are_alike(self):
        same = np.tile(np.ones(DIMENSION, np.float32) / np.sqrt(DIMENSION), (5, 1))
        direction = Background(same, same[0]).standard(np.ones(DIMENSION, np.float32))
        assert np.isfinite(direction.of(same)).all()

    def test_a_large_index_is_sampled_the_same_way_each_time(self, index, monkeypatch):
        monkeypatch.setattr("engine.search.query.background.SAMPLE", 200)
        one, other = background_of(index), background_of(index)
        np.testing.assert_array_equal(one.sample, other.sample)
        assert len(one.sample) == 200


class TestFeedback:
    def test_logistic_regression_is_that_of_scikit_learn(self):
        source = np.random.default_rng(5)
        x = source.standard_normal((60, 8)) / 3
        signs = np.where(x @ source.standard_normal(8) + source.normal(0, 0.3, 60) > 0, 1.0, -1.0)
        shares = source.uniform(0.5, 2, 60)
        theirs = LogisticRegression(C=1 / 0.1, tol=1e-10, max_iter=10_000).fit(x, signs, shares).coef_[0]
        np.testing.assert_allclose(logistic(x, signs, shares, 0.1, np.zeros(8)), theirs, atol=2e-3)

    def test_drawn_towards_the_query_where_marks_say_nothing(self):
        towards = np.array([1.0, -2.0, 0.5])
        found = logistic(np.zeros((4, 3)), np.array([1.0, 1, -1, -1]), np.ones(4), 0.1, towards)
        np.testing.assert_allclose(found, towards, atol=1e-6)

    def test_a_turned_query(self):
        background = Background(np.zeros((2, 2), np.float32), np.array([0.5, 0.5], np.float32))
        good, bad = np.array([[1, 0], [0, 1]], np.float32), np.array([[0, 1]], np.float32)
        np.testing.assert_allclose(turned(good, bad, background), [1, 0])  # 2 * (.5, .5) - (0, 1)
        np.testing.assert_allclose(turned(good[:1], bad[:0], background), [1.5, -0.5])

    def test_a_probe_separates_what_a_phrase_cannot(self, build, encoder, tmp_path):
        """The user looks for sand and starts with a word that the model does not know."""
        kinds = ("sand", "field", "water")
        pixels = np.concatenate([texture(kind, 96, 192) for kind in kinds], axis=1)
        shore = write_image(tmp_path / "shore.tif", pixels)
        build(shore, window_m=(16.0,), overlap=0.0, index=tmp_path / "shore")  # no window shows two kinds
        index = open_index(tmp_path / "shore")
        background = background_of(index)
        sand = index.tiles(np.arange(len(index)))["row"] < 96
        prior = background.standard(encoder.texts(["beach"])[0]).weights
        source = np.random.default_rng(0)
        good, bad = (
            index.vectors(np.sort(source.choice(np.flatnonzero(which), 3, replace=False))) for which in (sand, ~sand)
        )
        vectors = index.vectors(np.arange(len(index)))

        def precision(weights: np.ndarray) -> float:
            return float(sand[np.argsort(-(vectors @ weights))[: sand.sum()]].mean())

        assert precision(probe(good, bad, background, prior)) == 1 > precision(prior)


class TestFeedbackOnRealFeatures:
    """Marks on the best places of each class of WHU-RS19 by CLIP, judged by the places that were not marked."""

    @pytest.fixture
    def features(self, shared_data):
        return read_features(shared_data / "clip_features" / "whurs19_CLIP_ViT-B-32.npz")

    @pytest.mark.parametrize(
        ("marked_good", "marked_bad", "gain"), [(0, 2, 0.01), (1, 1, 0.1), (2, 2, 0.1), (3, 3, 0.15), (5, 0, 0.2)]
    )
    def test_marks_find_more_of_the_class(self, features, marked_good, marked_bad, gain):
        images, labels, words = features
        background = Background(images, images.mean(axis=0))
        before, after = [], []
        for number, word in enumerate(words):
            wanted = labels == number
            prior = background.standard(word).weights
            order = np.argsort(-(images @ prior))
            good, bad = order[wanted[order]][:marked_good], order[~wanted[order]][:marked_bad]
            weights, _ = with_marks(prior, images[good], images[bad], background)
            left = np.setdiff1d(np.arange(len(images)), [*good, *bad])
            before.append(average_precision_score(wanted[left], images[left] @ prior))
            after.append(average_precision_score(wanted[left], images[left] @ weights))
        assert np.mean(after) > np.mean(before) + gain
