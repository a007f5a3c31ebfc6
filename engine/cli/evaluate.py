"""`geofm evaluate`: compare results with the truth."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ..jobs.printable import printable
from . import evaluate_scene, imagery
from .running import absolute, print_result
from .tables import figure

__all__ = ["add_parser"]

SCORES = ("precision", "recall", "f1", "iou")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate` and what stands below it."""
    parser = subparsers.add_parser("evaluate", help="compare a result with the truth")
    commands = parser.add_subparsers(title="results", metavar="KIND", required=True)
    _add_flood(commands)
    _add_segmentation(commands)
    evaluate_scene.add(commands)


def _add_flood(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    flood = commands.add_parser(
        "flood",
        help="a flood map",
        description="Compare a flood map with a raster of the truth: 0 dry, 1 permanent water, 2 flood, 3 water of "
        "unknown kind. Pixels are pooled over the whole raster; each class is scored by itself, and all water as one.",
    )
    flood.add_argument("--prediction", required=True, metavar="FILE", help="a flood map of geofm flood")
    flood.add_argument("--truth", required=True, metavar="FILE")
    _add_common(flood, "truth values that count for nothing")
    flood.set_defaults(run=_flood)


def _add_segmentation(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    segmentation = commands.add_parser(
        "segmentation",
        help="a land-cover map",
        description="Compare a class raster with a raster of the truth, or with labelled polygons, in any coordinate "
        "system; polygons may be of one class alone. Classes are matched by name where both name them, else by value. "
        "Pixels are pooled.",
    )
    segmentation.add_argument("--prediction", required=True, metavar="FILE", help="a class raster")
    segmentation.add_argument("--truth", required=True, metavar="FILE|POLYGONS")
    segmentation.add_argument("--class-field", metavar="NAME", help="of polygons: the field that holds the class")
    _add_common(
        segmentation,
        "values of the truth (of polygons: of the map) that count for nothing: their classes are in no mean, but a "
        "pixel of another class that is mapped as one of them stays a mistake",
    )
    segmentation.set_defaults(run=_segmentation)


def _add_common(parser: argparse.ArgumentParser, ignored: str) -> None:
    parser.add_argument("--ignore", type=int, nargs="+", default=[], metavar="VALUE", help=ignored)
    parser.add_argument("--json", action="store_true", help="the scores as one JSON object")


def _flood(args: argparse.Namespace) -> int:
    from ..flood.evaluation import evaluate

    found = evaluate(absolute(args.prediction), absolute(args.truth), ignore=args.ignore)
    rows = [*found["classes"].items(), ("water (all kinds)", found["water"])]
    rows += [(f"baseline: {name}", values) for name, values in found["baselines"].items()]
    return _print(args, found, rows, [])


def _segmentation(args: argparse.Namespace) -> int:
    from ..segmentation.evaluation import evaluate

    truth = imagery.layer(args.truth)
    found = evaluate(absolute(args.prediction), truth, class_field=args.class_field, ignore=args.ignore)
    lines = [
        f"overall accuracy {found['overall_accuracy']:.4f} (calling all the most frequent class: "
        f"{found['baseline_accuracy']:.4f})",
        f"macro F1 {found['macro_f1']:.4f}, mean IoU {found['miou']:.4f}",
    ]
    return _print(args, found, found["per_class"].items(), lines)


def _print(
    args: argparse.Namespace, found: dict[str, Any], rows: Iterable[tuple[str, Mapping[str, Any]]], lines: list[str]
) -> int:
    if args.json:
        print_result(found)
        return 0
    print(f"{'class':<24}{'precision':>10}{'recall':>10}{'F1':>10}{'IoU':>10}")
    for name, values in rows:
        print(f"{printable(name):<24}" + "".join(f"{figure(values[key], 4):>10}" for key in SCORES))
    for line in lines:
        print(line)
    print(f"{found['pixels']} pixels compared; {found['not_observed']} of known truth were not observed")
    for warning in found.get("warnings", []):
        print(printable(warning), file=sys.stderr)
    return 0
