"""What is said of networks and presets to people is what the engine does."""

from __future__ import annotations

import pytest

from engine.errors import RequestError
from engine.jobs.requests import TrainRequest
from engine.jobs.requests.networks import ALL_NETWORKS, NETWORKS, PRESETS


def request_of(**fields) -> TrainRequest:
    return TrainRequest((("image.tif",),), "fields.gpkg", "class", model="model", **fields)


def test_no_two_networks_are_called_alike():
    assert len({row.title for row in ALL_NETWORKS.values()}) == len(ALL_NETWORKS)


def test_networks_keep_the_places_that_models_of_processing_know():
    assert list(NETWORKS)[:5] == ["unet", "deeplabv3plus", "upernet", "fpn", "segformer"]


@pytest.mark.parametrize("preset", [row for row in PRESETS.values() if row.networks], ids=lambda row: row.name)
def test_a_preset_cuts_tiles_that_its_networks_can_take(preset):
    networks = [*preset.networks, *(name for name, row in NETWORKS.items() if preset.name in row.presets)]
    for side in (preset.chip, preset.tiling.side, preset.judging.side):
        assert [name for name in networks if side % ALL_NETWORKS[name].side_multiple] == []


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_request_takes_the_networks_of_its_preset(preset, network):
    if preset in NETWORKS[network].presets:
        request_of(preset=preset, network=network)
    else:
        with pytest.raises(RequestError, match=f"network is for the preset best; leave it out with {preset}"):
            request_of(preset=preset, network=network)


def test_what_a_preset_takes_by_itself_it_may_be_asked_for():
    for preset, row in PRESETS.items():
        request_of(preset=preset, network=row.network, encoder=row.encoder, epochs=row.epochs)


def test_unknown_names_are_told_with_the_known_ones():
    with pytest.raises(RequestError, match="network is 'resunet'; choose one of unet, deeplabv3plus, "):
        request_of(preset="best", network="resunet")
    with pytest.raises(RequestError, match="preset is 'good'; choose one of quick, balanced, best"):
        request_of(preset="good")
