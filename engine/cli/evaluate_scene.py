"""`geofm evaluate scene` and `geofm evaluate retrieval`: how good an encoder is at naming and finding pictures."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import EvaluateRetrievalRequest, EvaluateScenesRequest, Request
from . import declared, imagery, options
from .running import absolute, add_options, run_scores
from .tables import figure

__all__ = ["add"]

CAPTIONS = """\
captions: a line for each class or picture, all in one of these ways: a name and phrases apart by tabs,
bars, semicolons or commas; or a name, a colon, and phrases apart by semicolons
  forest | a closed canopy of trees | wooded area
  river/river_02.jpg: a stream; blue water
Lines that start with # do not count. JSON: {"forest": ["phrase", ...]}, or objects with "class" or
"filename" and "caption" or "sentences": as a list, one a line, or as "images" of one object.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `scene` and `retrieval` to the kinds of `evaluate`."""
    scene = commands.add_parser(
        "scene",
        help="an encoder, on pictures of known classes",
        description="Zero-shot scores: the prompts are the class names in words and the paraphrases of the model's "
        "card, averaged per class. Top-1, mean average precision, precision at 10.",
        epilog=CAPTIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(
        scene, EvaluateScenesRequest, "phrases for classes or pictures, used in place of class names and paraphrases"
    )
    scene.add_argument("--features", metavar="FILE", help="stored features (.npz) in place of --model and --data")
    scene.set_defaults(run=_scene)
    retrieval = commands.add_parser(
        "retrieval",
        help="an encoder, by recall at K",
        description="Recall at K by labels: whether a picture's label is among the first K of all labels of the set; "
        "with --captions also by instances: whether a caption finds its own picture among all, and the other way.",
        epilog=CAPTIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    told = "captions of pictures, by class and file, or by the file where its name is there once"
    _add_common(retrieval, EvaluateRetrievalRequest, told)
    ranks, default = EvaluateRetrievalRequest.options()["ranks"], EvaluateRetrievalRequest.ranks
    rank = options.whole_number(ranks.limits(), ranks.holds)
    told = f"default: {' '.join(map(str, default))}"
    retrieval.add_argument("--ranks", type=rank, nargs="+", default=default, metavar="K", help=told)
    retrieval.set_defaults(run=_retrieval)


def _add_common(parser: argparse.ArgumentParser, request: type[Request], captions: str) -> None:
    # Stored features can stand in place of both.
    both = request is EvaluateRetrievalRequest
    parser.add_argument("--model", required=both, metavar="MODEL", help="an installed model, or a model's folder")
    parser.add_argument(
        "--data",
        required=both,
        metavar="FOLDER",
        help="a folder of class folders, or of a webdataset's shards with classnames.txt; or one that holds such a "
        "folder: test, else val, else train",
    )
    parser.add_argument("--captions", metavar="FILE", help=f"{captions}; see below")
    declared.add_options(parser, request, but=("ranks",))
    declared.add_files(parser, request)
    add_options(parser)


def _scene(args: argparse.Namespace) -> int:
    request = EvaluateScenesRequest(
        model=args.model and imagery.model(args.model),
        data=args.data and absolute(args.data),
        features=args.features and absolute(args.features),
        captions=args.captions and absolute(args.captions),
        **declared.values_of(args, EvaluateScenesRequest),
        **declared.paths_of(args, EvaluateScenesRequest),
    )
    return run_scores(request, args, _scene_table)


def _retrieval(args: argparse.Namespace) -> int:
    request = EvaluateRetrievalRequest(
        model=imagery.model(args.model),
        data=absolute(args.data),
        captions=args.captions and absolute(args.captions),
        **{**declared.values_of(args, EvaluateRetrievalRequest), "ranks": tuple(args.ranks)},
        **declared.paths_of(args, EvaluateRetrievalRequest),
    )
    return run_scores(request, args, _retrieval_table)


def _scene_table(scores: dict[str, Any]) -> str:
    lines = [f"{'class':<24}{'pictures':>10}{'recall':>10}{'AP':>10}{'P@10':>10}"]
    for name, values in scores["per_class"].items():
        cells = (values[key] for key in ("recall", "average_precision", "precision_at_10"))
        shown = "".join(f"{figure(value, 3):>10}" for value in cells)
        lines.append(f"{printable(name):<24}{values['images']:>10}{shown}")
    chance = scores["chance"]
    lines.append(
        f"top-1 {scores['top1']:.3f}, mAP {scores['map']:.3f}, precision at 10 {scores['precision_at_10']:.3f} on "
        f"{scores['images']} pictures; by lots {chance['top1']:.3f}, {chance['map']:.3f}, "
        f"{chance['precision_at_10']:.3f}"
    )
    return "\n".join(lines)


def _retrieval_table(scores: dict[str, Any]) -> str:
    parts = [("picture to label", scores["by_label"])]
    if scores["by_instance"]:
        parts += [
            ("text to picture", scores["by_instance"]["text_to_image"]),
            ("picture to text", scores["by_instance"]["image_to_text"]),
        ]
    lines = []
    for name, values in parts:
        for rank, recall in values["recall"].items():
            note = "  (trivial: there are no more than K to choose from)" if int(rank) in values["trivial"] else ""
            lines.append(f"{name:<18} R@{rank:<5} {recall:.3f}   by lots {values['chance'][rank]:.3f}{note}")
    return "\n".join(lines)
