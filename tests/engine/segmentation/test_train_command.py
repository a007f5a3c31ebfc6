"""`geofm train` as a newcomer uses it: polygons in another CRS than the image, Quick, then a map and its evaluation."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pandas
import pytest
import rasterio
import shapely
from command import tree
from plots import NAMES, TRANSFORM, ground, pixels, report_of, write_image, write_polygons
from sklearn.metrics import confusion_matrix

from engine.cards.card import read_card
from engine.cards.colours import colours_for
from engine.models.store import read_golden
from engine.segmentation.errors_layer import FIELDS

SIDE = 256


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return write_image(tmp_path_factory.mktemp("image") / "s2.tif", pixels(ground(SIDE, SIDE), noise=0.015))


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return write_polygons(tmp_path_factory.mktemp("labels") / "polygons.gpkg", ground(SIDE, SIDE))


@pytest.fixture
def train(geofm, image, labels, tmp_path):
    """Runs the command on the image and the polygons, or on others."""

    def run(*words, images=(image,), layer=labels, field="class", out=tmp_path / "model"):
        named = [word for path in images for word in ("--image", path)]
        return geofm("train", *named, "--labels", layer, "--class-field", field, "--out", out, *words)

    return run


def changed(labels, path, change):
    """The polygons, altered, in a file of their own."""
    frame = geopandas.read_file(labels)
    frame = change(frame)
    frame.to_file(path, driver="GPKG")
    return path


def test_from_polygons_to_a_judged_map(train, geofm, image, labels, tmp_path):
    done = train()
    assert done.status == 0, done.err
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert names == {"card.json", "model.onnx", "golden.safetensors", "report.json", "errors.gpkg"}
    assert {path.name for path in tmp_path.iterdir()} == {"model"}
    assert geofm("landcover", "--image", image, "--model", tmp_path / "model", "--out", tmp_path / "map").status == 0
    with rasterio.open(tmp_path / "map" / "landcover.tif") as raster:
        found = raster.read(1)
    assert (found == ground(SIDE, SIDE)).mean() > 0.95  # seams between the squares are hard
    words = ("--truth", labels, "--class-field", "class", "--json")
    done = geofm("evaluate", "segmentation", "--prediction", tmp_path / "map" / "landcover.tif", *words)
    *_, judged = done.lines
    assert judged["overall_accuracy"] > 0.99 and judged["classes"] == list(NAMES)


def test_the_card_and_the_report_tell_what_was_done(train, image, labels, tmp_path):
    done = train("--json", "--name", "Four classes", "--seed", 3)
    result = done.lines[-1]
    card, summary = read_card(tmp_path / "model"), result["summary"]
    assert [(item.value, item.name) for item in card.classes] == list(enumerate(NAMES))
    assert (card.title, card.task, card.architecture) == ("Four classes", "segmentation", "forest")
    assert card.gsd_m == pytest.approx(10, rel=1e-3)
    assert [band.name for band in card.bands] == ["B02", "B03", "B04", "B08"]
    assert card.training["labels"] == labels.name and card.training["seed"] == 3
    assert summary["metrics"] == card.metrics
    assert report_of(tmp_path / "model") == json.loads(json.dumps(summary))
    classes = {item["name"]: item for item in summary["classes"]}
    assert {item["polygons"] for item in classes.values()} == {16}
    # Between both sides some labels are left out; no pixel is on both.
    for index, item in enumerate(classes.values()):
        assert item["pixels"] > 0 and item["validation_pixels"] == sum(summary["confusion"][index])
        assert item["pixels"] + item["validation_pixels"] <= 16 * 400
    outputs = {output["name"]: output for output in result["outputs"]}
    assert {name: (item["kind"], item["style"]) for name, item in outputs.items()} == {
        "Four classes": ("model", None),
        "Validation errors": ("vector", "errors"),
        "Training report": ("table", None),
    }


def test_the_golden_output_is_what_the_model_gives(train, tmp_path):
    assert train().status == 0
    from engine.models.onnx_library import onnxruntime

    given, expected = read_golden(tmp_path / "model", read_card(tmp_path / "model"))
    session = onnxruntime().InferenceSession(tmp_path / "model" / "model.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input": given})
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_the_errors_are_the_confusions_of_validation(train, labels, tmp_path):
    """With a fifth of the polygons called something else, there are some."""
    others = np.random.default_rng(4).permutation(64)[:13]

    def change(frame):
        frame.loc[others, "class"] = frame.loc[others, "class"].map(
            dict(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))
        )
        return frame

    done = train("--json", layer=changed(labels, tmp_path / "wrong.gpkg", change))
    confusion = np.array(done.lines[-1]["summary"]["confusion"])
    layer = geopandas.read_file(tmp_path / "model" / "errors.gpkg", layer="errors")
    assert [name for name in layer.columns if name != "geometry"] == list(FIELDS)
    assert layer.crs == "EPSG:32633" and len(layer) > 0
    counted = np.zeros_like(confusion)
    np.add.at(counted, (layer["truth_id"], layer["predicted_id"]), np.rint(layer["area_ha"] / 0.01).astype(int))
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    # A pixel has an area of 0.01 ha, but for the scale of the projection.
    np.testing.assert_allclose(counted, wrong, atol=1, rtol=0.02)
    names = np.array(NAMES)
    assert list(layer["truth"]) == list(names[layer["truth_id"]])
    assert list(layer["predicted"]) == list(names[layer["predicted_id"]])


def test_validation_is_of_ground_that_was_not_learned_from(train, tmp_path, labels):
    """Polygons that differ in brightness and are called what chance says: by heart 1.0, of others 0.5."""
    source = np.random.default_rng(8)
    brightness = source.uniform(500, 4000, (SIDE // 32, SIDE // 32)).repeat(32, 0).repeat(32, 1)
    values = (brightness + source.normal(0, 3, (4, SIDE, SIDE))).astype(np.uint16)
    image = write_image(tmp_path / "chance.tif", values)

    def by_chance(frame):
        return frame.assign(**{"class": source.permutation(["one", "other"] * (len(frame) // 2))})

    layer = changed(labels, tmp_path / "chance.gpkg", by_chance)
    done = train("--json", images=(image,), layer=layer)
    assert done.lines[-1]["summary"]["metrics"]["overall_accuracy"] < 0.8


def test_the_metrics_are_those_of_the_confusion_matrix(train):
    summary = train("--json").lines[-1]["summary"]
    confusion = np.array(summary["confusion"])
    truth, found = (np.repeat(axis.ravel(), confusion.ravel()) for axis in np.indices(confusion.shape))
    np.testing.assert_array_equal(confusion_matrix(truth, found, labels=range(4)), confusion)
    assert summary["metrics"]["overall_accuracy"] == pytest.approx((truth == found).mean())
    assert summary["metrics"]["baseline_accuracy"] == pytest.approx(confusion.sum(axis=1).max() / confusion.sum())


def test_the_same_seed_gives_the_same_model(train, tmp_path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        assert train("--seed", seed, out=tmp_path / name).status == 0
    graphs = [(tmp_path / name / "model.onnx").read_bytes() for name in ("one", "same", "other")]
    assert graphs[0] == graphs[1] != graphs[2]


def test_the_background_comes_first_and_colours_of_the_layer_stay(train, labels, tmp_path):
    def change(frame):
        frame["class"] = frame["class"].replace({"water": "background"})
        return frame.assign(color=frame["class"].map({"forest": "#012345"}))

    layer = changed(labels, tmp_path / "coloured.gpkg", change)
    assert train(layer=layer).status == 0
    classes = read_card(tmp_path / "model").classes
    assert [item.name for item in classes] == ["background", "field", "forest", "town"]
    assert classes[2].color == "#012345"


def test_colours_are_those_that_the_panel_shows(train, tmp_path):
    assert train().status == 0
    shown = colours_for(NAMES, [None] * len(NAMES))
    assert tuple(item.color for item in read_card(tmp_path / "model").classes) == shown


def test_several_images_of_which_one_has_its_bands_in_another_order(train, image, tmp_path):
    order = [3, 0, 2, 1]
    other = write_image(
        tmp_path / "other.tif",
        pixels(ground(SIDE, SIDE), seed=5, noise=0.015)[order],
        [("B02", "B03", "B04", "B08")[index] for index in order],
    )
    alone = train("--json", out=tmp_path / "alone").lines[-1]["summary"]
    both = train("--json", images=(image, other), out=tmp_path / "both").lines[-1]["summary"]
    assert [item["pixels"] for item in both["classes"]] == [2 * item["pixels"] for item in alone["classes"]]
    assert both["metrics"]["overall_accuracy"] > 0.97


def test_a_model_is_replaced_as_a_whole(train, tmp_path):
    assert train().status == 0
    before = read_card(tmp_path / "model").sha256
    (tmp_path / "model" / "left.txt").write_text("of the earlier one")
    assert train("--seed", 9).status == 0
    assert read_card(tmp_path / "model").sha256 != before
    assert not (tmp_path / "model" / "left.txt").exists()


def test_a_folder_with_something_else_is_not_replaced(train, tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"x")
    done = train(out=tmp_path / "holiday")
    assert (done.status, done.out) == (1, "")
    assert "is no model, so it is not replaced" in done.err
    assert tree(tmp_path) == {tmp_path / "holiday", tmp_path / "holiday" / "photo.jpg"}


def _lines(frame):
    return frame.set_geometry(frame.to_crs(32633).boundary)


def _twelve_at_a_time(frame):
    many = pandas.concat([frame] * 5, ignore_index=True)
    return many.assign(**{"class": [f"c{index}" for index in range(len(many))]})


REFUSED = {
    "one class": (lambda frame: frame.assign(**{"class": "meadow"}), "one class alone (meadow)"),
    "nothing": (
        lambda frame: frame.assign(**{"class": None}).astype({"class": "str"}).iloc[:0],
        "holds no feature with a shape and a value",
    ),
    "too many": (_twelve_at_a_time, "more than 254 classes"),
    "elsewhere": (lambda frame: frame.set_geometry(frame.translate(5, 0)), "lies on the image"),
    "lines": (_lines, "(--buffer-m)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_labels_that_cannot_be_learned_from(train, labels, tmp_path, case):
    change, words = REFUSED[case]
    layer = changed(labels, tmp_path / "layer.gpkg", change)
    before = tree(tmp_path)
    done = train(layer=layer)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert words in done.err
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--bands", "B02,B03"), "2 bands are named"),
        (("--preset", "balanced", "--encoder", "nobody"), "The encoder nobody is not installed"),
        (("--network", "unet"), "network is for the preset best"),
        (("--encoder", "galileo-nano"), "encoder is for the presets balanced and best; leave it out with quick"),
        (("--epochs", "3"), "epochs is for the presets balanced and best; leave it out with quick"),
    ],
)
def test_a_request_that_does_not_fit(train, tmp_path, words, message):
    done = train(*words)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert message in done.err
    assert tree(tmp_path) == set()


def test_a_field_that_is_not_there_is_named_with_those_that_are(train):
    done = train(field="Klasse")
    assert done.status == 1
    assert "no field 'Klasse'" in done.err and "class" in done.err


def test_numbers_and_gaps_in_the_class_field(train, labels, tmp_path):
    def change(frame):
        numbers = frame["class"].map({name: 10 * index + 1 for index, name in enumerate(NAMES)}).astype("Int64")
        return frame.assign(**{"class": numbers.mask(frame.index == 0)})

    layer = changed(labels, tmp_path / "numbers.gpkg", change)
    done = train("--json", layer=layer)
    summary = done.lines[-1]["summary"]
    assert [item["name"] for item in summary["classes"]] == ["1", "11", "21", "31"]
    assert sum(item["polygons"] for item in summary["classes"]) == 63
    assert any("without a value in 'class'" in text for text in summary["warnings"])


def test_classes_with_few_polygons_are_said_not_to_be_validated(train, labels, tmp_path):
    layer = changed(labels, tmp_path / "few.gpkg", lambda frame: frame[(frame["class"] != "town") | (frame.index < 8)])
    summary = train("--json", layer=layer).lines[-1]["summary"]
    (town,) = (item for item in summary["classes"] if item["name"] == "town")
    assert town["polygons"] < 3 and town["pixels"] > 0 and town["validation_pixels"] == 0
    assert any("'town' has" in text and "too few to be validated" in text for text in summary["warnings"])
    assert summary["metrics"]["per_class"]["town"]["recall"] is None


def test_lines_are_widened(train, image, tmp_path):
    shapes, names = [], []
    for row in range(0, SIDE, 32):
        for column in range(0, SIDE, 32):
            ends = [TRANSFORM @ (column + place, row + 16) for place in (6, 26)]
            shapes.append(shapely.LineString(ends))
            names.append(NAMES[ground(SIDE, SIDE)[row, column]])
    lines = geopandas.GeoDataFrame({"class": names}, geometry=shapes, crs="EPSG:32633").to_crs("EPSG:3035")
    lines.to_file(tmp_path / "lines.gpkg", driver="GPKG")
    done = train("--buffer-m", 40, "--json", layer=tmp_path / "lines.gpkg")
    assert done.status == 0, done.err
    assert done.lines[-1]["summary"]["metrics"]["overall_accuracy"] > 0.97


def test_without_room_nothing_is_left(train, tiny_disk):
    from disks import fill

    ballast = fill(tiny_disk, 16 * 1024)
    done = train(out=tiny_disk / "model")
    assert (done.status, done.out) == (1, "")
    assert "the disk is full; free some space" in done.err
    assert list(tiny_disk.iterdir()) == [ballast]


def test_maps_hold_the_codes_of_the_labels(train, geofm, image, labels, tmp_path):
    """As the field says them: a legend of codes fits the map, and so does a truth that has the codes alone."""
    codes = dict(zip(NAMES, (40, 10, 0, 254), strict=True))
    layer = changed(labels, tmp_path / "codes.gpkg", lambda frame: frame.assign(code=frame["class"].map(codes)))
    assert train(layer=layer, field="code").status == 0
    card = read_card(tmp_path / "model")
    assert [(item.value, item.name) for item in card.classes] == [(0, "0"), (10, "10"), (40, "40"), (254, "254")]
    words = ("--image", image, "--model", tmp_path / "model", "--polygons", "--out", tmp_path / "map")
    assert geofm("landcover", *words).status == 0
    with rasterio.open(tmp_path / "map" / "landcover.tif") as raster:
        found = raster.read(1)
    truth = np.array([codes[name] for name in NAMES], np.uint8)[ground(SIDE, SIDE)]
    assert (found == truth).mean() > 0.95
    polygons = geopandas.read_file(tmp_path / "map" / "landcover.gpkg")
    assert (polygons["class_id"].astype(str) == polygons["class"]).all()
    areas = report_of(tmp_path / "map")["areas"]
    assert {name: area["class_id"] for name, area in areas.items() if name != "not observed"} == {
        str(code): code for code in codes.values()
    }
    write_image(tmp_path / "truth.tif", truth[None], bands=("truth",), nodata=None)
    words = ("--prediction", tmp_path / "map" / "landcover.tif", "--truth", tmp_path / "truth.tif", "--json")
    *_, judged = geofm("evaluate", "segmentation", *words).lines
    assert judged["overall_accuracy"] == pytest.approx((found == truth).mean()) and judged["warnings"] == []


def test_errors_have_the_codes_of_the_map(train, labels, tmp_path):
    codes = dict(zip(NAMES, (40, 10, 20, 30), strict=True))
    others = np.random.default_rng(4).permutation(64)[:13]

    def change(frame):
        frame["code"] = frame["class"].map(codes)
        frame.loc[others, "code"] = 10
        return frame

    assert train(layer=changed(labels, tmp_path / "wrong.gpkg", change), field="code").status == 0
    layer = geopandas.read_file(tmp_path / "model" / "errors.gpkg", layer="errors")
    assert len(layer) and (layer["truth_id"].astype(str) == layer["truth"]).all()
    assert (layer["predicted_id"].astype(str) == layer["predicted"]).all()


def test_a_class_that_was_observed_nowhere_is_left_out(train, tmp_path, labels):
    classes = ground(SIDE, SIDE)
    values = pixels(classes, noise=0.015)
    values[:, classes == NAMES.index("water")] = 0  # nodata
    hidden = write_image(tmp_path / "hidden.tif", values)
    done = train("--json", images=(hidden,), layer=labels)
    summary = done.lines[-1]["summary"]
    assert [item["name"] for item in summary["classes"]] == list(NAMES[:3])
    assert [item.name for item in read_card(tmp_path / "model").classes] == list(NAMES[:3])
    assert "Class 'water' is left out: nothing was observed on its 6400 pixels." in summary["warnings"]


def test_a_class_without_ground_of_its_own_is_left_out(train, labels, tmp_path):
    """The well's polygons lie in pixels whose centres lie in others, or on top of them."""

    def change(frame):
        twin = frame[frame["class"] == "town"].assign(**{"class": "city"})
        return pandas.concat([frame, twin])

    done = train("--json", layer=changed(labels, tmp_path / "twins.gpkg", change))
    assert done.status == 0, done.err
    summary = done.lines[-1]["summary"]
    assert [item["name"] for item in summary["classes"]] == ["field", "forest", "water"]
    for name in ("town", "city"):
        assert f"Class '{name}' is left out: polygons of other classes lie on all of its pixels." in summary["warnings"]


def test_counts_are_of_observed_pixels(train, tmp_path, labels):
    values = pixels(ground(SIDE, SIDE), noise=0.015)
    values[:, :, : SIDE // 2] = 0
    done = train("--json", images=(write_image(tmp_path / "half.tif", values),))
    summary = done.lines[-1]["summary"]
    for index, item in enumerate(summary["classes"]):
        assert item["pixels"] + item["validation_pixels"] <= 8 * 400
        assert item["validation_pixels"] == sum(summary["confusion"][index]) > 0


def test_one_class_with_pixels_is_not_enough(train, tmp_path, labels):
    values = pixels(ground(SIDE, SIDE))
    values[:, ground(SIDE, SIDE) > 0] = 0
    done = train(images=(write_image(tmp_path / "hidden.tif", values),))
    assert done.status == 1 and "give fewer than two classes to learn" in done.err
    assert "Class 'water' is left out: nothing was observed on its 6400 pixels." in done.err


def test_polygons_below_a_pixel_teach_their_class(train, tmp_path, labels):
    def change(frame):
        frame = frame.to_crs(32633)
        inner = frame.geometry.centroid
        lakes = frame["class"] == "water"
        frame.loc[lakes, "geometry"] = shapely.box(*(inner[lakes].get_coordinates().to_numpy() + 6).T,
                                                   *(inner[lakes].get_coordinates().to_numpy() + 9).T)  # fmt: skip
        return frame

    done = train("--json", layer=changed(labels, tmp_path / "small.gpkg", change))
    item = done.lines[-1]["summary"]["classes"][3]
    assert item["name"] == "water" and item["pixels"] + item["validation_pixels"] >= 8


def test_dissolved_polygons_are_validated_as_single_ones(train, tmp_path, labels):
    dissolved = changed(labels, tmp_path / "many.gpkg", lambda frame: frame.dissolve("class").reset_index())
    found = [
        train("--json", layer=layer, out=tmp_path / layer.stem).lines[-1]["summary"] for layer in (labels, dissolved)
    ]
    assert [item["polygons"] for item in found[1]["classes"]] == [16] * 4
    assert found[1]["metrics"] == found[0]["metrics"] and found[1]["warnings"] == found[0]["warnings"]


def test_the_table_tells_how_many_pixels_were_validated(train, tmp_path):
    done = train()
    heads, *rows = done.out.splitlines()
    assert heads.split()[:4] == ["class", "polygons", "pixels", "validated"]
    told = {item["name"]: item["validation_pixels"] for item in report_of(tmp_path / "model")["classes"]}
    assert {row.split()[0]: int(row.split()[3]) for row in rows[:4]} == told


def test_a_field_that_holds_lists_is_refused(train, labels, tmp_path):
    frame = geopandas.read_file(labels)
    frame["codes"] = [[index, index + 1] for index in range(len(frame))]
    path = tmp_path / "lists.geojson"
    path.write_text(frame.to_crs(4326).to_json())
    done = train(layer=path, field="codes")
    assert done.status == 1 and "Traceback" not in done.err
    assert "Field 'codes' of" in done.err and "holds lists; choose a field" in done.err
