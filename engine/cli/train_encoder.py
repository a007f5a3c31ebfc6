"""`geofm train-encoder`: train a small encoder for searching by text."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ..jobs.leftovers import clear
from . import options
from .running import absolute, print_result, report_of, stopping

__all__ = ["add_parser"]

EPOCHS = 52
MOST_EPOCHS = 10_000
LICENCE = "not stated: the terms of the pictures that it was trained on may bind its users"
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
        "pictures, one folder per class. It knows the concepts that it is taught and free wordings of them. A command "
        "that is broken off goes on when it is given again.",
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
        type=options.words,
        metavar="FILE",
        help="more phrases for classes or pictures: a name, a tab and a phrase a line, or what else `geofm evaluate "
        "scene -h` tells",
    )
    epochs = options.whole_number(f"a whole number, 1 to {MOST_EPOCHS}", 1, MOST_EPOCHS)
    parser.add_argument("--epochs", type=epochs, default=EPOCHS, metavar="N", help="default: %(default)s")
    share = options.number("a share from 0 to 0.9", lambda value: 0 <= value <= 0.9)
    parser.add_argument(
        "--hold-out",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="leave out the end of each run of file numbers, and score the model on it; default: 0",
    )
    parser.add_argument(
        "--then-all",
        action="store_true",
        help="take the model of --hold-out for a trial: its scores go on the card of one that is trained on all",
    )
    parser.add_argument(
        "--gsd",
        type=options.metres,
        nargs=2,
        metavar=("FINEST", "COARSEST"),
        help="metres a pixel of the pictures when they are shrunk to 128 pixels; tiles of an index are chosen by it",
    )
    parser.add_argument("--seed", type=options.seed, default=0, help="default: %(default)s")
    parser.add_argument("--title", type=options.words, metavar="TEXT", help="of the model, for people")
    parser.add_argument("--licence", type=options.words, default=LICENCE, metavar="TEXT", help="default: %(default)s")
    parser.add_argument("--attribution", default="", metavar="TEXT", help="whom users of the model have to name")
    parser.add_argument(
        "--out",
        type=options.words,
        required=True,
        metavar="MODEL",
        help="the folder of the new model; a finished model is not replaced",
    )
    parser.add_argument("--json", action="store_true", help="events and the result as JSON lines on stdout")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ..adaptation.basic.making import checkpoints_folder, make_encoder
    from ..adaptation.basic.release import Description
    from ..adaptation.basic.training import Settings
    from ..cards.shelf import check_name
    from ..errors import RequestError

    out = Path(absolute(args.out))
    name = check_name(out.name)
    if args.then_all and not args.hold_out:
        raise RequestError("--then-all needs --hold-out, which says how much the trial leaves out.")
    _check_free(out)
    working = checkpoints_folder(out)
    report = report_of(args, working)
    gsd = (min(args.gsd), max(args.gsd)) if args.gsd else None
    described = Description(name, args.title or name, args.licence, args.attribution, "geofm train-encoder", gsd)
    with stopping() as stop:
        stop.tell(report.cancel)
        card, scores = make_encoder(
            [Path(absolute(folder)) for folder in args.data],
            out,
            report,
            captions=Path(absolute(args.captions)) if args.captions else None,
            held_out=args.hold_out,
            then_all=args.then_all,
            settings=Settings(epochs=args.epochs, seed=args.seed),
            described=described,
        )
    clear(working)
    summary = {"model": str(out), "concepts": [concept["name"] for concept in card.parameters["concepts"]]}
    if args.json:
        print_result({**summary, "scores": scores})
    else:
        print(_describe(summary, scores))
    return 0


def _check_free(out: Path) -> None:
    """A training takes hours, so what stands in its way is told before it."""
    from ..cards.card import CARD
    from ..errors import OutputError

    if (out / CARD).is_file():
        raise OutputError(f"{out} is a finished model; delete it, or choose another folder for --out.")
    if out.is_dir() and any(out.iterdir()):
        raise OutputError(f"{out} holds other files and is no model; choose another folder for --out.")
    if not out.is_dir() and os.path.lexists(out):
        raise OutputError(f"{out} is a file; choose another folder for --out.")


def _describe(summary: dict[str, Any], scores: dict[str, Any]) -> str:
    lines = [f"{summary['model']} knows {len(summary['concepts'])} concepts: {', '.join(summary['concepts'])}."]
    for name, values in scores.items():
        if values:
            lines.append(
                f"{name}: top-1 {values['top1']:.3f}, mAP {values['map']:.3f}, precision at 10 "
                f"{values['precision_at_10']:.3f} on {values['images']} pictures that were held out"
            )
    return "\n".join(lines)
