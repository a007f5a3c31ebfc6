"""Texts of strangers - names of classes, models, files and layers, and messages - shown as they were written.

QGIS and Qt take many texts for HTML, whose pictures and scripts they load, or for expressions, which they evaluate.
"""

from __future__ import annotations

from html import escape
from typing import Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QLabel, QWidget

from .engine.jobs.printable import printable

__all__ = ["PlainLabel", "as_written", "in_html", "in_legend", "in_name"]


class PlainLabel(QLabel):
    """A label that never shows HTML."""

    def __init__(self, text: str = "", parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show this; what steers the direction of letters is spelled out."""
        super().setText(printable(text, keep="\n"))


def in_html(text: str) -> str:
    """For what is HTML anyway: pages, message bars with a title, QGIS's log, metadata of layers."""
    return escape(printable(text, keep="\n"), quote=False)


def as_written(text: str) -> str:
    """For where Qt guesses whether a text is HTML: tool tips, message boxes, message bars without a title."""
    text = printable(text, keep="\n")
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text


def in_legend(text: str) -> str:
    """For labels of a legend, in which QGIS evaluates what stands between [% and %]."""
    return printable(text).replace("[%", "[ %")


def in_name(text: str) -> str:
    """For names of layers and groups, which QGIS puts into HTML and into legends: other brackets, which look alike."""
    return in_legend(text).replace("<", "‹").replace(">", "›")
