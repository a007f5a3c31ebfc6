"""What is said about a model: its state, its task, its size, and all of it as a page."""

from __future__ import annotations

import re
from typing import Optional
from urllib.parse import urlsplit

from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.cards.card import Card
from ..engine.cards.catalogue.mirror import MIRROR
from ..engine.cards.tasks import TASKS
from ..engine.jobs.job import RUNNING
from ..jobs.words import state_of
from ..plain_text import in_html
from ..translation import number_text, tr
from .card import card_html
from .rows import ModelRow

__all__ = ["bands_text", "details_html", "licence_html", "origin_text", "size_text", "state_text", "task_text"]

# What the engine says that each task is for: `tr` gets these at run time, so a catalogue finds them only here.
WORDS_OF_TASKS = (
    QT_TRANSLATE_NOOP("GeoFM", "Maps classes"),
    QT_TRANSLATE_NOOP("GeoFM", "Tells a tile's class"),
    QT_TRANSLATE_NOOP("GeoFM", "Tells all classes of a tile"),
    QT_TRANSLATE_NOOP("GeoFM", "Estimates values of a tile"),
    QT_TRANSLATE_NOOP("GeoFM", "Maps values"),
    QT_TRANSLATE_NOOP("GeoFM", "Does several tasks"),
    QT_TRANSLATE_NOOP("GeoFM", "To train on"),
    QT_TRANSLATE_NOOP("GeoFM", "Finds by words"),
    QT_TRANSLATE_NOOP("GeoFM", "Finds the like"),
)
MEGABYTE, GIGABYTE = 1e6, 1e9
MOST_BANDS = 4  # by name


def state_text(row: ModelRow, learns: bool) -> str:
    """The state in a word or two; `learns` tells whether the engine has what installing needs."""
    if row.job is not None:
        return tr("Working") if row.job.state == RUNNING else state_of(row.job)
    if row.folder is not None:
        return tr("Damaged") if row.problem else tr("Built in") if row.built_in else tr("Installed")
    if not row.obtainable:
        return tr("By hand") if row.entry is not None and row.entry.by_hand else tr("Mirror only")
    return tr("Available") if learns else tr("Needs set-up")


def task_text(card: Optional[Card]) -> str:
    """What a model is for."""
    return tr(TASKS[card.task].words) if card is not None else ""


def bands_text(card: Optional[Card]) -> str:
    """The bands by name, or how many they are."""
    if card is None:
        return ""
    names = card.band_names
    text = ", ".join(names) if len(names) <= MOST_BANDS else tr("{count} bands").format(count=len(names))
    return text if card.dates == 1 else tr("{bands}, {count} dates").format(bands=text, count=card.dates)


def size_text(size: Optional[int]) -> str:
    """Bytes in the unit that suits them."""
    if size is None:
        return ""
    if size >= GIGABYTE:
        return tr("{size} GB").format(size=number_text(size / GIGABYTE, 1))
    return tr("{size} MB").format(size=number_text(size / MEGABYTE, 1 if size < 10 * MEGABYTE else 0))


def origin_text(row: ModelRow) -> str:
    """Where the files of a model of the catalogue will come from."""
    if row.mirror is not None:
        return tr("the folder {folder}").format(folder=row.mirror)
    files = row.entry.files if row.entry else ()
    return ", ".join(dict.fromkeys(urlsplit(file.url or "").hostname or "" for file in files))


def licence_html(licence: str) -> str:
    """A licence of the catalogue, which is an SPDX identifier, as a link to its text."""
    if not re.fullmatch(r"[A-Za-z0-9.+-]+", licence):
        return in_html(licence)
    return f'<a href="https://spdx.org/licenses/{licence}.html">{licence}</a>'


def details_html(row: ModelRow) -> str:
    """All that is known of a model, as HTML without colours of its own but those of the classes."""
    top = "".join(f"<p>{text}</p>" for text in _remarks(row))
    if row.card is None:
        where = f"<p>{in_html(str(row.folder))}</p>" if row.folder else ""
        return f"<h2>{in_html(row.title)}</h2>{top}{where}"
    title, end, rest = card_html(row.card, row.folder).partition("</h2>")
    return f"{title}{end}{top}{rest}"


def _remarks(row: ModelRow) -> list[str]:
    """What stands above the card."""
    remarks = []
    if row.problem:
        remarks.append(f"⚠ {in_html(row.problem)}")
    entry = row.entry
    if entry is None or row.installed:
        return remarks
    remarks.append(in_html(entry.description))
    if row.obtainable:
        words = tr("{size} from {origin}; the files are checked by their SHA-256.")
        remarks.append(in_html(words.format(size=size_text(entry.size), origin=origin_text(row))))
    elif entry.by_hand:
        words = tr("It is not downloaded by itself, since the SHA-256 of its file is not known here: {steps}")
        remarks.append(in_html(words.format(steps=entry.by_hand)))
        remarks.append(in_html(tr("Or choose Import… here, with the file and its SHA-256.")))
    else:
        words = tr(
            "Its files are not published on the internet in this form. Put {files} into a folder, name the folder by "
            "the environment variable {mirror}, and start QGIS anew."
        )
        files = ", ".join(f"{file.name} (SHA-256 {file.sha256})" for file in entry.files)
        remarks.append(in_html(words.format(files=files, mirror=MIRROR)))
    return remarks
