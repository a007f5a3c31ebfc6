"""Networks that compare dates learn from a user's images before and after a flood."""

from __future__ import annotations

import numpy as np
import practice_landcover
import pytest
import rasterio
from plots import write_flood_polygons

from engine.cards.card import read_card
from engine.errors import InputError
from engine.jobs.requests.networks import PRESETS
from engine.models.segmenter import load_segmenter
from engine.raster.dates import open_dates
from engine.raster.image import order_for
from engine.segmentation import networks


@pytest.fixture(scope="module")
def polygons(small_scene, tmp_path_factory):
    return write_flood_polygons(tmp_path_factory.mktemp("labels") / "floods.gpkg", small_scene / "flood_truth.tif")


@pytest.fixture
def train(geofm, small_scene, polygons, tmp_path, monkeypatch):
    """`geofm train` in small steps, on images of so many dates."""
    monkeypatch.setitem(PRESETS, "best", practice_landcover.PRESET)
    monkeypatch.setattr(networks, "threads", lambda: 1)

    def run(network, *words, dates=("post", "pre1")):
        named = [
            word
            for name, date in zip(("--image", "--pre", "--pre"), dates, strict=False)
            for word in (name, small_scene / f"{date}.tif")
        ]
        layers = ("--labels", polygons, "--class-field", "class", "--preset", "best", "--device", "cpu")
        chosen = ("--network", network) if network else ()
        return geofm("train", *named, *layers, *chosen, "--out", tmp_path / "model", *words)

    return run


def test_a_change_network_learns_from_pairs_and_says_so_on_its_card(train, small_scene, tmp_path):
    done = train("fc-siam-diff", "--epochs", 1)
    assert done.status == 0, done.err
    card = read_card(tmp_path / "model")
    assert [(band.name, band.date) for band in card.bands] == [("VV", 0), ("VH", 0), ("VV", 1), ("VH", 1)]
    assert card.parameters == {"network": "fc-siam-diff", "channels": [[0, 1], [2, 3]], "classes": 3}
    # One scaling for all dates: what changed between them stays.
    assert card.bands[0].mean == card.bands[2].mean and card.bands[1].std == card.bands[3].std
    segmenter = load_segmenter(tmp_path / "model", device="cpu")
    files = [(str(small_scene / f"{date}.tif"),) for date in ("post", "pre1")]
    with open_dates(files) as image:
        tiles = image.read(image.grid.window(0, 0, 64, 64), order_for(image, card))[None]
    assert segmenter.probabilities(tiles).shape == (1, 3, 64, 64)
    with open_dates(files[:1]) as image, pytest.raises(InputError, match="compares images of 2 dates, and one image"):
        order_for(image, card)


def test_a_training_begins_with_the_flood_model_that_comes_along(train, small_scene, tmp_path):
    done = train(None, "--encoder", "geofm-flood-pair", "--epochs", 1)
    assert done.status == 0, done.err
    card = read_card(tmp_path / "model")
    assert card.architecture == "narrow-unet" and card.training["encoder"] == "geofm-flood-pair"
    # An epoch of a few small steps from chance would not know water at all.
    files = [(str(small_scene / f"{date}.tif"),) for date in ("post", "pre1")]
    with open_dates(files) as image:
        tiles = image.read(image.grid.window(0, 0, 128, 128), order_for(image, card))[None]
    with rasterio.open(small_scene / "flood_truth.tif") as file:
        truth = file.read(1)[:128, :128]
    found = load_segmenter(tmp_path / "model", device="cpu").probabilities(tiles)[0].argmax(axis=0)
    names = [item.name for item in card.classes]
    assert (
        np.isin(found, [place for place, name in enumerate(names) if "water" in name or "flood" in name]) == (truth > 0)
    ).mean() > 0.9
    assert train(None, "--encoder", "geofm-flood-pair", dates=("post",)).status == 1


def test_three_dates_are_more_bands_to_a_network_that_has_no_dates(train, tmp_path):
    small = ("--encoder", "tu-tf_mobilenetv3_small_minimal_100", "--epochs", 1)
    done = train("fpn", *small, dates=("post", "pre1", "pre2"))
    assert done.status == 0, done.err
    assert [band.date for band in read_card(tmp_path / "model").bands] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("network", "dates", "told"),
    [
        ("bit", ("post",), "The network bit compares images of 2 dates; give those before, too."),
        ("snunet", ("post", "pre1", "pre2"), "images of 3 dates, more than the network takes; leave out the oldest."),
        ("snunet", ("pre1", "post"), "give the newest image first"),
    ],
)
def test_a_wrong_number_or_order_of_dates_is_told_in_a_sentence(train, network, dates, told):
    done = train(network, "--epochs", 1, dates=dates)
    assert done.status == 1 and told in done.err and len(done.err.strip().splitlines()) == 1


def test_an_older_image_follows_one(geofm):
    done = geofm(
        "train", "--pre", "a.tif", "--image", "b.tif", "--labels", "c.gpkg", "--class-field", "d", "--out", "e"
    )
    assert done.status == 2 and "--pre follows the --image that it is older than" in done.err
