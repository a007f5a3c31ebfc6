"""What the tabs of the dock are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from qgis.core import QgsApplication
from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QPalette, QResizeEvent
from qgis.PyQt.QtWidgets import QFormLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel
from ..project.imagery import names_from_text
from ..translation import tr

__all__ = [
    "BandNames",
    "Section",
    "TallPage",
    "WarningLabel",
    "flat_button",
    "folded",
    "heading",
    "narrow_form",
    "quiet",
]

WIDEST = 440  # pixels that a page asks for
QUIET = 0.65  # opacity of words that stand back


class TallPage(QWidget):
    """What scrolls in a narrow panel: as tall as its wrapped texts need at its width, which Qt does not ask for."""

    def sizeHint(self) -> QSize:
        """A long text, which wraps, does not widen the panel."""
        hint = super().sizeHint()
        return QSize(min(hint.width(), WIDEST), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Called by the scroll area."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), max(hint.height(), self.layout().minimumHeightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps texts elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class BandNames(QLineEdit):
    """Takes the names of an image's bands, for files that name none, or wrong ones."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(tr("As the files say"))
        self.setToolTip(
            tr("Names of the bands in the order of the file, such as: blue, green, red, nir. “skip” leaves one out.")
        )

    def names(self) -> Optional[tuple[str, ...]]:
        """As a request has them; None where nothing is typed."""
        return names_from_text(self.text())


class WarningLabel(PlainLabel):
    """Sentences that warn, one a line; hidden where there are none."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent=parent)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_texts(self, texts: Iterable[str]) -> None:
        """Show these and no others."""
        self.setText("\n".join(f"⚠ {text}" for text in texts))
        self.setVisible(bool(self.text()))


def flat_button(text: str, icon: str) -> QToolButton:
    """A button without a frame, its words beside one of QGIS's own icons."""
    button = QToolButton()
    button.setText(text)
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setAutoRaise(True)
    return button


class Section(QWidget):
    """A heading, perhaps a hint, and what is below."""

    def __init__(self, title: str, content: QWidget, hint: str = "", parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._heading = heading(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addWidget(self._heading)
        if hint:
            layout.addWidget(quiet(PlainLabel(hint)))
        layout.addWidget(content)

    def title(self) -> str:
        """As it stands there."""
        return str(self._heading.text())

    def setTitle(self, title: str) -> None:
        """Named as that of a group box."""
        self._heading.setText(title)


def folded(title: str, content: QWidget) -> QgsCollapsibleGroupBox:
    """Something that most people never open."""
    box = QgsCollapsibleGroupBox(title)
    QVBoxLayout(box).addWidget(content)
    box.setCollapsed(True)
    return box


def heading(text: str = "") -> PlainLabel:
    """A label that wraps and stands out."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def quiet(label: QLabel) -> QLabel:
    """A label that wraps and stands back."""
    label.setWordWrap(True)
    palette = label.palette()
    ink = palette.color(QPalette.ColorRole.WindowText)
    ink.setAlphaF(QUIET)
    palette.setColor(QPalette.ColorRole.WindowText, ink)
    label.setPalette(palette)
    return label


def narrow_form(page: QWidget) -> QFormLayout:
    """A form without margins, whose fields go below their names where there is no room."""
    form = QFormLayout(page)
    form.setContentsMargins(0, 0, 0, 0)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    return form
