"""Line charts with error bars, several panels in one picture, drawn by Pillow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

__all__ = ["draw"]

Curve = Sequence[tuple[float, float]]
"""Mean and standard deviation at each position."""

SCALE = 2  # drawn larger, then reduced: smooth lines
WIDTH, HEIGHT, COLUMNS = 700, 300, 2  # pixels of the picture and of a row of panels
LEFT, RIGHT, TOP, BOTTOM, LEGEND = 52, 12, 30, 40, 74
INK, GRID, COLORS = "#222222", "#dddddd", ("#777777", "#1f78b4", "#e08214", "#b2182b", "#5e9c76", "#8e6bb5")


def draw(
    path: Path, panels: Mapping[str, Mapping[str, Curve]], positions: Sequence[int], across: str, upwards: str
) -> None:
    """Write a PNG; curves of one name have one colour in all panels.

    Parameters
    ----------
    path : Path
    panels : mapping of str to mapping of str to curves
        Title, then name, then means and standard deviations, one pair for each position.
    positions : sequence of int
        Set at equal distances.
    across, upwards : str
        What the axes are.
    """
    rows = -(-len(panels) // COLUMNS)
    picture = Image.new("RGB", (WIDTH * SCALE, (rows * HEIGHT + LEGEND) * SCALE), "white")
    canvas = ImageDraw.Draw(picture)
    for index, (title, curves) in enumerate(panels.items()):
        corner = index % COLUMNS * (WIDTH // COLUMNS), index // COLUMNS * HEIGHT
        _panel(canvas, corner, title, curves, positions, across, upwards)
    for index, name in enumerate(next(iter(panels.values()))):
        x, y = 30 + index % 2 * (WIDTH // 2), rows * HEIGHT + 14 + index // 2 * 20
        canvas.line([_at(x, y), _at(x + 26, y)], COLORS[index], 2 * SCALE)
        canvas.text(_at(x + 34, y), name, INK, _font(13), anchor="lm")
    picture.resize((WIDTH, rows * HEIGHT + LEGEND), Image.Resampling.LANCZOS).save(path, optimize=True)


def _panel(
    canvas: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    title: str,
    curves: Mapping[str, Curve],
    positions: Sequence[int],
    across: str,
    upwards: str,
) -> None:
    left, top = corner[0] + LEFT, corner[1] + TOP
    right, bottom = corner[0] + WIDTH // COLUMNS - RIGHT, corner[1] + HEIGHT - BOTTOM
    values = [mean + sign * spread for curve in curves.values() for mean, spread in curve for sign in (-1, 1)]
    low, high = int(min(values) * 10) / 10, -(int(-max(values) * 10) - 1) / 10

    def place(index: int, value: float) -> tuple[float, float]:
        x = left + (right - left) * (index + 0.5) / len(positions)
        return x, bottom - (bottom - top) * (value - low) / (high - low)

    canvas.text(_at(left, corner[1] + 15), title, INK, _font(14), anchor="lm")
    for step in range(round((high - low) * 10) + 1):
        value = low + step / 10
        y = place(0, value)[1]
        canvas.line([_at(left, y), _at(right, y)], GRID, SCALE)
        canvas.text(_at(left - 6, y), f"{value:.1f}", INK, _font(12), anchor="rm")
    for index, position in enumerate(positions):
        canvas.text(_at(place(index, low)[0], bottom + 10), str(position), INK, _font(12), anchor="mm")
    canvas.text(_at((left + right) / 2, bottom + 27), across, INK, _font(12), anchor="mm")
    _sideways(canvas, _at(corner[0] + 12, (top + bottom) / 2), upwards)
    for number, curve in enumerate(curves.values()):
        _curve(canvas, [(place(i, m), place(i, m - s), place(i, m + s)) for i, (m, s) in enumerate(curve)], number)


def _curve(canvas: ImageDraw.ImageDraw, points: Sequence[Sequence[tuple[float, float]]], number: int) -> None:
    """A line with bars, moved a little sideways so that the bars of several stand beside each other."""
    color, shift = COLORS[number], (number - 2.5) * 4
    moved = [[_at(x + shift, y) for x, y in point] for point in points]
    canvas.line([middle for middle, *_ in moved], color, 2 * SCALE)
    for (x, y), low, high in moved:
        canvas.line([low, high], color, SCALE)
        for end in (low, high):
            canvas.line([(x - 3 * SCALE, end[1]), (x + 3 * SCALE, end[1])], color, SCALE)
        canvas.ellipse([x - 3 * SCALE, y - 3 * SCALE, x + 3 * SCALE, y + 3 * SCALE], color)


def _sideways(canvas: ImageDraw.ImageDraw, centre: tuple[float, float], text: str) -> None:
    font = _font(12)
    box = font.getbbox(text)
    size = int(box[2]) + 2, int(box[3]) + 2
    label = Image.new("L", size)
    ImageDraw.Draw(label).text((0, 0), text, 255, font)
    turned = label.rotate(90, expand=True)
    canvas.bitmap((centre[0] - turned.width / 2, centre[1] - turned.height / 2), turned, INK)


def _at(x: float, y: float) -> tuple[float, float]:
    return x * SCALE, y * SCALE


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType.")
    return font
