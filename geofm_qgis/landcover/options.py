"""The options of a land-cover map, with their defaults explained."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtWidgets import QCheckBox, QDoubleSpinBox, QWidget

from ..translation import tr
from ..widgets.parts import BandNames, narrow_form

__all__ = ["LandcoverOptions"]


class LandcoverOptions(QWidget):
    """Widgets for the fields of a `LandcoverRequest` that have good defaults, and which outputs are wanted."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.min_area_ha = QDoubleSpinBox()
        self.min_area_ha.setRange(0, 10_000)
        self.min_area_ha.setDecimals(2)
        self.min_area_ha.setSingleStep(0.1)
        self.min_area_ha.setSuffix(tr(" ha"))
        self.min_area_ha.setSpecialValueText(tr("None"))
        self.min_area_ha.setToolTip(tr("Patches that are smaller take the class around them."))
        self.augment = QCheckBox(tr("Average over turned and mirrored images"))
        self.augment.setToolTip(tr("A little better, and about eight times slower."))
        self.polygons = QCheckBox(tr("Also polygons"))
        self.polygons.setChecked(True)
        self.polygons.setToolTip(tr("A layer with the area of each patch. Large without a minimum mapping unit."))
        self.confidence = QCheckBox(tr("Also a map of confidence"))
        self.confidence.setToolTip(tr("A second raster: how likely each pixel's class is to the model, in per cent."))
        self.probabilities = QCheckBox(tr("Also the probabilities of all classes"))
        self.probabilities.setToolTip(tr("A raster with one band for each class, in per cent."))
        self.bands = BandNames()
        form = narrow_form(self)
        form.addRow(tr("Minimum mapping unit"), self.min_area_ha)
        form.addRow(self.polygons)
        form.addRow(self.confidence)
        form.addRow(self.probabilities)
        form.addRow(self.augment)
        form.addRow(tr("Names of bands"), self.bands)

    def values(self) -> dict[str, Any]:
        """Fields of the request that are no outputs."""
        return {
            "min_area_ha": self.min_area_ha.value(),
            "augment": self.augment.isChecked(),
            "bands": self.bands.names(),
        }

    def outputs(self) -> dict[str, str]:
        """The names of the files that are wanted, by the field of the request."""
        chosen = (
            (self.polygons, "polygons", "landcover.gpkg"),
            (self.confidence, "confidence", "confidence.tif"),
            (self.probabilities, "probabilities", "probabilities.tif"),
        )
        wanted = {name: file for box, name, file in chosen if box.isChecked()}
        return {"map": "landcover.tif", **wanted, "report": "report.json"}
