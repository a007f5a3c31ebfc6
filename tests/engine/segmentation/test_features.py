"""Quick's features against numpy, scipy and scikit-learn: in the graph, in training, in any sensor's units."""

import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid

from engine.cards.card import BandSpec
from engine.models.onnx_library import onnxruntime
from engine.segmentation.features import (
    ADDED,
    MARGIN,
    SPREAD,
    WINDOWS,
    FeatureStack,
    discriminant,
    fit_features,
    scaling,
)
from engine.segmentation.forest import feature_onnx

REFLECTANCE = tuple(BandSpec(name, "reflectance", 0.2, 0.1) for name in ("B03", "B04", "B08"))
MIXED = (*REFLECTANCE, BandSpec("VV", "db", -12.0, 3.0), BandSpec("red", "display", 90.0, 40.0), BandSpec("x", "dn"))


def run(stack, image):
    model = feature_onnx(stack)
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    session = onnxruntime().InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": image[None]})[0][0]


def identity(bands):
    scale = scaling(bands, np.zeros((1, len(bands)), np.float32))
    return FeatureStack(scale, np.eye(len(bands), dtype=np.float32), np.zeros(len(bands), np.float32))


def image(bands, shape=(20, 31), seed=0):
    return np.random.default_rng(seed).normal(0, 0.8, (len(bands), *shape)).astype(np.float32)


def gaussians(classes=4, bands=5, pixels=400, growth=1, seed=0):
    """Normal classes with one covariance, each of more pixels than the one before: float32 [n, bands], uint8 [n]."""
    random = np.random.default_rng(seed)
    shape = random.normal(0, 1, (bands, bands))
    counts = pixels * (1 + growth * np.arange(classes))
    y = np.repeat(np.arange(classes), counts).astype(np.uint8)
    x = random.normal(0, 1, (len(y), bands)) @ shape + random.normal(0, 3, (classes, bands))[y]
    return x.astype(np.float32), y


def test_bands_are_scaled_by_their_units():
    values = image(MIXED)
    own = values * np.array([band.std for band in MIXED])[:, None, None]
    own += np.array([band.mean for band in MIXED])[:, None, None]
    expected = own.copy()
    expected[:3] = np.log(np.maximum(own[:3], 0) + ADDED["reflectance"])
    expected[4] = np.log(np.maximum(own[4], 0) + ADDED["display"])
    assert (own[:3] < 0).any()
    assert_allclose(identity(MIXED).scaling(values), expected, rtol=1e-4, atol=1e-5)
    assert_allclose(run(identity(MIXED), values)[: len(MIXED)], expected, rtol=1e-4, atol=1e-5)


def test_numbers_of_unknown_scale_are_scaled_as_reflectance_is_unless_one_is_negative():
    """So that an image whose bands have no names is told apart as well as the same one with names."""
    random = np.random.default_rng(3)
    means = random.uniform(0.05, 0.4, (3, 5))
    y = np.repeat(np.arange(3), 500).astype(np.uint8)
    pixels = (means[y] * random.uniform(0.4, 2.5, (len(y), 1)) * random.normal(1, 0.01, (len(y), 5))).astype(np.float32)
    numbers, bands = pixels * 10_000, [BandSpec(str(index), "dn", 2000.0, 900.0) for index in range(5)]
    x = (numbers - 2000) / 900
    stack = fit_features(bands, x, y)
    assert_allclose(stack.scaling(x.T).T, np.log(np.maximum(numbers, 0) + 200), rtol=1e-4)
    assert_allclose(run(stack, x.T.reshape(5, 50, 30))[: len(stack.bias)].reshape(-1, 1500), stack.sums(x.T), atol=2e-2)
    discriminants = stack.sums(x.T)[:2].T
    assert NearestCentroid().fit(discriminants, y).score(discriminants, y) > 0.98
    below = x.copy()
    below[7, 2] = -3
    assert fit_features(bands, below, y).scaling.logarithms.tolist() == [True, True, False, True, True]


def test_what_is_below_zero_has_no_logarithm_whatever_its_units():
    """A few pixels of dark reflectance are, by noise; an index that passes for reflectance is as a whole."""
    random = np.random.default_rng(3)
    y = np.repeat(np.arange(2), 500).astype(np.uint8)
    own = random.normal(0.3, 0.05, (len(y), 3)).astype(np.float32)
    own[:4, 1] = -0.02
    own[:, 2] = np.array([-0.8, -0.2])[y] + random.normal(0, 0.02, len(y))
    x = (own - 0.2) / 0.1
    assert scaling(REFLECTANCE, x).logarithms.tolist() == [True, True, False]


def test_means_and_spreads_are_those_of_scipy():
    values = image(MIXED)
    base = identity(MIXED).scaling(values).astype(np.float64)
    found = np.split(run(identity(MIXED), values), 2 + len(WINDOWS))
    assert_allclose(found[0], base, rtol=1e-5, atol=1e-5)
    inside = np.s_[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    for side, mean in zip(WINDOWS, found[1:], strict=False):
        expected = ndimage.uniform_filter(base, (0, side, side))
        assert_allclose(mean[inside], expected[inside], rtol=1e-4, atol=1e-4)
    spread = np.stack([ndimage.generic_filter(band, np.std, SPREAD) for band in base])
    assert_allclose(found[-1][inside], spread[inside], rtol=1e-2, atol=2e-3)


def test_windows_at_the_rim_are_of_the_pixels_within():
    values = image(REFLECTANCE, (9, 8))
    base = identity(REFLECTANCE).scaling(values)
    found = np.split(run(identity(REFLECTANCE), values), 2 + len(WINDOWS))
    for side, mean in zip(WINDOWS, found[1:], strict=False):
        half = side // 2
        assert_allclose(mean[:, 0, 0], base[:, : half + 1, : half + 1].mean(axis=(1, 2)), rtol=1e-5)
    assert_allclose(found[-1][:, 0, 0], base[:, : SPREAD // 2 + 1, : SPREAD // 2 + 1].std(axis=(1, 2)), rtol=1e-3)


def test_flat_ground_has_no_spread():
    values = np.full((3, 12, 12), 0.37, np.float32)
    assert_array_equal(np.isnan(run(identity(REFLECTANCE), values)), False)
    assert_allclose(run(identity(REFLECTANCE), values)[-3:], 0, atol=1e-3)


def test_a_pixel_depends_on_its_margin_alone():
    """So that tiles that overlap by twice the margin are mapped as the whole image is."""
    values = image(REFLECTANCE, (40, 40))
    whole = run(identity(REFLECTANCE), values)
    part = run(identity(REFLECTANCE), values[:, 10 - MARGIN : 30 + MARGIN, 10 - MARGIN : 30 + MARGIN])
    assert_allclose(part[:, MARGIN:-MARGIN, MARGIN:-MARGIN], whole[:, 10:30, 10:30], rtol=1e-5, atol=1e-5)


def test_a_difference_of_logarithms_is_an_index():
    """(a - b) / (a + b) = tanh((ln a - ln b) / 2): NDVI and its kin need no features of their own."""
    values = np.abs(image(REFLECTANCE)) + 1
    weights = np.array([[0, -1, 1]], np.float32)
    found = run(FeatureStack(identity(REFLECTANCE).scaling, weights, np.zeros(1, np.float32)), values)[0]
    red, infrared = values[1] * 0.1 + 0.2 + ADDED["reflectance"], values[2] * 0.1 + 0.2 + ADDED["reflectance"]
    assert_allclose(np.tanh(found / 2), (infrared - red) / (infrared + red), rtol=1e-4, atol=1e-6)


def test_discriminants_leave_light_and_shadow_out():
    random = np.random.default_rng(4)
    bands = tuple(BandSpec(f"B0{index}", "reflectance") for index in range(1, 6))
    means = random.uniform(0.1, 0.4, (3, 5))
    y = np.repeat(np.arange(3), 500).astype(np.uint8)
    light = random.uniform(0.4, 2.5, (len(y), 1))
    pixels = (means[y] * light * random.normal(1, 0.01, (len(y), 5))).astype(np.float32)
    discriminants = fit_features(bands, pixels, y).sums(pixels.T)[:2].T
    # Light moves pixels farther than classes lie apart, but not along the discriminants.
    assert NearestCentroid().fit(pixels, y).score(pixels, y) < 0.9
    assert NearestCentroid().fit(discriminants, y).score(discriminants, y) > 0.999


@pytest.mark.parametrize(("classes", "bands"), [(2, 5), (4, 5), (6, 3)])
def test_discriminants_are_those_of_scikit_learn(classes, bands):
    x, y = gaussians(classes, bands, growth=0)
    stack = fit_features([BandSpec(str(index), "dn") for index in range(bands)], x, y)
    count = min(classes - 1, bands)
    reference = LinearDiscriminantAnalysis(solver="eigen").fit(x, y).transform(x)[:, :count]
    found = x @ stack.weights[:count].T + stack.bias[:count]
    for own, other in zip(found.T, reference.T, strict=True):
        assert abs(np.corrcoef(own, other)[0, 1]) > 0.99999
    within = np.mean([np.cov(found[y == value].T, bias=True).reshape(count, count) for value in range(classes)], axis=0)
    assert_allclose(within, np.eye(count), atol=1e-3)


def test_classes_weigh_the_same_however_many_pixels_they_have():
    x, y = gaussians()
    more = np.concatenate([x, np.tile(x[y == 0], (5, 1))]), np.concatenate([y, np.zeros(5 * (y == 0).sum(), np.uint8)])
    bands = [BandSpec(str(index), "dn") for index in range(x.shape[1])]
    one, other = fit_features(bands, x, y), fit_features(bands, *more)
    assert_allclose(np.abs(one.weights), np.abs(other.weights), rtol=1e-3, atol=1e-4)


def test_bands_that_are_alike_or_constant_do_no_harm():
    x, y = gaussians(bands=3)
    x = np.column_stack([x, x[:, 0], np.full(len(x), 7, np.float32)])
    stack = fit_features([BandSpec(str(index), "dn") for index in range(5)], x, y)
    assert np.isfinite(stack.weights).all()
    found = x @ stack.weights[:3].T
    assert LinearDiscriminantAnalysis().fit(found, y).score(found, y) > 0.95 * (
        LinearDiscriminantAnalysis().fit(x[:, :3], y).score(x[:, :3], y)
    )


def test_pictures_without_any_spread():
    x = np.repeat(np.array([[1, 2], [3, 4]], np.float32), 10, axis=0)
    stack = fit_features([BandSpec("a", "dn"), BandSpec("b", "dn")], x, np.repeat([0, 1], 10).astype(np.uint8))
    found = x @ stack.weights.T + stack.bias
    assert np.isfinite(found).all() and found[0, 0] != found[-1, 0]


def test_mixed_surroundings_follow_the_law_of_total_variance():
    """Against windows that are really put together of two kinds of ground."""
    stack = identity((BandSpec("x", "dn"),))
    features = np.array([[5, 5, 5, 1], [9, 9, 9, 2]], np.float32)

    class Fixed:
        def permutation(self, count):
            return np.arange(count)[::-1]

        def uniform(self, low, high, size):
            return np.full(size, 0.75)

        def normal(self, mean, spread, size):
            return np.zeros(size)

    found = stack.mixed(features, Fixed())
    random = np.random.default_rng(0)
    for index, (mean, spread) in enumerate([(5, 1), (9, 2)]):
        own = random.normal(mean, spread, 750_000)
        other = random.normal(14 - mean, 3 - spread, 250_000)
        window = np.concatenate([own, other])
        assert found[index, 0] == features[index, 0]
        assert_allclose(found[index, 1:3], window.mean(), rtol=2e-3)
        assert_allclose(found[index, 3], window.std(), rtol=2e-3)


def test_mixing_with_one_s_like_changes_nothing():
    stack = identity(REFLECTANCE)
    features = np.tile(np.random.default_rng(0).random((1, stack.count)).astype(np.float32), (50, 1))
    assert_allclose(stack.mixed(features, np.random.default_rng(1)), features, rtol=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_discriminant_is_that_of_scikit_learn(classes):
    x, y = gaussians(classes)
    known = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(classes, 1 / classes)).fit(x, y)
    weights, bias = discriminant(x, y)
    found = x @ weights.T + bias
    expected = known.decision_function(x)
    if classes == 2:  # scikit-learn gives the difference
        expected = np.stack([0 * expected, expected], axis=1)
    assert_allclose(found - found[:, :1], expected - expected[:, :1], rtol=1e-3, atol=1e-2)


def test_the_discriminant_bears_sums_that_say_the_same():
    """As the sums of the features do: components are sums of the same bands as discriminants."""
    x, y = gaussians()
    weights, bias = discriminant(x, y)
    doubled = discriminant(np.concatenate([x, x[:, :2] - x[:, 1:3]], axis=1), y)
    again = np.concatenate([x, x[:, :2] - x[:, 1:3]], axis=1) @ doubled[0].T + doubled[1]
    assert_allclose(again, x @ weights.T + bias, rtol=1e-3, atol=1e-2)
