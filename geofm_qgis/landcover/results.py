"""What a finished land-cover job found: the area of each class, as numbers and bars, and warnings."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ..engine.jobs.result import Result
from ..plain_text import PlainLabel
from ..translation import number_text, tr
from ..widgets.bars import Bar, BarTable
from ..widgets.parts import WarningLabel, heading, quiet

__all__ = ["LandcoverResults"]

NOT_OBSERVED = QColor("#bdbdbd")


class LandcoverResults(QWidget):
    """Shows the summary of one land-cover map."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.title = heading()
        self.model = quiet(PlainLabel())
        self.table = BarTable(tr("Class"), [tr("Share"), tr("ha")], bar=1)
        self.table.setAccessibleName(tr("Area of each class"))
        self.warnings = WarningLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.model, self.table, self.warnings):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_result(self, result: Result) -> None:
        """Show the result of a land-cover job: the largest class first."""
        summary = result.summary
        self.title.setText(result.group)
        self.model.setText(tr("Model: {model}").format(model=summary.get("model", "?")))
        colours = {item["name"]: QColor(item["color"]) for item in summary.get("classes", ())}
        found = [(label, area) for label, area in summary["areas"].items() if area["pixels"]]
        found.sort(key=lambda item: (item[0] in colours, item[1]["pixels"]), reverse=True)
        most = max((area["share"] for _, area in found), default=1.0) or 1.0
        self.table.show_rows(
            [
                (
                    label if label in colours else tr("Not observed"),
                    colours.get(label, NOT_OBSERVED),
                    (Bar(f"{number_text(100 * area['share'], 1)} %", area["share"] / most), number_text(area["ha"], 0)),
                )
                for label, area in found
            ]
        )
        self.warnings.show_texts(summary.get("warnings", ()))
