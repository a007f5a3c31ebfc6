"""`geofm index`: make imagery searchable."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import IndexRequest
from . import declared, imagery, options
from .running import absolute, add_options, run

__all__ = ["add_parser"]

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
    parser.add_argument("--out", type=options.text, metavar="INDEX", help="the index's folder")
    parser.add_argument(
        "--images", nargs="+", type=options.files, default=[], dest="more", metavar="IMG", help="more images"
    )
    window = IndexRequest.options()["window_m"]
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
        type=options.text,
        default=IndexRequest.model,
        metavar="NAME|DIR",
        help="of a new index; default: %(default)s",
    )
    parser.add_argument(
        "--windows",
        type=partial(options.several, options.number(window.limits(), window.holds)),
        metavar="METRES",
        default=(),
        help="sides of the windows on the ground, such as 64,128",
    )
    declared.add_options(parser, IndexRequest, but=("action", "window_m"))
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
        model=imagery.model(args.model),
        window_m=args.windows,
        **{**declared.values_of(args, IndexRequest), "action": args.action},
    )
    return run(request, args, Path(index).parent, _describe)


def _index_and_images(parser: argparse.ArgumentParser, args: argparse.Namespace) -> tuple[str, list[tuple[str, ...]]]:
    if args.out is not None:
        return args.out, [*args.images, *args.more]
    if len(args.images) != 1 or len(args.images[0]) != 1:
        parser.error("name the index's folder with --out")
    return args.images[0][0], args.more  # the index stands first


def _describe(summary: dict[str, Any]) -> str:
    lines = [f"{summary['tiles']:,} tiles of {summary['images']:,} images, {summary['bytes'] / 1e6:,.1f} MB"]
    if summary["added"]:
        windows = ", ".join(f"{side:g}" for side in summary["windows_m"])
        lines.append(f"{summary['added']:,} tiles read, {summary['tiles_per_s']:,} a second; windows of {windows} m")
    lines += [f"{printable(item['files'][0])} is {item['state']}" for item in summary["stale"]]
    return "\n".join(lines)
