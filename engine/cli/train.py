"""`geofm train`: learn land cover from labelled polygons."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..jobs.printable import printable
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import PRESETS
from . import declared, imagery, options
from .running import absolute, add_options, run
from .tables import figure, timings
from .together import processes, run_together

__all__ = ["add_parser"]

EPILOG = """\
examples:
  geofm train --image s2.tif --labels polygons.gpkg --class-field class --out models/meadows
  geofm train --image june.tif --image july.tif --labels fields.shp --class-field crop --preset best --out models/crops
  geofm train --image after.tif --pre before.tif --labels flood.gpkg --class-field class --preset best \\
      --network fc-siam-diff --out models/floods
  torchrun --nproc-per-node 2 -m engine train --preset best ...      (two processes, each on its half of every batch)
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
    imagery.add_images(parser)
    parser.add_argument(
        "--labels",
        type=options.text,
        required=True,
        metavar="FILE",
        help="vector file in any coordinate system (FILE|layername=NAME for one of several layers)",
    )
    parser.add_argument(
        "--class-field", type=options.text, required=True, metavar="NAME", help="the field that holds the class"
    )
    declared.add_options(parser, TrainRequest, but=("name",), helps=_helps())
    output = parser.add_argument_group("output")
    output.add_argument(
        "--out",
        type=options.text,
        required=True,
        metavar="MODEL",
        help="the folder that becomes the model; it also gets report.json and errors.gpkg, the validation errors",
    )
    declared.add_options(output, TrainRequest, only=("name",))
    add_options(parser)
    parser.set_defaults(run=_run, together=True)


def _helps() -> dict[str, str]:
    encoders = ", ".join(f"{row.encoder} for {row.name}" for row in PRESETS.values() if row.encoder)
    networks = ", ".join(f"{row.network} for {row.name}" for row in PRESETS.values() if row.network)
    return {
        "encoder": "of balanced and best: an installed encoder (see geofm models list), or with best the name of one "
        f"that starts from chance; default: {encoders}",
        "network": f"what best builds on the encoder; default: {networks}",
    }


def _run(args: argparse.Namespace) -> int:
    # The model's folder appears at once; working files lie beside it.
    if processes() == 1:
        return run(_request(args), args, Path(absolute(args.out)).parent, _describe)
    from ..segmentation.training import follow

    return run_together(args, _request_of_several, _describe, follow)


def _request_of_several(args: argparse.Namespace) -> TrainRequest:
    if getattr(args, "preset", TrainRequest.preset) == "quick" or args.queue:
        raise RequestError("The preset quick and --queue work in one process; start geofm train without torchrun.")
    return _request(args)


def _request(args: argparse.Namespace) -> TrainRequest:
    model = Path(absolute(args.out))
    return TrainRequest(
        **imagery.dated(args),
        labels=imagery.layer(args.labels),
        class_field=args.class_field,
        model=str(model),
        **declared.values_of(args, TrainRequest),
        **TrainRequest.files_in(str(model)),
    )


def _describe(summary: dict[str, Any]) -> str:
    """The result in a few lines."""
    metrics = summary["metrics"]
    heads = (
        f"{'class':<24}{'polygons':>9}{'pixels':>9}{'validated':>10}{'precision':>10}{'recall':>8}{'F1':>8}{'IoU':>8}"
    )
    lines = [heads]
    for item in summary["classes"]:
        values = metrics["per_class"][item["name"]]
        cells = [figure(values[key], 3) for key in ("precision", "recall", "f1", "iou")]
        lines.append(
            f"{printable(item['name']):<24}{item['polygons']:>9}{item['pixels']:>9}"
            f"{item['validation_pixels']:>10}{cells[0]:>10}" + "".join(f"{cell:>8}" for cell in cells[1:])
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
