"""`geofm flood`: map a flood from Sentinel-1."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from ..jobs.requests import FloodRequest
from ..jobs.requests import flood as choices
from . import imagery, options
from .areas import add_aoi, area_words
from .running import absolute, add_options
from .tables import timings

__all__ = ["add_parser"]

FILE_NAMES = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
OPTIONAL_NAMES = {"confidence": "confidence.tif", "quicklook": "flood.png"}
_SLOPE = options.number("degrees above 0, at most 90", lambda value: 0 < value <= 90)
EPILOG = """\
examples:
  geofm flood --post after.tif --out map
  geofm flood --post S1_VV.tif,S1_VH.tif --pre before1.tif --pre before2.tif --aoi basin.gpkg --out map
  geofm flood --post S1A_IW_GRDH.zip --aoi -95.2,29.9,-95.1,30.1 --dem dem.tif --out map
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
    images = parser.add_argument_group("images (files of one date are joined by commas)")
    images.add_argument(
        "--post",
        action=options.Once,
        type=options.files,
        required=True,
        metavar="FILES",
        help="the date after the flood",
    )
    images.add_argument(
        "--pre",
        action="append",
        type=options.files,
        default=[],
        metavar="FILES",
        help="a date before it; may be repeated",
    )
    images.add_argument("--units", choices=choices.UNITS, help="override what the files say")
    images.add_argument(
        "--bands",
        type=options.polarisations,
        metavar="LIST",
        help="override what the files say, such as VV,VH or VH,VV,skip",
    )
    images.add_argument("--calibration", choices=choices.CALIBRATIONS, help="override what the files say")


def _add_place(parser: argparse.ArgumentParser) -> None:
    place = parser.add_argument_group("place and ground")
    add_aoi(place)
    place.add_argument("--dem", type=options.words, metavar="FILE", help="elevation in metres: no water on slopes")
    place.add_argument("--max-slope", type=_SLOPE, metavar="DEGREES", help=f"default: {FloodRequest.max_slope_deg:g}")
    place.add_argument(
        "--hand",
        type=options.words,
        metavar="FILE",
        help="height above the nearest drainage in metres: no water above",
    )
    place.add_argument(
        "--max-hand", type=options.metres, metavar="METRES", help=f"default: {FloodRequest.max_hand_m:g}"
    )
    place.add_argument(
        "--permanent-water",
        type=options.words,
        metavar="FILE",
        help="raster (1 = water) or polygons of permanent water, as for --aoi",
    )


def _add_method(parser: argparse.ArgumentParser) -> None:
    method = parser.add_argument_group("method")
    method.add_argument(
        "--speckle-filter", choices=choices.SPECKLE_FILTERS, default="median", help="default: %(default)s"
    )
    method.add_argument(
        "--speckle-window", type=int, choices=choices.SPECKLE_WINDOWS, default=5, help="pixels; default: %(default)s"
    )
    method.add_argument("--threshold", choices=choices.THRESHOLDS, default="otsu", help="default: %(default)s")
    method.add_argument(
        "--min-area",
        type=options.hectares,
        default=0.3,
        metavar="HECTARES",
        help="smallest water body; default: %(default)s",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument(
        "--out",
        type=options.words,
        required=True,
        metavar="DIR",
        help="writes flood.tif, flood.gpkg and report.json here",
    )
    output.add_argument(
        "--event", type=options.words, metavar="NAME", help="name of the event, for the group of layers in QGIS"
    )
    output.add_argument("--confidence", action="store_true", help="also write confidence.tif (per cent)")
    output.add_argument("--quicklook", action="store_true", help="also write flood.png, a picture of the map")


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if args.max_slope is not None and args.dem is None:
        parser.error("--max-slope needs --dem, the elevation of which the slopes are")
    if args.max_hand is not None and args.hand is None:
        parser.error("--max-hand needs --hand, the heights that it limits")
    return imagery.run_map(_request(args), args, FILE_NAMES["report"], OPTIONAL_NAMES, _describe)


def _request(args: argparse.Namespace) -> FloodRequest:
    return FloodRequest(
        post=args.post,
        pre=tuple(args.pre),
        aoi=area_words(args.aoi),
        dem=args.dem and absolute(args.dem),
        hand=args.hand and absolute(args.hand),
        permanent_water=args.permanent_water and absolute(args.permanent_water),
        units=args.units,
        bands=args.bands,
        calibration=args.calibration,
        speckle_filter=args.speckle_filter,
        speckle_window=args.speckle_window,
        threshold=args.threshold,
        min_area_ha=args.min_area,
        max_slope_deg=FloodRequest.max_slope_deg if args.max_slope is None else args.max_slope,
        max_hand_m=FloodRequest.max_hand_m if args.max_hand is None else args.max_hand,
        event=args.event,
        **imagery.map_files(args, FILE_NAMES, OPTIONAL_NAMES),
    )


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = [f"{'class':<24}{'km2':>12}{'ha':>14}"]
    for name, area in summary["areas"].items():
        if area["pixels"]:
            lines.append(f"{name:<24}{area['km2']:>12.3f}{area['ha']:>14.1f}")
    thresholds = summary["thresholds"]["after"]
    cuts = ", ".join(
        f"{name} {values['threshold_db']:g} dB ({values['tiles']} tiles)"
        for name, values in thresholds["polarisations"].items()
    )
    lines.append(f"observed {summary['share_observed']:.1%}; thresholds {cuts}")
    lines.append(timings(summary["seconds"]))
    return "\n".join(lines)
