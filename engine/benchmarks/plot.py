"""The picture of a benchmark: F1 of each model as bars, and of each model on each event as a table of shades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw"]

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

FONT, SIZE, THICK = cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1
INK, GRID, WHITE = (34, 34, 34), (221, 221, 221), (255, 255, 255)
BARS: dict[str, Colour] = {"flood": (80, 190, 255), "permanent water": (31, 120, 180), "water": (90, 90, 90)}
LEFT, TOP, RIGHT = 230, 60, 60  # of both parts, in pixels
PLOT, ROW, CELL, SLANTED = 620, 54, 46, 190
LOW, HIGH = np.array((247, 251, 255)), np.array((8, 48, 107))  # shades of F1 from 0 to 1


def draw(results: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG; see `table.as_markdown` for what is known of each model."""
    events = list(dict.fromkeys(name for result in results for name in result["groups"]["event"]))
    width = LEFT + max(PLOT, CELL * len(events)) + RIGHT
    bars = _bars(results, width)
    shades = _shades(results, events, width)
    done, data = cv2.imencode(".png", np.concatenate([bars, shades])[:, :, ::-1])
    if not done:
        raise OSError("the PNG encoder failed")
    return bytes(data.tobytes())


def _bars(results: Sequence[Mapping[str, Any]], width: int) -> Picture:
    bottom = TOP + ROW * len(results)
    picture = np.full((bottom + 40, width, 3), 255, np.uint8)
    _text(picture, "F1 on all test events", 12, 24)
    for place, (name, colour) in enumerate(BARS.items()):
        x = LEFT + 160 * place
        cv2.rectangle(picture, (x, 14), (x + 12, 26), colour, cv2.FILLED)
        _text(picture, name, x + 18, 25)
    for tenth in range(0, 11, 2):
        x = LEFT + PLOT * tenth // 10
        cv2.line(picture, (x, TOP - 14), (x, bottom), GRID, 1)
        _text(picture, f"{tenth / 10:.1f}", x - 10, bottom + 18)
    for row, result in enumerate(results):
        figures = next(iter(result["groups"]["all"].values()))
        _text(picture, result["title"], 12, TOP + ROW * row + 24)
        for place, (name, colour) in enumerate(BARS.items()):
            told = figures["water"] if name == "water" else figures["classes"][name]
            value = told["f1"] or 0.0
            y, end = TOP + ROW * row + 14 * place, LEFT + round(PLOT * value)
            cv2.rectangle(picture, (LEFT, y), (end, y + 11), colour, cv2.FILLED)
            _text(picture, f"{value:.2f}", end + 4, y + 10)
    return picture


def _shades(results: Sequence[Mapping[str, Any]], events: Sequence[str], width: int) -> Picture:
    top = SLANTED + 30
    picture = np.full((top + 30 * len(results) + 16, width, 3), 255, np.uint8)
    _text(picture, "F1 of flood by event", 12, 24)
    for place, event in enumerate(events):
        label = np.full((16, SLANTED, 3), 255, np.uint8)
        _text(label, event, 2, 12)
        x = LEFT + CELL * place + CELL // 2 - 8
        picture[top - SLANTED - 4 : top - 4, x : x + 16] = np.rot90(label)
    for row, result in enumerate(results):
        y = top + 30 * row
        _text(picture, result["title"], 12, y + 20)
        for place, event in enumerate(events):
            figures = result["groups"]["event"].get(event)
            value = figures["classes"]["flood"]["f1"] if figures else None
            x = LEFT + CELL * place
            shade = WHITE if value is None else tuple(int(part) for part in LOW + (HIGH - LOW) * value)
            cv2.rectangle(picture, (x, y), (x + CELL - 2, y + 28), shade, cv2.FILLED)
            text = "-" if value is None else f"{value:.2f}"
            _text(picture, text, x + 6, y + 19, WHITE if value is not None and value > 0.5 else INK)
    return picture


def _text(picture: Picture, text: str, x: int, y: int, colour: Colour = INK) -> None:
    cv2.putText(picture, text, (x, y), FONT, SIZE, colour, THICK, cv2.LINE_AA)
