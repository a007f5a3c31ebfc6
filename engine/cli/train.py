"""`geofm train`: learn land cover from labelled polygons."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..jobs.printable import printable
from ..jobs.requests import TrainRequest
from ..jobs.requests import landcover as choices
from . import imagery, options
from .running import absolute, add_options, run
from .tables import figure, timings

__all__ = ["add_parser"]

FILE_NAMES = {"report": "report.json", "errors": "errors.gpkg"}
EPILOG = """\
examples:
  geofm train --image s2.tif --labels polygons.gpkg --class-field class --out models/meadows
  geofm train --image june.tif --image july.tif --labels fields.shp --class-field crop --preset best --out models/crops
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train`."""
    parser = subparsers.add_parser(
        "train",
        help="learn land cover from labelled polygons",
        description="Learn land cover from labelled polygons. Presets: quick is a forest on features of each pixel "
        "(seconds); balanced a light decoder on a frozen pre-trained encoder; best a whole network.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--image",
        action="append",
        type=options.files,
        required=True,
        metavar="FILES",
        help="an image; its files (bands apart, tiles side by side) joined by commas; may be repeated",
    )
    parser.add_argument(
        "--labels",
        type=options.words,
        required=True,
        metavar="FILE",
        help="vector file in any coordinate system (FILE|layername=NAME for one of several layers)",
    )
    parser.add_argument(
        "--class-field", type=options.words, required=True, metavar="NAME", help="the field that holds the class"
    )
    parser.add_argument(
        "--bands", type=options.band_names, metavar="LIST", help="names of the images' bands, such as B02,B03,skip,B08"
    )
    parser.add_argument(
        "--buffer-m", type=options.metres, metavar="METRES", help="half width to which lines and points are widened"
    )
    _add_method(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--out",
        type=options.words,
        required=True,
        metavar="MODEL",
        help="the folder that becomes the model; it also gets report.json and errors.gpkg, the validation errors",
    )
    output.add_argument("--name", type=options.words, metavar="NAME", help="of the model, for people")
    add_options(parser)
    parser.set_defaults(run=_run)


def _add_method(parser: argparse.ArgumentParser) -> None:
    method = parser.add_argument_group("method")
    method.add_argument("--preset", choices=choices.PRESETS, default="quick", help="default: %(default)s")
    method.add_argument(
        "--encoder",
        type=options.words,
        metavar="NAME",
        help="of balanced and best: an installed encoder (see geofm models list), or with best the name of one that "
        "starts from chance; default: galileo-nano for balanced, resnet18 for best",
    )
    method.add_argument("--network", choices=choices.NETWORKS, help="of the preset best; default: unet")
    epochs = options.whole_number("a whole number, 1 to 10,000", choices.LEAST_EPOCHS, choices.MOST_EPOCHS)
    method.add_argument(
        "--epochs", type=epochs, metavar="N", help="of balanced and best: at most so many; default: the preset's own"
    )
    method.add_argument("--seed", type=options.seed, default=0, metavar="N", help="default: %(default)s")
    options.add_device(method, "where networks learn; quick learns on the CPU; default: %(default)s")


def _run(args: argparse.Namespace) -> int:
    model = Path(absolute(args.out))
    request = TrainRequest(
        images=tuple(args.image),
        labels=imagery.layer(args.labels),
        class_field=args.class_field,
        preset=args.preset,
        encoder=args.encoder,
        network=args.network,
        bands=args.bands,
        buffer_m=args.buffer_m,
        epochs=args.epochs,
        seed=args.seed,
        device=args.device,
        name=args.name,
        model=str(model),
        **{name: str(model / file) for name, file in FILE_NAMES.items()},
    )
    # The model's folder appears at once; working files lie beside it.
    return run(request, args, model.parent, _describe)


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    metrics = summary["metrics"]
    lines = [f"{'class':<24}{'polygons':>9}{'pixels':>9}{'precision':>10}{'recall':>8}{'F1':>8}{'IoU':>8}"]
    for item in summary["classes"]:
        values = metrics["per_class"][item["name"]]
        cells = [figure(values[key], 3) for key in ("precision", "recall", "f1", "iou")]
        lines.append(
            f"{printable(item['name']):<24}{item['polygons']:>9}{item['pixels']:>9}{cells[0]:>10}"
            + "".join(f"{cell:>8}" for cell in cells[1:])
        )
    if metrics["overall_accuracy"] is None:
        lines.append("no pixel was left for validation")
    else:
        lines.append(
            f"validation: overall accuracy {metrics['overall_accuracy']:.4f} (calling all the most frequent class: "
            f"{metrics['baseline_accuracy']:.4f}), macro F1 {metrics['macro_f1']:.4f}, mean IoU {metrics['miou']:.4f}"
        )
    if summary["best_epoch"]:
        lines.append(f"best epoch {summary['best_epoch']} of {summary['epochs']}")
    lines.extend(map(printable, summary["notes"]))
    lines.append(timings(summary["seconds"]))
    return "\n".join(lines)
