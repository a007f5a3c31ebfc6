"""What is said of networks and presets to people is what the engine does."""

from __future__ import annotations

import pytest

from engine.errors import RequestError
from engine.jobs.requests import TrainRequest
from engine.jobs.requests.networks import ALL_NETWORKS, NETWORKS, PRESETS


def request_of(**fields) -> TrainRequest:
    return TrainRequest((("image.tif",),), "fields.gpkg", "class", model="model", **fields)


def dates_of(count: int, places: int = 1, **fields) -> TrainRequest:
    """Of images of so many dates of each place."""
    images = tuple((f"{place}_{date}.tif",) for place in range(places) for date in range(count))
    return TrainRequest(images, "fields.gpkg", "class", model="model", dates=(*range(count),) * places, **fields)


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
    row = NETWORKS[network]
    if preset in row.presets:
        dates_of(row.least_dates, preset=preset, network=network)
    else:
        presets = " and ".join(row.presets)
        with pytest.raises(RequestError, match=f"network is for the preset {presets}; leave it out with {preset}"):
            request_of(preset=preset, network=network)


def test_what_a_preset_takes_by_itself_it_may_be_asked_for():
    for preset, row in PRESETS.items():
        request_of(preset=preset, network=row.network, encoder=row.encoder, epochs=row.epochs)


def test_unknown_names_are_told_with_the_known_ones():
    with pytest.raises(RequestError, match="network is 'resunet'; choose one of unet, deeplabv3plus, "):
        request_of(preset="best", network="resunet")
    with pytest.raises(RequestError, match="preset is 'good'; choose one of quick, balanced, best"):
        request_of(preset="good")


def test_images_of_several_dates_are_places_of_the_newest_and_those_before():
    request = dates_of(2, places=2, preset="best", network="bit")
    assert request.places() == [[("0_0.tif",), ("0_1.tif",)], [("1_0.tif",), ("1_1.tif",)]]
    assert request_of().places() == [[("image.tif",)]]


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ((1, 0), "dates are not those of the images"),
        ((0,), "dates are not those of the images"),
        ((0, 2), "dates are not those of the images"),
        ((0, 1, 0), "Some places have images of 2 dates"),
    ],
)
def test_dates_out_of_order_are_refused(dates, told):
    images = tuple((f"{index}.tif",) for index in range(max(2, len(dates))))
    with pytest.raises(RequestError, match=told):
        TrainRequest(images, "fields.gpkg", "class", model="model", dates=dates, preset="best")


def test_a_network_is_given_as_many_dates_as_it_takes():
    for name, row in NETWORKS.items():
        if row.least_dates > 1:
            with pytest.raises(RequestError, match=f"network {name} compares images of 2 dates; give those before"):
                request_of(preset="best", network=name)
        with pytest.raises(RequestError, match=f"images of {row.dates + 1} dates, more than the network takes"):
            dates_of(row.dates + 1, preset="best", network=name)
    with pytest.raises(RequestError, match="several dates are for the preset best; give one of each place to quick"):
        dates_of(2, preset="quick")


def test_a_network_with_an_encoder_of_its_own_takes_no_other():
    with pytest.raises(RequestError, match="The network bit has an encoder of its own; leave the encoder out"):
        dates_of(2, preset="best", network="bit", encoder="resnet18")
