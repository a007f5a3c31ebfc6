"""A model's card, to be read by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from ..engine.cards.card import Card, Head, read_card
from ..engine.cards.tasks import TASKS
from ..engine.errors import GeoFMError
from ..engine.jobs.requests.networks import ALL_NETWORKS
from ..plain_text import in_html
from ..translation import number_text, tr

__all__ = ["ModelCardDialog", "card_html"]

SIZE = (620, 640)
# Whatever a card holds, it is shown in a moment: so deep, so many things of one kind, and so many letters of a text.
DEEPEST, MOST, LONGEST = 4, 200, 2000
LARGEST = 1e15
ABBREVIATIONS = {"miou": "mIoU", "macro_f1": "Macro F1", "kappa": "Kappa", "oa": "Overall accuracy"}


class ModelCardDialog(QDialog):
    """Shows one card; does not keep other windows from being used."""

    def __init__(self, card: Card, folder: Path, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Model card – {title}").format(title=card.title))
        self.resize(*SIZE)
        self.text = QTextBrowser()
        self.text.setOpenExternalLinks(True)
        self.text.setAccessibleName(tr("Model card"))
        self.text.setHtml(card_html(card, folder))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)

    @classmethod
    def open_folder(cls, folder: str, parent: QWidget) -> Optional[ModelCardDialog]:
        """Show the card of a model's folder, or why it cannot be read."""
        try:
            dialog = cls(read_card(Path(folder)), Path(folder), parent)
        except GeoFMError as error:
            dialog = QDialog(parent)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            text = QTextBrowser(dialog)
            text.setPlainText(str(error))
            QVBoxLayout(dialog).addWidget(text)
        dialog.show()
        return dialog


def card_html(card: Card, folder: Optional[Path] = None) -> str:
    """What a card says, as HTML without colours of its own but those of the classes."""
    return "".join(_parts(card, folder))


def _parts(card: Card, folder: Optional[Path]) -> Iterator[str]:
    yield f"<h2>{_shown(card.title)}</h2>"
    yield _table(_about(card, folder))
    if card.limits:
        yield f"<p><b>{tr('Limits')}.</b> {_shown(card.limits)}</p>"
    for head in card.outputs:
        whose = f" – {_shown(head.name)}" if card.heads else ""
        if head.classes:
            yield f"<h3>{tr('Classes')}{whose}</h3>"
            yield _classes(card, head)
        if head.quantities:
            yield f"<h3>{tr('Values')}{whose}</h3>"
            yield f"<p>{_shown(', '.join(f'{item.name} ({item.units})' for item in head.quantities))}</p>"
    yield f"<h3>{tr('Bands')}</h3><p>{_shown(_bands(card))}</p>"
    if card.metrics:
        yield f"<h3>{tr('Accuracy on what it has not seen')}</h3>"
        yield _table(_values({name: value for name, value in card.metrics.items() if name != "per_class"}))
    if card.training:
        yield f"<h3>{tr('Training')}</h3>"
        yield _table(_values(card.training))
    if card.sha256:  # for programs rather than for people
        yield f"<p>{tr('SHA-256')}: {_shown(card.sha256)}</p>"


def _about(card: Card, folder: Optional[Path]) -> Iterator[tuple[str, str]]:
    yield (
        tr("Kind"),
        tr("{task} ({network})").format(task=tr(TASKS[card.task].words), network=_network(card)),
    )
    if card.gsd_m:
        yield tr("Pixels"), tr("{size} m").format(size=number_text(card.gsd_m, 1 if card.gsd_m < 10 else 0))
    for title, text in (
        (tr("Licence"), card.licence),
        (tr("Attribution"), card.attribution),
        (tr("Source"), card.source),
        (tr("Version"), card.version),
        (tr("Folder"), str(folder) if folder else ""),
    ):
        if text:
            yield title, text


def _network(card: Card) -> str:
    """What a network is called in the trade, and on which encoder it stands."""
    named = card.parameters.get("network")
    rows = (row for row in ALL_NETWORKS.values() if row.architecture == card.architecture)
    title = next((row.title for row in rows if row.family is None or row.name == named), card.architecture)
    encoder = card.parameters.get("encoder")
    if not isinstance(encoder, str):
        return title
    return tr("{network} on {encoder}").format(network=title, encoder=encoder.removeprefix("tu-"))


def _classes(card: Card, head: Head) -> str:
    scores = _object(card.metrics.get("per_class"))
    heads = ["", "", tr("Class"), *([tr("F1"), tr("Precision"), tr("Recall"), tr("Pixels")] if scores else [])]
    lines = ["<tr>" + "".join(f'<th align="left">{head}&nbsp;&nbsp;</th>' for head in heads) + "</tr>"]
    for item in head.classes:
        score = _object(scores.get(item.name))
        cells = [str(item.value), f'<span style="color: {item.color}">■</span>', _shown(item.name)]
        if scores:
            cells += [_number(score.get(name), 2) for name in ("f1", "precision", "recall")]
            cells.append(_number(score.get("support"), 0))
        lines.append("<tr>" + "".join(f"<td>{cell}&nbsp;&nbsp;</td>" for cell in cells) + "</tr>")
    return "<table>" + "".join(lines) + "</table>"


def _bands(card: Card) -> str:
    units = {
        "reflectance": tr("reflectance"),
        "db": tr("decibels"),
        "display": tr("8-bit display values"),
        "dn": tr("plain numbers"),
    }
    kinds = list(dict.fromkeys(band.units for band in card.bands))
    of_kind = (dict.fromkeys(band.name for band in card.bands if band.units == kind) for kind in kinds)
    text = "; ".join(f"{', '.join(names)} ({units[kind]})" for kind, names in zip(kinds, of_kind))
    return text if card.dates == 1 else tr("{bands}, of {count} dates").format(bands=text, count=card.dates)


def _values(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    told = [(name, value) for name, value in values.items() if value not in (None, "", [], {})]
    for name, value in told[:MOST]:
        words = name.replace("_", " ")
        yield ABBREVIATIONS.get(name, words[:1].upper() + words[1:]), _text(value)
    if len(told) > MOST:
        yield "…", "…"


def _text(value: Any, depth: int = 1) -> str:
    """What a card's makers say in words of their own, which may be anything that JSON can hold."""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, float):
        return _number(value, 3)
    if not isinstance(value, (dict, list)):
        return str(value)
    if depth > DEEPEST:
        return "…"
    if isinstance(value, dict):
        parts = [f"{name}: {_text(item, depth + 1)}" for name, item in [*value.items()][:MOST]]
    else:
        parts = [_text(item, depth + 1) for item in value[:MOST]]
    return ", ".join([*parts, *(["…"] if len(value) > MOST else [])])


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any, decimals: int) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
    return number_text(value, decimals) if fits else "–"


def _shown(text: str) -> str:
    return in_html(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _table(rows: Iterator[tuple[str, str]]) -> str:
    lines = (
        f'<tr><td style="white-space: nowrap"><b>{_shown(name)}</b>&nbsp;&nbsp;</td><td>{_shown(text)}</td></tr>'
        for name, text in rows
    )
    return "<table>" + "".join(lines) + "</table>"
