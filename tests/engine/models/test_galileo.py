"""Galileo's encoder against the tokens that the published code gives, and the land-cover network on it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import shared_data

from engine.cards.catalogue import entry
from engine.models.architectures.galileo import BANDS, GROUPS, GalileoEncoder, band_specs
from engine.models.architectures.galileo_segmenter import GalileoSegmenter

SENSORS = {"s1": ["S1"], "s2": [name for name in GROUPS if name != "S1"], "s1_s2": list(GROUPS)}


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared_data() / "models" / "galileo_nano"


@pytest.fixture(scope="module")
def published(folder: Path) -> dict[str, torch.Tensor]:
    """The file as it is converted: without what the catalogue drops."""
    tensors = torch.load(folder / "encoder.pt", weights_only=True, map_location="cpu")
    return {name: value for name, value in tensors.items() if not name.startswith(entry("galileo-nano").drop)}


@pytest.fixture(scope="module")
def encoder(published: dict[str, torch.Tensor]) -> GalileoEncoder:
    encoder = GalileoEncoder()
    encoder.load_state_dict(published)
    return encoder.eval()


class TestAgainstThePublishedCode:
    @pytest.mark.parametrize("patch", [4, 8])
    @pytest.mark.parametrize("sensor", SENSORS)
    def test_tokens(self, encoder: GalileoEncoder, folder: Path, sensor: str, patch: int) -> None:
        golden = np.load(folder / "golden.npz")
        x = torch.from_numpy(golden["input_normalised"]).permute(2, 0, 1)[np.newaxis]
        with torch.inference_mode():
            tokens = encoder(x, SENSORS[sensor], patch=patch, month=6, gsd_m=10.0)[0].numpy()
        seen = [index for index, name in enumerate(GROUPS) if name in SENSORS[sensor]]
        masked = golden[f"{sensor}_patch{patch}_mask"]
        assert (masked[..., seen] == 0).all()
        assert masked.sum() == masked.size - masked[..., seen].size
        np.testing.assert_allclose(tokens, golden[f"{sensor}_patch{patch}_tokens"][:, :, seen], atol=2e-5)

    def test_a_patch_kept_ready_gives_the_same(self, published: dict[str, torch.Tensor]) -> None:
        plain, ready = GalileoEncoder(), GalileoEncoder()
        ready.prepare(4)
        x = torch.randn(2, 13, 16, 16)
        for encoder in (plain, ready):
            encoder.load_state_dict(published)
        with torch.inference_mode():
            assert torch.equal(plain(x, SENSORS["s2"], patch=4), ready(x, SENSORS["s2"], patch=4))

    def test_statistics_are_those_of_the_published_file(self, folder: Path) -> None:

        values = json.loads((folder / "normalization.json").read_text())["13"]
        for index, spec in enumerate(band_specs(BANDS)):
            scale = 1 if spec.units == "db" else 1e-4
            assert spec.mean == pytest.approx(values["mean"][index] * scale, rel=1e-6)
            assert spec.std == pytest.approx(values["std"][index] * scale, rel=1e-6)

    def test_the_segmenter_gives_the_encoder_what_it_wants(self, folder: Path) -> None:
        """From values in reflectance and dB to Galileo's scaled input, by hand."""

        values = json.loads((folder / "normalization.json").read_text())["13"]
        mean, std = np.array(values["mean"])[:, None, None], np.array(values["std"])[:, None, None]
        rng = np.random.default_rng(0)
        raw = np.concatenate([rng.uniform(-20, -5, (2, 32, 32)), rng.uniform(200, 5000, (10, 32, 32))])
        ndvi = (raw[8] - raw[4]) / (raw[8] + raw[4])
        expected = (np.concatenate([raw, ndvi[np.newaxis]]) - (mean - 2 * std)) / (4 * std)
        specs = band_specs(BANDS)
        scales = np.array([1 if spec.units == "db" else 1e-4 for spec in specs])[:, None, None]
        x = np.stack([(values - spec.mean) / spec.std for values, spec in zip(raw * scales, specs, strict=True)])
        network = GalileoSegmenter(BANDS, 2)
        found = network._scaled(torch.from_numpy(x[np.newaxis].astype(np.float32)))[0]
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-4)


class TestSegmenter:
    def test_bands_that_are_missing_are_masked(self) -> None:
        assert GalileoSegmenter(["VV", "VH"], 2).groups == ("S1",)
        assert GalileoSegmenter(["blue", "green", "red"], 2).groups == ("S2_RGB",)
        assert GalileoSegmenter(["B04", "B08"], 2).groups == ("S2_RGB", "S2_NIR_10m", "NDVI")

    def test_the_order_of_bands_does_not_matter_to_the_encoder(self) -> None:
        torch.manual_seed(0)
        one, other = GalileoSegmenter(["B04", "B08", "VV"], 2), GalileoSegmenter(["VV", "B04", "B08"], 2)
        other.load_state_dict(one.state_dict())
        x = torch.randn(1, 3, 32, 32)
        assert torch.equal(one.encode(x), other.encode(x[:, [2, 0, 1]]))

    def test_windows_stay_where_they_are(self) -> None:
        network = GalileoSegmenter(["B04", "B08"], 2).eval()
        x = torch.randn(1, 2, 32, 64)
        whole = network.encode(x)
        for column in range(2):
            apart = network.encode(x[..., column * 32 : column * 32 + 32])
            torch.testing.assert_close(whole[..., column * 8 : column * 8 + 8], apart, atol=1e-5, rtol=1e-4)

    def test_a_frozen_encoder_stays_as_it_is_in_training(self) -> None:
        network = GalileoSegmenter(["B04"], 2)
        network.freeze_encoder()
        network.train()
        assert not network.encoder.training
        assert network.decoder.training
        assert not network.encode(torch.randn(1, 1, 32, 32)).requires_grad

    def test_sides_that_windows_do_not_fill_are_refused(self) -> None:
        with pytest.raises(ValueError, match="multiples of 32"):
            GalileoSegmenter(["B04"], 2)(torch.randn(1, 1, 40, 32))

    def test_it_learns_a_sharp_edge(self, published: dict[str, torch.Tensor]) -> None:
        """An edge that lies across patches is found to the pixel, which the tokens alone could not."""
        torch.manual_seed(0)
        network = GalileoSegmenter(["B04", "B08"], 2, width=16)
        network.load_encoder(published, BANDS, ("B04", "B08"))
        network.freeze_encoder()
        network.train()
        rng = np.random.default_rng(0)
        images, truths = [], []
        for column in (9, 22):
            truth = np.arange(32)[None, :] + np.zeros((32, 1)) > column
            image = np.stack([np.where(truth, -0.5, 0.5), np.where(truth, 0.7, -0.7)])
            images.append(image + 0.3 * rng.standard_normal(image.shape))
            truths.append(truth)
        x, y = torch.from_numpy(np.stack(images)).float(), torch.from_numpy(np.stack(truths)).long()
        features = network.encode(x)
        optimiser = torch.optim.AdamW([value for value in network.parameters() if value.requires_grad], 1e-2)
        for _ in range(40):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(network.decode(features, x), y).backward()
            optimiser.step()
        with torch.inference_mode():
            wrong = (network.eval()(x).argmax(dim=1) != y).float().mean().item()
        assert wrong < 0.01
