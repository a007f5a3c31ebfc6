"""Where and when to search, and how many hits to bring."""

from __future__ import annotations

from typing import Any, Optional

from qgis.gui import QgsDateEdit, QgsMapCanvas
from qgis.PyQt.QtCore import QDate, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QSpinBox, QWidget

from ..translation import tr
from ..widgets.aoi import AoiChooser
from ..widgets.parts import narrow_form
from .layer import wgs84
from .places import geometry_of

__all__ = ["SearchFilters"]

USUAL_HITS, MOST_HITS = 50, 1000
IMAGE = "image"  # the chooser's word for no area


class SearchFilters(QWidget):
    """Fields of a `SearchRequest` that narrow it.

    Signals
    -------
    changed()
        Another area, day or number.
    """

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.aoi = AoiChooser(canvas)
        self.aoi.modes.setItemText(self.aoi.modes.findData(IMAGE), tr("All images of the index"))
        self.aoi.clear_button.setToolTip(tr("Search everywhere again"))
        self.first, self.last = _day(), _day()
        for edit, words in ((self.first, tr("the first day")), (self.last, tr("the last day"))):
            edit.setNullRepresentation(words)
        self.first.setToolTip(tr("Only images from this day on; images without a date are left out then."))
        self.last.setToolTip(tr("Only images up to this day; images without a date are left out then."))
        self.top = QSpinBox()
        self.top.setRange(1, MOST_HITS)
        self.top.setValue(USUAL_HITS)
        self.top.setToolTip(tr("How many of the best places are brought at most."))
        form = narrow_form(self)
        form.addRow(tr("Area"), self.aoi)
        form.addRow(tr("From"), self.first)
        form.addRow(tr("To"), self.last)
        form.addRow(tr("Hits"), self.top)
        for signal in (self.aoi.changed, self.first.dateChanged, self.last.dateChanged, self.top.valueChanged):
            signal.connect(lambda *_: self.changed.emit())

    def values(self) -> dict[str, Any]:
        """Fields of the request.

        Raises
        ------
        AreaError
            If an area is to be used but none is there.
        """
        return {
            "aoi": self.aoi.geojson(),
            "date_from": _text(self.first),
            "date_to": _text(self.last),
            "top": self.top.value(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Choose what a saved search says."""
        for edit, name in ((self.first, "date_from"), (self.last, "date_to")):
            day = QDate.fromString(values.get(name) or "", Qt.DateFormat.ISODate)
            if day.isValid():
                edit.setDate(day)
            else:
                edit.clear()
        self.top.setValue(values.get("top") or USUAL_HITS)
        if values.get("aoi"):
            self.aoi.set_geometry(geometry_of(values["aoi"]), wgs84())
        else:
            self.aoi.clear()


def _day() -> QgsDateEdit:
    edit = QgsDateEdit()
    edit.setAllowNull(True)
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.clear()
    return edit


def _text(edit: QgsDateEdit) -> Optional[str]:
    return None if edit.isNull() else edit.date().toString(Qt.DateFormat.ISODate)
