"""`geofm landcover`: map land cover with a trained model."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from ..jobs.requests import DEVICES, LandcoverRequest
from . import imagery, options
from .areas import area_words
from .running import absolute, add_options, exists, run

__all__ = ["add_parser", "describe"]

FILE_NAMES = {"map": "landcover.tif", "report": "report.json"}
OPTIONAL_NAMES = {
    "polygons": "landcover.gpkg",
    "confidence": "confidence.tif",
    "probabilities": "probabilities.tif",
}
EPILOG = """\
examples:
  geofm landcover --image s2.tif --model models/meadows --out map
  geofm landcover --image B02.tif,B03.tif,B04.tif,B08.tif --model meadows --aoi valley.gpkg --polygons --out map
"""
_AREA = options.number("hectares, 0 or more", lambda value: 0 <= value < math.inf)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `landcover`."""
    parser = subparsers.add_parser(
        "landcover",
        help="map land cover with a trained model",
        description="Map land cover over an image of any size with a model of geofm train, or any segmentation model "
        "that was installed or imported.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--image",
        action=options.Once,
        type=options.files,
        required=True,
        metavar="FILES",
        help="one image; its files (bands apart, tiles side by side) joined by commas",
    )
    parser.add_argument(
        "--model", type=options.words, required=True, metavar="MODEL", help="a model's folder or an installed model"
    )
    parser.add_argument(
        "--aoi",
        type=options.words,
        metavar="FILE|BBOX",
        help="vector file (FILE|layername=NAME for one of several layers), or west,south,east,north in WGS84 degrees",
    )
    parser.add_argument(
        "--bands", type=imagery.band_names, metavar="LIST", help="names of the image's bands, such as B02,B03,skip,B08"
    )
    parser.add_argument(
        "--min-area-ha",
        type=_AREA,
        default=0.0,
        metavar="HECTARES",
        help="minimum mapping unit: smaller patches take the class around them; default: %(default)g, none",
    )
    parser.add_argument(
        "--augment", action="store_true", help="average over eight turned and mirrored views: slower, a little better"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where the model runs; default: %(default)s")
    output = parser.add_argument_group("output")
    output.add_argument(
        "--out", type=options.words, required=True, metavar="DIR", help="writes landcover.tif and report.json here"
    )
    output.add_argument("--name", type=options.words, metavar="NAME", help="of the group of layers in QGIS")
    output.add_argument("--polygons", action="store_true", help="also write landcover.gpkg")
    output.add_argument("--confidence", action="store_true", help="also write confidence.tif (per cent)")
    output.add_argument("--probabilities", action="store_true", help="also write probabilities.tif (per cent)")
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    request, out = _request(args), Path(absolute(args.out))
    stale = imagery.left_by_an_earlier_run(out, FILE_NAMES["report"], OPTIONAL_NAMES, request)
    status = run(request, args, out, describe)
    for path in stale:
        imagery.remove(path)
    return status


def _request(args: argparse.Namespace) -> LandcoverRequest:
    out = Path(absolute(args.out))
    names = dict(FILE_NAMES)
    names |= {name: file for name, file in OPTIONAL_NAMES.items() if getattr(args, name)}
    return LandcoverRequest(
        image=args.image,
        # An installed model's name stays a name.
        model=absolute(args.model) if exists(args.model) else args.model,
        aoi=area_words(args.aoi),
        bands=args.bands,
        augment=args.augment,
        min_area_ha=args.min_area_ha,
        device=args.device,
        name=args.name,
        **{name: str(out / file) for name, file in names.items()},
    )


def describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = [f"{'class':<24}{'km2':>12}{'ha':>14}{'share':>9}"]
    for name, area in summary["areas"].items():
        if area["pixels"]:
            lines.append(f"{name:<24}{area['km2']:>12.3f}{area['ha']:>14.1f}{area['share']:>9.1%}")
    lines.append(f"observed {summary['share_observed']:.1%}; model {summary['model']} on {summary['device']}")
    lines.append(", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary["seconds"].items()))
    return "\n".join(lines)
