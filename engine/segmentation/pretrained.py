"""The networks of Balanced and Best, on pre-trained encoders of the shelf or on new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from ..cards.band_names import same_band
from ..cards.card import BandSpec, Card, read_card
from ..cards.catalogue import CATALOGUE
from ..cards.shelf import find, shelf
from ..errors import InputError
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import PRESETS
from ..models.architectures import build
from ..models.architectures.galileo import BANDS as GALILEO_BANDS
from ..models.architectures.galileo import band_specs
from ..models.architectures.segmentation import Segmentation
from ..models.building import outline, sized
from ..models.names import plain_name
from ..models.store import load_into, read_tensors
from ..raster.image import ImageBand
from .examples import Example, Examples, robust_specs
from .features import most_sums

__all__ = ["Prepared", "balanced_network", "best_network"]

Scale = Callable[[Sequence[ImageBand], Sequence[Example], int], tuple[BandSpec, ...]]


@dataclass(frozen=True)
class Prepared:
    """A network before it has learned.

    Attributes
    ----------
    network : nn.Module
    architecture : str
    parameters : dict
        From which `build` makes the same network.
    pretrained : bool
        Whether its encoder is not from chance.
    scaled : callable
        From bands, examples and a seed to how the bands are normalised.
    facts : dict
        For the card's account of the training.
    """

    network: nn.Module
    architecture: str
    parameters: dict[str, Any]
    pretrained: bool
    scaled: Scale = robust_specs
    facts: dict[str, Any] = field(default_factory=dict)


class FrozenEncoder(Segmentation):
    """A network whose encoder stays as it is, running statistics included."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.model.encoder.requires_grad_(False)

    def train(self, mode: bool = True) -> FrozenEncoder:
        """The encoder stays in evaluation mode."""
        super().train(mode)
        self.model.encoder.eval()
        return self


def balanced_network(examples: Examples, request: TrainRequest) -> Prepared:
    """A frozen pre-trained encoder with a decoder that learns.

    Raises
    ------
    InputError
        If the encoder is not installed, is none, or knows none of the image's bands.
    """
    name = request.encoder or str(PRESETS[request.preset].encoder)
    folder = _installed(name)
    if folder is None:
        raise InputError(_missing(name))
    card = _encoder_card(folder)
    if card.architecture == "galileo":
        return _on_galileo(examples, folder, card)
    return _segmentation(examples, "fpn", folder, card, FrozenEncoder)


def best_network(examples: Examples, request: TrainRequest) -> Prepared:
    """A network of segmentation-models-pytorch, on an installed encoder or on one from chance.

    Raises
    ------
    InputError
        If there is no such encoder, or the network cannot stand on it.
    """
    row = PRESETS[request.preset]
    network, name = request.network or str(row.network), request.encoder or str(row.encoder)
    folder = _installed(name)
    if folder is not None:
        return _segmentation(examples, network, folder, _encoder_card(folder))
    if any(entry.name.casefold() == name.casefold() for entry in CATALOGUE):
        raise InputError(_missing(name))
    parameters = _parameters(examples, network, name)
    made = _made(Segmentation, parameters)
    return Prepared(made, "smp", parameters, pretrained=False, facts={"encoder": name})


def _on_galileo(examples: Examples, folder: Path, card: Card) -> Prepared:
    known = [
        band.name
        for band in examples.bands
        if any(same_band(band.name, name) for name in GALILEO_BANDS) and band.units in ("reflectance", "db")
    ]
    if not known:
        raise InputError(
            f"The encoder {card.title} knows none of the image's bands ({', '.join(b.name for b in examples.bands)}): "
            "it reads Sentinel-1 in dB and Sentinel-2 reflectance; choose the preset quick or best, or name the bands."
        )
    left = [band.name for band in examples.bands if band.name not in known]
    if left:
        examples.warnings.append(f"The encoder {card.title} does not know {', '.join(left)}: the model does without.")
    examples.choose(known)
    specs = band_specs(known)
    parameters = {
        "bands": [spec.name for spec in specs],
        "classes": len(examples.labels.classes),
        "month": examples.month,
        "gsd_m": round(examples.gsd_m, 4),
        "encoder": card.parameters,
        "contrasts": _contrasts(examples),
    }
    with sized(outline(folder, card), folder):
        network = build("galileo-segmenter", parameters)
    load_into(network.get_submodule("encoder"), read_tensors(folder, card), folder)
    return Prepared(
        network,
        "galileo-segmenter",
        parameters,
        pretrained=True,
        scaled=lambda bands, seen, seed: specs,
        facts=_encoder_facts(card),
    )


def _segmentation(
    examples: Examples, network: str, folder: Path, card: Card, kind: type[Segmentation] = Segmentation
) -> Prepared:
    if card.architecture != "timm":
        raise InputError(
            f"The encoder {card.title} is no image network that '{network}' can stand on; take it with the preset "
            "balanced, or name a timm encoder."
        )
    parameters = _parameters(examples, network, plain_name(card.parameters.get("encoder"), "The encoder"))
    with sized(outline(folder, card), folder):
        made = _made(kind, parameters)
    to_bands = [band.name for band in examples.bands]
    made.load_encoder(read_tensors(folder, card), [band.name for band in card.bands], to_bands)

    def scaled(bands: Sequence[ImageBand], seen: Sequence[Example], seed: int) -> tuple[BandSpec, ...]:
        """As the encoder saw its bands; other bands by their own statistics."""
        specs = robust_specs(bands, seen, seed)
        return tuple(_as_learned(spec, card) for spec in specs)

    return Prepared(made, "smp", parameters, pretrained=True, scaled=scaled, facts=_encoder_facts(card))


def _made(kind: type[Segmentation], parameters: dict[str, Any]) -> Segmentation:
    try:
        return kind(**parameters)
    except ValueError as error:
        raise InputError(
            f"The network {parameters['network']} cannot stand on the encoder '{parameters['encoder']}': name an "
            "installed encoder (see 'geofm models list'), or one of segmentation-models-pytorch, such as resnet18 or "
            "efficientnet-b0."
        ) from error


def _as_learned(spec: BandSpec, card: Card) -> BandSpec:
    for own in card.bands:
        if same_band(own.name, spec.name) and own.units == spec.units:
            return BandSpec(spec.name, spec.units, own.mean, own.std)
    return spec


def _parameters(examples: Examples, network: str, encoder: str) -> dict[str, Any]:
    return {
        "network": network,
        "encoder": encoder,
        "in_channels": len(examples.bands),
        "classes": len(examples.labels.classes),
        "contrasts": _contrasts(examples),
    }


def _contrasts(examples: Examples) -> int:
    """How many sums of the bands there can be."""
    return most_sums(len(examples.bands), len(examples.labels.classes))


def _encoder_facts(card: Card) -> dict[str, Any]:
    return {
        "encoder": card.name,
        "encoder_sha256": card.sha256,
        "encoder_licence": card.licence,
        "encoder_attribution": card.attribution,
    }


def _encoder_card(folder: Path) -> Card:
    card = read_card(folder)
    if card.task != "encoder":
        raise InputError(f"The model {card.title} is for {card.task} and no encoder to build on; choose another.")
    return card


def _installed(name: str) -> Path | None:
    """The folder of an encoder on the shelf, or of one given by its folder; None if there is none."""
    if any(model.name.casefold() == name.casefold() for model in shelf()) or Path(name).is_dir():
        return find(name)
    return None


def _missing(name: str) -> str:
    return (
        f"The encoder {name} is not installed: install it with 'geofm models install {name}', or in QGIS under Models; "
        "or choose another preset or encoder."
    )
