"""Networks of papers, held to the number of weights and to outputs that the published code has, by one rule of weights.

The rule gives each weight and each pixel a number by its place, so that no file of weights is needed.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.models.architectures import build
from engine.models.architectures.mae import MaskedAutoencoder
from engine.models.architectures.vit import VisionTransformer, patches_of
from engine.training.objectives.regression import Regression

SIDE, AT = 64, (32, 21)
DATE_A, DATE_B, OLDER = 3, 4001, 7
PAIR: list[list[int]] = [[0, 1], [2, 3]]  # B, the newer, and A
SAR = ["VV", "VH"]


def ruled(shape: tuple[int, ...]) -> Tensor:
    """A weight of two or more dimensions."""
    k = torch.arange(math.prod(shape), dtype=torch.float64)
    scale = math.sqrt(24 / (math.prod(shape) / shape[0]))
    return (((7919 * k + 17) % 10007 / 10007 - 0.5) * scale).reshape(shape)


def image(o: int, bands: int = 2) -> Tensor:
    k = torch.arange(bands * SIDE * SIDE, dtype=torch.float64)
    return ((104729 * k + o) % 9973 / 9973 - 0.5).reshape(1, bands, SIDE, SIDE)


def rule(network: nn.Module) -> nn.Module:
    """A network with weights by the rule; those of norms are 1, biases 0."""
    network = network.double().eval()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if value.ndim > 1:
                value.copy_(ruled(tuple(value.shape)))
            else:
                value.fill_(1.0 if name.endswith("weight") else 0.0)
    return network


def check(network: nn.Module, x: Tensor, figures: tuple[float, ...], at: tuple[float, ...]) -> None:
    """Mean, standard deviation, least and greatest of the logits, and those of one pixel; some may be unknown."""
    with torch.inference_mode():
        logits = network(x)
    found = [logits.mean(), logits.std(correction=0), logits.min(), logits.max()][: len(figures)]
    assert [float(value) for value in found] == pytest.approx(figures, rel=2e-5, abs=1e-8)
    if at:
        assert logits[0, :, AT[0], AT[1]].tolist() == pytest.approx(at, rel=2e-5, abs=1e-8)


def count(network: nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


# Architecture, parameters, weights of two bands a date and of three, figures, and the logits of one pixel.
PUBLISHED: dict[str, tuple[str, dict[str, Any], int, int | None, tuple[float, ...], tuple[float, ...]]] = {
    "FC-Siam-conc": (
        "fc-siam",
        {"network": "fc-siam-conc"},
        1_545_987,
        1_546_131,
        (-0.0164105, 0.903677, -3.24379, 2.91186),
        (-0.749724, 0.488443, 1.54356),
    ),
    "FC-Siam-diff": (
        "fc-siam",
        {"network": "fc-siam-diff"},
        1_350_147,
        1_350_291,
        (0.0153109, 0.508286, -1.86364, 1.77616),
        (-0.691059, 0.293032, 0.790307),
    ),
    "SNUNet-ECAM": (
        "snunet",
        {},
        12_034_819,
        12_035_107,
        (-0.0362753, 0.0996049, -0.303074, 0.243235),
        (0.116403, -0.138518, -0.0940047),
    ),
    "BIT without its transformer": (
        "bit",
        {"network": "bit-base"},
        11_331_011,
        None,
        (-0.00294506, 0.0120282, -0.0860511, 0.0448136),
        (0.0159402, -0.0177925, -0.000881865),
    ),
    "BIT": (
        "bit",
        {"network": "bit"},
        3_003_715,
        None,
        (-0.0928811, 0.1635, -1.04965, 0.57735),
        (-0.233163, 0.0580733, -0.256743),
    ),
    "BIT with eight blocks of narrow heads": (
        "bit",
        {"network": "bit", "decoder_depth": 8, "head_width": 8},
        3_034_179,
        None,
        (0.0351724, 2.1365, -10.5053, 9.94265),
        (-0.480267, 1.14523, 1.04283),
    ),
    "ChangeFormer": (
        "changeformer",
        {},
        41_007_235,
        41_038_391 - 28_020,
        (0.000133033, 0.0289937, -0.16248, 0.144044),
        (-0.00237037, 0.0143476, -0.0328376),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_of_two_dates_is_the_published_one(name: str) -> None:
    architecture, parameters, weights, of_three, figures, at = PUBLISHED[name]
    network = rule(build(architecture, {"channels": PAIR, "classes": 3, **parameters}))
    if name.startswith("BIT"):
        _fuse(network)
    assert count(network) == weights
    check(network, torch.cat([image(DATE_B), image(DATE_A)], dim=1), figures, at)
    if of_three is not None:
        with torch.device("meta"):
            wider = build(architecture, {"channels": [[0, 1, 2], [3, 4, 2]], "classes": 3, **parameters})
        assert count(wider) == of_three


def _fuse(network: nn.Module) -> None:
    """Where the published code holds queries, keys and values in one weight, the rule goes through all three."""
    for name, block in network.named_modules():
        if name == "words.encode":
            parts = [block.query.weight, block.key.weight, block.value.weight]
            whole = ruled((sum(len(part) for part in parts), parts[0].shape[1]))
            with torch.no_grad():
                for part, given in zip(parts, whole.split([len(part) for part in parts]), strict=True):
                    part.copy_(given)


def test_other_sizes_have_the_published_numbers_of_weights() -> None:
    pair = {"channels": PAIR, "classes": 3}
    with torch.device("meta"):
        assert count(build("snunet", {**pair, "width": 16})) == 3_012_099
        assert count(build("bit", {**pair, "network": "bit", "decoder_depth": 8})) == 3_492_931
        three = {"channels": [[0, 1, 2], [3, 4, 5]], "classes": 2}
        # Less four heads for training at several scales, of 4,652 weights each.
        assert count(build("changeformer", three)) == 41_026_674 - 4 * 4_652


def test_convlstm_is_the_published_one_with_its_repairs() -> None:
    network = rule(build("convlstm", {"channels": [[0, 1], [2, 3], [4, 5]], "classes": 3}))
    assert count(network) == 9_026_195
    x = torch.cat([image(DATE_A), image(DATE_B), image(OLDER)], dim=1)
    check(network, x, (-0.000663908, 0.532058), (-0.269931, -0.581579, 0.537699))
    with torch.device("meta"):
        assert count(build("convlstm", {"channels": [[0, 1, 2], [3, 4, 5]], "classes": 3})) == 9_026_339


SMALL = {"image": 64, "dim": 96, "depth": 2, "heads": 3, "mlp": 192}


def test_the_vision_transformer_is_that_of_the_published_code() -> None:
    network = rule(VisionTransformer(SAR * 3, **SMALL))
    assert count(network) == 376_426 - 10 * 97  # without a head of ten classes
    with torch.inference_mode():
        tokens = network(image(DATE_A, 6))
    assert tokens.shape == (1, 16, 96)
    expected = [0.0118794550, -1.5585393355, -0.6359274029, -0.2138761303]
    assert tokens[0, 0, :4].tolist() == pytest.approx(expected, abs=1e-8)


def test_the_masked_autoencoder_has_the_published_loss() -> None:
    network = MaskedAutoencoder(VisionTransformer(SAR * 3, **SMALL), 6, dim=64, depth=1, heads=2, mlp=256)
    assert count(network) == 548_960
    rule(network)
    order = torch.tensor([[3, 10, 1, 8, 15, 6, 13, 4, 11, 2, 9, 0, 7, 14, 5, 12]])
    x = image(DATE_A, 6)
    with torch.inference_mode():
        drawn = network(x, order)
        hidden = patches_of(x, 16).take_along_dim(order[:, :12, None], dim=1)
        loss = Regression("l2")(drawn, hidden)
    assert loss.item() == pytest.approx(3.4753552, abs=1e-7)


def test_the_published_sizes_have_the_published_numbers_of_weights() -> None:
    with torch.device("meta"):
        for bands, encoder, whole in ((SAR * 3, 203_307_008, 238_317_568), (SAR, 202_256_384, 236_741_632)):
            network = VisionTransformer(bands)
            assert count(network) == encoder
            assert count(MaskedAutoencoder(network, len(bands))) == whole
        for head, weights in (("linear", 3_075), ("mlp", 526_339), ("deconvolution", 2_231_491)):
            given = {"classes": 3, "head": head, "encoder": {"bands": SAR * 3}}
            assert count(build("floodvit", given).head) == weights


SMP = {
    ("unet", "resnet18", 2): 14_325_363,
    ("unet", "resnet18", 4): 14_331_635,
    ("unet", "resnet18", 6): 14_337_907,
    ("unet", "resnet18", 7): 14_341_043,
    ("unet", "resnet50", 6): 32_530_803,
    ("deeplabv3plus", "resnet18", 6): 12_339_219,
    ("deeplabv3plus", "resnet50", 6): 26_687_507,
    ("upernet", "tu-convnext_tiny", 6): 37_048_995,
    ("upernet", "tu-swin_tiny_patch4_window7_224", 6): 36_748_221,
}


@pytest.mark.parametrize(("network", "encoder", "channels"), SMP)
def test_networks_of_the_library_have_the_expected_weights(network: str, encoder: str, channels: int) -> None:
    with torch.device("meta"):
        made = build("smp", {"network": network, "encoder": encoder, "in_channels": channels, "classes": 3})
    assert count(made) == SMP[network, encoder, channels]
