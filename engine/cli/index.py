"""`geofm index`: make imagery searchable."""

from __future__ import annotations

import argparse
import math
from functools import partial
from pathlib import Path
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import IndexRequest
from ..jobs.requests import search as choices
from . import imagery, options
from .running import absolute, add_options, run

__all__ = ["add_parser"]

_SHARE = options.number(f"a share, 0 to {choices.HIGHEST_OVERLAP}", lambda value: 0 <= value <= choices.HIGHEST_OVERLAP)
EPILOG = """\
examples:
  geofm index orthophoto.tif --out town.index
  geofm index S2_B02.tif,S2_B03.tif,S2_B04.tif --windows 640,1280 --out scenes.index
  geofm index town.index --images orthophoto.tif        (the index first, without --out)
  geofm index town.index --add --images new1.tif new2.tif
  geofm index town.index --refresh

A build that was stopped goes on when the same command is given again.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `index`."""
    parser = subparsers.add_parser(
        "index",
        help="make imagery searchable by text",
        description="Cut images into tiles of equal ground distance and keep what a model sees in each, for geofm"
        " search.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "images",
        nargs="*",
        type=options.files,
        metavar="IMG",
        help="an image; its files are joined by commas where bands or tiles lie apart (without --out: the index)",
    )
    parser.add_argument("--out", type=options.words, metavar="INDEX", help="the index's folder")
    parser.add_argument(
        "--images", nargs="+", type=options.files, default=[], dest="more", metavar="IMG", help="more images"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--add", action="store_const", const="add", dest="action", help="put images into an index")
    action.add_argument(
        "--refresh",
        action="store_const",
        const="refresh",
        dest="action",
        help="read images again that have changed, or what is damaged; all of the index if none is named",
    )
    action.add_argument(
        "--remove", action="store_const", const="remove", dest="action", help="take images out of an index"
    )
    parser.add_argument(
        "--model",
        type=options.words,
        default=choices.DEFAULT_MODEL,
        metavar="NAME|DIR",
        help="of a new index; default: %(default)s",
    )
    parser.add_argument(
        "--windows",
        type=_metres,
        default=(),
        metavar="METRES",
        help="sides of the windows on the ground, such as 64,128",
    )
    parser.add_argument("--overlap", type=_SHARE, default=0.5, metavar="SHARE", help="default: %(default)s")
    parser.add_argument(
        "--bands",
        type=options.band_names,
        metavar="LIST",
        help="names of the images' bands, such as red,green,blue,nir",
    )
    parser.add_argument(
        "--lance",
        action="store_true",
        help="for an index larger than memory: also keep its vectors in a table of LanceDB, which queries then use",
    )
    options.add_device(parser, "where the model runs")
    parser.add_argument("--name", type=options.words, metavar="NAME", help="of the index, for people")
    add_options(parser)
    parser.set_defaults(run=partial(_run, parser), action="build")


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    out, images = _index_and_images(parser, args)
    if not images and args.action != "refresh":
        parser.error("name at least one image, and the index's folder with --out")
    index = absolute(out)
    request = IndexRequest(
        images=tuple(images),
        index=index,
        action=args.action,
        model=imagery.model(args.model),
        window_m=args.windows,
        overlap=args.overlap,
        bands=args.bands,
        device=args.device,
        name=args.name,
        lance=args.lance,
    )
    return run(request, args, Path(index).parent, _describe)


def _index_and_images(parser: argparse.ArgumentParser, args: argparse.Namespace) -> tuple[str, list[tuple[str, ...]]]:
    if args.out is not None:
        return args.out, [*args.images, *args.more]
    if len(args.images) != 1 or len(args.images[0]) != 1:
        parser.error("name the index's folder with --out")
    return args.images[0][0], args.more  # the index stands first


def _metres(text: str) -> tuple[float, ...]:
    try:
        sides = tuple(float(part) for part in text.split(","))
    except ValueError:
        sides = ()
    if not sides or not all(0 < side < math.inf for side in sides):
        raise argparse.ArgumentTypeError(f"'{text}' does not fit; give metres above 0, joined by commas")
    return sides


def _describe(summary: dict[str, Any]) -> str:
    lines = [f"{summary['tiles']:,} tiles of {summary['images']:,} images, {summary['bytes'] / 1e6:,.1f} MB"]
    if summary["added"]:
        windows = ", ".join(f"{side:g}" for side in summary["windows_m"])
        lines.append(f"{summary['added']:,} tiles read, {summary['tiles_per_s']:,} a second; windows of {windows} m")
    lines += [f"{printable(item['files'][0])} is {item['state']}" for item in summary["stale"]]
    return "\n".join(lines)
