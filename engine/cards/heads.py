"""What the outputs of a network mean: classes, or values in units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ._json import Reader, choice, need
from .classes import HIGHEST_CLASS, NODATA
from .tasks import CLASSES, QUANTITIES, TASKS

__all__ = ["MOST_CLASSES", "ClassSpec", "Head", "Quantity", "head_from_json", "head_to_json"]

MOST_CLASSES = NODATA
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class ClassSpec:
    """One class of a model.

    Attributes
    ----------
    value : int
        In the class raster, 0 to 254.
    name : str
    color : str
        As '#rrggbb'.
    """

    value: int
    name: str
    color: str

    def __post_init__(self) -> None:
        need(0 <= self.value <= HIGHEST_CLASS, f"the class value {self.value} is not within 0 to {HIGHEST_CLASS}")
        need(bool(self.name.strip()), f"class {self.value} has no name")
        object.__setattr__(self, "color", self.color.lower())
        need(bool(_COLOUR.fullmatch(self.color)), f"the colour of class {self.value} is not of the form #rrggbb")


@dataclass(frozen=True)
class Quantity:
    """One value that a model estimates.

    Attributes
    ----------
    name : str
        Such as 'canopy height'.
    units : str
        Such as 'm' or 't/ha'; '1' of shares and counts.
    """

    name: str
    units: str

    def __post_init__(self) -> None:
        need(bool(self.name.strip()), "a quantity has no name")
        need(bool(self.units.strip()), f"the quantity '{self.name[:80]}' has no units; of a share or count they are 1")


@dataclass(frozen=True)
class Head:
    """One output of a network.

    Attributes
    ----------
    name : str
    task : str
        Of the table in `tasks`, but not of several heads.
    classes : tuple of ClassSpec
        In the order of the output's channels; only of tasks that give classes, which need them.
    quantities : tuple of Quantity
        Likewise, of tasks that give quantities.
    """

    name: str
    task: str
    classes: tuple[ClassSpec, ...] = ()
    quantities: tuple[Quantity, ...] = ()

    def __post_init__(self) -> None:
        need(self.task in TASKS, f"the task '{self.task[:40]}' is not known; known are {choice(tuple(TASKS))}")
        need(bool(self.name.strip()), "an output has no name")
        for kind in (CLASSES, QUANTITIES):
            items = getattr(self, kind)
            if TASKS[self.task].gives != kind:
                need(not items, f"it has {kind}, which no model of the task {self.task} has")
                continue
            need(1 <= len(items) <= MOST_CLASSES, f"it has {len(items)} {kind}, not 1 to {MOST_CLASSES}")
            names = [item.name for item in items]
            for name in names:
                what = "class name" if kind == CLASSES else "quantity"
                need(names.count(name) == 1, f"the {what} '{name[:80]}' stands twice")
        values = [item.value for item in self.classes]
        for value in values:
            need(values.count(value) == 1, f"the class value {value} stands twice")

    @property
    def channels(self) -> int:
        """How many classes and values it gives; 0 of vectors, whose length stands elsewhere."""
        return len(self.classes) + len(self.quantities)


def head_to_json(head: Head, tile: int) -> dict[str, Any]:
    """An output in MLM's terms."""
    task = TASKS[head.task]
    result: dict[str, Any] = {"shape": [-1, -1], "dim_order": ["batch", "feature"], "data_type": "float32"}
    if head.channels:
        size = {"batch": -1, "channel": head.channels, "height": tile, "width": tile}
        result["shape"], result["dim_order"] = [*size.values()][: task.rank], [*size][: task.rank]
    values = {
        "name": head.name,
        "tasks": [task.mlm],
        "result": result,
        "classification:classes": [_class_to_json(item) for item in head.classes],
    }
    if head.quantities:
        values["geofm:quantities"] = [{"name": item.name, "units": item.units} for item in head.quantities]
    return values


def head_from_json(made: Reader, task: str) -> Head:
    """The output that `head_to_json` wrote."""
    classes = tuple(_class(item) for item in made.objects("classification:classes", []))
    quantities = (Quantity(item.text("name"), item.text("units")) for item in made.objects("geofm:quantities", []))
    return Head(made.text("name"), task, classes, tuple(quantities))


def _class_to_json(item: ClassSpec) -> dict[str, Any]:
    # STAC's short name has Latin letters, digits, - and _ alone; the title is for people.
    short = re.sub(r"[^0-9A-Za-z_-]+", "-", item.name).strip("-") or f"class-{item.value}"
    return {"value": item.value, "name": short, "title": item.name, "color_hint": item.color[1:].upper()}


def _class(item: Reader) -> ClassSpec:
    name = item.text("title") if "title" in item.values else item.text("name")
    return ClassSpec(item.whole("value"), name, f"#{item.text('color_hint')}")
