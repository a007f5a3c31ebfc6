"""The options of a flood map that most people never change, folded away, with their defaults explained."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QWidget

from ..engine.jobs.requests import FloodRequest
from ..translation import tr
from ..widgets.layer_or_file import LayerOrFile
from ..widgets.lists import fit_into_panel
from ..widgets.parts import narrow_form

__all__ = ["FloodOptions"]


class FloodOptions(QWidget):
    """Widgets for the fields of a `FloodRequest` that have good defaults, and which outputs are wanted."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.units = _choice(
            (None, tr("As the files say")),
            ("db", tr("Decibel (dB)")),
            ("power", tr("Linear power")),
            ("amplitude", tr("Amplitude")),
            ("display", tr("8-bit picture")),
        )
        self.units.setToolTip(tr("What the pixel values are. Choose it only if the files are recognised wrongly."))
        self.speckle_filter = _choice(
            ("median", tr("Median (default)")),
            ("lee", tr("Lee")),
            ("refined-lee", tr("Refined Lee")),
            ("none", tr("None: the images are filtered already")),
        )
        self.speckle_filter.setToolTip(tr("Speckle is the grain of radar images. The median keeps edges sharp."))
        self.threshold = _choice(("otsu", tr("Otsu (default)")), ("kittler-illingworth", tr("Kittler and Illingworth")))
        self.threshold.setToolTip(
            tr("How water is cut from land in the histogram. Kittler and Illingworth suits little water better.")
        )
        self.min_area_ha = _number(FloodRequest.min_area_ha, 0, 1000, 2, tr(" ha"))
        self.min_area_ha.setToolTip(tr("Water bodies, and islands in water, that are smaller are left out."))
        self.max_slope_deg = _number(FloodRequest.max_slope_deg, 0.1, 90, 1, tr("°"))
        self.max_slope_deg.setToolTip(tr("Steeper ground is never water. Used where an elevation model is given."))
        self.hand = LayerOrFile()
        self.hand.setToolTip(tr("Height of the ground above the nearest river, in metres, as a raster."))
        self.max_hand_m = _number(FloodRequest.max_hand_m, 0.1, 1000, 1, tr(" m"))
        self.max_hand_m.setToolTip(tr("Higher ground is never water. Used where heights above the river are given."))
        self.confidence = QCheckBox(tr("Also a map of confidence"))
        self.confidence.setToolTip(tr("A second raster: how clearly each pixel is what the map says, in per cent."))
        self._lay_out()

    def _lay_out(self) -> None:
        form = narrow_form(self)
        form.addRow(tr("Smallest area"), self.min_area_ha)
        form.addRow(tr("Steepest slope"), self.max_slope_deg)
        form.addRow(tr("Height above river"), self.hand)
        form.addRow(tr("Highest above river"), self.max_hand_m)
        form.addRow(tr("Speckle filter"), self.speckle_filter)
        form.addRow(tr("Threshold"), self.threshold)
        form.addRow(tr("Pixel values"), self.units)
        form.addRow(self.confidence)

    def values(self, folder: str) -> dict[str, Any]:
        """Fields of the request; layers without a file are copied to `folder`."""
        return {
            "units": self.units.currentData(),
            "speckle_filter": self.speckle_filter.currentData(),
            "threshold": self.threshold.currentData(),
            "min_area_ha": self.min_area_ha.value(),
            "max_slope_deg": self.max_slope_deg.value(),
            "hand": self.hand.source(folder),
            "max_hand_m": self.max_hand_m.value(),
        }

    def outputs(self) -> dict[str, str]:
        """The names of the files that are wanted, by the field of the request."""
        wanted = {"confidence": "confidence.tif"} if self.confidence.isChecked() else {}
        return {"mask": "flood.tif", "polygons": "flood.gpkg", **wanted, "report": "report.json"}


def _choice(*items: tuple[Optional[str], str]) -> QComboBox:
    box = QComboBox()
    fit_into_panel(box)
    for value, text in items:
        box.addItem(text, value)
    return box


def _number(value: float, lowest: float, highest: float, decimals: int, suffix: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(lowest, highest)
    box.setValue(value)
    box.setSuffix(suffix)
    return box
