"""What a field of a request is to its user: an option with its words and limits, or a file that the job writes.

The command, Processing, the panels, the layers of a result and their metadata are made of these, so that each is said
once, where the field is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ...errors import RequestError
from ..result import Output

__all__ = [
    "DEVICES",
    "UNITS",
    "Destination",
    "Option",
    "bands_option",
    "confidence_output",
    "device_option",
    "label",
    "option",
    "output",
    "seed_option",
    "smooth_option",
]

DEVICES = ("auto", "cpu", "cuda")
HIGHEST_SEED = 2**31 - 1
UNITS = {"ha": "hectares", "m": "metres", "deg": "degrees", "db": "decibels"}  # as names of fields end, and in words


@dataclass(frozen=True)
class Option:
    """What the user may say of how the job is done.

    Attributes
    ----------
    title : str
        A label for a widget, without unit.
    help : str
        What it does, in a sentence or two.
    role : {'method', 'label', 'setting'}
        Of the method; a name for people, which the results get; or of this computer, which QGIS has in its settings.
    unit : str
        A key of `UNITS`, with which the field's name ends; empty for none.
    low, high : float, optional
        The least and the most of a number.
    above : bool
        Whether `low` itself is too little.
    whole : bool
        Whether only whole numbers fit.
    choices : mapping, optional
        What people read for each value; of a tuple, for each of its values. New ones stand below the others: models of
        Processing know a value by its place.
    unset : str
        What people read for None.
    usual : bool
        Whether people set it often: others are folded away in Processing.
    needs : str
        A field of the request, an input, without which it has no effect.
    """

    title: str
    help: str
    role: str = "method"
    unit: str = ""
    low: Optional[float] = None
    high: Optional[float] = None
    above: bool = False
    whole: bool = False
    choices: Optional[Mapping[Any, str]] = None
    unset: str = ""
    usual: bool = False
    needs: str = ""

    def check(self, name: str, value: Any) -> None:
        """See that a field can hold a value that is not None.

        Raises
        ------
        RequestError
            If it cannot; the message says what it can hold.
        """
        for item in value if isinstance(value, tuple) else (value,):
            if self.choices is not None:
                if item not in self.choices:
                    names = ", ".join(map(str, self.choices))
                    raise RequestError(f"{name} is '{str(item)[:80]}'; choose one of {names}.", field=name)
            elif isinstance(item, str):
                if not item.strip():
                    what = self.title[0].lower() + self.title[1:]
                    raise RequestError(f"{name} is blank; give the {what}, or leave it out.", field=name)
            elif not self.holds(item):
                raise RequestError(f"{name} is {item}; give {self.limits()}.", field=name)

    def holds(self, value: float) -> bool:
        """Whether a number lies within the limits."""
        if not math.isfinite(value):
            return False
        least = -math.inf if self.low is None else self.low
        return (least < value if self.above else least <= value) and value <= (
            math.inf if self.high is None else self.high
        )

    def limits(self) -> str:
        """The numbers that fit, such as "hectares, 0 or more"."""
        what = UNITS.get(self.unit, "a whole number" if self.whole else "a number")
        if self.low is None:
            return what
        if self.high is None:
            return f"{what} above {self.low:g}" if self.above else f"{what}, {self.low:g} or more"
        if self.above:
            return f"{what} above {self.low:g}, at most {self.high:g}"
        return f"{what}, {self.low:,} to {self.high:,}"


@dataclass(frozen=True)
class Destination:
    """A file or folder that the job writes, whose path the field holds.

    Attributes
    ----------
    kind : {'raster', 'vector', 'table', 'model', 'index', 'picture'}
    title : str
        For people: the layer's name.
    file : str
        Its name in a folder that holds all outputs; empty where it is the folder.
    help : str
        What it holds.
    offer : str
        What a check box for it says; empty for the title.
    style : str, optional
        Name of a layer style in `resources/styles`.
    layer : str
        Of a GeoPackage.
    outline : bool
        Whether the GeoPackage also holds the area of interest, if there is one.
    shown, unfolded : bool
        Whether the layer is visible at first, and its legend open.
    wanted : bool
        Whether it is written where the user says nothing of it.
    """

    kind: str
    title: str
    file: str = ""
    help: str = ""
    offer: str = ""
    style: Optional[str] = None
    layer: str = ""
    outline: bool = False
    shown: bool = True
    unfolded: bool = True
    wanted: bool = True

    def at(self, path: str, *, outlined: bool) -> Output:
        """The output that lies at a path, which holds the area of interest, too, if it is `outlined`."""
        # QGIS's way of naming one of several layers.
        place = f"{path}|layername={self.layer}" if self.layer and (outlined or not self.outline) else path
        return Output(place, self.kind, self.title, self.style, self.shown, self.unfolded)


def option(default: Any, title: str, help: str, **more: Any) -> Any:
    """A field that is an option of the method; `more` as for `Option`."""
    return field(default=default, metadata={"option": Option(title, help, **more)})


def label(title: str, help: str) -> Any:
    """A field with a name for people, which the group of the results gets."""
    return option(None, title, help, role="label", usual=True)


def bands_option() -> Any:
    """A field with names of bands."""
    told = (
        "In the order of the file, divided by commas, where the files name none, or wrong ones; “skip” leaves one out."
    )
    return option(None, "Names of bands", told)


def smooth_option() -> Any:
    """A field that says whether polygons keep the steps of pixels."""
    told = (
        "Polygons without the steps of pixels: corners are cut, alike on both sides of a border, and areas stay within "
        "1 %. Maps of pixels stay as they are."
    )
    return option(False, "Smooth outlines of polygons", told)


def device_option() -> Any:
    """A field that says where networks run."""
    words = {"auto": "Graphics card if there is one", "cpu": "Processor", "cuda": "Graphics card"}
    return option("auto", "Device", "Where the model runs.", role="setting", choices=words)


def seed_option() -> Any:
    """A field with the seed of what is drawn by chance."""
    told = "The same number gives the same result again, on the same computer."
    return option(0, "Seed", told, low=0, high=HIGHEST_SEED, whole=True)


def confidence_output(told: str) -> Any:
    """A field with a raster of how sure a map is, in per cent; `told` says of what."""
    return output(
        "raster",
        "Confidence (%)",
        "confidence.tif",
        told,
        style="confidence",
        offer="Also a map of confidence",
        shown=False,
        unfolded=False,
        wanted=False,
    )


def output(kind: str, title: str, file: str = "", help: str = "", **more: Any) -> Any:
    """A field that names a path which the job writes to, None where it is not wanted; `more` as for `Destination`."""
    return field(default=None, metadata={"output": Destination(kind, title, file, help, **more)})
