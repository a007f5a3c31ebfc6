"""Lists that behave in a narrow panel that scrolls."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QObject
from qgis.PyQt.QtWidgets import QComboBox, QSizePolicy

__all__ = ["fit_into_panel"]


class _WheelFilter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def fit_into_panel(combo: QComboBox) -> None:
    """Let long names not widen the panel, and the wheel scroll it instead of choosing something else by the way."""
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.installEventFilter(_WheelFilter(combo))
