"""Scaled wide residual networks and their baselines, held to published counts and outputs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.models.architectures.attention import ATTENTIONS
from engine.models.architectures.bilinear_unet import BilinearUnet, FusedUnet
from engine.models.architectures.patch_networks import MlpMixer, PatchTransformer
from engine.models.architectures.timm_classifier import TimmClassifier
from engine.models.architectures.wide_resnet import FAMILY, Scaling, WideResNet, compound

BASE, SHIPPED = Scaling(), Scaling(1.4, 1.8, 1.4)


def network(scaling: Scaling = BASE, channels: int = 10, classes: int = 19, **ways: object) -> WideResNet:
    return WideResNet(channels, classes, scaling.widths, scaling.blocks, **ways)  # type: ignore[arg-type]


def parameters(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def golden(module: nn.Module) -> nn.Module:
    """Weights by the rule that the published outputs were made with."""
    module.double().eval()
    for name, parameter in module.named_parameters():
        if parameter.ndim < 2:
            parameter.data.fill_(0.0 if name.endswith("bias") else 1.0)
            continue
        k = torch.arange(parameter.numel(), dtype=torch.float64)
        values = (((7919 * k + 17) % 10007) / 10007 - 0.5) * (24 / (parameter.numel() / parameter.shape[0])) ** 0.5
        parameter.data = values.reshape(parameter.shape)
    return module


def image(side: int, channels: int = 10) -> Tensor:
    k = torch.arange(channels * side * side, dtype=torch.float64)
    return (((104729 * k + 3) % 9973) / 9973 - 0.5).reshape(1, channels, side, side)


@pytest.mark.parametrize(
    ("scaling", "ways", "count"),
    [
        (BASE, {}, 305_889),
        (BASE, {"channels": 12}, 306_177),
        (BASE, {"channels": 2}, 304_737),
        (BASE, {"attention": "none"}, 305_875),
        (BASE, {"attention": "se"}, 308_801),
        (BASE, {"attention": "cbam"}, 309_095),
        (BASE, {"attention": "coordinate"}, 311_771),
        (SHIPPED, {}, 984_313),
        (SHIPPED, {"channels": 12}, 984_601),
        (SHIPPED, {"channels": 2}, 983_161),
        (SHIPPED, {"classes": 43}, 989_905),
        (SHIPPED, {"attention": "none"}, 984_299),
        (SHIPPED, {"attention": "se"}, 993_183),
        (SHIPPED, {"attention": "cbam"}, 993_477),
        (SHIPPED, {"attention": "coordinate"}, 994_875),
    ],
)
def test_it_has_as_many_parameters_as_published(scaling, ways, count):
    assert parameters(network(scaling, **ways)) == count


@pytest.mark.parametrize(("scaling", "count"), [(BASE, 156_033), (SHIPPED, 497_133)])
def test_a_ghost_has_the_depthwise_convolutions_besides(scaling, count):
    """They are dead, and not counted, in the reference: 9 weights for half the channels of 3 convolutions a stage."""
    assert parameters(network(scaling, ghost=True)) == count + 3 * 9 * sum(width // 2 for width in scaling.widths)


@pytest.mark.parametrize(
    ("name", "side", "count"),
    [
        ("b0", 60, 305_889),
        ("b1", 70, 372_357),
        ("b2", 70, 432_105),
        ("b3", 90, 589_053),
        ("b4", 110, 984_313),
        ("b5", 130, 5_160_363),
        ("b6", 150, 7_274_855),
        ("b7", 170, 14_057_623),
    ],
)
def test_the_family_is_scaled_as_its_table_says(name, side, count):
    assert FAMILY[name].side == side
    assert parameters(network(FAMILY[name])) == count


@pytest.mark.parametrize(
    ("phi", "side", "count"),
    [(0, 60, 305_889), (1, 70, 372_357), (2, 80, 446_325), (3, 100, 1_932_801), (4, 110, 3_140_223)],
)
def test_a_compound_coefficient_scales_all_three(phi, side, count):
    scaling = compound(phi)
    assert scaling.side == side
    assert parameters(network(scaling)) == count


@pytest.mark.parametrize(
    ("scaling", "side", "mean", "std", "first"),
    [
        (BASE, 60, 0.000101263, 0.0302839, (0.0450608, -0.0393287, -0.00437288, -0.0143129)),
        (SHIPPED, 90, -0.0020556, 0.0222665, (0.0161724, 0.00315949, 0.0439175, 0.00662662)),
    ],
)
def test_it_gives_what_the_published_one_gives(scaling, side, mean, std, first):
    with torch.inference_mode():
        logits = golden(network(scaling))(image(side))[0]
    assert logits.mean().item() == pytest.approx(mean, rel=2e-5)
    assert logits.std(correction=0).item() == pytest.approx(std, rel=2e-5)
    assert logits[:4].tolist() == pytest.approx(first, rel=2e-5)


@pytest.mark.parametrize("name", ATTENTIONS)
@pytest.mark.parametrize("ghost", [False, True])
def test_a_gradient_reaches_every_parameter(name, ghost):
    torch.manual_seed(1)
    module = network(compound(3), channels=4, classes=5, attention=name, ghost=ghost)
    for each in module.parameters():
        if each.ndim < 2:
            each.data.fill_(0.5)  # of four units behind a ReLU none is dead
    module(torch.randn(2, 4, 31, 30)).square().sum().backward()
    without = [name for name, each in module.named_parameters() if each.grad is None or not each.grad.abs().sum()]
    assert not without


@pytest.mark.parametrize(
    ("module", "count"),
    [
        (lambda: PatchTransformer(10, 19, learned=False), 55_237_395),
        (lambda: PatchTransformer(10, 19), 55_262_931),
        (lambda: PatchTransformer(10, 19, patch=12, learned=False), 15_984_915),
        (lambda: PatchTransformer(10, 19, patch=20, learned=False), 7_760_147),
        (lambda: PatchTransformer(10, 19, patch=30, learned=False), 5_458_707),
        (lambda: PatchTransformer(10, 19, patch=40, learned=False), 4_989_203),
        (lambda: MlpMixer(10, 19, over="tokens"), 446_723),
        (lambda: MlpMixer(10, 19), 447_171),
        (lambda: MlpMixer(10, 19, blocks=2, dim=64, channels_mlp=64, over="tokens"), 136_955),
        (lambda: MlpMixer(10, 19, blocks=2, dim=64, channels_mlp=64), 136_667),
    ],
)
def test_patch_networks_have_as_many_parameters_as_published(module, count):
    assert parameters(module()) == count


@pytest.mark.parametrize(
    ("encoder", "count", "biases"),
    [
        ("resnet50", 23_595_475, 26_560),  # those of its convolutions, which Keras's has and timm's has not
        ("densenet121", 6_995_283, 0),
        ("efficientnet_b0", 4_033_903, 0),
        ("vgg16", 14_728_467, 0),
    ],
)
def test_baselines_have_as_many_parameters_as_published(encoder, count, biases):
    with torch.device("meta"):
        module = TimmClassifier(encoder, 10, 19)
    assert parameters(module) == count - biases


def test_patch_networks_tell_a_tile():
    for module in (PatchTransformer(3, 5, side=24, patch=6), MlpMixer(3, 5, side=24, patch=6, dim=16)):
        module.eval()
        tiles = torch.randn(3, 3, 24, 24)
        together, alone = module(tiles), module(tiles[1:2])
        assert together.shape == (3, 5)
        torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("channels", "count"), [(12, 17_272_512), (14, 17_273_664), (2, 17_266_752), (13, 17_273_088)])
def test_the_tutorials_network_has_as_many_parameters_as_published(channels, count):
    with torch.device("meta"):
        assert parameters(BilinearUnet(channels)) == count


def test_the_tutorials_network_gives_what_the_published_one_gives():
    with torch.inference_mode():
        features = golden(BilinearUnet(12))(image(64, 12))
    assert features.mean().item() == pytest.approx(0.0073342, rel=1e-5)
    assert features.std(correction=0).item() == pytest.approx(0.010756, rel=1e-4)
    assert features[0, :3, 32, 21].tolist() == pytest.approx([0, 0.045549, 0.00580777], rel=1e-5)


def test_late_fusion_has_a_network_for_each_sensor_and_heads_tell_pixels_and_the_tile():
    heads = {"cover": ("pixels", 11), "zone": ("tile", 12)}
    module = FusedUnet([range(12), [12, 13]], heads).eval()
    assert parameters(module.branches) == 17_272_512 + 17_266_752
    told = module(torch.randn(2, 14, 32, 32))
    assert {name: tuple(values.shape) for name, values in told.items()} == {"cover": (2, 11, 32, 32), "zone": (2, 12)}
