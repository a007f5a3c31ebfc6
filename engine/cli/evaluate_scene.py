"""`geofm evaluate scene` and `geofm evaluate retrieval`: how good an encoder is at naming and finding pictures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import RequestError
from ..jobs.printable import ERASE_LINE, printable
from . import imagery, options
from .running import absolute, print_result
from .tables import figure

if TYPE_CHECKING:
    from ..datasets.captions import Pairs
    from ..datasets.scenes import SceneFolder
    from ..encoders import DualEncoder

__all__ = ["add"]

K = TypeVar("K")

MOST_RANK = 10**6
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
    _add_common(scene, "phrases for classes or pictures, used in place of class names and paraphrases")
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
    _add_common(retrieval, "captions of pictures, by class and file, or by the file where its name is there once")
    rank = options.whole_number("a whole number from 1", lambda value: 1 <= value <= MOST_RANK)
    retrieval.add_argument("--ranks", type=rank, nargs="+", default=[1, 5, 10], metavar="K", help="default: 1 5 10")
    retrieval.set_defaults(run=_retrieval)


def _add_common(parser: argparse.ArgumentParser, captions: str) -> None:
    parser.add_argument("--model", metavar="MODEL", help="an installed model, or a model's folder")
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="a folder of class folders, or of a webdataset's shards with classnames.txt; or one that holds such a "
        "folder: test, else val, else train",
    )
    parser.add_argument("--captions", metavar="FILE", help=f"{captions}; see below")
    options.add_device(parser, "where the model runs; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="the scores as one JSON object")


def _scene(args: argparse.Namespace) -> int:
    from ..encoders.evaluation.stored import evaluate_features

    if (args.features is None) == (args.model is None or args.data is None):
        raise RequestError("Give --model and --data, or --features alone.")
    found = evaluate_features(absolute(args.features)) if args.features is not None else _scene_scores(args)
    return _print(args, found, _scene_table)


def _scene_scores(args: argparse.Namespace) -> dict[str, Any]:
    from ..datasets.captions import by_class
    from ..datasets.scenes import scene_folder
    from ..encoders.evaluation.zero_shot import evaluate_scenes

    scenes = scene_folder(absolute(args.data))
    phrases, notes = _captions(args, scenes, by_class, "class and no picture")
    if phrases and len(phrases) < len(scenes.classes):
        left = len(scenes.classes) - len(phrases)
        notes.append(f"{left} of {len(scenes.classes)} classes have no phrases there and keep their own prompts.")
    encoder = _encoder(args)
    found = evaluate_scenes(encoder, scenes, phrases=phrases, progress=_told(args))
    return {"model": encoder.card.name, **found, "notes": [*notes, *found["notes"]]}


def _retrieval(args: argparse.Namespace) -> int:
    from ..datasets.captions import by_picture
    from ..datasets.scenes import scene_folder
    from ..encoders.evaluation.retrieval import evaluate_retrieval

    if args.model is None or args.data is None:
        raise RequestError("Give --model and --data.")
    scenes = scene_folder(absolute(args.data))
    captions, notes = _captions(args, scenes, by_picture, "picture")
    encoder = _encoder(args)
    found = evaluate_retrieval(encoder, scenes, captions=captions, ranks=sorted(set(args.ranks)), progress=_told(args))
    found = {"model": encoder.card.name, **found, "notes": [*notes, *found["notes"]]}
    return _print(args, found, _retrieval_table)


def _captions(
    args: argparse.Namespace,
    scenes: SceneFolder,
    order: Callable[[Pairs, SceneFolder], tuple[dict[K, list[str]], set[str]]],
    wanted: str,
) -> tuple[dict[K, list[str]] | None, list[str]]:
    """The phrases of `--captions`, if it is given, as `order` finds them for the set, and notes on names in it."""
    from ..datasets.captions import fitting, read_captions

    if not args.captions:
        return None, []
    pairs = read_captions(absolute(args.captions))
    phrases, fit = order(pairs, scenes)
    return phrases, fitting(pairs, fit, args.captions, f"{wanted} of {args.data}")


def _encoder(args: argparse.Namespace) -> DualEncoder:
    from ..encoders import load_encoder

    return load_encoder(imagery.model(args.model), device=args.device)


def _print(args: argparse.Namespace, found: dict[str, Any], table: Callable[[dict[str, Any]], str]) -> int:
    if args.json:
        print_result(found)
        return 0
    print(table(found))
    for note in found.get("notes", ()):
        print(printable(note), file=sys.stderr)
    return 0


def _told(args: argparse.Namespace) -> Any:
    """Progress on one line of a terminal, or as JSON lines."""

    def tell(done: int, total: int) -> None:
        if args.json:
            print(json.dumps({"event": "progress", "done": done, "total": total, "unit": "images"}), flush=True)
        elif sys.stderr.isatty():
            print(ERASE_LINE, end="", file=sys.stderr)
            print(f"{done} of {total} pictures" if done < total else "", end="", file=sys.stderr, flush=True)

    return tell


def _scene_table(found: dict[str, Any]) -> str:
    lines = [f"{'class':<24}{'pictures':>10}{'recall':>10}{'AP':>10}{'P@10':>10}"]
    for name, values in found["per_class"].items():
        cells = (values[key] for key in ("recall", "average_precision", "precision_at_10"))
        shown = "".join(f"{figure(value, 3):>10}" for value in cells)
        lines.append(f"{printable(name):<24}{values['images']:>10}{shown}")
    chance = found["chance"]
    lines.append(
        f"top-1 {found['top1']:.3f}, mAP {found['map']:.3f}, precision at 10 {found['precision_at_10']:.3f} on "
        f"{found['images']} pictures; by lots {chance['top1']:.3f}, {chance['map']:.3f}, "
        f"{chance['precision_at_10']:.3f}"
    )
    return "\n".join(lines)


def _retrieval_table(found: dict[str, Any]) -> str:
    parts = [("picture to label", found["by_label"])]
    if found["by_instance"]:
        parts += [
            ("text to picture", found["by_instance"]["text_to_image"]),
            ("picture to text", found["by_instance"]["image_to_text"]),
        ]
    lines = []
    for name, values in parts:
        for rank, recall in values["recall"].items():
            note = "  (trivial: there are no more than K to choose from)" if int(rank) in values["trivial"] else ""
            lines.append(f"{name:<18} R@{rank:<5} {recall:.3f}   by lots {values['chance'][rank]:.3f}{note}")
    return "\n".join(lines)
