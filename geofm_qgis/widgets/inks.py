"""Colours of what is drawn by hand: those that the theme gives to words, by a palette or by a style sheet."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QLabel, QWidget

__all__ = ["Inks"]

LEAST_CONTRAST = 3.0  # below, letters cannot be read (WCAG 2.1)


class Inks:
    """Asks a label within a widget: QGIS's dark themes are style sheets, which change the palettes of labels alone.

    Parameters
    ----------
    widget : QWidget
    """

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._label = QLabel(widget)
        self._label.hide()

    def ink(self) -> QColor:
        """Of letters."""
        self._label.ensurePolished()
        return QColor(self._label.palette().color(self._label.foregroundRole()))

    def paper(self) -> QColor:
        """A ground on which the ink can be read: the theme's, or else the other end from the ink."""
        ink, paper = self.ink(), self._widget.palette().color(QPalette.ColorRole.Base)
        if contrast(ink, paper) >= LEAST_CONTRAST:
            return paper
        return QColor("#2b2b2b") if luminance(ink) > luminance(QColor("#777777")) else QColor("white")


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.1)."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: QColor, second: QColor) -> float:
    """Of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)
