"""The task `train` with networks: curves, cancel and resume, stop, frozen encoders, and what the model then is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import torch
from model_cards import make_card
from plots import NAMES, ground, nearest_mean, pixels, report_of, write_image, write_polygons
from safetensors.torch import load_file
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from engine.cards.card import BandSpec, read_card
from engine.cards.classes import NODATA
from engine.errors import Cancelled, InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import LandcoverRequest, TrainRequest
from engine.jobs.requests.networks import PRESETS, Tiling
from engine.landcover.mapping import map_landcover
from engine.models.architectures import build
from engine.models.architectures.galileo import BANDS as GALILEO_BANDS
from engine.models.architectures.galileo import band_specs
from engine.models.segmenter import load_segmenter
from engine.models.store import read_golden, write_model
from engine.segmentation import networks
from engine.segmentation.features import most_sums
from engine.segmentation.training import train
from engine.training.sampling import Window

pytestmark = pytest.mark.filterwarnings("ignore:.*legacy.*:UserWarning")

ENCODER = "tu-tf_mobilenetv3_small_minimal_100"
SIDE = 128
GALILEO = {"embedding_size": 32, "depth": 1, "heads": 2, "mlp_ratio": 2, "patch": 8, "timesteps": 24}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An image and polygons."""
    folder = tmp_path_factory.mktemp("place")
    write_image(folder / "s2.tif", pixels(ground(SIDE, SIDE), noise=0.015))
    write_polygons(folder / "polygons.gpkg", ground(SIDE, SIDE))
    return folder


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Small chips, and few of them."""
    small = Tiling(64, 16, 4)
    for name in ("balanced", "best"):
        preset = replace(PRESETS[name], chip=32, batch=4, least_steps=2, tiling=small, judging=small)
        patch.setitem(PRESETS, name, preset)
    patch.setattr(networks, "MOST_JUDGED", 3)
    patch.setattr(networks, "threads", lambda: 1)  # two wait for each other where other programs run, too


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    shorten(monkeypatch)


class Watched(QuietReport):
    """Remembers what it is told; cancels at a look, or wants an end after an epoch."""

    def __init__(self, checkpoints: Path, *, looks: int = 10**9, epochs: int = 10**9) -> None:
        super().__init__(checkpoints)
        checkpoints.mkdir(exist_ok=True)
        self.events, self.left, self.epochs, self.looks = [], looks, epochs, 0

    def send(self, event):
        self.events.append(event)

    def check_cancelled(self):
        self.looks += 1
        if self.looks > self.left:
            raise Cancelled("Cancelled.")

    def stop_wanted(self):
        return len(self.curve("loss")) >= self.epochs

    def curve(self, name):
        return {event["step"]: event["value"] for event in self.events if event.get("name") == name}

    @property
    def messages(self):
        return [event["text"] for event in self.events if event["event"] == "message"]


def request_of(place: Path, out: Path, **fields) -> TrainRequest:
    values = {
        "images": ((str(place / "s2.tif"),),),
        "labels": str(place / "polygons.gpkg"),
        "class_field": "class",
        "preset": "best",
        "network": "fpn" if fields.get("preset", "best") == "best" else None,
        "encoder": ENCODER,
        "epochs": 3,
        "model": str(out),
        "report": str(out / "report.json"),
        "errors": str(out / "errors.gpkg"),
    }
    return TrainRequest(**{**values, **fields})


def weights_of(model: Path):
    return load_file(model / "weights.safetensors")


@pytest.fixture(scope="module")
def unbroken(place, tmp_path_factory):
    """A training that nobody disturbs, and what it said."""
    folder = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        report = Watched(folder / "working")
        result = train(request_of(place, folder / "model"), report)
    return folder / "model", report, result


def test_the_curves_have_a_point_for_each_epoch(unbroken):
    _, report, result = unbroken
    for name in ("loss", "validation loss", "validation F1"):
        assert list(report.curve(name)) == [1, 2, 3]
    best = report.curve("best epoch")
    assert max(best) == result.summary["best_epoch"]
    losses = report.curve("validation loss")
    scores = {epoch: f1 - networks.LOSS_SHARE * losses[epoch] for epoch, f1 in report.curve("validation F1").items()}
    assert best[max(best)] == pytest.approx(max(scores.values())) == pytest.approx(scores[max(best)])
    progress = [event for event in report.events if event["event"] == "progress"]
    assert progress[-1]["unit"] == "epochs" and progress[-1]["done"] == progress[-1]["total"] == 3


def test_the_model_is_whole_and_gives_its_golden_output(unbroken):
    model, _, _ = unbroken
    names = {path.name for path in model.iterdir()}
    assert names == {"card.json", "weights.safetensors", "golden.safetensors", "report.json", "errors.gpkg"}
    card = read_card(model)
    network = build(card.architecture, card.parameters)
    network.load_state_dict(weights_of(model))
    given, expected = read_golden(model, read_card(model))
    with torch.inference_mode():
        found = network.eval()(torch.from_numpy(given)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)
    segmenter = load_segmenter(model, device="cpu")
    assert (segmenter.tile, segmenter.overlap) == (card.tile, card.overlap)


def test_the_summary_is_that_of_the_card_and_of_the_report(unbroken):
    model, _, result = unbroken
    summary, card = result.summary, read_card(model)
    assert summary["metrics"] == card.metrics and summary["epochs"] == 3
    assert report_of(model) == json.loads(json.dumps(summary))
    assert [item["name"] for item in summary["classes"]] == list(NAMES)
    assert card.training["encoder"] == ENCODER and card.training["epochs"] == 3
    assert set(summary["seconds"]) == {"opening", "learning", "validation", "writing", "total"}


def test_it_maps(unbroken, place, tmp_path):
    model, _, _ = unbroken
    (tmp_path / "working").mkdir()
    request = LandcoverRequest((str(place / "s2.tif"),), str(model), map=str(tmp_path / "map.tif"))
    summary = map_landcover(request, QuietReport(tmp_path / "working")).summary
    assert sum(item["pixels"] for item in summary["areas"].values()) == SIDE**2


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_cancelled_and_resumed_it_is_the_same_model(unbroken, place, tmp_path, share):
    model, whole, _ = unbroken
    request = request_of(place, tmp_path / "model")
    with pytest.raises(Cancelled):
        train(request, Watched(tmp_path / "working", looks=round(whole.looks * share)))
    assert {path.name for path in tmp_path.iterdir()} == {"working"}
    again = Watched(tmp_path / "working")
    train(request, again)
    ours, theirs = weights_of(tmp_path / "model"), weights_of(model)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert len(again.curve("loss")) < 3 or share < 0.5  # it did not begin again
    assert read_card(tmp_path / "model").metrics == read_card(model).metrics


def test_a_checkpoint_of_other_labels_is_not_gone_on_with(unbroken, place, tmp_path):
    _, whole, _ = unbroken
    with pytest.raises(Cancelled):
        train(request_of(place, tmp_path / "model"), Watched(tmp_path / "working", looks=round(whole.looks * 0.8)))
    turned = np.rot90(ground(SIDE, SIDE)).copy()
    write_polygons(tmp_path / "others.gpkg", turned)
    request = request_of(place, tmp_path / "model", labels=str(tmp_path / "others.gpkg"), epochs=3)
    report = Watched(tmp_path / "working")
    train(request, report)
    assert list(report.curve("loss")) == [1, 2, 3]
    assert any("other settings or data" in text for text in report.messages)


def test_stop_keeps_the_best(place, tmp_path):
    report = Watched(tmp_path / "working", epochs=1)
    result = train(request_of(place, tmp_path / "model", epochs=50), report)
    assert result.summary["epochs"] <= 2 and result.summary["best_epoch"] >= 1
    assert (tmp_path / "model" / "card.json").is_file()


def galileo_encoder(folder: Path) -> Path:
    """One of random weights, small, as the shelf keeps it."""
    torch.manual_seed(3)
    network = build("galileo", GALILEO)
    card = make_card(
        name="small", title="Small Galileo", task="encoder", architecture="galileo", parameters=GALILEO,
        bands=band_specs(GALILEO_BANDS), classes=(), licence="MIT", attribution="somebody",
    )  # fmt: skip
    write_model(folder, card, tensors=network.state_dict())
    return folder


def test_balanced_on_galileo_leaves_the_encoder_as_it_is(place, tmp_path):
    encoder = galileo_encoder(tmp_path / "encoder")
    result = train(
        request_of(place, tmp_path / "model", preset="balanced", encoder=str(encoder), epochs=2),
        Watched(tmp_path / "working"),
    )
    card, before, after = read_card(tmp_path / "model"), weights_of(encoder), weights_of(tmp_path / "model")
    assert card.architecture == "galileo-segmenter"
    assert all(torch.equal(value, after[f"encoder.{name}"]) for name, value in before.items())
    assert card.training["encoder"] == "small" and card.training["encoder_licence"] == "MIT"
    assert card.training["encoder_sha256"] == read_card(encoder).sha256
    assert [band.name for band in card.bands] == ["B02", "B03", "B04", "B08"]
    assert result.summary["metrics"]["overall_accuracy"] is not None


def test_balanced_on_galileo_does_without_bands_that_it_does_not_know(place, tmp_path):
    encoder = galileo_encoder(tmp_path / "encoder")
    values = np.concatenate([pixels(ground(SIDE, SIDE)), np.full((1, SIDE, SIDE), 300, np.uint16)])
    image = write_image(tmp_path / "five.tif", values, ("B02", "B03", "B04", "B08", "B01"))
    fields = {"preset": "balanced", "encoder": str(encoder), "epochs": 1, "images": ((str(image),),)}
    result = train(request_of(place, tmp_path / "model", **fields), Watched(tmp_path / "working"))
    assert any("does not know B01" in text for text in result.summary["warnings"])
    assert [band.name for band in read_card(tmp_path / "model").bands] == ["B02", "B03", "B04", "B08"]


def test_balanced_on_an_image_network_leaves_its_running_means_too(place, tmp_path):
    import timm

    torch.manual_seed(4)
    encoder = timm.create_model("resnet18", pretrained=False, in_chans=3, num_classes=0)
    for name, value in encoder.named_buffers():
        if "running_mean" in name:
            value.uniform_(-0.1, 0.1)
    bands = tuple(BandSpec(name, "reflectance", 0.1, 0.05) for name in ("B04", "B03", "B02"))
    card = make_card(
        name="pictures", title="Pictures", task="encoder", architecture="timm",
        parameters={"encoder": "resnet18", "in_channels": 3}, bands=bands, classes=(),
    )  # fmt: skip
    write_model(tmp_path / "encoder", card, tensors=encoder.state_dict())
    fields = {"preset": "balanced", "encoder": str(tmp_path / "encoder"), "epochs": 1}
    train(request_of(place, tmp_path / "model", **fields), Watched(tmp_path / "working"))
    after = weights_of(tmp_path / "model")
    compared = 0
    for name, value in encoder.state_dict().items():
        if not name.startswith(("conv1", "fc")) and not name.endswith("num_batches_tracked"):
            assert torch.equal(value, after[f"model.encoder.{name}"]), name
            compared += 1
    assert compared > 90
    bands = {band.name: band for band in read_card(tmp_path / "model").bands}
    assert bands["B04"] == BandSpec("B04", "reflectance", 0.1, 0.05)  # as the encoder saw it
    assert bands["B08"].mean > 0.15  # by its own statistics


def test_without_ground_for_validation_it_says_so(place, tmp_path):
    write_polygons(tmp_path / "few.gpkg", ground(32, 128))  # one polygon a class
    request = request_of(place, tmp_path / "model", labels=str(tmp_path / "few.gpkg"), epochs=1)
    summary = train(request, Watched(tmp_path / "working")).summary
    assert summary["metrics"]["overall_accuracy"] is None
    assert any("No ground is left for validation" in text for text in summary["warnings"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"encoder": "nonsense"}, "cannot stand on the encoder 'nonsense'"),
        ({"encoder": "ssl4eo-resnet18-s2"}, "install it with 'geofm models install ssl4eo-resnet18-s2'"),
        ({"encoder": "ENCODER"}, "for segmentation and no encoder"),
    ],
)
def test_encoders_that_cannot_be_taken(place, tmp_path, fields, message):
    if fields["encoder"] == "ENCODER":
        nearest_mean(tmp_path / "map-model")
        fields = {"encoder": str(tmp_path / "map-model")}
    with pytest.raises(InputError, match=message):
        train(request_of(place, tmp_path / "model", **fields), Watched(tmp_path / "working"))
    assert not (tmp_path / "model").exists()


def test_networks_learn_no_class_that_was_not_observed_and_polygons_below_a_pixel(place, tmp_path):
    """Every preset leaves the one out, and learns the other."""
    values = pixels(ground(SIDE, SIDE), noise=0.015)
    values[:, ground(SIDE, SIDE) == NAMES.index("town")] = 0  # nodata
    write_image(tmp_path / "s2.tif", values)
    frame = geopandas.read_file(place / "polygons.gpkg").to_crs(32633)
    lakes = frame["class"] == "water"
    frame.loc[lakes, "geometry"] = frame.geometry[lakes].centroid.translate(2.5, 2.5).buffer(1)
    frame.to_file(tmp_path / "polygons.gpkg", driver="GPKG")
    result = train(request_of(tmp_path, tmp_path / "model", epochs=1), Watched(tmp_path / "working"))
    classes = {item["name"]: item for item in result.summary["classes"]}
    assert [*classes] == ["field", "forest", "water"] == [item.name for item in read_card(tmp_path / "model").classes]
    assert classes["water"]["polygons"] == 4 and classes["water"]["pixels"] >= 2
    assert any(text.startswith("Class 'town' is left out: nothing was observed") for text in result.summary["warnings"])


def test_quick_cancelled_leaves_nothing(place, tmp_path):
    request = request_of(place, tmp_path / "model", preset="quick", encoder=None, epochs=None)
    whole = Watched(tmp_path / "whole")
    train(request, whole)
    for share in (0.0, 0.5, 1.0):
        out = tmp_path / f"model{share}"
        again = request_of(place, out, preset="quick", encoder=None, epochs=None)
        with pytest.raises(Cancelled):
            train(again, Watched(tmp_path / "working", looks=max(round(whole.looks * share) - 1, 0)))
        assert not out.exists() and not list(tmp_path.glob(".*"))


def test_windows_with_patches_of_each_other_keep_pixels_and_labels_together():
    windows = []
    for number, (height, width) in enumerate([(40, 64), (64, 50), (64, 64)]):
        labels = np.random.default_rng(number).integers(4, size=(height, width)).astype(np.uint8)
        image = np.stack([labels + 10.0 * number, np.full(labels.shape, 7.0)]).astype(np.float32)
        windows.append(networks._Judged(None, image, labels))
    edged = networks._edged(windows, 0)
    for number, (own, new) in enumerate(zip(windows, edged, strict=True)):
        assert new.image.shape == own.image.shape
        sources, labels = np.divmod(new.image[0], 10)
        np.testing.assert_array_equal(labels, new.labels)
        assert set(np.unique(sources)) == {number, (number + 1) % 3}
        assert (new.image[1] == 7).all()
        assert (networks._edged(windows, 0)[number].image == new.image).all()


@pytest.mark.parametrize("preset", ["best", "balanced"])
def test_a_network_learns_on_the_contrasts_of_the_training_side(place, tmp_path, preset):
    """And they go with the model: the card says how many, the weights which."""
    encoder = str(galileo_encoder(tmp_path / "encoder")) if preset == "balanced" else ENCODER
    fields = {"preset": preset, "encoder": encoder, "epochs": 1}
    train(request_of(place, tmp_path / "model", **fields), Watched(tmp_path / "working"))
    card, weights = read_card(tmp_path / "model"), weights_of(tmp_path / "model")
    assert card.parameters["contrasts"] == most_sums(len(card.bands), len(card.classes))
    np.testing.assert_allclose(weights["contrasts.mean"].flatten(), [band.mean for band in card.bands], rtol=1e-6)
    sums = weights["contrasts.weights"][:, :, 0, 0].numpy()
    assert np.linalg.matrix_rank(sums) == min(sums.shape)
    assert not np.allclose(sums, np.eye(*sums.shape))


@pytest.mark.parametrize("sigma", [0.1, 2.0])
def test_a_network_begins_with_linear_discriminants_that_it_can_overrule(sigma):
    """Of the classes that are there; a verdict of few polygons, all alike, is held back."""
    source = np.random.default_rng(0)
    labels = source.choice([0, 1, 3, NODATA], size=(64, 64)).astype(np.uint8)
    image = source.normal(0, sigma, (4, 64, 64)) + source.normal(0, 1, (4, 256))[:, labels]
    specs = tuple(BandSpec(name, "db", 0.0, 1.0) for name in "abcd")
    network = build("smp", {"network": "unet", "encoder": "resnet18", "in_channels": 4, "classes": 5, "contrasts": 8})
    network.start(networks._start([Window(image.astype(np.float32), labels)], specs, 5))
    with torch.inference_mode():
        found = network.eval()(torch.from_numpy(image[np.newaxis].astype(np.float32)))[0].numpy()
    x, y = image[:, labels != NODATA].T, labels[labels != NODATA]
    known = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(3, 1 / 3)).fit(x, y)
    there = found[[0, 1, 3]][:, labels != NODATA]
    assert (np.array([0, 1, 3])[there.argmax(axis=0)] == known.predict(x)).mean() > 0.999
    assert (found[[2, 4]] < found.max(axis=0)).all()
    ranked = np.sort(there, axis=0)
    expected = networks.MARGIN if sigma < 1 else np.median(np.diff(np.sort(known.decision_function(x), axis=1)[:, -2:]))
    assert np.median(ranked[-1] - ranked[-2]) == pytest.approx(expected, rel=0.01)
