"""The query line: words and examples, what was asked before, and searches that the project keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsApplication, QgsMimeDataUtils
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QMimeData, QObject, QStringListModel, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.jobs.requests.search import LONGEST_PHRASE
from ..translation import tr
from .parts import EXAMPLE_ENDINGS, QueryParts
from .queries import forget_saved, keep_in_history, phrases_of, recent, saved_searches

__all__ = ["QueryLine"]

MOST_IN_MENU = 12
BAR = 3  # pixels


class QueryLine(QWidget):
    """Words and examples in; Enter or the button searches, and so does another example.

    Parameters
    ----------
    canvas : QgsMapCanvas
        Where places are drawn that others should be like.

    Signals
    -------
    asked()
        The user wants the answer.
    entered()
        The line got the focus.
    save_requested : str
        Keep the search by this name.
    saved_requested : SavedSearch
        Search as a saved search says.
    """

    asked = pyqtSignal()
    entered = pyqtSignal()
    save_requested = pyqtSignal(str)
    saved_requested = pyqtSignal(object)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._examples: tuple[str, ...] = ()
        self.parts = QueryParts(canvas)
        self.parts.added.connect(self.asked)
        self.line = QLineEdit()
        self.line.setMaxLength(10 * LONGEST_PHRASE)
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName(tr("What to search for"))
        self.line.setToolTip(
            tr("What you look for, in English. “;” between phrases averages them; “not:” says what is not wanted.")
        )
        self._history = QStringListModel(recent(), self)
        completer = QCompleter(self._history, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)
        self.line.returnPressed.connect(self.asked)
        self.line.installEventFilter(self)
        self.menu_button = QToolButton()
        self.menu_button.setIcon(QgsApplication.getThemeIcon("mIconHistory.svg"))
        self.menu_button.setToolTip(tr("Earlier searches, examples and saved searches"))
        self.menu_button.setAccessibleName(tr("Earlier searches, examples and saved searches"))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.menu_button)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.menu_button.setMenu(self.menu)
        self.button = QPushButton(tr("Search"))
        self.button.setDefault(True)
        self.button.clicked.connect(self.asked)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when a search begins
        self.bar.setSizePolicy(policy)
        self.bar.hide()
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.menu_button)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.parts)
        self.setAcceptDrops(True)
        self.set_hint("")

    def values(self) -> dict[str, Any]:
        """Fields of a `SearchRequest`: phrases, examples and a place."""
        texts, negatives = phrases_of(self.line.text())
        return {"texts": texts, "negatives": negatives, **self.parts.values()}

    def text(self) -> str:
        """The line as it stands."""
        return " ".join(self.line.text().split())

    def set_text(self, text: str) -> None:
        """Write this into the line."""
        self.line.setText(text)

    def set_query(
        self, text: str, examples: Iterable[str] = (), at: Optional[tuple[float, ...]] = None, like: str = ""
    ) -> None:
        """Have this line, these examples and no others."""
        self.set_text(text)
        self.parts.set_values(examples, at, like)

    def state(self) -> tuple[Any, ...]:
        """To be compared: what the user asks for as it stands."""
        return (self.text(), *self.parts.values().values())

    def set_hint(self, text: str) -> None:
        """What an empty line shows."""
        own = [tr("such as: {words}").format(words=", ".join(self._examples[:2]))] if self._examples else []
        self.line.setPlaceholderText(text or next(iter(own), tr("such as: flooded fields beside a village")))

    def set_reads_words(self, reads: bool) -> None:
        """Whether the index's model understands the line; where it does not, examples and places are what is left."""
        self.line.setEnabled(reads)
        if not reads:
            self.line.clear()
        self.set_hint("" if reads else tr("the model reads no words: add an image, area or place"))

    def set_examples(self, examples: Sequence[str]) -> None:
        """What the menu offers, and an empty line shows: a basic model knows these alone."""
        self._examples = tuple(examples)
        self.set_hint("")

    def remember(self) -> None:
        """The line was answered: offer it again."""
        if self.text():
            keep_in_history(self.text())
            self._history.setStringList(recent())

    def show_busy(self, busy: bool) -> None:
        """Whether an answer is awaited."""
        self.bar.setVisible(busy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell that the line got the focus, and take images that are dropped on it: it would write their paths."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and images_in(event.mimeData()):
            event.acceptProposedAction()
            return True
        if event.type() == QEvent.Type.Drop and images_in(event.mimeData()):
            self.dropEvent(event)
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images and raster layers."""
        if images_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Search by the images that are dropped."""
        event.setDropAction(Qt.DropAction.CopyAction)  # the layer panel takes a move as leave to remove its layers
        event.accept()
        self.parts.add_images(images_in(event.mimeData()))

    # The menu ---------------------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self.menu.clear()
        saved = saved_searches()
        for title, lines in ((tr("Earlier searches"), recent()), (tr("Examples"), self._examples)):
            if lines:
                self.menu.addSection(title)
            for line in lines[:MOST_IN_MENU]:
                self.menu.addAction(_plain(line), lambda line=line: self._ask(line))
        self.menu.addSection(tr("Saved in the project"))
        for search in saved:
            self.menu.addAction(_plain(search.name), lambda search=search: self.saved_requested.emit(search))
        self.save_action = self.menu.addAction(tr("Sa&ve this search…"), self._save)
        self.save_action.setEnabled(bool(self.text()) or not self.parts.is_empty())
        if saved:
            forget = self.menu.addMenu(tr("&Delete a saved search"))
            for search in saved:
                forget.addAction(_plain(search.name), lambda name=search.name: forget_saved(name))

    def _ask(self, line: str) -> None:
        self.set_text(line)
        self.asked.emit()

    def _save(self) -> None:
        name, sure = QInputDialog.getText(self, tr("Save this search"), tr("Name"), text=self.text())
        if sure and name.strip():
            self.save_requested.emit(name.strip())


def images_in(data: QMimeData) -> list[str]:
    """Files of the images and raster layers that are dragged."""
    if QgsMimeDataUtils.isUriList(data):
        paths = [uri.uri for uri in QgsMimeDataUtils.decodeUriList(data) if uri.layerType == "raster"]
    else:
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(EXAMPLE_ENDINGS) and Path(path).is_file()]


def _plain(text: str) -> str:
    """A menu takes & for a shortcut."""
    short = text if len(text) <= 60 else text[:59] + "…"
    return short.replace("&", "&&")
