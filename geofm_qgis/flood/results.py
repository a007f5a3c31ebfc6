"""What a finished flood job found: areas in a table, warnings, the histogram with its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..engine.jobs.areas import square_metres, table_units
from ..engine.jobs.result import Result
from ..jobs.client import JobClient
from ..plain_text import PlainLabel
from ..project.class_styles import agreement_text
from ..translation import area_text, number_text, tr
from ..widgets.bars import BarTable, embolden, swatch
from ..widgets.copying import make_copyable
from ..widgets.outcome import Outcome
from ..widgets.parts import WarningLabel, heading, quiet
from ..widgets.warned import warnings_of
from .threshold import ThresholdTool

__all__ = ["FloodResults"]

DRY = 0  # is transparent on the map
WET = (1, 2, 3)  # classes of the map: permanent water, flood, water of unknown kind


class FloodResults(Outcome):
    """Shows the summary of one flood map."""

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.title = heading()
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels([tr("Class"), tr("km²"), tr("ha")])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setAccessibleName(tr("Area of each class"))
        make_copyable(self.table)
        self.method = quiet(PlainLabel())
        self.agreement = BarTable(tr("Two methods"), [tr("km²"), tr("ha")], bar=0)
        self.agreement.setAccessibleName(tr("Where two methods agree"))
        self.threshold = ThresholdTool(client, canvas)
        self.plot = self.threshold.plot
        self.warnings = WarningLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.method, self.table, self.agreement, self.warnings, self.threshold):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def fill(self, result: Result) -> None:
        """Show the result of a flood job."""
        summary = result.summary
        self.title.setText(result.group)
        areas = [(label, area) for label, area in summary["areas"].items() if area["pixels"]]
        self.table.setRowCount(len(areas) + 1)
        metres = [square_metres(area) for _, area in areas]
        units = table_units(metres)
        self.table.setHorizontalHeaderLabels([tr("Class"), *(unit.symbol for unit in units)])
        for row, (label, area) in enumerate(areas):
            texts = [number_text(*unit.of(square_metres(area))) for unit in units]
            icon = swatch(QColor(area["colour"]), hollow=area["class_id"] == DRY)
            self._fill(row, tr(label[0].upper() + label[1:]), icon, texts)
        self._fill(len(areas), tr("Together"), QIcon(), [number_text(*unit.of(sum(metres))) for unit in units])
        embolden(self.table, len(areas))
        self.table.resizeColumnsToContents()
        height = self.table.horizontalHeader().sizeHint().height() + 4
        self.table.setFixedHeight(height + sum(self.table.rowHeight(row) for row in range(len(areas) + 1)))
        self.method.setText(tr("By {model}").format(model=summary["model"]) if "model" in summary else "")
        self.method.setVisible("model" in summary)
        self._show_agreement(summary.get("agreement"))
        self.threshold.show_result(result)
        self.warnings.show_texts(warnings_of(result))

    def _show_agreement(self, agreement: Optional[dict[str, Any]]) -> None:
        """How much ground both methods have, and each alone."""
        self.agreement.setVisible(agreement is not None)
        if agreement is None:
            return
        named = {item["id"]: item for item in agreement["classes"]}
        found = [area for area in agreement["areas"].values() if area["class_id"] in named]
        units = table_units(square_metres(area) for area in found)
        self.agreement.setHorizontalHeaderLabels([tr("Two methods"), *(unit.symbol for unit in units)])
        rows = []
        for area in found:
            cells = [number_text(*unit.of(square_metres(area))) for unit in units]
            name = agreement_text(named[area["class_id"]]["id"], agreement)
            rows.append((name, QColor(area["colour"]), cells))
        self.agreement.show_rows(rows)

    def finding(self, result: Result) -> str:
        """How much water of which kind."""
        areas = result.summary["areas"].items()
        wet = [(name, square_metres(area)) for name, area in areas if area["pixels"] and area["class_id"] in WET]
        return ", ".join(f"{tr(name)} {area_text(metres)}" for name, metres in wet) or tr("no water found")

    def _fill(self, row: int, label: str, icon: QIcon, texts: Sequence[str]) -> None:
        name = QTableWidgetItem(label)
        name.setIcon(icon)
        self.table.setItem(row, 0, name)
        for column, text in enumerate(texts, 1):
            number = QTableWidgetItem(text)
            number.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, number)
