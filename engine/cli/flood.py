"""`geofm flood`: map a flood from Sentinel-1."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import FloodRequest
from . import declared, imagery, options
from .areas import add_aoi, area_words
from .running import add_options
from .tables import area_rows, timings

__all__ = ["add_parser"]

IMAGES, PLACE, LABELS = (
    ("units", "bands", "calibration"),
    ("max_slope_deg", "max_hand_m", "permanent_from", "permanent_to"),
    ("event",),
)
EPILOG = """\
examples:
  geofm flood --post after.tif --out map
  geofm flood --post S1_VV.tif,S1_VH.tif --pre before1.tif --pre before2.tif --aoi basin.gpkg --out map
  geofm flood --post after.tif --pre 2024-05-06.tif 2024-05-18.tif --out map
  geofm flood --post S1A_IW_GRDH.zip --aoi -95.2,29.9,-95.1,30.1 --dem dem.tif --out map
  geofm flood --post after.tif --pre before.tif --model geofm-flood-pair --compare-with thresholds --out map
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `flood`."""
    parser = subparsers.add_parser(
        "flood",
        help="map water and flood from Sentinel-1",
        description="Map water and flood from Sentinel-1 backscatter. Works with one date; dates from before the flood "
        "tell flood from permanent water.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for add in (_add_images, _add_place, _add_method, _add_output):
        add(parser)
    add_options(parser)
    parser.set_defaults(run=partial(_run, parser))


def _add_images(parser: argparse.ArgumentParser) -> None:
    images = parser.add_argument_group("images (files that say their dates are sorted by them)")
    images.add_argument(
        "--post",
        action=options.Once,
        nargs="+",
        type=options.files,
        required=True,
        metavar="FILE",
        help="the date after the flood; of several dates the newest, and the others are before it",
    )
    images.add_argument(
        "--pre",
        action="append",
        nargs="+",
        type=options.files,
        default=[],
        metavar="FILE",
        help="a date before it, or several; may be repeated",
    )
    declared.add_options(images, FloodRequest, only=IMAGES)


def _add_place(parser: argparse.ArgumentParser) -> None:
    place = parser.add_argument_group("place and ground")
    add_aoi(place)
    place.add_argument("--dem", type=options.text, metavar="FILES", help="elevation in metres: no water on slopes")
    place.add_argument(
        "--hand",
        type=options.text,
        metavar="FILES",
        help="height above the nearest drainage in metres: no water above",
    )
    place.add_argument(
        "--permanent-water",
        type=options.text,
        metavar="FILE",
        help="raster (1 = water, or as --permanent-from says) or polygons of permanent water, as for --aoi",
    )
    declared.add_options(place, FloodRequest, only=PLACE)


def _add_method(parser: argparse.ArgumentParser) -> None:
    method = parser.add_argument_group("method")
    declared.add_options(method, FloodRequest, but=(*IMAGES, *PLACE, *LABELS))


def _add_output(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    declared.add_folder(output, FloodRequest)
    declared.add_options(output, FloodRequest, only=LABELS)


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    declared.check_needs(parser, args, FloodRequest)
    args.agreement = args.agreement or "compare_with" in args
    given = declared.values_of(args, FloodRequest)
    # A folder is told from a name here: a worker runs elsewhere.
    models = {name: imagery.model(word) for name in ("model", "compare_with") if (word := given.get(name))}
    request = FloodRequest(
        post=_together(args.post),
        pre=tuple(map(_together, args.pre)),
        aoi=area_words(args.aoi),
        dem=args.dem and imagery.tiles(args.dem),
        hand=args.hand and imagery.tiles(args.hand),
        permanent_water=args.permanent_water and imagery.tiles(args.permanent_water),
        **{**given, **models},
        **declared.files_of(args, FloodRequest),
    )
    return imagery.run_map(request, args, _describe)


def _together(words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The files that were given together, by commas or blanks."""
    return tuple(path for files in words for path in files)


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = area_rows(summary["areas"])
    if "agreement" in summary:
        lines += ["", *area_rows(summary["agreement"]["areas"])]
    if "model" in summary:
        lines.append(f"observed {summary['share_observed']:.1%}; by {printable(summary['model'])}")
        return "\n".join([*lines, timings(summary["seconds"])])
    thresholds = summary["thresholds"]["after"]
    by_hand = "found_db" in next(iter(thresholds["polarisations"].values()))
    cuts = ", ".join(
        f"{name} {values['threshold_db']:g} dB ({'by hand' if by_hand else str(values['tiles']) + ' tiles'})"
        for name, values in thresholds["polarisations"].items()
    )
    lines.append(f"observed {summary['share_observed']:.1%}; thresholds {cuts}")
    lines.append(timings(summary["seconds"]))
    return "\n".join(lines)
