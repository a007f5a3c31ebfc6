"""`geofm landcover`: map land cover with a trained model."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import LandcoverRequest
from . import imagery, options
from .areas import add_aoi, area_words
from .running import add_options
from .tables import timings

__all__ = ["add_parser"]

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
    add_aoi(parser)
    parser.add_argument(
        "--bands", type=options.band_names, metavar="LIST", help="names of the image's bands, such as B02,B03,skip,B08"
    )
    parser.add_argument(
        "--min-area-ha",
        type=options.hectares,
        default=0.0,
        metavar="HECTARES",
        help="minimum mapping unit: smaller patches take the class around them; default: %(default)g, none",
    )
    parser.add_argument(
        "--augment", action="store_true", help="average over eight turned and mirrored views: slower, a little better"
    )
    options.add_device(parser, "where the model runs; default: %(default)s")
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
    request = LandcoverRequest(
        image=args.image,
        model=imagery.model(args.model),
        aoi=area_words(args.aoi),
        bands=args.bands,
        augment=args.augment,
        min_area_ha=args.min_area_ha,
        device=args.device,
        name=args.name,
        **imagery.map_files(args, FILE_NAMES, OPTIONAL_NAMES),
    )
    return imagery.run_map(request, args, FILE_NAMES["report"], OPTIONAL_NAMES, _describe)


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = [f"{'class':<24}{'km2':>12}{'ha':>14}{'share':>9}"]
    for name, area in summary["areas"].items():
        if area["pixels"]:
            lines.append(f"{printable(name):<24}{area['km2']:>12.3f}{area['ha']:>14.1f}{area['share']:>9.1%}")
    model = printable(f"model {summary['model']} on {summary['device']}")
    lines.append(f"observed {summary['share_observed']:.1%}; {model}")
    lines.append(timings(summary["seconds"]))
    return "\n".join(lines)
