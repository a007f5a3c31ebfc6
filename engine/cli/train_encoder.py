"""`geofm train-encoder`: train a small encoder for searching by text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import TrainEncoderRequest
from . import declared, options
from .running import absolute, add_options, run

__all__ = ["add_parser"]

EPILOG = """\
examples:
  geofm train-encoder --data scenes/rsscn7 --data scenes/whu_rs19 --out my-encoder
  geofm train-encoder --data scenes/whu_rs19 --hold-out 0.25 --out trial
  geofm train-encoder --data scenes/whu_rs19 --hold-out 0.25 --then-all --out my-encoder
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train-encoder`."""
    parser = subparsers.add_parser(
        "train-encoder",
        help="train a small encoder for searching by text",
        description="Train a small image encoder against the frozen text tower all-MiniLM-L6-v2 on folders of "
        "pictures, one folder per class. It knows the concepts that it is trained on and free wordings of them. A "
        "command that was killed goes on when it is given again.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="FOLDER",
        help="a folder of class folders, or of a webdataset's shards with classnames.txt, or one that holds such a "
        "folder `train`; may be repeated",
    )
    parser.add_argument(
        "--captions",
        type=options.text,
        metavar="FILE",
        help="more phrases for classes or pictures: a name, a tab and a phrase a line, or what else `geofm evaluate "
        "scene -h` tells",
    )
    declared.add_options(parser, TrainEncoderRequest, but=("gsd_m", "name"))
    gsd = TrainEncoderRequest.options()["gsd_m"]
    parser.add_argument(
        "--gsd",
        dest="gsd_m",
        type=options.number(gsd.limits(), gsd.holds),
        nargs=2,
        default=argparse.SUPPRESS,
        metavar=("FINEST", "COARSEST"),
        help="metres a pixel of the pictures when they are shrunk to 128 pixels; tiles of an index are chosen by it",
    )
    parser.add_argument(
        "--name",
        "--title",
        type=options.text,
        default=argparse.SUPPRESS,
        metavar="TEXT",
        help="of the model, for people; default: of its folder",
    )
    parser.add_argument(
        "--out",
        type=options.text,
        required=True,
        metavar="MODEL",
        help="the folder of the new model; a finished model is not replaced",
    )
    add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    model = Path(absolute(args.out))
    given = declared.values_of(args, TrainEncoderRequest)
    if "gsd_m" in given:
        given["gsd_m"] = tuple(given["gsd_m"])
    request = TrainEncoderRequest(
        data=tuple(absolute(folder) for folder in args.data),
        captions=absolute(args.captions) if args.captions else None,
        model=str(model),
        **given,
    )
    # The model's folder appears at once; working files lie beside it.
    return run(request, args, model.parent, _describe)


def _describe(summary: dict[str, Any]) -> str:
    concepts = summary["concepts"]
    lines = [f"{len(concepts)} concepts are known: {', '.join(map(printable, concepts))}."]
    for name, values in summary["scores"].items():
        if values:
            lines.append(
                f"{printable(name)}: top-1 {values['top1']:.3f}, mAP {values['map']:.3f}, precision at 10 "
                f"{values['precision_at_10']:.3f} on {values['images']} pictures that were held out"
            )
    return "\n".join(lines)
