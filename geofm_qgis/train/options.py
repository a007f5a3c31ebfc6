"""The options of a training that most people never change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtWidgets import QComboBox, QWidget

from ..engine.cards.floods import is_teachable
from ..engine.cards.shelf import shelf
from ..engine.jobs.requests import TrainRequest
from ..engine.jobs.requests.networks import NETWORKS, PRESETS
from ..settings import Settings
from ..translation import tr
from ..widgets.lists import fit_into_panel
from ..widgets.options import OptionsForm

__all__ = ["TrainOptions"]

NEW_ENCODERS = ("resnet18", "resnet34", "resnet50", "efficientnet_b0", "mobilenetv3_large_100", "convnext_tiny")


class TrainOptions(OptionsForm):
    """What a preset does not take is greyed out."""

    request = TrainRequest
    order = ("encoder", "network", "epochs", "seed", "bands")
    elsewhere = ("preset", "buffer_m")

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._dates = 1  # of the images
        self.epochs = self.widgets["epochs"]
        self.set_preset(TrainRequest.preset)

    def own_rows(self) -> dict[str, tuple[Optional[str], QWidget]]:
        """Encoder and network, of which each preset takes others."""
        self.encoder, self.network = QComboBox(), QComboBox()
        self.encoder.setEditable(True)
        for box in (self.encoder, self.network):
            fit_into_panel(box)
        self.encoder.lineEdit().setPlaceholderText(tr("The preset's own"))
        return {"encoder": (tr("Encoder"), self.encoder), "network": (tr("Network"), self.network)}

    def set_preset(self, preset: str) -> None:
        """Offer what this preset can use."""
        self._preset = preset
        self.encoder.setEnabled(preset != "quick")
        self._offer_networks()
        self.epochs.setEnabled(preset != "quick")
        typed = self.encoder.currentText()
        models = [model for model in shelf(Settings().job_home) if model.card]
        installed = [model for model in models if model.card.task == "encoder"]
        if preset == "best":  # a whole network stands on encoders of images, or learns on; new ones learn from nothing
            floods = [model.name for model in models if is_teachable(model.card)]
            names = [*(model.name for model in installed if model.card.architecture == "timm"), *floods, *NEW_ENCODERS]
        else:
            names = [model.name for model in installed]
        self.encoder.clear()
        self.encoder.addItems(names)
        self.encoder.setCurrentText(typed if typed in names else "")

    def set_dates(self, dates: int) -> None:
        """Offer what takes images of so many dates."""
        if dates != self._dates:
            self._dates = dates
            self._offer_networks()

    def _offer_networks(self) -> None:
        """Those that the preset takes; the choice stays as long as it can."""
        own = PRESETS[self._preset].network
        self.network.setEnabled(own is not None)
        if own is None:
            return
        chosen = self.network.currentData()
        self.network.clear()
        self.network.addItem(tr("{title} (default)").format(title=NETWORKS[own].title), None)
        for name, row in NETWORKS.items():
            if self._preset in row.presets and name != own and row.least_dates <= self._dates <= row.dates:
                self.network.addItem(row.title, name)
        self.network.setCurrentIndex(max(self.network.findData(chosen), 0))

    def missing_encoder(self) -> Optional[str]:
        """The encoder that has to be installed before the preset can learn; None if nothing is missing."""
        if self._preset != "balanced":
            return None
        name = self.encoder.currentText().strip() or str(PRESETS[self._preset].encoder)
        installed = {model.name.casefold() for model in shelf(Settings().job_home) if model.problem is None}
        return None if name.casefold() in installed or Path(name).is_dir() else name

    def values(self) -> dict[str, Any]:
        """Fields of the request."""
        network = self.network.currentData() if PRESETS[self._preset].network else None
        values = {**super().values(), "encoder": self.encoder.currentText().strip() or None, "network": network}
        return {**values, "encoder": None, "epochs": None} if self._preset == "quick" else values
