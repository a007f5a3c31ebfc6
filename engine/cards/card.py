"""What is known of a model without opening it: `card.json`, in the terms of STAC's Machine Learning Model extension."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Optional

from ..errors import InputError
from ..files import read_plain
from ._json import Reader, choice, is_text, need
from .band_names import called
from .heads import MOST_CLASSES, ClassSpec, Head, Quantity, head_from_json, head_to_json
from .parameters import check_parameters
from .tasks import CLASSES, HEADS, QUANTITIES, TASKS

__all__ = ["CARD", "MOST_CLASSES", "UNITS", "BandSpec", "Card", "ClassSpec", "Head", "Quantity", "read_card"]

CARD = "card.json"
MLM = "https://stac-extensions.github.io/mlm/v1.5.0/schema.json"
UNITS = ("reflectance", "db", "display", "dn")
WEIGHTS = (".safetensors", ".onnx")
MOST_BANDS, MOST_HEADS = 1000, 100
LARGEST_TILE = 16384
MOST_VALUES = 2**27  # of a tile in all its bands and classes
LONGEST_CARD_BYTES = 2 * 2**20  # QGIS reads cards, too
DEEPEST = 20  # objects and lists within each other
LEAST_SCALE, LARGEST_SCALE = 1e-30, 1e30  # what single precision can hold, and divide by
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BandSpec:
    """One band that a network wants: its input is (value - mean) / std, with the value in `units`.

    Attributes
    ----------
    name : str
        Canonical where there is such a name (see `band_names.canonical`), else what the training images call it.
    units : {'reflectance', 'db', 'display', 'dn'}
        Reflectance from 0 to 1 (Sentinel-2: DN / 10000 without the offset of processing baseline 04.00); decibels;
        8-bit values of display products; whatever numbers the file holds.
    mean, std : float
    date : int
        Of which image: 0 is the newest, 1 the one before, and so on.
    """

    name: str
    units: str
    mean: float = 0.0
    std: float = 1.0
    date: int = 0

    def __post_init__(self) -> None:
        for name in ("mean", "std"):  # JSON knows no other library's numbers
            object.__setattr__(self, name, float(getattr(self, name)))
        need(bool(self.name.strip()), "a band has no name")
        need(self.units in UNITS, f"the units of {called(self.name)} are '{self.units[:40]}', not {choice(UNITS)}")
        need(abs(self.mean) <= LARGEST_SCALE, f"the mean of {called(self.name)} is not a finite number")
        need(
            LEAST_SCALE <= self.std <= LARGEST_SCALE,
            f"the standard deviation of {called(self.name)} is not a number above 0",
        )
        is_date = type(self.date) is int and 0 <= self.date < MOST_BANDS
        need(is_date, f"the date of {called(self.name)} is not a whole number, 0 or more")


@dataclass(frozen=True)
class Card:
    """A model's card.

    Attributes
    ----------
    name : str
        For programs; on the shelf, the folder's name.
    title : str
        For people.
    task : str
        Of the table in `tasks`.
    architecture : str
        What builds the network: 'forest', 'onnx', 'smp', 'timm', 'galileo', 'galileo-segmenter' or one of search's.
    parameters : dict
        Of the architecture; values that JSON can hold.
    weights : str
        Name of the file in the model's folder: `.safetensors` or `.onnx`.
    sha256 : str
        Of that file, 64 hexadecimal digits; '' before it is written.
    bands : tuple of BandSpec
        In the order of the network's input channels; the newest date first. A name may stand once per date.
    classes : tuple of ClassSpec
        In the order of the output channels; only of models whose task gives classes, which need them.
    gsd_m : float, optional
        Ground sample distance of the training images, in metres.
    tile, overlap : int
        Side of the tiles that the network likes, and by how much neighbours share, in pixels.
    licence, attribution, source, limits, version : str
        For people: under which terms, whom to name, where from, what the model is not good for.
    training, metrics : dict
        What the model learned from, and how good it was on what it had not seen; values that JSON can hold.
    tolerance : float
        How far outputs of another runtime or device may lie from the golden ones, absolutely.
    quantities : tuple of Quantity
        As `classes`, of models whose task gives quantities.
    heads : tuple of Head
        Only of models of several heads, which have neither classes nor quantities beside them.

    Raises
    ------
    InputError
        If a value cannot be: the message is one sentence.
    """

    name: str
    title: str
    task: str
    architecture: str
    parameters: dict[str, Any]
    weights: str
    sha256: str
    bands: tuple[BandSpec, ...]
    classes: tuple[ClassSpec, ...] = ()
    gsd_m: Optional[float] = None
    tile: int = 256
    overlap: int = 64
    licence: str = ""
    attribution: str = ""
    source: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    limits: str = ""
    tolerance: float = 1e-4
    version: str = "1"
    quantities: tuple[Quantity, ...] = ()
    heads: tuple[Head, ...] = ()

    def __post_init__(self) -> None:
        for name in ("name", "title", "architecture"):
            need(bool(getattr(self, name).strip()), f"{name} is blank")
        need(
            _is_weights_file(self.weights),
            f"weights is '{self.weights[:80]}', not a plain file name that ends with {choice(WEIGHTS)}",
        )
        need(self.sha256 == "" or bool(_SHA256.fullmatch(self.sha256)), "sha256 is not 64 hexadecimal digits")
        for name in ("parameters", "training", "metrics"):
            object.__setattr__(self, name, _plain(name, getattr(self, name)))
        if fault := check_parameters(self.parameters):
            raise InputError(f"The card cannot be used: {fault}.")
        self._check_bands()
        self._check_heads()
        need(self.gsd_m is None or 0 < self.gsd_m < math.inf, "gsd_m is not a number of metres above 0")
        need(1 <= self.tile <= LARGEST_TILE, f"tile is {self.tile}, not within 1 to {LARGEST_TILE} pixels")
        need(
            0 <= self.overlap < self.tile, f"overlap is {self.overlap}, not within 0 and the tile's {self.tile} pixels"
        )
        need(
            (len(self.bands) + self.channels) * self.tile**2 <= MOST_VALUES,
            f"a tile of {self.tile} pixels in {len(self.bands)} bands and {self.channels} classes takes too much "
            f"memory; smaller tiles would do",
        )
        need(0 <= self.tolerance < math.inf, "tolerance is not a number, 0 or more")

    def _check_bands(self) -> None:
        need(1 <= len(self.bands) <= MOST_BANDS, f"it has {len(self.bands)} bands, not 1 to {MOST_BANDS}")
        keys = [(band.date, band.name.casefold()) for band in self.bands]
        for band, key in zip(self.bands, keys):
            need(keys.count(key) == 1, f"{called(band.name)} stands twice" + (f" at date {key[0]}" if key[0] else ""))
        dates = [band.date for band in self.bands]
        need(
            dates == sorted(dates) and {*dates} == {*range(self.dates)},
            "its bands are not in the order of their dates, the newest (0) first and none left out",
        )

    def _check_heads(self) -> None:
        for head in self.heads:
            gives = TASKS[head.task].gives
            need(
                gives in (CLASSES, QUANTITIES), f"its output '{head.name[:80]}' is for {head.task}, which stands alone"
            )
        if self.task in TASKS and TASKS[self.task].gives == HEADS:
            need(1 <= len(self.heads) <= MOST_HEADS, f"it has {len(self.heads)} heads, not 1 to {MOST_HEADS}")
            names = [head.name for head in self.heads]
            for name in names:
                need(names.count(name) == 1, f"the output '{name[:80]}' stands twice")
            need(not self.classes and not self.quantities, "its classes and quantities do not stand in its heads")
        else:
            need(not self.heads, f"it has heads, which no model of the task {self.task[:40]} has")
            Head(self.task, self.task, self.classes, self.quantities)

    @property
    def dates(self) -> int:
        """T, of how many dates the images are that it takes together."""
        return 1 + max(band.date for band in self.bands)

    @property
    def band_names(self) -> tuple[str, ...]:
        """The names of its bands, each once."""
        return tuple(dict.fromkeys(band.name for band in self.bands))

    @property
    def outputs(self) -> tuple[Head, ...]:
        """What it gives: its heads, or the one output of a model without, which has its task's name."""
        return self.heads or (Head(self.task, self.task, self.classes, self.quantities),)

    @property
    def channels(self) -> int:
        """How many classes and values all its outputs give."""
        return sum(head.channels for head in self.outputs)

    def to_json(self) -> str:
        """This card as JSON: MLM's terms where there are such, `geofm:` before the others."""
        size = {"batch": -1, "bands": len(self.bands), "height": self.tile, "width": self.tile}
        given: dict[str, Any] = {
            "name": "image",
            "bands": [{"name": band.name} for band in self.bands],
            "input": {"shape": [*size.values()], "dim_order": [*size], "data_type": "float32"},
            "value_scaling": [{"type": "z-score", "mean": band.mean, "stddev": band.std} for band in self.bands],
            "resize_type": None,
            "geofm:units": [band.units for band in self.bands],
        }
        if self.dates > 1:
            given["geofm:dates"] = [band.date for band in self.bands]
        made = [head_to_json(head, self.tile) for head in self.outputs]
        for item, head in zip(made, self.heads):
            item["geofm:task"] = head.task
        values = {
            "stac_extensions": [MLM],
            "mlm:name": self.name,
            "mlm:architecture": self.architecture,
            "mlm:tasks": [*dict.fromkeys(TASKS[head.task].mlm for head in self.outputs)],
            "mlm:framework": "ONNX" if self.weights.endswith(".onnx") else "PyTorch",
            "mlm:input": [given],
            "mlm:output": made,
            **{f"geofm:{name}": getattr(self, name) for name in _OWN},
        }
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
        need(is_text(text), "it holds bytes that are no text")
        return text

    @classmethod
    def from_json(cls, text: str) -> Card:
        """The card that `to_json` wrote.

        Raises
        ------
        InputError
            If the text is no card: one sentence says what is missing or wrong.
        """
        top = Reader.parse(text)
        given = top.objects("mlm:input")
        need(len(given) == 1, f"mlm:input has {len(given)} entries, not one")
        values: dict[str, Any] = {
            "name": top.text("mlm:name"),
            "architecture": top.text("mlm:architecture"),
            "bands": _bands(given[0]),
        }
        for item in fields(cls):
            if item.name in _OWN and (item.name in _NEEDED or f"geofm:{item.name}" in top.values):
                values[item.name] = getattr(top, _OWN[item.name])(f"geofm:{item.name}")
        made, task = top.objects("mlm:output"), values["task"]
        if task in TASKS and TASKS[task].gives == HEADS:
            return cls(**values, heads=tuple(head_from_json(item, item.text("geofm:task")) for item in made))
        need(len(made) == 1, f"mlm:output has {len(made)} entries, not one")
        head = head_from_json(made[0], task)
        return cls(**values, classes=head.classes, quantities=head.quantities)


# Fields that MLM has no term for, and how they are read.
_OWN = {
    **dict.fromkeys(("title", "task", "weights", "sha256"), "text"),
    "parameters": "object",
    "gsd_m": "number_or_none",
    **dict.fromkeys(("tile", "overlap"), "whole"),
    **dict.fromkeys(("licence", "attribution", "source"), "text"),
    **dict.fromkeys(("training", "metrics"), "object"),
    "limits": "text",
    "tolerance": "number",
    "version": "text",
}
_NEEDED = ("title", "task", "weights", "sha256", "parameters")


def read_card(folder: Path) -> Card:
    """The card of a model's folder.

    Raises
    ------
    InputError
        If there is none, or one that cannot be used.
    """
    path = Path(folder) / CARD
    try:
        text = read_plain(path, LONGEST_CARD_BYTES, inside=True).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{folder} is no model: it holds no {CARD}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no model's card: it is not UTF-8 text.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read ({reason}); give another model.") from error
    try:
        card = Card.from_json(text)
        need(bool(card.sha256), "geofm:sha256 is missing")
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return card


def _bands(given: Reader) -> tuple[BandSpec, ...]:
    names = [_band_name(band) for band in given.items("bands")]
    scaling = [Reader(item, "value_scaling") for item in given.items("value_scaling")]
    units = given.items("geofm:units")
    dates = given.items("geofm:dates") if "geofm:dates" in given.values else [0] * len(names)
    need(
        len(names) == len(scaling) == len(units) == len(dates),
        f"there are {len(names)} bands, {len(scaling)} value_scaling, {len(units)} geofm:units and {len(dates)} "
        "geofm:dates, which do not match",
    )
    for item in scaling:
        need(item.text("type") == "z-score", f"value_scaling is of type '{item.text('type')[:40]}', not z-score")
    return tuple(
        BandSpec(name, _text(unit, "geofm:units"), item.number("mean"), item.number("stddev"), date)
        for name, unit, item, date in zip(names, units, scaling, dates)
    )


def _band_name(band: object) -> str:
    """MLM allows plain names beside objects."""
    return _text(band, "bands") if isinstance(band, str) else Reader(band, "bands").text("name")


def _text(value: object, where: str) -> str:
    need(isinstance(value, str) and is_text(value), f"{where} holds something that is no text")
    return str(value)


def _is_weights_file(name: str) -> bool:
    """Whether it is the name of a file in the model's folder on every system, and of a kind that is no pickle."""
    return name.endswith(WEIGHTS) and bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name))


def _plain(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy as JSON gives it back: tuples become lists, and nobody else can change it."""
    try:
        text = json.dumps(values, allow_nan=False, ensure_ascii=False)
        copy = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"The card cannot be used: {name} holds something that JSON cannot ({error}).") from error
    need(isinstance(copy, dict), f"{name} is no object")
    need(is_text(text), f"{name} holds bytes that are no text")
    need(_depth(copy) <= DEEPEST, f"{name} holds more than {DEEPEST} things within each other")
    result: dict[str, Any] = copy
    return result


def _depth(value: object, within: int = 0) -> int:
    """How many objects and lists lie within each other; no more is counted than is allowed."""
    if within > DEEPEST or not isinstance(value, (dict, list)):
        return within
    inside = value.values() if isinstance(value, dict) else value
    return max((_depth(item, within + 1) for item in inside), default=within + 1)
