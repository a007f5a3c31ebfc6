"""Lists that behave in a narrow panel."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QComboBox, QSizePolicy

__all__ = ["fit_into_panel"]


def fit_into_panel(combo: QComboBox) -> None:
    """Let long names not widen the panel."""
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
