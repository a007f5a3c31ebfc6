"""`geofm evaluate`: compare results with the truth."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import EvaluateFloodRequest, EvaluateSegmentationRequest
from . import declared, evaluate_scene, imagery
from .running import absolute, add_options, run_scores
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
        description="Compare a class raster with a raster of the truth, or with labelled polygons or points, in any "
        "coordinate system; these may be of one class alone, and a point is the pixel that it lies in. Classes are "
        "matched by name where both name them; where one has numbers alone these are taken for the other's names or "
        "values, which is said. Pixels are pooled.",
    )
    segmentation.add_argument("--prediction", required=True, metavar="FILE", help="a class raster")
    segmentation.add_argument("--truth", required=True, metavar="FILE|LAYER")
    segmentation.add_argument(
        "--class-field", metavar="NAME", help="of polygons and points: the field that holds the class"
    )
    _add_common(
        segmentation,
        "values of the truth (of polygons: of the map) that count for nothing: their classes are in no mean, but a "
        "pixel of another class that is mapped as one of them stays a mistake",
    )
    segmentation.set_defaults(run=_segmentation)


def _add_common(parser: argparse.ArgumentParser, ignored: str) -> None:
    parser.add_argument("--ignore", type=int, nargs="+", default=[], metavar="VALUE", help=ignored)
    declared.add_files(parser, EvaluateFloodRequest)
    add_options(parser)


def _flood(args: argparse.Namespace) -> int:
    request = EvaluateFloodRequest(
        prediction=absolute(args.prediction),
        truth=absolute(args.truth),
        ignore=tuple(args.ignore),
        **declared.paths_of(args, EvaluateFloodRequest),
    )
    return run_scores(request, args, _flood_table)


def _segmentation(args: argparse.Namespace) -> int:
    request = EvaluateSegmentationRequest(
        prediction=absolute(args.prediction),
        truth=imagery.layer(args.truth),
        class_field=args.class_field,
        ignore=tuple(args.ignore),
        **declared.paths_of(args, EvaluateSegmentationRequest),
    )
    return run_scores(request, args, _segmentation_table)


def _flood_table(summary: dict[str, Any]) -> str:
    rows = [*summary["classes"].items(), ("water (all kinds)", summary["water"])]
    rows += [(f"baseline: {name}", values) for name, values in summary["baselines"].items()]
    return _table(summary, rows, [])


def _segmentation_table(summary: dict[str, Any]) -> str:
    lines = [
        f"overall accuracy {summary['overall_accuracy']:.4f} (calling all the most frequent class: "
        f"{summary['baseline_accuracy']:.4f})",
        f"macro F1 {summary['macro_f1']:.4f}, mean IoU {summary['miou']:.4f}",
    ]
    return _table(summary, summary["per_class"].items(), lines)


def _table(summary: dict[str, Any], rows: Iterable[tuple[str, Mapping[str, Any]]], lines: list[str]) -> str:
    text = [f"{'class':<24}{'precision':>10}{'recall':>10}{'F1':>10}{'IoU':>10}"]
    for name, values in rows:
        text.append(f"{printable(name):<24}" + "".join(f"{figure(values[key], 4):>10}" for key in SCORES))
    counted = f"{summary['pixels']} pixels compared; {summary['not_observed']} of known truth were not observed"
    if summary.get("ignored"):
        counted += f"; {summary['ignored']} of the truth were left out as unknown or ignored"
    return "\n".join([*text, *lines, counted])
