"""`geofm samples`: write simulated scenes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..jobs.requests import SamplesRequest
from . import declared, options
from .running import absolute, add_options, run

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `samples`."""
    parser = subparsers.add_parser(
        "samples",
        help="write simulated scenes with exact truth",
        description="Write simulated Sentinel-1 images of three dates, a Sentinel-2 image, elevation, exact truth and "
        "training polygons of one made-up place.",
    )
    parser.add_argument("folder", metavar="DIR")
    side = SamplesRequest.options()["width"]
    parser.add_argument(
        "--size",
        type=options.whole_number(f"a whole number of pixels, {side.low:,} to {side.high:,}", side.holds),
        metavar="PIXELS",
        help=f"width and height in 10 m pixels; default: {SamplesRequest.width}",
    )
    declared.add_options(parser, SamplesRequest, helps={"seed": "another seed is another place; default: 0"})
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    folder = absolute(args.folder)
    square = {} if args.size is None else {"width": args.size, "height": args.size}
    request = SamplesRequest(folder=folder, **{**square, **declared.values_of(args, SamplesRequest)})
    return run(request, args, Path(folder), _describe)


def _describe(summary: dict[str, Any]) -> str:
    return "Simulated scenes:"
