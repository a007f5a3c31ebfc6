"""Networks as cards describe them, encoders brought to other bands, and what a network begins with.

What every network keeps to is in `test_network_contract`.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.cards.card import BandSpec
from engine.errors import InputError
from engine.models.architectures import build
from engine.models.architectures.contrasts import Contrasts, Detail
from engine.models.architectures.smp import SmpNetwork
from engine.models.architectures.stems import adapt_stem
from engine.segmentation.features import FeatureStack, fit_features, most_sums

CLASSES, CHANNELS = 3, 4
# Of each class that begins with contrasts.
WITH_CONTRASTS: dict[str, tuple[str, dict[str, Any]]] = {
    "unet": (
        "smp",
        {
            "network": "unet",
            "encoder": "tu-mobilenetv3_small_050",
            "in_channels": CHANNELS,
            "classes": CLASSES,
            "contrasts": 6,
        },
    ),
    "galileo": ("galileo-segmenter", {"bands": ["VV", "B04", "B08", "B11"], "classes": CLASSES, "contrasts": 6}),
}


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
        network = SmpNetwork("unet", "resnet18", 3, 2).eval()
        network.load_encoder(published.state_dict(), ("B04", "B03", "B02"), ("B04", "B03", "B02"))
        x = torch.randn(1, 3, 64, 64)
        with torch.inference_mode():
            torch.testing.assert_close(network.model.encoder(x)[-1], published.forward_features(x))

    def test_timm_encoders_take_them_too(self) -> None:
        import timm

        published = timm.create_model("mobilenetv3_small_050", pretrained=False, in_chans=3)
        network = SmpNetwork("unet", "tu-mobilenetv3_small_050", 4, 2)
        network.load_encoder(published.state_dict(), ("B04", "B03", "B02"), ("B02", "B03", "B04", "B08"))
        stem = network.model.encoder.model.conv_stem.weight
        torch.testing.assert_close(stem[:, 2], published.conv_stem.weight[:, 0] * 3 / 4)

    def test_weights_of_another_encoder_are_refused(self) -> None:
        import timm

        published = timm.create_model("resnet18", pretrained=False, in_chans=3).state_dict()
        with pytest.raises(InputError, match="another encoder"):
            SmpNetwork("unet", "resnet50", 3, 2).load_encoder(published, "abc", "abc")
        with pytest.raises(InputError, match="of 4 bands"):
            SmpNetwork("unet", "resnet18", 3, 2).load_encoder(published, "abcd", "abc")
        with pytest.raises(InputError, match="lack 'bn1"):
            SmpNetwork("unet", "resnet18", 3, 2).load_encoder({"conv1.weight": published["conv1.weight"]}, "abc", "abc")


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

    @pytest.mark.parametrize("name", WITH_CONTRASTS)
    def test_go_with_the_weights(self, name: str) -> None:
        torch.manual_seed(0)
        network = build(*WITH_CONTRASTS[name])
        contrasts = network.get_submodule("contrasts")
        fitted = self.fitted()[0]
        for buffer, value in fitted.named_buffers():
            shape = dict(contrasts.named_buffers())[buffer].shape
            dict(contrasts.named_buffers())[buffer].copy_(value[: shape[0]])
        twin = build(*WITH_CONTRASTS[name])
        twin.load_state_dict(network.state_dict())
        x = torch.randn(1, CHANNELS, 32, 32)
        with torch.inference_mode():
            assert torch.equal(network.eval()(x), twin.eval()(x))
            before = network(x)
            dict(contrasts.named_buffers())["bias"].add_(1)
            assert not torch.equal(network(x), before)

    @pytest.mark.parametrize("name", WITH_CONTRASTS)
    def test_a_network_begins_as_a_linear_verdict_and_learns_to_add(self, name: str) -> None:
        torch.manual_seed(0)
        network = build(*WITH_CONTRASTS[name])
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
