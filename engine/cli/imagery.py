"""What commands on images have in common: what their words stand for, and maps in a folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..cards.shelf import Shelved, shelf
from ..files import read_plain, tiles_of
from ..jobs.requests import Request
from . import options
from .running import absolute, exists, run

__all__ = ["add_images", "dated", "installed", "layer", "model", "run_map", "tiles"]

# With histograms some 200 kB; whoever made the folder may have put anything there.
MOST_REPORT_BYTES = 64 * 2**20


def add_images(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `--image`, and `--pre` for older images of the same place."""
    parser.add_argument(
        "--image",
        action=_Dated,
        type=options.files,
        required=required,
        metavar="FILES",
        help="an image; its files (bands apart, tiles side by side) joined by commas; may be repeated",
    )
    parser.add_argument(
        "--pre",
        dest="image",
        action=_Dated,
        type=options.files,
        default=argparse.SUPPRESS,
        metavar="FILES",
        help="an older image of the same place as the --image before it; may be repeated, the newest first",
    )


class _Dated(argparse.Action):
    """Keeps images in their order, each with its date: 0 for --image, one more for each --pre after it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given = list(getattr(namespace, "image", None) or [])
        is_older = option_string == "--pre"
        if is_older and not given:
            parser.error("--pre follows the --image that it is older than")
        given.append((values, given[-1][1] + 1 if is_older else 0))
        namespace.image = given


def dated(args: argparse.Namespace) -> dict[str, Any]:
    """The fields `images` and `dates` of a request, from what `add_images` added."""
    images, dates = (tuple(values) for values in zip(*args.image, strict=True)) if args.image else ((), ())
    return {"images": images, "dates": dates if any(dates) else ()}


def layer(text: str) -> str:
    """A vector file, or one of its layers as `file|layername=name`, with its whole path."""
    path, bar, choice = text.partition("|")
    return absolute(text) if exists(text) else absolute(path) + bar + choice


def tiles(text: str) -> str:
    """A layer, or its tiles joined by commas, with whole paths."""
    return ",".join(absolute(path) for path in tiles_of(text))


def model(text: str) -> str:
    """An installed model's name as it is, another model's folder with its whole path."""
    return absolute(text) if exists(text) and installed(text) is None else text


def installed(name: str) -> Shelved | None:
    """The model of that name on the shelf, in capitals or not."""
    return next((model for model in shelf() if model.name.casefold() == name.casefold()), None)


def run_map(request: Request, args: argparse.Namespace, describe: Callable[[dict[str, Any]], str]) -> int:
    """Run a request that writes a map to the folder `args.out`.

    Files that an earlier run wrote there because they were asked for, and this one does not, go: beside the new map
    they would be taken for its own.

    Parameters
    ----------
    request : Request
    args : Namespace
    describe : callable
        See `run`.
    """
    out = Path(absolute(args.out))
    stale = _left_by_an_earlier_run(out, request)
    status = run(request, args, out, describe)
    for path in stale:
        _remove(path)
    return status


def _left_by_an_earlier_run(out: Path, request: Request) -> list[Path]:
    declared = request.destinations()
    try:
        earlier = json.loads(read_plain(out / declared["report"].file, MOST_REPORT_BYTES))
        ours = earlier["software"].startswith("GeoFM ") and earlier["request"]["kind"] == request.kind
        written = earlier["request"] if ours else {}
        optional = {name: item.file for name, item in declared.items() if not item.wanted}
        names = [file for name, file in optional.items() if Path(written.get(name) or "").name == file]
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # no report, or somebody else's
        return []
    return [path for path in (out / name for name in names) if not request.uses(str(path))]


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        print(f"{path} shows an earlier map and could not be removed ({error.strerror}).", file=sys.stderr)
