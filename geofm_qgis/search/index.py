"""Which index is searched: a list, what it holds, and the ways to more of it."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLocale, QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAction,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.cards.index_files import is_index
from ..engine.errors import GeoFMError
from ..help import help_button
from ..plain_text import PlainLabel, as_written, in_html
from ..translation import metres_text, tr
from ..widgets.layer_or_file import keep_folder, last_folder
from ..widgets.lists import fit_into_panel
from ..widgets.parts import quiet
from .images import ImagesToRemove
from .indexes import concepts_of, forget_index, images_of, known_indexes, look_at, remember_index
from .models import basic_words

__all__ = ["IndexChooser"]

REFRESH, REMOVE = "refresh", "remove"  # links in the note


class IndexChooser(QWidget):
    """A list of indexes, and a menu.

    Signals
    -------
    changed()
        Another index is chosen.
    build_requested()
        The user wants a new index.
    add_requested, refresh_requested, footprints_requested : str
        The folder of an index that images are to be added to, that is to be looked through, or whose images are to be
        shown on the map.
    remove_requested : str, tuple of tuple of str
        The folder of an index, and the files of each image that is to be taken out.
    problem : str
        Why a folder cannot be chosen.
    """

    changed = pyqtSignal()
    build_requested = pyqtSignal()
    add_requested = pyqtSignal(str)
    refresh_requested = pyqtSignal(str)
    footprints_requested = pyqtSignal(str)
    remove_requested = pyqtSignal(str, object)
    problem = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._gone: set[tuple[str, ...]] = set()  # files of images of the chosen index that are not there any more
        self.combo = QComboBox()
        self.combo.setAccessibleName(tr("Index"))
        fit_into_panel(self.combo)
        self.button = QToolButton()
        self.button.setIcon(QgsApplication.getThemeIcon("mActionOptions.svg"))
        self.button.setToolTip(tr("Build an index, add images, and more"))
        self.button.setAccessibleName(tr("Build an index, add images, and more"))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.build_action = self._action(tr("&Build a new index…"), "mActionAdd")
        self.add_action = self._action(tr("&Add images…"), "mActionAddRasterLayer")
        self.refresh_action = self._action(tr("&Look for changed images"), "mActionRefresh")
        self.remove_action = self._action(tr("&Remove images…"), "mActionRemoveLayer")
        self.footprints_action = self._action(tr("&Show its images on the map"), "mActionZoomToLayer")
        self.open_action = self._action(tr("&Open an index folder…"), "mActionFileOpen")
        self.forget_action = self._action(tr("&Take it off this list"), "mActionRemove")
        menu = QMenu(self.button)
        menu.addActions([self.build_action, self.add_action, self.remove_action, self.refresh_action])
        menu.addAction(self.footprints_action)
        menu.addSeparator()
        menu.addActions([self.open_action, self.forget_action])
        self.button.setMenu(menu)
        self.about = quiet(PlainLabel())
        self.note_icon, self.note = QLabel(), QLabel()
        self.note_icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note_icon.setPixmap(QgsApplication.getThemeIcon("mIconWarning.svg").pixmap(QSize(16, 16)))
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.RichText)
        self._lay_out()
        self._connect()
        self.refresh()

    def _action(self, text: str, icon: str) -> QAction:
        return QAction(QgsApplication.getThemeIcon(f"{icon}.svg"), text, self)

    def _lay_out(self) -> None:
        row, below = QHBoxLayout(), QHBoxLayout()
        row.addWidget(self.combo, 1)
        row.addWidget(self.button)
        row.addWidget(help_button("search"))
        below.addWidget(self.note_icon)
        below.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addWidget(self.about)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.combo.currentIndexChanged.connect(self._on_chosen)
        self.build_action.triggered.connect(self.build_requested)
        self.add_action.triggered.connect(lambda: self.add_requested.emit(self.folder()))
        self.remove_action.triggered.connect(self._remove_images)
        self.refresh_action.triggered.connect(lambda: self.refresh_requested.emit(self.folder()))
        self.footprints_action.triggered.connect(lambda: self.footprints_requested.emit(self.folder()))
        self.open_action.triggered.connect(self._browse)
        self.forget_action.triggered.connect(self._forget)
        self.note.linkActivated.connect(self._on_link)

    # What is chosen ---------------------------------------------------------------------------------------------------

    def folder(self) -> str:
        """Of the chosen index; empty without one."""
        return str(self.combo.currentData() or "")

    def choose(self, folder: str) -> None:
        """Choose the index in a folder, which is on the list from now on."""
        remember_index(folder)
        self.refresh(folder)

    def refresh(self, wanted: str = "") -> None:
        """Look anew which indexes there are; the chosen one stays so if it is still there."""
        before = self.folder()
        wanted = wanted or before
        self.combo.blockSignals(True)
        self.combo.clear()
        for folder in known_indexes():
            note = look_at(folder)
            self.combo.addItem(tr("{name} (basic)").format(name=note.name) if note.basic else note.name, folder)
            self.combo.setItemData(self.combo.count() - 1, as_written(folder), Qt.ItemDataRole.ToolTipRole)
        self.combo.setEnabled(bool(self.combo.count()))
        if not self.combo.count():
            self.combo.addItem(tr("No index yet"))  # Qt 5.15 shows no placeholder
        self.combo.setCurrentIndex(max(self.combo.findData(wanted), 0))
        self.combo.blockSignals(False)
        self._show()
        if self.folder() != before:
            self.changed.emit()

    def examples(self) -> tuple[str, ...]:
        """What one may ask this index for."""
        return concepts_of(look_at(self.folder()).card) if self.folder() else ()

    # What it holds ----------------------------------------------------------------------------------------------------

    def show_facts(self, facts: dict[str, Any]) -> None:
        """Show what the engine tells of the chosen index."""
        locale = QLocale()
        parts = [
            tr("{count} places").format(count=locale.toString(facts["tiles"])),
            tr("one image") if facts["images"] == 1 else tr("{count} images").format(count=facts["images"]),
        ]
        if facts["windows_m"]:
            sides = " / ".join(dict.fromkeys(map(metres_text, facts["windows_m"][:6])))
            parts.append(tr("{sides} wide").format(sides=sides))
        if facts["first_day"]:
            days = dict.fromkeys((facts["first_day"], facts["last_day"]))
            parts.append(" – ".join(days))
        parts.append(facts["model"])
        self.about.setText(" · ".join(parts))
        self._gone = {tuple(item["files"]) for item in facts["stale"] if item["state"] == "missing"}
        self._warn(_note(facts))

    def show_problem(self, sentence: str) -> None:
        """Say why the chosen index cannot be searched."""
        self._warn(in_html(sentence))

    def _show(self) -> None:
        folder = self.folder()
        of_an_index = (self.add_action, self.remove_action, self.refresh_action, self.footprints_action)
        for action in (*of_an_index, self.forget_action):
            action.setEnabled(bool(folder))
        note = look_at(folder) if folder else None
        self.combo.setToolTip(as_written(folder))
        if note is None:
            self.about.setText(tr("An index makes images searchable: build one, or open its folder."))
        else:
            self.about.setText(note.model)
        self.about.setToolTip(as_written(basic_words(note.card)) if note is not None else "")
        self._gone = set()
        self._warn("")

    def _warn(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.note_icon.setVisible(bool(text))

    def _on_chosen(self) -> None:
        if self.folder():
            remember_index(self.folder())
        self._show()
        self.changed.emit()

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Open an index folder"), last_folder())
        if not folder:
            return
        keep_folder(folder)
        if is_index(folder):
            self.choose(folder)
        else:
            self.problem.emit(tr("{folder} holds no index; choose the folder of one.").format(folder=folder))

    def _on_link(self, link: str) -> None:
        if link == REMOVE:
            self._remove_images()
        else:
            self.refresh_requested.emit(self.folder())

    def _remove_images(self) -> None:
        try:
            images = images_of(self.folder())
        except GeoFMError as error:
            self.problem.emit(str(error))
            return
        dialog = ImagesToRemove(look_at(self.folder()).name, images, self._gone, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.remove_requested.emit(self.folder(), dialog.images())
        dialog.deleteLater()

    def _forget(self) -> None:
        forget_index(self.folder())
        self.refresh()


def _note(facts: dict[str, Any]) -> str:
    """What is amiss, with a link that mends it, as HTML."""
    if facts["unfinished"]:
        said, link = tr("This index is not finished: images are missing from it."), tr("Go on")
    elif facts["stale"]:
        gone = sum(item["state"] == "missing" for item in facts["stale"])
        changed = len(facts["stale"]) - gone
        parts = [tr("{count} changed").format(count=changed)] * bool(changed)
        parts += [tr("{count} gone").format(count=gone)] * bool(gone)
        said = tr("Images since it was built: {parts}.").format(parts=", ".join(parts))
        if gone:
            said += f' <a href="{REMOVE}">{tr("Remove")}</a>'
        link = tr("Look again")
    elif facts["warnings"]:
        said, link = in_html(facts["warnings"][0]), tr("Mend it")
    else:
        return ""
    return f'{said} <a href="{REFRESH}">{link}</a>'
