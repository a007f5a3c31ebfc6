"""`geofm samples`: write simulated scenes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..jobs.requests import SamplesRequest
from ..jobs.requests.samples import SIDES
from . import options
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
    size = options.whole_number("a whole number of pixels, 64 to 100,000", *SIDES)
    parser.add_argument("--size", type=size, default=1024, metavar="PIXELS", help="side in 10 m pixels; default: 1024")
    parser.add_argument("--seed", type=options.seed, default=0, help="another seed is another place; default: 0")
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    folder = absolute(args.folder)
    request = SamplesRequest(folder=folder, width=args.size, height=args.size, seed=args.seed)
    return run(request, args, Path(folder), _describe)


def _describe(summary: dict[str, Any]) -> str:
    return "Simulated scenes:"
