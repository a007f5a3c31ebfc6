"""What a finished land-cover job found: the area of each class, as numbers and bars, and warnings."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ..engine.cards.classes import NODATA
from ..engine.jobs.areas import square_metres, table_units
from ..engine.jobs.result import Result
from ..plain_text import PlainLabel
from ..translation import area_text, number_text, tr
from ..widgets.bars import Bar, BarTable
from ..widgets.outcome import Outcome
from ..widgets.parts import WarningLabel, heading, quiet
from ..widgets.warned import warnings_of

__all__ = ["LandcoverResults"]

MOST_TOLD = 3  # classes
GREY = QColor("#bdbdbd")  # of what was not observed


class LandcoverResults(Outcome):
    """Shows the summary of one land-cover map."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.title = heading()
        self.model = quiet(PlainLabel())
        self.table = BarTable(tr("Class"), [tr("Share"), tr("Area")], bar=1)
        self.table.setAccessibleName(tr("Area of each class"))
        self.warnings = WarningLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.model, self.table, self.warnings):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def fill(self, result: Result) -> None:
        """Show the result of a land-cover job: the largest class first."""
        summary = result.summary
        self.title.setText(result.group)
        self.model.setText(tr("Model: {model}").format(model=summary.get("model", "?")))
        colours = {item["name"]: QColor(item["color"]) for item in summary.get("classes", ())}
        areas = [(label, area) for label, area in summary["areas"].items() if area["pixels"]]
        areas.sort(key=lambda item: (item[0] in colours, item[1]["pixels"]), reverse=True)
        most = max((area["share"] for _, area in areas), default=1.0) or 1.0
        unit = table_units(square_metres(area) for _, area in areas)[1]
        self.table.horizontalHeaderItem(2).setText(unit.symbol)
        rows: list[tuple[str, Optional[QColor], tuple[object, ...]]] = [
            (
                label if label in colours else tr("Not observed"),
                colours.get(label, GREY),
                (
                    Bar(f"{number_text(100 * area['share'], 1)} %", area["share"] / most),
                    number_text(*unit.of(square_metres(area))),
                ),
            )
            for label, area in areas
        ]
        together = sum(square_metres(area) for _, area in areas)
        self.table.show_rows([*rows, (tr("Together"), None, ("", number_text(*unit.of(together))))])
        self.warnings.show_texts(warnings_of(result))

    def finding(self, result: Result) -> str:
        """The areas of the largest classes."""
        areas = result.summary["areas"].items()
        seen = [(name, square_metres(area)) for name, area in areas if area["pixels"] and area["class_id"] != NODATA]
        seen.sort(key=lambda item: -item[1])
        words = [f"{name} {area_text(metres)}" for name, metres in seen[:MOST_TOLD]]
        return ", ".join(words) + (" …" if len(seen) > MOST_TOLD else "") or tr("nothing was observed")
