"""`geofm landcover`: map land cover with a trained model."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import LandcoverRequest
from . import declared, imagery, options
from .areas import add_aoi, area_words
from .running import add_options
from .tables import area_rows, timings

__all__ = ["add_parser"]

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
        "--model", type=options.text, required=True, metavar="MODEL", help="a model's folder or an installed model"
    )
    add_aoi(parser)
    declared.add_options(parser, LandcoverRequest, but=("name",))
    output = parser.add_argument_group("output")
    declared.add_folder(output, LandcoverRequest)
    declared.add_options(output, LandcoverRequest, only=("name",))
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    request = LandcoverRequest(
        image=args.image,
        model=imagery.model(args.model),
        aoi=area_words(args.aoi),
        **declared.values_of(args, LandcoverRequest),
        **declared.files_of(args, LandcoverRequest),
    )
    return imagery.run_map(request, args, _describe)


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = area_rows(summary["areas"], share=True)
    model = printable(f"model {summary['model']} on {summary['device']}")
    lines.append(f"observed {summary['share_observed']:.1%}; {model}")
    lines.append(timings(summary["seconds"]))
    return "\n".join(lines)
