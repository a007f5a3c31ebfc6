"""What Qt makes of a text that may be HTML."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QTextDocument

IMAGE = '<img src="red.png">'


def plain_of(html: str) -> str:
    """What is read of HTML; a picture is the character U+FFFC."""
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


def draws(html: str) -> bool:
    """Whether a picture is drawn."""
    return "\ufffc" in plain_of(html)


def guessed(text: str) -> bool:
    """Whether a picture is drawn where Qt guesses whether a text is HTML."""
    return Qt.mightBeRichText(text) and draws(text)
