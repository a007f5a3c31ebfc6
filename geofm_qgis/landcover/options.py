"""The options of a land-cover map, in the order in which they are asked for."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtWidgets import QWidget

from ..engine.jobs.requests import LandcoverRequest
from ..widgets.options import OptionsForm

__all__ = ["LandcoverOptions"]


class LandcoverOptions(OptionsForm):
    """Options of a land-cover map; polygons are wanted at first."""

    request = LandcoverRequest
    order = ("min_area_ha", "polygons", "smooth", "confidence", "probabilities", "augment", "bands")

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.widgets["polygons"].setChecked(True)
