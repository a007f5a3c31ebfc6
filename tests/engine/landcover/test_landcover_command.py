"""`geofm landcover`: what lies in the folder afterwards, and what it says where it cannot map."""

from __future__ import annotations

import geopandas
import numpy as np
import plots
import pytest
import rasterio
from command import tree
from plots import NAMES, ground, nearest_mean, pixels, report_of, write_image

from engine.models.store import write_model


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "s2.tif", pixels(ground()))


@pytest.fixture
def model(tmp_path):
    nearest_mean(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def landcover(geofm, image, model, tmp_path):
    """Runs the command."""

    def run(*words, source=image, by=model, out=tmp_path / "map"):
        return geofm("landcover", "--image", source, "--model", by, "--out", out, *words)

    return run


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_without_wishes_there_are_a_map_and_a_report(landcover, tmp_path):
    done = landcover()
    assert done.status == 0, done.err
    assert names_in(tmp_path / "map") == {"landcover.tif", "report.json"}
    rows = {line[:24].strip(): line.split()[-1] for line in done.out.splitlines()[1:5]}
    assert set(rows) == set(NAMES) and "25.0%" in rows.values()


def test_all_wishes(landcover, tmp_path):
    done = landcover("--polygons", "--confidence", "--probabilities", "--json", "--name", "Test map")
    result = done.lines[-1]
    assert [(item["name"], item["kind"], item["style"]) for item in result["outputs"]] == [
        ("Land cover polygons", "vector", "landcover_polygons"),
        ("Land cover", "raster", None),
        ("Confidence (%)", "raster", "confidence"),
        ("Class probabilities (%)", "raster", "probabilities"),
        ("Land cover report", "table", None),
    ]
    assert result["group"] == "Test map"
    layer = geopandas.read_file(tmp_path / "map" / "landcover.gpkg")
    with rasterio.open(tmp_path / "map" / "landcover.tif") as raster:
        found = raster.read(1)
    for index, name in enumerate(NAMES):
        area = result["summary"]["areas"][name]
        assert area["pixels"] == (found == 10 * index).sum()
        assert area["ha"] == pytest.approx(100 * area["km2"], abs=1e-3)
        assert layer[layer["class"] == name]["area_ha"].sum() == pytest.approx(area["ha"], rel=1e-3)
    assert sum(item["share"] for item in result["summary"]["areas"].values()) == pytest.approx(1, abs=1e-4)
    assert result["summary"]["classes"][1] == {"id": 10, "name": NAMES[1], "color": plots.COLORS[1]}


def test_an_earlier_run_leaves_nothing_that_is_not_asked_for_again(landcover, tmp_path):
    assert landcover("--polygons", "--confidence").status == 0
    (tmp_path / "map" / "own.gpkg").write_bytes(b"of the user")
    assert landcover("--confidence").status == 0
    assert names_in(tmp_path / "map") == {"landcover.tif", "report.json", "confidence.tif", "own.gpkg"}


def test_bands_apart_and_tiles_side_by_side(landcover, tmp_path):
    values = pixels(ground())
    apart = [
        write_image(tmp_path / f"T33_{name}.tif", values[index : index + 1], (name,))
        for index, name in enumerate(plots.BANDS)
    ]
    done = landcover(source=",".join(map(str, apart)), out=tmp_path / "apart")
    assert done.status == 0, done.err
    assert landcover(out=tmp_path / "one").status == 0
    maps = []
    for name in ("apart", "one"):
        with rasterio.open(tmp_path / name / "landcover.tif") as raster:
            maps.append(raster.read(1))
    np.testing.assert_array_equal(*maps)


def test_turned_views_change_little(landcover, tmp_path):
    assert landcover("--augment", out=tmp_path / "turned").status == 0
    with rasterio.open(tmp_path / "turned" / "landcover.tif") as raster:
        assert (raster.read(1) == 10 * ground()).mean() > 0.99


def test_degrees_and_web_mercator_have_true_areas(landcover, tmp_path):
    """A square of 960 m at 60 degrees north in EPSG:3857, where a metre of the map is half a metre on the ground."""
    transform = rasterio.Affine(20, 0, 1_000_000, 0, -20, 8_399_737.89)
    values = pixels(np.zeros((96, 96), np.uint8))
    source = write_image(tmp_path / "mercator.tif", values, crs="EPSG:3857", transform=transform)
    assert landcover(source=source).status == 0
    areas = report_of(tmp_path / "map")["areas"]
    assert areas["field"]["ha"] == pytest.approx((96 * 10) ** 2 / 1e4, rel=0.01)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"by": "meadows"}, "meadows"),
        ({"source": "none.tif"}, "none.tif does not exist"),
        ({"extra": ("--aoi", "50,50,51,51")}, "AOI"),
        ({"extra": ("--bands", "B02,B03")}, "2 bands are named"),
    ],
)
def test_what_cannot_be_mapped(landcover, tmp_path, words, message):
    before = tree(tmp_path)
    done = landcover(*words.pop("extra", ()), **words)
    assert (done.status, done.out, len(done.err.splitlines())) == (1, "", 1), done.err
    assert message in done.err
    assert tree(tmp_path) == before


def test_an_encoder_makes_no_map(landcover, tmp_path):
    import torch
    from model_cards import make_card
    from safetensors.torch import save  # noqa: F401 - torch is there, then

    card = make_card(task="encoder", architecture="timm", parameters={"encoder": "resnet18"}, classes=())
    write_model(tmp_path / "encoder", card, tensors={"weight": torch.zeros(1)})
    done = landcover(by=tmp_path / "encoder")
    assert done.status == 1 and "makes no maps" in done.err
    assert not (tmp_path / "map").exists()


def test_a_damaged_model_is_refused(landcover, model, tmp_path):
    weights = model / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-10])
    done = landcover()
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert str(weights) in done.err and not (tmp_path / "map").exists()


def test_the_disk_fills_up(landcover, tiny_disk, tmp_path):
    from disks import fill

    ballast = fill(tiny_disk, 12 * 1024)
    done = landcover("--probabilities", "--polygons", out=tiny_disk / "map")
    assert (done.status, done.out) == (1, "")
    assert "the disk is full" in done.err
    assert list(tiny_disk.iterdir()) == [ballast]
