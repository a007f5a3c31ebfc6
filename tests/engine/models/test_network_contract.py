"""One set of checks, run for every network that has a row: a new row is checked by itself."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_cards import make_card
from small_models import CLASSES, write_network
from torch import Tensor

from engine.cards.card import BandSpec, read_card
from engine.errors import InputError
from engine.jobs.requests.networks import ALL_NETWORKS, Network
from engine.models.architectures import build, network_class
from engine.models.architectures.network import BaseNetwork, Design, Start
from engine.models.building import filled
from engine.models.exporting import export_onnx
from engine.models.runtime import OnnxRuntime
from engine.raster.image import ImageBand

SENTINEL_2 = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
ALL = (*SENTINEL_2, "VV", "VH")
K = len(CLASSES)
# The parameters of a small encoder of each architecture that a network can stand on.
SMALL_ENCODERS: dict[str, dict[str, Any]] = {
    "vit": {"image": 64, "patch": 8, "dim": 32, "depth": 1, "heads": 2, "head_dim": 16, "mlp": 64},
    "timm": {"encoder": "resnet18"},
    "narrow-unet": {},
    "galileo": {"embedding_size": 32, "depth": 1, "heads": 2, "mlp_ratio": 2, "patch": 8, "timesteps": 24},
}
# Sizes that make tests quick, of networks that bring their own encoder.
SMALL: dict[str, dict[str, Any]] = {
    "snunet": {"width": 16},
    "changeformer": {"width": 32, "widths": [16, 32, 48, 64], "depths": [1, 1, 1, 1]},
}
# Weights of networks on ResNet-18, of three bands and one class, as users of segmentation-models-pytorch report them.
PUBLISHED = {"unet": 14_328_209}
TRAINED = [row for row in ALL_NETWORKS.values() if "segmentation" in row.tasks]
# What presets do not build, but cards may describe.
UNUSUAL = [
    pytest.param(ALL_NETWORKS[name], changes, id=f"{name}, {', '.join(f'{key} {changes[key]}' for key in changes)}")
    for name, changes in (
        ("unet", {"contrasts": 0}),
        ("unet", {"encoder": "tu-mobilenetv3_small_050"}),
        ("galileo-segmenter", {"contrasts": 0}),
        ("galileo-segmenter", {"patch": 2}),
        ("galileo-segmenter", {"patch": 8, "window": 4}),
    )
]
EVERY = pytest.mark.parametrize(
    ("row", "changes"), [*(pytest.param(row, {}, id=row.name) for row in TRAINED), *UNUSUAL]
)
EACH = pytest.mark.parametrize("row", TRAINED, ids=lambda row: row.name)


def parameters_of(row: Network, bands: tuple[str, ...] = ALL, dates: int = 0, still: str = "") -> dict[str, Any]:
    """Those that a training of these bands of each date, and one that does not change, would give the row's network.

    On a small encoder; of as few dates as it takes where none is given.
    """
    encoder = SMALL_ENCODERS[row.encoders[0]] if row.encoders else {}
    count = dates or row.least_dates
    names = [(name, date) for date in range(count) for name in (*bands, *([still] if still and not date else []))]
    design = Design(
        tuple(name for name, _ in names),
        classes=K,
        encoder=encoder,
        contrasts=2,
        month=6,
        gsd_m=10.0,
        dates=tuple(date for _, date in names),
    )
    return {**network_class(row).parameters_for(row.name, design), **SMALL.get(row.name, {})}


def made(row: Network, bands: tuple[str, ...] = ALL, dates: int = 0, still: str = "", **changes: Any) -> BaseNetwork:
    torch.manual_seed(0)
    network = build(row.architecture, {**parameters_of(row, bands, dates, still), **changes})
    assert isinstance(network, BaseNetwork)
    return network


def channels(row: Network) -> int:
    """Of images with all bands."""
    return len(ALL) * row.least_dates


def pixels(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def card_of(row: Network) -> Any:
    bands = tuple(
        BandSpec(name, "db" if name in ("VV", "VH") else "reflectance", date=date)
        for date in range(row.least_dates)
        for name in ALL
    )
    return make_card(
        architecture=row.architecture, parameters=parameters_of(row), bands=bands, classes=CLASSES, tile=64, overlap=16
    )


@EVERY
class TestEveryNetwork:
    def test_gives_logits_for_any_number_of_bands_and_all_sides_that_are_multiples(
        self, row: Network, changes: dict[str, Any]
    ) -> None:
        for bands in (("B04",), ("B08", "VV", "B04", "B03"), ALL):
            network = made(row, bands, **changes).eval()
            side = network.side_multiple
            assert row.side_multiple % side == 0
            for height, width in ((row.side_multiple, row.side_multiple), (3 * side, 2 * side)):
                with torch.inference_mode():
                    logits = network(pixels(2, len(bands) * row.least_dates, height, width))
                assert logits.shape == (2, K, height, width)
                assert logits.dtype == torch.float32 and logits.isfinite().all()

    def test_has_no_softmax(self, row: Network, changes: dict[str, Any]) -> None:
        with torch.inference_mode():
            logits = made(row, **changes).eval()(pixels(2, channels(row), 64, 64))
        assert (logits < 0).any() and (logits > 0).any()
        for total in (logits.sum(dim=1), logits.exp().sum(dim=1)):  # of probabilities, and of their logarithms
            assert not torch.allclose(total, torch.ones_like(total), atol=1e-3)

    def test_a_sample_does_not_depend_on_the_others_of_its_batch(self, row: Network, changes: dict[str, Any]) -> None:
        network = made(row, **changes)
        x = pixels(3, channels(row), 64, 64)
        with torch.inference_mode():
            network.train()(x)  # running statistics that are not those of a new network
            network.eval()
            whole, alone = network(x), network(x[:1])
            x[1:] = 100 * x[1:] + 50
            others = network(x)
        torch.testing.assert_close(others[:1], whole[:1], rtol=0, atol=0)
        torch.testing.assert_close(alone, whole[:1], rtol=1e-4, atol=1e-4)

    def test_a_gradient_reaches_all_that_learns(self, row: Network, changes: dict[str, Any]) -> None:
        network = made(row, **changes).train()
        network(pixels(4, channels(row), 64, 64)).square().mean().backward()
        still = [name for name, value in network.named_parameters() if value.requires_grad and not _moves(value)]
        assert [name for name in still if not _may_be_still(name)] == []

    def test_a_frozen_encoder_stays_as_it_is(self, row: Network, changes: dict[str, Any]) -> None:
        network = made(row, **changes)
        network.freeze_encoder()
        before = copy.deepcopy(network.backbone.state_dict())
        optimiser = torch.optim.SGD(network.parameters(), 0.1)
        network.train()(pixels(4, channels(row), 64, 64)).square().mean().backward()
        optimiser.step()
        assert all(torch.equal(value, before[name]) for name, value in network.backbone.state_dict().items())
        encoder = {id(value) for value in network.encoder_parameters()}
        assert encoder == {id(value) for value in network.backbone.parameters()}
        others = [(name, value) for name, value in network.named_parameters() if id(value) not in encoder]
        assert [name for name, value in others if not (_moves(value) or _may_be_still(name))] == []


def _may_be_still(name: str) -> bool:
    """Layers of timm's classifiers that nothing here asks for; what is added to both dates that BIT subtracts."""
    return (
        "conv_head" in name
        or name == "narrow.bias"
        or (name.startswith("words.decode") and name.endswith("mlp.2.bias"))
    )


def _moves(value: torch.nn.Parameter) -> bool:
    return value.grad is not None and bool(value.grad.any())


@EACH
class TestEachRow:
    def test_it_overfits_a_small_batch(self, row: Network) -> None:
        """Classes in blocks, on noise: what it gets right it has learned by heart."""
        network = made(row).train()
        for module in network.modules():
            if isinstance(module, torch.nn.modules.dropout._DropoutNd):  # it is there to prevent just that
                module.p = 0.0
        side = max(32, row.side_multiple)
        x = pixels(2, channels(row), side, side)
        blocks = torch.arange(32).reshape(2, 4, 4) * 7 % 11 % K
        y = blocks.repeat_interleave(side // 4, 1).repeat_interleave(side // 4, 2)
        optimiser = torch.optim.Adam(network.parameters(), 2e-3)
        losses = []
        for _ in range(20):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(x), y)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        assert losses[-1] < 0.5 * losses[0]

    def test_it_takes_an_encoders_weights_and_no_others(self, row: Network) -> None:
        network, twin = made(row), made(row)
        weights = {name: value + 1 for name, value in network.backbone.state_dict().items()}
        network.load_encoder(weights, ALL * row.least_dates, ALL * row.least_dates)
        assert all(torch.equal(value, weights[name]) for name, value in network.backbone.state_dict().items())
        encoder = {id(value) for value in network.encoder_parameters()}
        for own, other in zip(network.parameters(), twin.parameters(), strict=True):
            assert id(own) in encoder or torch.equal(own, other)
        with pytest.raises(InputError, match="another encoder"):
            network.load_encoder({}, ALL, ALL)

    def test_it_takes_as_many_dates_as_its_row_says_and_what_does_not_change(self, row: Network) -> None:
        for dates in range(row.least_dates, row.dates + 1):
            for still in ("", *(["elevation"] if "galileo" not in row.name else [])):
                network = made(row, ("VV", "VH"), dates, still).eval()
                x = pixels(1, 2 * dates + bool(still), row.side_multiple, row.side_multiple)
                with torch.inference_mode():
                    logits = network(x)
                    # Each channel counts.
                    for channel in range(x.shape[1]):
                        changed = x.clone()
                        changed[:, channel] = changed[:, channel].flip(-1)
                        assert not torch.allclose(network(changed), logits, rtol=0, atol=1e-7)

    def test_it_says_which_bands_it_can_read_and_how(self, row: Network) -> None:
        bands = [ImageBand("B04", "reflectance"), ImageBand("VV", "db"), ImageBand("roofs", "dn")]
        prescribed = network_class(row).prescribed(bands)
        if prescribed is not None:
            assert len(prescribed) == len(bands) and any(prescribed)
            for band, spec in zip(bands, prescribed, strict=True):
                assert spec is None or (spec.name, spec.units) == (band.name, band.units)

    def test_it_begins_from_what_is_known(self, row: Network) -> None:
        """Or from chance; the state goes with the weights."""
        rng = np.random.default_rng(0)
        zeros, ones = np.zeros(len(ALL), np.float32), np.ones(len(ALL), np.float32)
        sums, verdict = (rng.normal(size=shape).astype(np.float32) for shape in ((2, len(ALL)), (K, 2)))
        start = Start(zeros, ones, ones, zeros > 0, sums, zeros[:2], verdict, zeros[:K])
        network, twin = made(row), made(row)
        network.start(start)
        twin.load_state_dict(network.state_dict())
        x = pixels(1, channels(row), 64, 64)
        with torch.inference_mode():
            assert torch.equal(network.eval()(x), twin.eval()(x))

    def test_its_card_and_weights_give_the_same(self, row: Network, tmp_path: Path) -> None:
        written, network = write_network(tmp_path, card_of(row))
        card = read_card(tmp_path)
        assert card == written
        again = filled(partial(build, card.architecture, card.parameters), tmp_path, card).eval()
        x = pixels(2, channels(row), card.tile, card.tile)
        with torch.inference_mode():
            assert torch.equal(again(x), network(x))

    @pytest.mark.slow
    def test_onnx_gives_the_same(self, row: Network, tmp_path: Path) -> None:
        card, network = write_network(tmp_path, card_of(row))
        x = pixels(2, channels(row), card.tile, card.tile)
        with torch.inference_mode():
            expected = network(x).softmax(dim=1).numpy()
        found = OnnxRuntime(export_onnx(tmp_path)).run(x.numpy())
        np.testing.assert_allclose(found, expected, atol=card.tolerance)


@pytest.mark.parametrize("row", [row for row in TRAINED if "timm" in row.encoders], ids=lambda row: row.name)
def test_it_has_as_many_weights_as_published(row: Network) -> None:
    network = made(row, in_channels=3, classes=1, contrasts=0)
    # torchvision publishes ResNet-18's, with a classifier of 1000 classes on 512 features.
    assert _count(network.backbone) == 11_689_512 - 1000 * (512 + 1)
    if row.name in PUBLISHED:
        assert _count(network) == PUBLISHED[row.name]


def _count(network: torch.nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


def test_each_row_says_what_its_network_is() -> None:
    for row in TRAINED:
        assert issubclass(network_class(row), BaseNetwork)
        assert 1 <= row.least_dates <= row.dates and (row.encoders or row.own_encoder)
    # A card's word means one class.
    assert len({(row.architecture, row.code) for row in ALL_NETWORKS.values()}) == len(
        {row.architecture for row in ALL_NETWORKS.values()}
    )
