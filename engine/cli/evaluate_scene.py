"""`geofm evaluate scene` and `geofm evaluate retrieval`: how good an encoder is at naming and finding pictures."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jobs.requests import DEVICES
from . import options
from .running import absolute

if TYPE_CHECKING:
    from ..search.encoders import DualEncoder

__all__ = ["add"]

MOST_RANK = 10**6


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `scene` and `retrieval` to the kinds of `evaluate`."""
    scene = commands.add_parser(
        "scene",
        help="an encoder, on pictures of known classes",
        description="Zero-shot scores: the prompts are the class names in words and the paraphrases of the model's "
        "card, averaged per class. Top-1, mean average precision, precision at 10.",
    )
    _add_common(scene, "phrases for classes or pictures, used in place of class names and paraphrases")
    scene.add_argument("--features", metavar="FILE", help="stored features (.npz) in place of --model and --data")
    scene.set_defaults(run=_scene)
    retrieval = commands.add_parser(
        "retrieval",
        help="an encoder, by recall at K",
        description="Recall at K by labels: whether a picture's label is among the first K of all labels of the set; "
        "with --captions also by instances: whether a caption finds its own picture among all, and the other way.",
    )
    _add_common(retrieval, "captions of pictures, by the names of their files")
    rank = options.whole_number("a whole number from 1", 1, MOST_RANK)
    retrieval.add_argument("--ranks", type=rank, nargs="+", default=[1, 5, 10], metavar="K", help="default: 1 5 10")
    retrieval.set_defaults(run=_retrieval)


def _add_common(parser: argparse.ArgumentParser, captions: str) -> None:
    parser.add_argument("--model", metavar="MODEL", help="an installed model, or a model's folder")
    parser.add_argument("--data", metavar="FOLDER", help="a folder of class folders, or of a webdataset's shards")
    parser.add_argument("--captions", metavar="FILE", help=f"{captions}; a name, a tab and a phrase a line, or JSON")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where the model runs; default: auto")
    parser.add_argument("--json", action="store_true", help="the scores as one JSON object")


def _scene(args: argparse.Namespace) -> int:
    from ..errors import RequestError

    if (args.features is None) == (args.model is None or args.data is None):
        raise RequestError("Give --model and --data, or --features alone.")
    found = _stored_scores(args) if args.features is not None else _scene_scores(args)
    print(json.dumps({"event": "result", **found}, ensure_ascii=False) if args.json else _scene_table(found))
    return 0


def _stored_scores(args: argparse.Namespace) -> dict[str, Any]:
    from ..search.evaluation.stored import evaluate_features

    return evaluate_features(absolute(args.features))


def _scene_scores(args: argparse.Namespace) -> dict[str, Any]:
    from ..search.captions import by_class, read_captions
    from ..search.evaluation.zero_shot import evaluate_scenes
    from ..search.scenes import scene_folder

    scenes = scene_folder(absolute(args.data))
    phrases = by_class(read_captions(absolute(args.captions)), scenes) if args.captions else None
    if phrases is not None and not phrases:
        from ..errors import InputError

        raise InputError(f"{args.captions} names no class and no picture of {args.data}; check the names in it.")
    encoder = _encoder(args)
    found = evaluate_scenes(encoder, scenes, phrases=phrases, progress=_told(args))
    return {"model": encoder.card.name, **found}


def _retrieval(args: argparse.Namespace) -> int:
    from ..errors import InputError, RequestError
    from ..search.captions import by_picture, read_captions
    from ..search.evaluation.retrieval import evaluate_retrieval
    from ..search.scenes import scene_folder

    if args.model is None or args.data is None:
        raise RequestError("Give --model and --data.")
    scenes = scene_folder(absolute(args.data))
    captions = by_picture(read_captions(absolute(args.captions)), scenes) if args.captions else None
    if captions is not None and not captions:
        raise InputError(f"{args.captions} names no picture of {args.data}; check the names in it.")
    encoder = _encoder(args)
    found = evaluate_retrieval(encoder, scenes, captions=captions, ranks=sorted(set(args.ranks)), progress=_told(args))
    found = {"model": encoder.card.name, **found}
    print(json.dumps({"event": "result", **found}, ensure_ascii=False) if args.json else _retrieval_table(found))
    return 0


def _encoder(args: argparse.Namespace) -> DualEncoder:
    from ..search.encoders import load_encoder

    named = absolute(args.model) if (Path(args.model) / "card.json").is_file() else args.model
    return load_encoder(named, device=args.device)


def _told(args: argparse.Namespace) -> Any:
    """Progress on one line of a terminal, or as JSON lines."""

    def tell(done: int, total: int) -> None:
        if args.json:
            print(json.dumps({"event": "progress", "done": done, "total": total, "unit": "images"}), flush=True)
        elif sys.stderr.isatty():
            print(
                f"\r\x1b[K{done} of {total} pictures",
                end="" if done < total else "\r\x1b[K",
                file=sys.stderr,
                flush=True,
            )

    return tell


def _scene_table(found: dict[str, Any]) -> str:
    lines = [f"{'class':<24}{'pictures':>10}{'recall':>10}{'AP':>10}{'P@10':>10}"]
    for name, values in found["per_class"].items():
        cells = (values[key] for key in ("recall", "average_precision", "precision_at_10"))
        shown = "".join(f"{'-' if value is None else format(value, '.3f'):>10}" for value in cells)
        lines.append(f"{name:<24}{values['images']:>10}{shown}")
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
