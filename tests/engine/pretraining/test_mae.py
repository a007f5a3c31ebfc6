"""`geofm pretrain mae`: an encoder from images without labels, on which networks learn on."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from plots import write_flood_polygons

from engine.cards.card import BandSpec, read_card
from engine.datasets.registry import DATASETS
from engine.errors import Cancelled
from engine.jobs.report import QuietReport
from engine.jobs.requests import PretrainMaeRequest
from engine.jobs.requests.pretraining import SIZES
from engine.models.architectures.floodvit import FloodVit
from engine.models.architectures.mae import MaskedAutoencoder, hidden
from engine.models.architectures.network import Design
from engine.models.architectures.vit import POWER, Scaling, VisionTransformer, decibels, patches_of
from engine.models.store import read_golden, read_tensors
from engine.pretraining import mae
from engine.pretraining.mae import pretrain
from engine.pretraining.sources import Rasters
from engine.pretraining.squares import Masked, Squares, masked, parted
from engine.segmentation import networks
from engine.training.objectives.regression import Regression

VV_VH = ["VV", "VH"]


@pytest.fixture
def tiny(monkeypatch):
    """Encoders that learn in seconds."""
    size = replace(SIZES["tiny"], dim=32, depth=1, heads=2, head_dim=16, mlp=64, decoder=(32, 1, 2, 64))
    monkeypatch.setitem(SIZES, "tiny", size)
    monkeypatch.setattr(mae, "threads", lambda: 1)
    monkeypatch.setattr(networks, "threads", lambda: 1)


def request(scene, out, *, dates=(), images=("post",), **more):
    files = tuple((str(scene / f"{name}.tif"),) for name in images)
    fields = {"size": "tiny", "epochs": 2, "batch": 8, "device": "cpu", **more}
    return PretrainMaeRequest(files, dates=dates, model=str(out), **fields)


def test_from_images_to_an_encoder_on_which_a_network_learns(geofm, small_scene, tiny, tmp_path):
    images = ("--image", small_scene / "post.tif", "--pre", small_scene / "pre1.tif")
    out = tmp_path / "encoder"
    done = geofm("pretrain", "mae", *images, "--size", "tiny", "--epochs", 2, "--batch", 8, "--out", out)
    assert done.status == 0, done.err
    assert "drawing the mean" in done.out
    assert {path.name for path in tmp_path.iterdir()} == {"encoder"}
    card = read_card(out)
    assert card.task == "encoder" and card.architecture == "vit"
    assert [(band.name, band.units, band.date) for band in card.bands] == [
        ("VV", "db", 0), ("VH", "db", 0), ("VV", "db", 1), ("VH", "db", 1),
    ]  # fmt: skip
    assert card.metrics["validation_loss"] > 0 and card.metrics["loss_of_the_mean"] > 0
    x, tokens = read_golden(out, card)
    encoder = VisionTransformer(**card.parameters)
    encoder.load_state_dict(read_tensors(out, card))
    with torch.inference_mode():
        np.testing.assert_allclose(encoder.eval()(torch.from_numpy(x)).numpy(), tokens, atol=1e-5)


def test_a_killed_pretraining_goes_on_to_the_same_encoder(small_scene, tiny, tmp_path):
    whole = tmp_path / "whole"
    pretrain(request(small_scene, whole), QuietReport(tmp_path / "one"))

    class Killed(QuietReport):
        left = 25

        def check_cancelled(self):
            Killed.left -= 1
            if Killed.left < 0:
                raise Cancelled("Cancelled.")

    again = tmp_path / "again"
    with pytest.raises(Cancelled):
        pretrain(request(small_scene, again), Killed(tmp_path / "two"))
    assert not again.exists() and any((tmp_path / "two").iterdir())
    pretrain(request(small_scene, again), QuietReport(tmp_path / "two"))
    assert read_card(whole).sha256 == read_card(again).sha256


@pytest.mark.slow
def test_two_processes_lose_what_one_loses(small_scene, tmp_path, monkeypatch):
    """Those of a real torchrun."""
    sizes = {"width": 32, "depth": 1, "epochs": 1, "batch": 8}
    words = [
        word for name, value in {**sizes, "size": "tiny", "device": "cpu"}.items() for word in (f"--{name}", value)
    ]
    torchrun = ("torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", 2)
    given = ("pretrain", "mae", "--image", small_scene / "post.tif", *words, "--out", tmp_path / "two", "--json")
    command = [sys.executable, "-m", *torchrun, "-m", "engine", *given]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    monkeypatch.setattr(mae, "threads", lambda: 1)
    pretrain(request(small_scene, tmp_path / "one", **sizes), QuietReport(tmp_path / "job"))
    one, two = (read_card(tmp_path / name).metrics for name in ("one", "two"))
    assert two == pytest.approx(one, rel=1e-4)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--width", 4), "give a whole number, 16 to 4,096"),
        (("--size", "huge"), "invalid choice"),
    ],
)
def test_what_cannot_be_is_told(geofm, small_scene, tmp_path, words, told):
    done = geofm("pretrain", "mae", "--image", small_scene / "post.tif", "--out", tmp_path / "m", *words)
    assert done.status == 2 and told in done.err


def test_a_finished_model_is_not_replaced(geofm, tmp_path, small_scene):
    (tmp_path / "card.json").write_text("{}")
    done = geofm("pretrain", "mae", "--image", small_scene / "post.tif", "--out", tmp_path)
    assert done.status == 1 and "is a finished model; delete it, or choose another folder" in done.err


def test_kuro_siwo_is_learned_from_as_it_lies_on_the_disk(tiny, tmp_path):
    (folder,) = DATASETS["kuro-siwo-images"].write_miniature(tmp_path / "data")
    fields = {"size": "tiny", "epochs": 1, "batch": 4, "device": "cpu", "model": str(tmp_path / "encoder")}
    pretrain(PretrainMaeRequest(data=(str(folder),), **fields), QuietReport(tmp_path / "job"))
    bands = read_card(tmp_path / "encoder").bands
    assert [(band.name, band.date) for band in bands] == [(name, date) for date in range(3) for name in VV_VH]
    assert bands[0].units == "db" and bands[0].mean == pytest.approx(10 * np.log10(0.0953))


class TestScaling:
    def test_backscatter_in_decibels_is_learned_from_as_power(self):
        scaling = Scaling(VV_VH, POWER)
        means, stds = np.array([decibels(mean) for mean, _ in POWER.values()]).T
        power = np.array([0.0953, 0.0264, 0.0953 + 0.0427, 0.0264 + 0.0215, 9.0, 9.0]).reshape(3, 2)
        x = (10 * np.log10(power) - means) / stds
        found = scaling(torch.from_numpy(x.astype(np.float32))[:, :, None, None])[:, :, 0, 0]
        # The clamp at 0.15 is at 1.281 and 5.749 standard deviations, as published.
        np.testing.assert_allclose(found, [[0, 0], [1, 1], [1.281, 5.749]], atol=1e-3)

    def test_other_bands_and_what_was_not_observed_stay(self):
        found = Scaling(["grey", "VV"], POWER)(torch.tensor([[3.5, torch.nan]])[:, :, None, None])
        assert found[0, 0] == 3.5 and found[0, 1].isnan()


def test_it_learns_to_draw_what_is_hidden():
    """Of waves whose phase and length the patches that are seen tell."""
    torch.manual_seed(0)
    network = MaskedAutoencoder(
        VisionTransformer(["grey"], image=32, patch=8, dim=32, depth=2, heads=2, head_dim=16, mlp=64),
        1,
        32,
        1,
        2,
        mlp=64,
    )
    rng = np.random.default_rng(0)
    phases, rows = torch.from_numpy(rng.uniform(0, 6, (16, 1, 1, 1))).float(), torch.arange(32.0)[:, None] / 5
    images = (rows + phases).sin().expand(-1, 1, 32, 32)
    optimiser = torch.optim.AdamW(network.parameters(), 5e-3)
    losses = []
    for _ in range(100):
        inputs, targets = masked(images, 8, rng)
        loss = Regression("l2")(network(*inputs), targets).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.3 * float(images.var())


class TestSquares:
    def test_cells_cover_an_image_and_a_tenth_is_held_out(self, small_scene, tmp_path):
        with ExitStack() as stack:
            cells = Rasters(request(small_scene, tmp_path / "m"), stack).cells(16)
        assert sum(cell.height * cell.width for cell in cells) == 320 * 256
        train, out = parted(cells, 0)
        assert len(out) == len(cells) // 10 and not {*train} & {*out}

    def test_a_batch_depends_on_its_place_alone_and_shows_what_is_hidden(self, small_scene, tmp_path):
        specs = [BandSpec("VV", "db", -10, 5), BandSpec("VH", "db", -16, 5)]
        with ExitStack() as stack:
            source = Rasters(request(small_scene, tmp_path / "m"), stack)
            squares = Squares(source, specs, lambda x: x, 32)
            batches = Masked(squares, source.cells(32), patch=8, batch=4, steps=3, seed=0)
            (images, order), targets = batches.batch(2, 1)
            (again, _), _ = batches.batch(2, 1)
        assert images.shape == (4, 2, 32, 32) and order.shape == (4, 16) and targets.shape == (4, 12, 128)
        assert hidden(16) == 12 and torch.equal(images, again)
        assert (order.sort(dim=1).values == torch.arange(16)).all()
        assert torch.equal(targets[1, 0], patches_of(images, 8)[1, order[1, 0]])

    def test_what_is_not_observed_counts_for_nothing(self):
        images = torch.full((1, 1, 16, 16), torch.nan)
        images[..., :8] = 1.0
        _, targets = masked(images, 8, np.random.default_rng(0))
        assert targets.isnan().any() and (targets[targets.isfinite()] == 1).all()


class TestWeightsForOtherImages:
    def encoder(self, bands, image=32):
        return VisionTransformer(bands, image=image, patch=8, dim=16, depth=1, heads=1, head_dim=16, mlp=16)

    def test_positions_are_interpolated_and_the_same_lattice_keeps_them(self):
        old = self.encoder(VV_VH, image=64)
        with torch.no_grad():
            old.positions[:, 1:] = torch.linspace(-1, 1, 8).repeat_interleave(8)[None, :, None]
        network = FloodVit(2, {"bands": VV_VH, "image": 32, "patch": 8, "dim": 16, "depth": 1, "heads": 1,
                               "head_dim": 16, "mlp": 16})  # fmt: skip
        network.load_encoder(old.state_dict(), VV_VH, VV_VH)
        rows = network.encoder.positions[0, 1:, 0].reshape(4, 4)
        assert torch.allclose(rows[:, :1], rows) and (rows.diff(dim=0) > 0.3).all()

    def test_a_second_date_begins_as_the_first(self):
        old = self.encoder(VV_VH)
        parameters = FloodVit.parameters_for(
            "floodvit", Design(("VV", "VH") * 2, 2, {"bands": VV_VH, "image": 32, "patch": 8, "dim": 16, "depth": 1,
                               "heads": 1, "head_dim": 16, "mlp": 16}, 0, 6, 10.0, dates=(0, 0, 1, 1))
        )  # fmt: skip
        network = FloodVit(**parameters)
        network.load_encoder(old.state_dict(), VV_VH, VV_VH * 2)
        x = torch.randn(1, 2, 32, 32)
        with torch.inference_mode():
            # Twice the same image gives what one image gave.
            torch.testing.assert_close(network.encoder(torch.cat([x, x], dim=1)), old(x), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_networks_learn_on_from_it_whole_or_with_the_encoder_as_it_is(geofm, small_scene, tiny, tmp_path):
    polygons = write_flood_polygons(tmp_path / "floods.gpkg", small_scene / "flood_truth.tif")
    encoder = tmp_path / "encoder"
    pretrain(request(small_scene, encoder, epochs=1), QuietReport(tmp_path / "job"))
    labels = ("--labels", polygons, "--class-field", "class", "--encoder", encoder, "--epochs", 1, "--device", "cpu")
    pair = ("--image", small_scene / "post.tif", "--pre", small_scene / "pre1.tif")
    whole, frozen = tmp_path / "whole", tmp_path / "frozen"
    done = geofm("train", *pair, *labels, "--preset", "best", "--network", "floodvit", "--out", whole)
    assert done.status == 0, done.err
    done = geofm("train", *pair[:2], *labels, "--preset", "balanced", "--out", frozen)
    assert done.status == 0, done.err
    card = read_card(frozen)
    assert card.parameters["head"] == "linear" and card.bands[0].mean == read_card(encoder).bands[0].mean
    kept = read_tensors(frozen, card)
    assert all(
        torch.equal(value, kept[f"encoder.{name}"]) for name, value in read_tensors(encoder, read_card(encoder)).items()
    )
