"""The view of a model's card shows what it can of any card that can be read."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from html_seen import IMAGE, plain_of
from qgis.PyQt.QtWidgets import QTextBrowser, QWidget

from geofm_qgis.engine.cards.card import CARD, BandSpec, Card, ClassSpec, Head, Quantity
from geofm_qgis.models.card import ModelCardDialog, card_html

CHANCE = random.Random(5)


def card_with(**changes: Any) -> Card:
    values = {
        "name": "a",
        "title": "Fields and forest",
        "task": "segmentation",
        "architecture": "smp",
        "parameters": {},
        "weights": "w.onnx",
        "sha256": "0" * 64,
        "bands": (BandSpec("B02", "dn"),),
        "classes": (ClassSpec(0, "field", "#ffcc00"), ClassSpec(1, "forest", "#006600")),
    }
    return Card(**{**values, **changes})


def test_heads_values_and_dates_are_shown():
    heads = (
        Head("cover <b>", "segmentation", (ClassSpec(0, "field", "#ffcc00"),)),
        Head("height", "regression", quantities=(Quantity("canopy height", "m"),)),
    )
    bands = tuple(BandSpec("VV", "db", date=date) for date in (0, 1))
    html = card_html(card_with(task="multi-task", classes=(), heads=heads, bands=bands))
    assert "<h3>Classes – cover &lt;b&gt;</h3>" in html and "field" in html
    assert "<h3>Values – height</h3><p>canopy height (m)</p>" in html
    assert "VV (decibels), of 2 dates" in html


def test_a_network_is_called_as_in_the_trade():
    html = card_html(card_with(parameters={"network": "unet", "encoder": "tu-convnext_tiny"}))
    assert "Maps classes (U-Net on convnext_tiny)" in html
    assert "Maps classes (smp)" in card_html(card_with())


def anything(depth: int) -> Any:
    """A value that a card can hold."""
    simple = [None, True, False, 0, -1, 10**400, 1e308, -1e-308, "", IMAGE, "\x00\u202e"]
    keys = ["per_class", "f1", "field", IMAGE, ""]
    kinds: list[Callable[[], Any]] = [
        lambda: CHANCE.choice(simple),
        lambda: [anything(depth - 1) for _ in range(CHANCE.randrange(4))],
        lambda: {CHANCE.choice(keys): anything(depth - 1) for _ in range(3)},
    ]
    return (kinds[0] if depth == 0 else CHANCE.choice(kinds))()


def nested() -> Any:
    """Nearly as deep as a card may be."""
    value: Any = "core"
    for _ in range(7):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(),
        "x" * 10**6,
        [1] * 10**5,
        {str(number): number for number in range(10**4)},
        [],
        {},
        "all",
        5,
        True,
        [1, "a"],
        {"field": [1]},
        {"field": "good"},
        {"field": {"f1": "high", "support": {}}},
        *(anything(4) for _ in range(60)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_card_breaks_its_view(value: Any, tmp_path: Path) -> None:
    scores = {"field": value, "forest": {"f1": value, "precision": value, "recall": value, "support": value}}
    for metrics in ({"per_class": value}, {"per_class": scores}, {"other": value, "overall_accuracy": value}):
        html = card_html(card_with(training={"labels": value}, metrics=metrics), tmp_path)
        shown = plain_of(html)
        assert len(html) < 10**6 and "\ufffc" not in shown
        assert "Fields and forest" in shown and "forest" in shown


def test_what_it_can_show_it_shows() -> None:
    scores = {"field": {"f1": 0.5, "precision": "high", "recall": None, "support": 7}, "forest": "good"}
    training = {"polygons": 12, "regions": ["A", "B"], "deep": nested(), "image": IMAGE}
    shown = plain_of(card_html(card_with(metrics={"per_class": scores, "macro_f1": 0.25}, training=training)))
    for text in ("0.50", "–", "0.250", "12", "A, B", "a: a: …", IMAGE):
        assert text in shown


def test_long_texts_are_cut() -> None:
    card = card_with(title="T" * 10**6, limits=IMAGE * 10**5, classes=(ClassSpec(0, "c" * 10**6, "#ffcc00"),))
    html = card_html(card)
    assert len(html) < 20_000 and "…" in html


def test_a_folder_whose_card_is_damaged_says_so(tmp_path: Path, qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    (tmp_path / CARD).write_text('{"a": "<img src=red.png>"}')
    dialog = ModelCardDialog.open_folder(str(tmp_path), parent)
    assert "The card cannot be used" in dialog.findChild(QTextBrowser).toPlainText()
