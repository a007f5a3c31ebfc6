"""The images of a flood map: dropped or chosen together they sort themselves into dates; the user corrects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QLocale, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import LookRequest, marks_of
from ..jobs.client import JobClient
from ..plain_text import PlainLabel
from ..translation import tr
from ..widgets.inputs import DateRow, DatesEditor
from ..widgets.parts import Section, flat_button, quiet
from .looks import ImageLooks
from .methods import Images

__all__ = ["FloodImages"]

MS_BEFORE_A_LOOK, MS_WHILE_A_LIST_IS_OPEN = 150, 100

Dates = tuple[tuple[str, ...], ...]


class FloodImages(QWidget):
    """The date after the flood, and those before it.

    What is given for one date and is of several goes to its own dates, the newest after the flood. Beside each date
    stands what it is, and what is odd about it.

    Parameters
    ----------
    client : JobClient
    options : callable
        Gives what the user says of the files, as fields `units`, `bands` and `calibration` of a request.

    Signals
    -------
    seen : Images
        What is known of the chosen images, whenever that changes.
    """

    seen = pyqtSignal(object)

    def __init__(
        self, client: JobClient, options: Callable[[], dict[str, Any]], parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        self._options = options
        self._arranging = False
        self._waiting: tuple[Any, ...] = ()  # an answer that comes while a list is open
        self._known: Optional[tuple[Dates, dict[str, Any]]] = None  # what was seen last
        self.post, self.pre = DateRow(), DatesEditor()
        self.sorted = quiet(PlainLabel())
        self.sort_button = flat_button(tr("Sort all images by date"), "mActionSharingExport.svg")
        self.sort_button.clicked.connect(self._sort_all)
        for widget in (self.sorted, self.sort_button):
            widget.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        hint = tr("Choose or drop all images of the event here: the newest stays, older ones go below, by their dates.")
        layout.addWidget(Section(tr("After the flood"), self.post, hint))
        layout.addWidget(self.sorted)
        layout.addWidget(
            Section(
                tr("Before the flood"),
                self.pre,
                tr("Optional, the more dates the better: they tell flood from water that is always there."),
            )
        )
        layout.addWidget(self.sort_button)
        self._looks = ImageLooks(client, self)
        self._looks.seen.connect(self._on_seen)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(MS_BEFORE_A_LOOK)
        self._soon.timeout.connect(self._look)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(MS_WHILE_A_LIST_IS_OPEN)
        self._later.timeout.connect(lambda: self._on_seen(*self._waiting))
        for part in (self.post, self.pre):
            part.changed.connect(self._on_changed)

    def dates(self) -> Dates:
        """What the engine can open: the files after the flood, and those of each date before.

        Raises
        ------
        GeoFMError
            If there is no image after the flood, one is given twice, or one cannot be handed over.
        """
        post = self.post.sources()
        if not post:
            raise RequestError(tr("Choose the image from after the flood first."))
        dates = (post, *self.pre.dates())
        for _, note in _twice(dates):
            raise RequestError(note)
        return dates

    def count(self) -> int:
        """Of how many dates images are given, that after the flood included."""
        return max(len(self._given()), 1)

    def close_tools(self) -> None:
        """Ask nothing any more."""
        self._soon.stop()
        self._later.stop()
        self._looks.close()

    # What is chosen ---------------------------------------------------------------------------------------------------

    def _given(self) -> Dates:
        """As the rows have it; without images after the flood the first date is empty."""
        try:
            return (self.post.sources(), *self.pre.dates())
        except GeoFMError:  # told when the job is to be sent off
            return ((),)

    def _rows(self) -> list[DateRow]:
        """Those of `_given`."""
        return [self.post, *(row for row in self.pre.rows() if not row.is_empty())]

    def _on_changed(self) -> None:
        if self._arranging:
            return
        self.sorted.hide()
        self._show()
        if any(self._given()):
            self._soon.start()
        else:
            self._looks.forget()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at what was chosen while the page was not seen."""
        super().showEvent(event)
        if any(self._given()):
            self._soon.start()

    def _look(self) -> None:
        given = self._given()
        if not self.isVisible() or not any(given) or self._known_of(given) is not None:
            return
        said = {name: value for name, value in self._options().items() if name in ("units", "bands", "calibration")}
        self._looks.ask(LookRequest(given[0], given[1:], **said))

    def _known_of(self, given: Dates) -> Optional[dict[str, Any]]:
        return self._known[1] if self._known is not None and self._known[0] == given else None

    def _on_seen(self, request: LookRequest, summary: dict[str, Any]) -> None:
        given = self._given()
        if (request.post, *request.pre) != given:
            return
        if any(row.is_open() for row in (self.post, *self.pre.rows())):  # nothing moves under the mouse
            self._waiting = (request, summary)
            self._later.start()
            return
        dates = tuple(tuple(date) for date in summary["dates"])
        if dates != given:
            self._arrange(dates)
            self._say_sorted(len(dates), moved=len(given[0]) != len(dates[0]))
        self._known = (self._given(), summary)
        self._show()

    def _arrange(self, dates: Dates) -> None:
        self._arranging = True
        try:
            self.post.set_sources(dates[0])
            self.pre.set_dates(dates[1:])
        finally:
            self._arranging = False

    def _say_sorted(self, count: int, moved: bool) -> None:
        told = (
            tr("Sorted into {count} dates: the newest is after the flood, the others are before it.")
            if moved
            else tr("Sorted into {count} dates.")
        )
        self.sorted.setText(told.format(count=count))
        self.sorted.show()

    def _sort_all(self) -> None:
        """All images in one list, which then sort themselves."""
        given = self._given()
        self._arrange((tuple(path for date in given for path in date),))
        self._on_changed()

    # What is shown ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Beside each date what it is, and what is odd about it."""
        given, rows = self._given(), self._rows()
        known = self._known_of(given)
        notes: list[list[str]] = [[] for _ in rows]
        for place, text in _twice(given):
            notes[place].append(text)
        for note in known["notes"] if known else ():
            notes[note["date"]].append(note["text"])
        for row, files, said in zip(rows, given, notes):
            images = [known["images"][path] for path in files if path in known["images"]] if known else []
            row.show_facts(_facts_text(images), "\n".join(_lines(files, known["images"])) if known else "")
            row.notes.show_texts(said)
        everywhere = (self.post, *self.pre.rows())
        for row in everywhere:
            if row not in rows:
                row.show_facts("")
                row.notes.show_texts(())
            row.mark_taken({key for other in everywhere if other is not row for key in other.chosen()})
        self.sort_button.setVisible(bool(known and known["swapped"]))
        of_all = (known["polarisations"], known["display"]) if known else (["VV", "VH"], False)
        self.seen.emit(Images(tuple(of_all[0]) or ("VV", "VH"), self.count(), of_all[1]))

    # Dropping ---------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images wherever they are dropped."""
        self.post.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Sort what is dropped beside the rows."""
        self.post.dropEvent(event)


def _twice(dates: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """What to say of images that stand in two dates: the later one's place, and a sentence."""
    seen: dict[object, int] = {}
    for place, files in enumerate(dates):
        for path in files:
            if any(seen.setdefault(mark, place) != place for mark in marks_of(path)):
                told = tr("{name} is chosen for two dates; an image compared with itself shows no change.")
                yield place, told.format(name=Path(path).name)


def _facts_text(images: Sequence[dict[str, Any]]) -> str:
    """What the files of one date are together."""
    if not images:
        return ""
    first = min(images, key=lambda image: image["acquired"] or "9999")
    bands = [name for name in ("VV", "VH", "HH", "HV") if any(name in image["polarisations"] for image in images)]
    orbit = next((image["orbit"] for image in images if image["orbit"]), None)
    parts = [_moment(first), ", ".join(bands), _orbit(orbit), _place([image["box"] for image in images])]
    return " · ".join(part for part in parts if part)


def _lines(files: Sequence[str], images: dict[str, dict[str, Any]]) -> list[str]:
    """What each file is."""
    return [f"{path}\n    {_facts_text([images[path]])}" for path in files if path in images]


def _moment(image: dict[str, Any]) -> str:
    if image["acquired"] is None:
        return tr("date unknown")
    day, _, clock = image["acquired"].partition("T")
    return day if image["day_alone"] else f"{day} {clock[:5]} UTC"


def _orbit(orbit: Optional[dict[str, Any]]) -> str:
    if orbit is None:
        return ""
    direction = {"ascending": tr("ascending"), "descending": tr("descending")}.get(orbit["direction"] or "", "")
    number = tr("relative orbit {number}").format(number=orbit["number"]) if orbit["number"] else ""
    return ", ".join(part for part in (direction, number) if part)


def _place(boxes: Sequence[Optional[Sequence[float]]]) -> str:
    """The middle of some boxes of degrees."""
    known = [box for box in boxes if box]
    if not known:
        return ""
    x = (min(box[0] for box in known) + max(box[2] for box in known)) / 2
    y = (min(box[1] for box in known) + max(box[3] for box in known)) / 2
    locale = QLocale()
    north, east = locale.toString(abs(y), "f", 2), locale.toString(abs(x), "f", 2)
    return f"{north}° {tr('N') if y >= 0 else tr('S')}, {east}° {tr('E') if x >= 0 else tr('W')}"
