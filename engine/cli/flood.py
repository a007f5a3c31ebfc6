"""`geofm flood`: map a flood from Sentinel-1."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..jobs import requests
from ..jobs.requests import FloodRequest
from .running import absolute, add_options, files_of, run

__all__ = ["add_parser", "describe"]

FILE_NAMES = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
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
    images = parser.add_argument_group("images (files of one date are joined by commas)")
    images.add_argument("--post", action="append", required=True, metavar="FILES", help="the date after the flood")
    images.add_argument("--pre", action="append", default=[], metavar="FILES", help="a date before it; may be repeated")
    images.add_argument("--units", choices=requests.UNITS, help="override what the files say")
    images.add_argument("--bands", metavar="LIST", help="override what the files say, such as VV,VH or VH,VV,skip")
    images.add_argument("--calibration", choices=requests.CALIBRATIONS, help="override what the files say")

    place = parser.add_argument_group("place and ground")
    place.add_argument("--aoi", metavar="FILE|BBOX", help="vector file, or west,south,east,north in WGS84 degrees")
    place.add_argument("--dem", metavar="FILE", help="elevation in metres: no water on slopes")
    place.add_argument("--max-slope", type=float, default=10.0, metavar="DEGREES", help="default: %(default)s")
    place.add_argument("--hand", metavar="FILE", help="height above the nearest drainage in metres: no water above")
    place.add_argument("--max-hand", type=float, default=15.0, metavar="METRES", help="default: %(default)s")
    place.add_argument("--permanent-water", metavar="FILE", help="raster (1 = water) or polygons of permanent water")

    method = parser.add_argument_group("method")
    method.add_argument(
        "--speckle-filter", choices=requests.SPECKLE_FILTERS, default="median", help="default: %(default)s"
    )
    method.add_argument("--speckle-window", type=int, default=5, metavar="PIXELS", help="3 or 5; default: %(default)s")
    method.add_argument("--threshold", choices=requests.THRESHOLDS, default="otsu", help="default: %(default)s")
    method.add_argument(
        "--min-area", type=float, default=0.3, metavar="HECTARES", help="smallest water body; default: %(default)s"
    )
    method.add_argument("--device", choices=requests.DEVICES, default="auto", help="where models run")

    output = parser.add_argument_group("output")
    output.add_argument("--out", required=True, metavar="DIR", help="writes flood.tif, flood.gpkg and report.json here")
    output.add_argument("--confidence", action="store_true", help="also write confidence.tif (per cent)")
    output.add_argument("--quicklook", action="store_true", help="also write flood.png, a picture of the map")
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    return run(_request(args), args, Path(absolute(args.out)), describe)


def _request(args: argparse.Namespace) -> FloodRequest:
    if len(args.post) > 1:
        raise RequestError("--post stands once, for the date after the flood; join its files by commas.")
    out = Path(absolute(args.out))
    names = dict(FILE_NAMES)
    if args.confidence:
        names["confidence"] = "confidence.tif"
    if args.quicklook:
        names["quicklook"] = "flood.png"
    return FloodRequest(
        post=files_of(args.post[0]),
        pre=tuple(files_of(text) for text in args.pre),
        aoi=_aoi(args.aoi),
        dem=args.dem and absolute(args.dem),
        hand=args.hand and absolute(args.hand),
        permanent_water=args.permanent_water and absolute(args.permanent_water),
        units=args.units,
        bands=tuple(args.bands.split(",")) if args.bands else None,
        calibration=args.calibration,
        speckle_filter=args.speckle_filter,
        speckle_window=args.speckle_window,
        threshold=args.threshold,
        min_area_ha=args.min_area,
        max_slope_deg=args.max_slope,
        max_hand_m=args.max_hand,
        device=args.device,
        **{name: str(out / file) for name, file in names.items()},
    )


def _aoi(text: str | None) -> str | None:
    if (
        text is None
        or text.lstrip().startswith("{")
        or (re.fullmatch(r"[\s\d.,+-]+", text) and not Path(text).exists())
    ):
        return text
    return absolute(text)


def describe(summary: dict[str, Any]) -> str:
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
    lines.append(f"seconds: {json.dumps(summary['seconds'])}")
    return "\n".join(lines)
