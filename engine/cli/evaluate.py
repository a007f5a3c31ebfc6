"""`geofm evaluate`: compare results with the truth."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .running import absolute

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate` and what stands below it."""
    parser = subparsers.add_parser("evaluate", help="compare a result with the truth")
    commands = parser.add_subparsers(title="results", metavar="KIND", required=True)
    flood = commands.add_parser(
        "flood",
        help="a flood map",
        description="Compare a flood map with a raster of the truth: 0 dry, 1 permanent water, 2 flood, 3 water of "
        "unknown kind. Pixels are pooled over the whole raster; each class is scored by itself, and all water as one.",
    )
    flood.add_argument("--prediction", required=True, metavar="FILE", help="a flood map of geofm flood")
    flood.add_argument("--truth", required=True, metavar="FILE")
    flood.add_argument(
        "--ignore", type=int, nargs="+", default=[], metavar="VALUE", help="truth values that count for nothing"
    )
    flood.add_argument("--json", action="store_true", help="the scores as one JSON object")
    flood.set_defaults(run=_flood)


def _flood(args: argparse.Namespace) -> int:
    from ..flood.evaluation import evaluate

    found = evaluate(absolute(args.prediction), absolute(args.truth), ignore=args.ignore)
    print(json.dumps({"event": "result", **found}) if args.json else _table(found))
    return 0


def _table(found: dict[str, Any]) -> str:
    rows = [*found["classes"].items(), ("water (all kinds)", found["water"])]
    rows += [(f"baseline: {name}", values) for name, values in found["baselines"].items()]
    lines = [f"{'class':<24}{'precision':>10}{'recall':>10}{'F1':>10}{'IoU':>10}"]
    for name, values in rows:
        cells = (values[key] for key in ("precision", "recall", "f1", "iou"))
        lines.append(
            f"{name:<24}" + "".join(f"{'-' if value is None else format(value, '.4f'):>10}" for value in cells)
        )
    lines.append(f"{found['pixels']} pixels compared; {found['not_observed']} of known truth were not observed")
    return "\n".join(lines)
