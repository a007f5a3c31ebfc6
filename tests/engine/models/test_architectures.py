"""One set of checks, run for every network that a card can name; and encoders brought to other bands."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.cards.card import BandSpec
from engine.errors import InputError
from engine.models.architectures import build
from engine.models.architectures.contrasts import Contrasts, Detail
from engine.models.architectures.segmentation import NETWORKS, Segmentation
from engine.models.architectures.stems import adapt_stem
from engine.segmentation.features import FeatureStack, fit_features, most_sums

CLASSES, CHANNELS = 3, 4
SMALL = "tu-mobilenetv3_small_050"
GALILEO = {"bands": ["VV", "B04", "B08", "B11"], "classes": CLASSES}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        name: ("smp", {"network": name, "encoder": SMALL, "in_channels": CHANNELS, "classes": CLASSES})
        for name in NETWORKS
    },
    "unet on resnet18": (
        "smp",
        {"network": "unet", "encoder": "resnet18", "in_channels": CHANNELS, "classes": CLASSES},
    ),
    "unet with contrasts": (
        "smp",
        {"network": "unet", "encoder": SMALL, "in_channels": CHANNELS, "classes": CLASSES, "contrasts": 6},
    ),
    "galileo": ("galileo-segmenter", GALILEO),
    "galileo with contrasts": ("galileo-segmenter", {**GALILEO, "contrasts": 6}),
    "galileo, patch 2": ("galileo-segmenter", {**GALILEO, "patch": 2}),
    "galileo, learning": ("galileo-segmenter", {**GALILEO, "patch": 8, "window": 4, "frozen": False}),
}


@pytest.fixture(scope="module", params=VARIANTS)
def network(request: pytest.FixtureRequest) -> torch.nn.Module:
    torch.manual_seed(0)
    return build(*VARIANTS[request.param])


class TestEveryNetwork:
    def test_gives_logits_for_sides_that_are_multiples_of_32(self, network: torch.nn.Module) -> None:
        network.eval()
        for height, width in ((32, 32), (96, 64)):
            with torch.inference_mode():
                logits = network(torch.randn(2, CHANNELS, height, width))
            assert logits.shape == (2, CLASSES, height, width)
            assert logits.isfinite().all()

    def test_is_deterministic_when_it_evaluates(self, network: torch.nn.Module) -> None:
        network.eval()
        x = torch.randn(2, CHANNELS, 32, 32)
        with torch.inference_mode():
            assert torch.equal(network(x), network(x))

    def test_gradients_reach_all_that_learns(self, network: torch.nn.Module) -> None:
        network.train()
        network.zero_grad()
        network(torch.randn(2, CHANNELS, 32, 32)).square().mean().backward()
        frozen = getattr(network, "frozen", False)
        encoder = list(network.encoder_parameters())
        assert (
            _share_with_gradient([value for name, value in network.named_parameters() if "encoder." not in name]) == 1
        )
        # Classifier heads of timm, and band groups that are masked, have none.
        assert _share_with_gradient(encoder) == 0 if frozen else _share_with_gradient(encoder) > 0.7

    def test_the_encoders_parameters_are_told_from_the_others(self, network: torch.nn.Module) -> None:
        names = {id(value): name for name, value in network.named_parameters()}
        encoder = [names[id(value)] for value in network.encoder_parameters()]
        assert sorted(encoder) == sorted(
            name for name in names.values() if "encoder." in name and "month_embed" not in name
        )

    def test_state_goes_into_a_network_built_alike(
        self, network: torch.nn.Module, request: pytest.FixtureRequest
    ) -> None:
        twin = build(*VARIANTS[request.node.callspec.params["network"]])
        twin.load_state_dict(network.state_dict())
        x = torch.randn(1, CHANNELS, 32, 32)
        with torch.inference_mode():
            assert torch.equal(network.eval()(x), twin.eval()(x))


def _share_with_gradient(parameters: list[torch.nn.Parameter]) -> float:
    return sum(value.grad is not None and bool(value.grad.any()) for value in parameters) / len(parameters)


@pytest.mark.parametrize(
    ("architecture", "parameters", "said"),
    [
        ("resnet", {}, "no architecture 'resnet'"),
        ("smp", {"network": "unet", "encoder": "resnet18", "in_channels": 3}, "classes"),
        ("smp", {"network": "yolo", "encoder": "resnet18", "in_channels": 3, "classes": 2}, "no network 'yolo'"),
        ("smp", {"network": "unet", "encoder": "resnet17", "in_channels": 3, "classes": 2}, "resnet17"),
        ("galileo-segmenter", {"bands": ["B04"], "classes": 2, "patch": 3}, "patch of 3"),
        ("galileo-segmenter", {"bands": ["thermal"], "classes": 2}, "does not know the band 'thermal'"),
        ("galileo", {"embedding_size": 100}, "token of 100"),
    ],
)
def test_a_card_that_describes_no_network_is_refused(architecture: str, parameters: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        build(architecture, parameters)


class TestStems:
    def test_bands_keep_their_weights_by_name(self) -> None:
        weight = torch.randn(8, 3, 3, 3)
        adapted = adapt_stem(weight, ("B04", "B03", "B02"), ("blue", "green", "red"))
        assert torch.equal(adapted, weight[:, [2, 1, 0]])

    def test_new_bands_take_the_mean_and_the_sum_of_equal_bands_stays(self) -> None:
        weight = torch.randn(8, 3, 3, 3)
        adapted = adapt_stem(weight, ("B04", "B03", "B02"), ("B02", "B03", "B04", "B08"))
        torch.testing.assert_close(adapted[:, 3], weight.mean(dim=1) * 3 / 4)
        torch.testing.assert_close(adapted.sum(dim=1), weight.sum(dim=1))

    def test_wrong_counts_are_errors(self) -> None:
        weight = torch.randn(8, 3, 3, 3)
        with pytest.raises(ValueError, match="2 band names"):
            adapt_stem(weight, ("B04", "B03"), ("B04",))


class TestEncoderWeights:
    def test_timm_weights_give_timms_features(self) -> None:
        import timm

        published = timm.create_model("resnet18", pretrained=False, in_chans=3).eval()
        network = Segmentation("unet", "resnet18", 3, 2).eval()
        network.load_encoder(published.state_dict(), ("B04", "B03", "B02"), ("B04", "B03", "B02"))
        x = torch.randn(1, 3, 64, 64)
        with torch.inference_mode():
            torch.testing.assert_close(network.model.encoder(x)[-1], published.forward_features(x))

    def test_timm_encoders_take_them_too(self) -> None:
        import timm

        published = timm.create_model("mobilenetv3_small_050", pretrained=False, in_chans=3)
        network = Segmentation("unet", "tu-mobilenetv3_small_050", 4, 2)
        network.load_encoder(published.state_dict(), ("B04", "B03", "B02"), ("B02", "B03", "B04", "B08"))
        stem = network.model.encoder.model.conv_stem.weight
        torch.testing.assert_close(stem[:, 2], published.conv_stem.weight[:, 0] * 3 / 4)

    def test_weights_of_another_encoder_are_refused(self) -> None:
        import timm

        published = timm.create_model("resnet18", pretrained=False, in_chans=3).state_dict()
        with pytest.raises(InputError, match="another encoder"):
            Segmentation("unet", "resnet50", 3, 2).load_encoder(published, "abc", "abc")
        with pytest.raises(InputError, match="of 4 bands"):
            Segmentation("unet", "resnet18", 3, 2).load_encoder(published, "abcd", "abc")
        with pytest.raises(InputError, match="lack"):
            Segmentation("unet", "resnet18", 3, 2, {})


class TestContrasts:
    """A network with contrasts sees the sums of logarithms that the preset Quick has as its first features."""

    SPECS = (
        BandSpec("B04", "reflectance", 0.1, 0.05),
        BandSpec("B08", "reflectance", 0.3, 0.1),
        BandSpec("VV", "db", -10.0, 3.0),
        BandSpec("height", "dn", 300.0, 120.0),
    )

    def fitted(self) -> tuple[Contrasts, FeatureStack]:
        source = np.random.default_rng(0)
        y = source.integers(CLASSES, size=500).astype(np.uint8)
        x = (source.normal(size=(4, 500)) + y).astype(np.float32)
        stack = fit_features(self.SPECS, x.T, y)
        contrasts, scale = Contrasts(4, most_sums(4, CLASSES) + 1), stack.scaling
        contrasts.set(scale.mean, scale.std, scale.added, scale.logarithms, stack.weights, stack.bias)
        return contrasts, stack

    def test_are_the_sums_that_were_found(self) -> None:
        contrasts, stack = self.fitted()
        x = np.random.default_rng(1).normal(0, 3, (2, 4, 16, 16)).astype(np.float32)  # some below zero
        found = contrasts(torch.from_numpy(x)).numpy()
        for image, sums in zip(x, found, strict=True):
            expected = stack.sums(image.reshape(4, -1))
            np.testing.assert_allclose(sums[:-1].reshape(len(expected), -1), expected, rtol=1e-4, atol=1e-4)
            assert (sums[-1] == 0).all()  # one more than there are

    def test_are_found_in_full_precision(self) -> None:
        contrasts, _ = self.fitted()
        x = torch.randn(1, 4, 8, 8)
        with torch.autocast("cpu", torch.bfloat16):
            found = contrasts(x)
        assert torch.equal(found, contrasts(x))

    @pytest.mark.parametrize("name", ["unet with contrasts", "galileo with contrasts"])
    def test_go_with_the_weights(self, name: str) -> None:
        torch.manual_seed(0)
        network = build(*VARIANTS[name])
        contrasts = network.get_submodule("contrasts")
        fitted = self.fitted()[0]
        for buffer, value in fitted.named_buffers():
            shape = dict(contrasts.named_buffers())[buffer].shape
            dict(contrasts.named_buffers())[buffer].copy_(value[: shape[0]])
        twin = build(*VARIANTS[name])
        twin.load_state_dict(network.state_dict())
        x = torch.randn(1, CHANNELS, 32, 32)
        with torch.inference_mode():
            assert torch.equal(network.eval()(x), twin.eval()(x))
            before = network(x)
            dict(contrasts.named_buffers())["bias"].add_(1)
            assert not torch.equal(network(x), before)

    @pytest.mark.parametrize("name", ["unet with contrasts", "galileo with contrasts"])
    def test_a_network_begins_as_a_linear_verdict_and_learns_to_add(self, name: str) -> None:
        torch.manual_seed(0)
        network = build(*VARIANTS[name])
        contrasts, detail = network.get_submodule("contrasts"), cast(Detail, network.get_submodule("detail"))
        source = np.random.default_rng(0)
        weights, bias = (source.normal(size=shape).astype(np.float32) for shape in ((CLASSES, 4), CLASSES))
        detail.begin(weights, bias)
        x = torch.randn(1, CHANNELS, 32, 32)
        sums = contrasts(x).numpy()[0, :4]
        found = network.eval()(x)
        expected = np.tensordot(weights, sums, 1) + bias[:, None, None]
        np.testing.assert_allclose(found[0].detach().numpy(), expected, rtol=1e-4, atol=1e-4)
        found.square().sum().backward()
        last = cast(torch.nn.Conv2d, cast(torch.nn.Sequential, detail.join)[1])
        assert last.weight.grad is not None and last.weight.grad.abs().sum() > 0
