"""The table of a benchmark: as Markdown for people, as CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .scores import CLASSES, FIGURES, GROUPS

__all__ = ["PUBLISHED", "as_csv", "as_markdown"]

# What is published of the test events, in per cent: flood, permanent water, water (F1), and the mean IoU. Third parties
# quote them; the paper's full table could not be found.
PUBLISHED: dict[str, tuple[str, dict[str, float]]] = {
    "U-Net (ResNet-50), version 3 of the paper": (
        "three dates, GRD",
        {"flood": 80.12, "permanent water": 78.24, "water": 83.85, "miou": 76.20},
    ),
    "the best model, abstract of version 1 (32 events)": ("about", {"flood": 85.0, "water": 87.0}),
}
TITLES = {"precision": "precision", "recall": "recall", "f1": "F1", "iou": "IoU"}
WATER = "water"
# What is told of each event and zone: of which class, and which figure.
PICKED = {
    "F1 flood": ("flood", "f1"),
    "F1 permanent water": ("permanent water", "f1"),
    "F1 water": (WATER, "f1"),
    "mIoU": ("", "miou"),
}


def as_markdown(results: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> str:
    """Tables of models that were tested, in per cent.

    Parameters
    ----------
    results : sequence of mapping
        Of each model "title", "groups" as `scores.in_groups` gives them, "parameters", "best_epoch", "epochs",
        "settings" and "notes".
    facts : mapping
        "data", "patches" by part, "assumed" and "repaired", sentences.
    """
    lines = ["# Benchmark on Kuro Siwo", "", facts["data"], ""]
    lines += _overview(results)
    lines += ["", "## By class", "", *_by_class(results)]
    for group, title in (("event", "By event"), ("zone", "By climate zone")):
        lines += ["", f"## {title}", "", *_by_group(results, group)]
    lines += ["", "## Settings", ""]
    lines += [f"- {result['title']}: {result['settings']}" for result in results]
    lines += ["", "## What was assumed, where the paper is silent", "", *(f"- {text}" for text in facts["assumed"])]
    lines += ["", "## What of the reference is not repeated", "", *(f"- {text}" for text in facts["repaired"])]
    return "\n".join(lines) + "\n"


def _overview(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heads = ("model", "F1 flood", "F1 permanent water", "F1 water", "mIoU", "accuracy", "parameters", "best epoch")
    rows = []
    for result in results:
        figures = _all(result)
        classes = figures["classes"]
        shown = (classes["flood"]["f1"], classes["permanent water"]["f1"], figures[WATER]["f1"])
        cells = [_percent(value) for value in (*shown, figures["miou"], figures["accuracy"])]
        rows.append(
            (result["title"], *cells, f"{result['parameters']:,}", f"{result['best_epoch']}/{result['epochs']}")
        )
    for title, (what, told) in PUBLISHED.items():
        names = ("flood", "permanent water", WATER, "miou")
        rows.append(
            (f"*{title}*", *(f"{told[name]:.2f}" if name in told else "" for name in names), "", "", f"*{what}*")
        )
    yield from _table(heads, rows)


def _by_class(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heads = ("model", "class", *TITLES.values(), "pixels")
    rows = []
    for result in results:
        figures = _all(result)
        for name, told in {**figures["classes"], WATER: figures[WATER]}.items():
            rows.append((result["title"], name, *(_percent(told[key]) for key in FIGURES), f"{told['support']:,}"))
    yield from _table(heads, rows)


def _by_group(results: Sequence[Mapping[str, Any]], group: str) -> Iterator[str]:
    names = list(dict.fromkeys(name for result in results for name in result["groups"][group]))
    heads = ("model", "", *names)
    rows = []
    for result in results:
        groups = result["groups"][group]
        for title, (kind, figure) in PICKED.items():
            values = [_picked(groups[name], kind, figure) if name in groups else None for name in names]
            rows.append((result["title"], title, *map(_percent, values)))
    yield from _table(heads, rows)


def _picked(figures: Mapping[str, Any], kind: str, figure: str) -> float | None:
    told = figures if not kind else figures[WATER] if kind == WATER else figures["classes"][kind]
    value: float | None = told[figure]
    return value


def _all(result: Mapping[str, Any]) -> Mapping[str, Any]:
    figures: Mapping[str, Any] = next(iter(result["groups"]["all"].values()))
    return figures


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join(['---'] + ['---:'] * (len(heads) - 1))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def as_csv(results: Sequence[Mapping[str, Any]]) -> str:
    """Every figure, as a share: a row for each model, group and class."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("model", "of", "name", "class", *FIGURES, "pixels", "miou", "accuracy"))
    for result in results:
        for group in GROUPS:
            for name, figures in result["groups"][group].items():
                for label in (*CLASSES, WATER):
                    told = figures[WATER] if label == WATER else figures["classes"][label]
                    values = ["" if told[key] is None else f"{told[key]:.6f}" for key in FIGURES]
                    both = (f"{figures['miou']:.6f}", f"{figures['accuracy']:.6f}")
                    writer.writerow((result["model"], group, name, label, *values, told["support"], *both))
    return text.getvalue()
