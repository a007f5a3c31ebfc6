"""Networks before they learn, on pre-trained encoders of the shelf or on new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cards.band_names import same_band
from ..cards.card import BandSpec, Card, read_card
from ..cards.catalogue import CATALOGUE
from ..cards.floods import TEACHABLE, codes_of, is_teachable
from ..cards.shelf import find, shelf
from ..errors import GeoFMError, InputError
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import ALL_NETWORKS, NETWORKS, PRESETS, Network, Preset
from ..models.architectures import network_class
from ..models.architectures.narrow_unet import NarrowUnet
from ..models.architectures.network import BaseNetwork, Design
from ..models.building import outline, sized
from ..models.store import read_tensors
from ..models.teachable import Teachable, read_teachable
from .examples import Example, Examples, robust_specs
from .features import most_sums

__all__ = ["Prepared", "prepare"]

Scale = Callable[[Sequence[Example], int], tuple[BandSpec, ...]]


@dataclass(frozen=True)
class Prepared:
    """A network before it has learned.

    Attributes
    ----------
    network : BaseNetwork
    architecture : str
    parameters : dict
        From which `build` makes the same network.
    pretrained : bool
        Whether its encoder is not from chance.
    scaled : callable
        From examples and a seed to how the bands are normalised.
    facts : dict
        For the card's account of the training.
    """

    network: BaseNetwork
    architecture: str
    parameters: dict[str, Any]
    pretrained: bool
    scaled: Scale
    facts: dict[str, Any]


@dataclass(frozen=True)
class _Encoder:
    """What a network is to stand on: an installed encoder as its card says, one of timm's from chance, or its own.

    The last has no architecture. A flood model stands for its network without the last layer.
    """

    title: str
    architecture: str
    parameters: Mapping[str, Any]
    bands: tuple[BandSpec, ...]
    facts: dict[str, Any]
    installed: tuple[Path, Card] | None
    teachable: Teachable | None = None


def prepare(examples: Examples, request: TrainRequest) -> Prepared:
    """The network that a request asks for, on an installed encoder or on one from chance.

    The examples go on with the bands that it can read.

    Raises
    ------
    InputError
        If the encoder is not installed, is none, or knows none of the image's bands, or the network cannot stand on it.
    """
    preset = PRESETS[request.preset]
    encoder = _encoder(request, preset)
    usual = preset.networks if encoder.teachable is None else (TEACHABLE,)
    row = _row((request.network,) if request.network else usual, encoder)
    kind = network_class(row)
    prescribed = _chosen(examples, kind, encoder)
    read = prescribed or examples.bands
    bands = tuple(band.name for band in read)
    design = Design(
        bands,
        classes=len(examples.labels.classes),
        encoder=encoder.parameters,
        contrasts=most_sums(len(bands), len(examples.labels.classes)),
        month=examples.month,
        gsd_m=examples.gsd_m,
        units=tuple(band.units for band in read),
        dates=tuple(band.date for band in read),
    )
    parameters = kind.parameters_for(row.name, design)
    if encoder.installed is None:
        network = _made(kind, parameters, row, encoder)
    else:
        folder, card = encoder.installed
        from_bands = [band.name for band in card.bands]
        if encoder.teachable is not None:
            network = _made(kind, parameters, row, encoder)
            network.load_encoder(encoder.teachable.body, from_bands, bands)
            _keep_classes(network, encoder.teachable, examples.labels.classes)
        else:
            with sized(outline(folder, card), folder):
                network = _made(kind, parameters, row, encoder)
            network.load_encoder(read_tensors(folder, card), from_bands, bands)
    if preset.frozen:
        network.freeze_encoder()

    def scaled(seen: Sequence[Example], seed: int) -> tuple[BandSpec, ...]:
        specs = prescribed or robust_specs(examples.bands, seen, seed)
        return specs if prescribed else tuple(_as_learned(spec, encoder) for spec in specs)

    return Prepared(network, row.architecture, parameters, encoder.installed is not None, scaled, encoder.facts)


def _encoder(request: TrainRequest, preset: Preset) -> _Encoder:
    if request.encoder is None and request.network and NETWORKS[request.network].own_encoder and not preset.frozen:
        return _Encoder("its own", "", {}, (), {}, None)
    name = request.encoder or str(preset.encoder)
    # On the shelf, or given by its folder.
    if any(model.name.casefold() == name.casefold() for model in shelf()) or Path(name).is_dir():
        folder = find(name)
        card = read_card(folder)
        teachable = read_teachable(folder, card) if is_teachable(card) else None
        if card.task != "encoder" and teachable is None:
            raise InputError(f"The model {card.title} is for {card.task} and no encoder to build on; choose another.")
        if card.dates > len(request.places()[0]):
            raise InputError(
                f"The encoder {card.title} learned from images of {card.dates} dates at once; give as many of each "
                "place, or choose another encoder."
            )
        facts = {
            "encoder": card.name,
            "encoder_sha256": card.sha256,
            "encoder_licence": card.licence,
            "encoder_attribution": card.attribution,
        }
        if teachable is not None:
            return _Encoder(card.title, TEACHABLE, teachable.parameters, card.bands, facts, (folder, card), teachable)
        return _Encoder(card.title, card.architecture, card.parameters, card.bands, facts, (folder, card))
    if preset.frozen or any(entry.name.casefold() == name.casefold() for entry in CATALOGUE):
        raise InputError(
            f"The encoder {name} is not installed: install it with 'geofm models install {name}', or in QGIS under "
            "Models; or choose another preset or encoder."
        )
    return _Encoder(name, "timm", {"encoder": name}, (), {"encoder": name}, None)


def _row(names: Sequence[str], encoder: _Encoder) -> Network:
    """The first of some networks that can stand on an encoder."""
    for name in names:
        row = ALL_NETWORKS[name]
        if encoder.architecture in row.encoders or (row.own_encoder and not encoder.architecture):
            return row
    if ALL_NETWORKS[names[-1]].own_encoder:
        raise InputError(
            f"The network {names[-1]} cannot stand on the encoder {encoder.title}; choose one that was made for it, or "
            "leave the encoder out."
        )
    raise InputError(
        f"The encoder {encoder.title} is no image network that '{names[-1]}' can stand on; take it with the preset "
        "balanced, or name a timm encoder."
    )


def _chosen(examples: Examples, kind: type[BaseNetwork], encoder: _Encoder) -> tuple[BandSpec, ...] | None:
    """Go on with the bands that a network can read; returns how they are normalised, where it prescribes that."""
    prescribed = kind.prescribed(examples.bands)
    if prescribed is None:
        return None
    pairs = list(zip(examples.bands, prescribed, strict=True))
    left = ", ".join(band.name for band, spec in pairs if spec is None)
    specs = tuple(spec for spec in prescribed if spec is not None)
    if not specs:
        reads = ", ".join(f"{band.name} ({band.units})" for band in encoder.bands)
        raise InputError(
            f"The encoder {encoder.title} knows none of the image's bands ({left}): it reads {reads}; choose the "
            "preset quick or best, or name the bands."
        )
    if left:
        examples.warnings.append(f"The encoder {encoder.title} does not know {left}: the model does without.")
    examples.choose([index for index, (_, spec) in enumerate(pairs) if spec is not None])
    return specs


def _keep_classes(network: BaseNetwork, teachable: Teachable, classes: Sequence[str]) -> None:
    """Tell classes that the flood model knows as it tells them; others, all together, are learned anew."""
    codes = codes_of(classes)
    if codes is not None and all(code in teachable.rows for code in codes) and isinstance(network, NarrowUnet):
        network.load_head(teachable.head_weight, teachable.head_bias, [teachable.rows[code] for code in codes])


def _made(kind: type[BaseNetwork], parameters: dict[str, Any], row: Network, encoder: _Encoder) -> BaseNetwork:
    try:
        return kind(**parameters)
    except GeoFMError:
        raise
    except Exception as error:  # the libraries' errors for wrong values have no common root
        raise InputError(
            f"The network {row.name} cannot stand on the encoder '{encoder.title}': name an installed encoder (see "
            "'geofm models list'), or one of segmentation-models-pytorch, such as resnet18 or efficientnet-b0."
        ) from error


def _as_learned(spec: BandSpec, encoder: _Encoder) -> BandSpec:
    """A band as the encoder saw it; another one by its own statistics."""
    for own in encoder.bands:
        if same_band(own.name, spec.name) and own.units == spec.units:
            return BandSpec(spec.name, spec.units, own.mean, own.std, spec.date)
    return spec
