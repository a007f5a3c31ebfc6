"""The options of a flood map that most people never change, in the order in which they are asked for."""

from __future__ import annotations

from typing import Any, Optional

from qgis.PyQt.QtWidgets import QWidget

from ..engine.jobs.requests import BY_HAND, FloodRequest
from ..translation import tr
from ..widgets.layer_or_file import LayerOrFile
from ..widgets.options import OptionsForm

__all__ = ["FloodOptions"]


class FloodOptions(OptionsForm):
    """Heights above the river stand beside the option that they are for."""

    request = FloodRequest
    elsewhere = ("model", "compare_with", "agreement")
    of_one_run = tuple(BY_HAND)
    order = (
        "min_area_ha",
        "smooth",
        "max_slope_deg",
        "hand",
        "max_hand_m",
        "speckle_filter",
        "threshold",
        *BY_HAND,
        "units",
    )

    def own_rows(self) -> dict[str, tuple[Optional[str], QWidget]]:
        """Heights above the river."""
        hand = LayerOrFile()
        hand.setToolTip(tr("Height of the ground above the nearest river, in metres, as a raster."))
        return {"hand": (tr("Height above river"), hand)}

    def values_with_layers(self, folder: str) -> dict[str, Any]:
        """Fields of the request; layers without a file are copied to `folder`."""
        return {**self.values(), "hand": self.widgets["hand"].source(folder)}
