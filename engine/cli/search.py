"""`geofm search`: find places in an index."""

from __future__ import annotations

import argparse
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import SearchRequest
from . import declared, options
from .areas import area_words
from .running import absolute, add_options, run

__all__ = ["add_parser"]

_WEIGHTS = (
    ("--weight-text", "text_weight", "the phrases"),
    ("--weight-not", "negative_weight", "the phrases of --not"),
    ("--weight-like", "example_weight", "the images of --like"),
    ("--weight-place", "place_weight", "places of --at and --box"),
)
EPILOG = """\
examples:
  geofm search town.index "car park" --out hits.gpkg
  geofm search town.index "river" --not "bridge" --aoi 15.0,45.1,15.2,45.3 --from 2024-04-01 --to 2024-09-30
  geofm search town.index --at 15.0012,45.1521 --top 20 --heat-map scores.tif
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `search`."""
    parser = subparsers.add_parser(
        "search",
        help="find places in an index by text, example or place",
        description="Find the best places of an index. Scores are standard deviations above the index's average tile.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("index", type=options.text, metavar="INDEX", help="the folder of an index")
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="what to look for; several phrases are averaged")
    query = parser.add_argument_group("query")
    query.add_argument("--not", dest="negatives", action="append", default=[], metavar="TEXT", help="what not to find")
    query.add_argument("--like", action="append", default=[], metavar="IMAGE", help="an image that shows it")
    place = query.add_mutually_exclusive_group()
    place.add_argument("--at", type=_point, metavar="LON,LAT", help="a place like which others are wanted")
    place.add_argument(
        "--box", type=options.text, metavar="W,S,E,N", help="an area like which others are wanted; a file as for --aoi"
    )
    query.add_argument("--good", type=_tiles, default=(), metavar="TILES", help="hits that fit, by their `tile`")
    query.add_argument("--bad", type=_tiles, default=(), metavar="TILES", help="hits that do not")
    for option, field, part in _WEIGHTS:
        weight, default = SearchRequest.options()[field], SearchRequest.default(field)
        parse, told = options.number(weight.limits(), weight.holds), f"how much {part} count; default: %(default)s"
        query.add_argument(option, dest=field, type=parse, default=default, metavar="W", help=told)
    filters = parser.add_argument_group("where and when")
    filters.add_argument(
        "--aoi", type=options.text, metavar="FILE|BBOX", help="vector file, or west,south,east,north in WGS84 degrees"
    )
    filters.add_argument("--from", dest="date_from", type=_day, metavar="DATE", help="first day, YYYY-MM-DD")
    filters.add_argument("--to", dest="date_to", type=_day, metavar="DATE", help="last day")
    output = parser.add_argument_group("output")
    declared.add_options(output, SearchRequest, but=[field for _, field, _ in _WEIGHTS])
    output.add_argument("--out", type=options.text, metavar="FILE", help="the hits as polygons (GeoPackage)")
    output.add_argument("--table", type=options.text, metavar="FILE", help="hits and histogram of scores (JSON)")
    output.add_argument("--thumbnails", type=options.text, metavar="DIR", help="a small picture of each hit")
    output.add_argument("--heat-map", type=options.text, metavar="FILE", help="the scores of all tiles (GeoTIFF)")
    add_options(parser)
    parser.set_defaults(run=partial(_run, parser))


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    paths = {"hits": args.out, "table": args.table, "thumbnails": args.thumbnails, "heat_map": args.heat_map}
    outputs: dict[str, Any] = {name: absolute(path) for name, path in paths.items() if path is not None}
    request = SearchRequest(
        index=absolute(args.index),
        texts=tuple(args.texts),
        negatives=tuple(args.negatives),
        examples=tuple(absolute(path) for path in args.like),
        at=args.at,
        like=area_words(args.box),
        good=args.good,
        bad=args.bad,
        aoi=area_words(args.aoi),
        date_from=args.date_from,
        date_to=args.date_to,
        **declared.values_of(args, SearchRequest),
        **outputs,
    )
    # Without outputs nothing is written: the folder is then one that is there anyway.
    folder = Path(next(iter(outputs.values()))).parent if outputs else Path(absolute(args.index)).parent
    return run(request, args, folder, _describe)


def _point(text: str) -> tuple[float, float]:
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no place; give lon,lat in WGS84 degrees") from None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise argparse.ArgumentTypeError(f"'{text}' is not in degrees; give lon,lat in WGS84 degrees")
    return longitude, latitude


def _tiles(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' does not fit; give numbers of tiles joined by commas") from None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; give YYYY-MM-DD") from None


def _describe(summary: dict[str, Any]) -> str:
    lines = [f"{summary['found']} hits of '{printable(summary['query'])}' among {summary['searched']:,} tiles"]
    if summary["hits"]:
        lines.append(f"{'rank':>5}{'score':>8}{'longitude':>13}{'latitude':>12}  {'day':<12}image")
    for hit in summary["hits"]:
        place = f"{hit['lon']:>13.5f}{hit['lat']:>12.5f}"
        lines.append(f"{hit['rank']:>5}{hit['score']:>8.2f}{place}  {hit['date']:<12}{printable(hit['source'])}")
    return "\n".join(lines)
