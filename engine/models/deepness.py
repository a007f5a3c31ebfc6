"""The metadata by which the QGIS plugin Deepness knows an ONNX model, written and read."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..cards.band_names import COLOURS, POLARISATIONS, SENTINEL_2
from ..cards.card import BandSpec, Card
from ..errors import InputError

__all__ = ["CARD_KEY", "Deepness", "metadata", "read_metadata"]

# Deepness divides whatever the file holds by this, then subtracts the mean and divides by the standard deviation.
DIVISOR = 255.0
# How many of a file's units make one of the card's: Sentinel-2 files hold reflectance x 10000.
STORED = {"reflectance": 10_000.0, "db": 1.0, "display": 1.0, "dn": 1.0}
# Ours: the whole card, so that an exported model comes back with its bands, units and colours. Deepness ignores it.
CARD_KEY = "geofm_card"
TYPES = ("Segmentor", "Recognition")
OF_SENSORS = (*SENTINEL_2, *POLARISATIONS)


@dataclass(frozen=True, slots=True)
class Deepness:
    """What a model's metadata say.

    Attributes
    ----------
    type : str, optional
        'Segmentor' or 'Recognition'.
    names : tuple of str
        Of the classes by id; empty if not given.
    resolution_m : float, optional
        Metres per pixel.
    tile : int, optional
        Pixels.
    overlap : float, optional
        As a share of a tile.
    mean, std : tuple of float
        Per band or one for all, of values divided by 255; empty if not given.
    threshold : float, optional
        The probability from which a class counts.
    """

    type: str | None = None
    names: tuple[str, ...] = ()
    resolution_m: float | None = None
    tile: int | None = None
    overlap: float | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    threshold: float | None = None

    @property
    def stated(self) -> bool:
        """Whether they say how values are scaled."""
        return bool(self.mean or self.std)

    def band_specs(self, names: tuple[str, ...]) -> tuple[BandSpec, ...]:
        """How a card says what Deepness does with the values of a file.

        Where the statistics are those of values from 0 to 1, the file is an 8-bit display product. Else it holds its
        own values: bands named as Sentinel-2's are reflectance x 10000, polarisations with means below zero decibels.

        Without statistics, bands that are named as a sensor's are its own values too (tiles to search among are
        colours always). A file that says nothing to Deepness takes reflectance and decibels as they are.
        """
        if not self.stated and self.type != "Recognition" and any(name in OF_SENSORS for name in names):
            plain = self == Deepness()
            return tuple(_unscaled(name, plain) for name in names)
        means = self.mean or (0.0,)
        stds = self.std or (1.0,)
        if len(means) not in (1, len(names)) or len(stds) not in (1, len(names)):
            raise InputError(
                f"Its metadata give {len(means)} means and {len(stds)} deviations for {len(names)} bands; correct them "
                f"where the model was made."
            )
        means, stds = (values * len(names) if len(values) == 1 else values for values in (means, stds))
        shown = all(0 <= mean <= 1 and std <= 1 for mean, std in zip(means, stds, strict=True))
        specs = []
        for name, mean, std in zip(names, means, stds, strict=True):
            units = "display" if shown else _units_of(name, mean)
            scale = DIVISOR / STORED[units]
            specs.append(BandSpec(name, units, mean * scale, std * scale))
        return tuple(specs)


def _unscaled(name: str, plain: bool) -> BandSpec:
    """A band of which no statistics are known, beside some of sensors; `plain`: nor is it divided by 255."""
    units = "reflectance" if name in (*SENTINEL_2, *COLOURS) else "db" if name in POLARISATIONS else "dn"
    return BandSpec(name, units, 0.0, 1.0 if plain else DIVISOR / STORED[units])


def _units_of(name: str, mean: float) -> str:
    if name in SENTINEL_2:
        return "reflectance"
    return "db" if name in POLARISATIONS and mean < 0 else "dn"


def metadata(card: Card) -> dict[str, str]:
    """Deepness' keys of a segmentation model; each value is JSON.

    Means and deviations are those of the values that files hold: a card in reflectance stands for files of
    reflectance x 10000.
    """
    scales = [STORED[band.units] / DIVISOR for band in card.bands]
    values: dict[str, Any] = {
        "model_type": "Segmentor",
        "class_names": {str(index): item.name for index, item in enumerate(card.classes)},
        "tile_size": card.tile,
        "tiles_size": card.tile,
        "tiles_overlap": round(100 * card.overlap / card.tile),
        "standardization_mean": [band.mean * scale for band, scale in zip(card.bands, scales, strict=True)],
        "standardization_std": [band.std * scale for band, scale in zip(card.bands, scales, strict=True)],
        # Deepness maps what has less than this to class 0, and smooths the map by this many pixels.
        "seg_thresh": card.parameters.get("threshold", 0.0),
        "seg_small_segment": 0,
    }
    if card.gsd_m is not None:
        values["resolution"] = card.gsd_m * 100
    return {key: json.dumps(value) for key, value in values.items()}


def read_metadata(given: Mapping[str, str]) -> Deepness:
    """What the metadata of an ONNX file say to Deepness.

    Raises
    ------
    InputError
        If a value is none that Deepness could read, or the model is of a type that GeoFM does not run.
    """
    kind = _value(given, "model_type", str)
    if kind is not None and kind.capitalize() not in TYPES:
        raise InputError(
            f"It is a model of Deepness' type {kind[:40]}, which GeoFM does not run; give one of the type "
            f"{' or '.join(TYPES)}."
        )
    sides = [_value(given, key, float) for key in ("tile_size", "tiles_size")]
    resolution, overlap = _value(given, "resolution", float), _value(given, "tiles_overlap", float)
    mean, std = (_numbers(given, f"standardization_{name}") for name in ("mean", "std"))
    if any(value <= 0 for value in std):
        raise InputError("Its standardization_std holds a number that is not above 0; correct it where it was made.")
    threshold = _value(given, "seg_thresh", float)
    return Deepness(
        type=kind.capitalize() if kind else None,
        names=_names(given),
        resolution_m=resolution / 100 if resolution and resolution > 0 else None,
        tile=next((int(side) for side in sides if side and side >= 1), None),
        overlap=overlap / 100 if overlap is not None and 0 <= overlap < 100 else None,
        mean=mean,
        std=std,
        threshold=threshold if threshold is not None and 0 < threshold < 1 else None,
    )


def _names(given: Mapping[str, str]) -> tuple[str, ...]:
    key = "class_names" if "class_names" in given else "names"
    if key not in given:
        return ()
    try:
        try:
            names = json.loads(given[key])
        except json.JSONDecodeError:
            names = ast.literal_eval(given[key])  # Deepness also takes Python's way of writing them
        if isinstance(names, list) and len(names) == 1 and isinstance(names[0], Mapping):
            names = names[0]  # its form for several outputs, of which there is one here
        by_id = {int(number): str(name).strip() for number, name in names.items()}
    except (ValueError, SyntaxError, AttributeError, TypeError, MemoryError, RecursionError, OverflowError) as error:
        raise InputError(f"Its {key} cannot be read as a list of ids and names; correct them.") from error
    if sorted(by_id) != list(range(len(by_id))):
        raise InputError(f"The ids in its {key} are not 0 to {len(by_id) - 1} without gaps; correct them.")
    return tuple(by_id[number] or f"class {number}" for number in range(len(by_id)))


def _numbers(given: Mapping[str, str], key: str) -> tuple[float, ...]:
    if key not in given:
        return ()
    try:
        value = json.loads(given[key])
        numbers = tuple(float(item) for item in (value if isinstance(value, list) else [value]))
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise InputError(f"Its {key} is no list of numbers; correct it where the model was made.") from error
    if not numbers or not all(map(math.isfinite, numbers)):
        raise InputError(f"Its {key} is no list of finite numbers; correct it where the model was made.")
    return numbers


def _value(given: Mapping[str, str], key: str, kind: type) -> Any:
    """None if it is not there."""
    if key not in given:
        return None
    try:
        value = kind(json.loads(given[key]))
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        # The plain word is a common slip that Deepness itself does not forgive.
        if kind is str:
            return given[key].strip()
        raise InputError(f"Its {key} is '{given[key][:40]}', no {kind.__name__}; correct it.") from error
    if kind is float and not math.isfinite(value):
        raise InputError(f"Its {key} is '{given[key][:40]}', no finite number; correct it.")
    return value
