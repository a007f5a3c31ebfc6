"""`geofm evaluate segmentation` against scikit-learn's metrics, and against areas that can be counted by hand."""

from __future__ import annotations

import geopandas
import numpy as np
import plots
import pytest
import rasterio
import shapely
from plots import NAMES, TRANSFORM, write_polygons
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    jaccard_score,
    precision_recall_fscore_support,
)

from engine.errors import InputError
from engine.segmentation.evaluation import evaluate


def write(path, values, names=None, **profile):
    """A class raster; 255 is not observed."""
    profile = {"crs": "EPSG:32633", "transform": TRANSFORM, "nodata": 255, **profile}
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=height, width=width, dtype="uint8", **profile
    ) as file:
        file.write(values, 1)
        file.update_tags(**{f"CLASS_{value}": name for value, name in (names or {}).items()})
    return str(path)


@pytest.fixture
def maps():
    """A truth and a map of it that is right in two thirds of the pixels; some are not known, some not observed."""
    source = np.random.default_rng(2)
    truth = source.integers(4, size=(90, 70)).astype(np.uint8)
    found = np.where(source.random(truth.shape) < 0.67, truth, source.integers(4, size=truth.shape)).astype(np.uint8)
    truth[source.random(truth.shape) < 0.1] = 255
    found[source.random(truth.shape) < 0.1] = 255
    return truth, found


def test_the_figures_are_those_of_scikit_learn(maps, tmp_path):
    truth, found = maps
    judged = evaluate(write(tmp_path / "map.tif", found), write(tmp_path / "truth.tif", truth))
    both = (truth != 255) & (found != 255)
    one, other = truth[both], found[both]
    assert judged["pixels"] == both.sum()
    assert judged["not_observed"] == ((truth != 255) & (found == 255)).sum()
    assert judged["overall_accuracy"] == pytest.approx(accuracy_score(one, other))
    assert judged["macro_f1"] == pytest.approx(f1_score(one, other, average="macro"))
    assert judged["miou"] == pytest.approx(jaccard_score(one, other, average="macro"))
    precision, recall, _, support = precision_recall_fscore_support(one, other)
    for index, values in enumerate(judged["per_class"].values()):
        assert values["precision"] == pytest.approx(precision[index])
        assert values["recall"] == pytest.approx(recall[index])
        assert values["support"] == support[index]
    assert judged["baseline_accuracy"] == pytest.approx(support.max() / support.sum())


def test_rows_of_the_confusion_are_the_truth(tmp_path):
    truth = np.zeros((4, 4), np.uint8)
    found = np.ones((4, 4), np.uint8)
    found[0] = 0
    judged = evaluate(write(tmp_path / "map.tif", found), write(tmp_path / "truth.tif", truth))
    assert judged["confusion"] == [[4, 12], [0, 0]]


def test_classes_are_matched_by_name_whatever_their_values(maps, tmp_path):
    truth, found = maps
    plain = evaluate(write(tmp_path / "map.tif", found), write(tmp_path / "truth.tif", truth))
    names = dict(enumerate(NAMES))
    other = np.array([30, 10, 0, 20, *[255] * 252], np.uint8)[np.minimum(truth, 4)]
    renamed = {30: NAMES[0].upper(), 10: NAMES[1], 0: NAMES[2], 20: NAMES[3]}
    judged = evaluate(write(tmp_path / "m.tif", found, names), write(tmp_path / "t.tif", other, renamed))
    assert judged["confusion"] == plain["confusion"]
    assert judged["classes"] == list(NAMES)


def test_a_class_that_the_map_does_not_know_counts_as_wrong_and_is_said(tmp_path):
    truth = np.zeros((10, 10), np.uint8)
    truth[:3] = 7
    found = np.zeros((10, 10), np.uint8)
    map_of = write(tmp_path / "map.tif", found, {0: "meadow", 1: "lake"})
    truth_of = write(tmp_path / "truth.tif", truth, {0: "meadow", 7: "glacier"})
    judged = evaluate(map_of, truth_of)
    assert judged["overall_accuracy"] == pytest.approx(0.7)
    assert judged["per_class"]["glacier"]["recall"] == 0
    assert any("knows no class glacier" in text for text in judged["warnings"])
    assert evaluate(map_of, truth_of, ignore=[7])["overall_accuracy"] == 1


def test_ignored_classes_are_not_in_the_means_but_taking_something_for_them_is_wrong(maps, tmp_path):
    truth, found = maps
    files = write(tmp_path / "map.tif", found), write(tmp_path / "truth.tif", truth)
    judged = evaluate(*files, ignore=[0, 3])
    both = (truth != 255) & (found != 255) & (truth != 0) & (truth != 3)
    one, other = truth[both], found[both]
    kept = {"labels": [1, 2], "average": "macro"}
    assert judged["overall_accuracy"] == pytest.approx(accuracy_score(one, other))
    assert judged["macro_f1"] == pytest.approx(f1_score(one, other, **kept))
    assert judged["miou"] == pytest.approx(jaccard_score(one, other, **kept))
    assert judged["per_class"]["0"] == {"precision": None, "recall": None, "f1": None, "iou": None, "support": 0}
    assert judged["ignored"] == ["0", "3"] and judged["pixels"] == both.sum()
    # The matrix still says for what they were taken.
    assert judged["classes"] == ["1", "2", "0", "3"]
    assert judged["confusion"] == confusion_matrix(one, other, labels=[1, 2, 0, 3]).tolist()
    assert evaluate(*files, ignore=[7])["ignored"] == []


def test_a_class_is_ignored_only_with_all_of_its_values(tmp_path):
    truth = np.repeat(np.arange(4, dtype=np.uint8), 4)[:, None].repeat(4, 1)
    names = {0: "meadow", 1: "lake", 2: "Meadow", 3: "moor"}
    found = np.where(truth == 2, 0, truth)
    files = write(tmp_path / "m.tif", found, dict(list(names.items())[:2])), write(tmp_path / "t.tif", truth, names)
    judged = evaluate(*files, ignore=[0, 3])
    assert judged["ignored"] == [] and judged["per_class"]["meadow"]["support"] == 16
    judged = evaluate(*files, ignore=[0, 2, 3])
    assert judged["classes"] == ["lake"] and judged["macro_f1"] == 1


def test_polygons_of_one_class_are_a_truth(tmp_path):
    classes = plots.ground()
    path = write(tmp_path / "map.tif", classes, dict(enumerate(NAMES)))
    layer = geopandas.read_file(write_polygons(tmp_path / "all.gpkg", classes))
    layer[layer["class"] == NAMES[1]].to_file(tmp_path / "one.gpkg", driver="GPKG")
    judged = evaluate(path, str(tmp_path / "one.gpkg"), class_field="class")
    assert judged["confusion"] == [[1200]] and judged["classes"] == [NAMES[1]]
    # Others lie beside the map.
    layer.loc[layer["class"] != NAMES[1], "geometry"] = shapely.box(0, 0, 1, 1)
    layer.to_file(tmp_path / "beside.gpkg", driver="GPKG")
    judged = evaluate(path, str(tmp_path / "beside.gpkg"), class_field="class")
    assert judged["overall_accuracy"] == 1 and judged["pixels"] == 1200
    (warning,) = judged["warnings"]
    assert warning.startswith("9 polygons of") and "outside the image" in warning


@pytest.mark.parametrize("field", ["code", "class"])
def test_ignored_values_of_polygons_are_those_of_the_map(tmp_path, field):
    classes = plots.ground()
    path = write(tmp_path / "map.tif", classes + 3, {index + 3: name for index, name in enumerate(NAMES)})
    layer = geopandas.read_file(write_polygons(tmp_path / "names.gpkg", classes))
    layer["code"] = layer["class"].map({name: index + 3 for index, name in enumerate(NAMES)})
    layer.to_file(tmp_path / "codes.gpkg", driver="GPKG")
    judged = evaluate(path, str(tmp_path / "codes.gpkg"), class_field=field, ignore=[3, 4])
    assert judged["classes"] == list(NAMES[2:]) and judged["overall_accuracy"] == 1


def test_polygons_that_hold_the_values_of_a_map_without_names(tmp_path):
    classes = plots.ground()
    path = write(tmp_path / "map.tif", classes + 1)
    layer = geopandas.read_file(write_polygons(tmp_path / "names.gpkg", classes))
    layer["code"] = layer["class"].map({name: index + 1 for index, name in enumerate(NAMES)})
    layer.to_file(tmp_path / "codes.gpkg", driver="GPKG")
    judged = evaluate(path, str(tmp_path / "codes.gpkg"), class_field="code")
    assert judged["classes"] == ["1", "2", "3", "4"] and judged["overall_accuracy"] == 1


def test_polygons_in_another_crs(tmp_path):
    classes = plots.ground()
    found = classes.copy()
    found[:32, :32] = 3  # the first square: 20 x 20 labelled pixels are called water
    path = write(tmp_path / "map.tif", found, dict(enumerate(NAMES)))
    polygons = write_polygons(tmp_path / "truth.gpkg", classes, crs="EPSG:3035")
    judged = evaluate(path, str(polygons), class_field="class")
    expected = np.diag([1200] * 4)
    expected[0, 0], expected[0, 3] = 800, 400
    np.testing.assert_allclose(judged["confusion"], expected, atol=2)


def test_polygons_that_hold_the_values_of_the_map(tmp_path):
    classes = plots.ground()
    path = write(tmp_path / "map.tif", classes, dict(enumerate(NAMES)))
    layer = geopandas.read_file(write_polygons(tmp_path / "names.gpkg", classes))
    layer["code"] = layer["class"].map({name: index for index, name in enumerate(NAMES)})
    layer.to_file(tmp_path / "codes.gpkg", driver="GPKG")
    judged = evaluate(path, str(tmp_path / "codes.gpkg"), class_field="code")
    assert judged["overall_accuracy"] == 1 and judged["classes"] == list(NAMES)


def test_a_truth_of_other_pixels_is_compared_on_its_own(tmp_path):
    truth = np.repeat(np.arange(4, dtype=np.uint8), 8)[None].repeat(24, 0)
    coarse = write(tmp_path / "truth.tif", truth, transform=TRANSFORM @ rasterio.Affine.scale(4))
    fine = write(tmp_path / "map.tif", truth.repeat(4, 0).repeat(4, 1))
    judged = evaluate(fine, coarse)
    assert judged["pixels"] == truth.size and judged["overall_accuracy"] == 1


@pytest.mark.parametrize("case", ["elsewhere", "no class in common", "field missing", "not whole"])
def test_what_cannot_be_compared(tmp_path, case):
    values = plots.ground()
    path = write(tmp_path / "map.tif", values, dict(enumerate(NAMES)))
    if case == "elsewhere":
        far = rasterio.Affine.translation(100_000, 0) @ TRANSFORM
        truth, message, field = write(tmp_path / "truth.tif", values, transform=far), "share no pixel", None
    elif case == "no class in common":
        names = {index: f"c{index}" for index in range(4)}
        truth, message, field = write(tmp_path / "truth.tif", values, names), "give a truth with the same names", None
    elif case == "field missing":
        truth, message, field = str(write_polygons(tmp_path / "p.gpkg", values)), "name the field that holds", None
    else:
        truth, message, field = str(tmp_path / "truth.tif"), "no class map", None
        profile = {"crs": "EPSG:32633", "transform": TRANSFORM, "dtype": "float32", "count": 1}
        with rasterio.open(truth, "w", driver="GTiff", height=96, width=128, **profile) as file:
            file.write(values.astype(np.float32) + 0.5, 1)
    with pytest.raises(InputError, match=message):
        evaluate(path, truth, class_field=field)


def test_the_command_prints_a_table_or_json(geofm, maps, tmp_path):
    truth, found = maps
    files = (
        "--prediction", write(tmp_path / "map.tif", found, dict(enumerate(NAMES))),
        "--truth", write(tmp_path / "truth.tif", truth, dict(enumerate(NAMES))),
    )  # fmt: skip
    table = geofm("evaluate", "segmentation", *files)
    assert table.status == 0 and all(name in table.out for name in NAMES) and "overall accuracy" in table.out
    *_, judged = geofm("evaluate", "segmentation", *files, "--json").lines
    assert judged["event"] == "result"
    assert judged["overall_accuracy"] == pytest.approx((truth == found)[(truth != 255) & (found != 255)].mean())


def test_polygons_outside_the_map(tmp_path):
    path = write(tmp_path / "map.tif", plots.ground())
    frame = geopandas.GeoDataFrame({"class": ["a", "b"]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs="EPSG:4326")
    frame.to_file(tmp_path / "far.gpkg", driver="GPKG")
    with pytest.raises(InputError, match="lies on the image"):
        evaluate(path, str(tmp_path / "far.gpkg"), class_field="class")
