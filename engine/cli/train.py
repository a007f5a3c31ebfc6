"""`geofm train`: learn land cover from labelled polygons."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..jobs.printable import printable
from ..jobs.report import JsonReport
from ..jobs.requests import TrainRequest
from ..jobs.requests.landcover import LEAST_EPOCHS, MOST_EPOCHS
from ..jobs.requests.networks import NETWORKS, PRESETS
from . import imagery, options
from .running import absolute, add_options, run, stopping
from .tables import figure, timings
from .together import processes

__all__ = ["add_parser"]

FILE_NAMES = {"report": "report.json", "errors": "errors.gpkg"}
EPILOG = """\
examples:
  geofm train --image s2.tif --labels polygons.gpkg --class-field class --out models/meadows
  geofm train --image june.tif --image july.tif --labels fields.shp --class-field crop --preset best --out models/crops
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
    parser.set_defaults(run=_run, together=True)


def _add_method(parser: argparse.ArgumentParser) -> None:
    method = parser.add_argument_group("method")
    encoders = ", ".join(f"{row.encoder} for {row.name}" for row in PRESETS.values() if row.encoder)
    networks = ", ".join(f"{row.network} for {row.name}" for row in PRESETS.values() if row.network)
    method.add_argument("--preset", choices=PRESETS, default="quick", help="default: %(default)s")
    method.add_argument(
        "--encoder",
        type=options.words,
        metavar="NAME",
        help="of balanced and best: an installed encoder (see geofm models list), or with best the name of one that "
        f"starts from chance; default: {encoders}",
    )
    method.add_argument("--network", choices=NETWORKS, help=f"what best builds on the encoder; default: {networks}")
    epochs = options.whole_number(f"a whole number, {LEAST_EPOCHS} to {MOST_EPOCHS:,}", LEAST_EPOCHS, MOST_EPOCHS)
    method.add_argument(
        "--epochs", type=epochs, metavar="N", help="of balanced and best: at most so many; default: the preset's own"
    )
    method.add_argument("--seed", type=options.seed, default=0, metavar="N", help="default: %(default)s")
    options.add_device(method, "where networks learn; quick learns on the CPU; default: %(default)s")


def _run(args: argparse.Namespace) -> int:
    if processes() > 1:
        return _run_together(args)
    # The model's folder appears at once; working files lie beside it.
    return run(_request(args), args, Path(absolute(args.out)).parent, _describe)


def _run_together(args: argparse.Namespace) -> int:
    """As one of torchrun's processes: the first does what it would do alone, the others learn along in silence."""
    from ..segmentation.training import follow
    from ..training.distributed import joined

    with joined(args.device) as peers:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun sends it once one fails; what is wrong is told first
        if args.preset == "quick" or args.queue:
            raise RequestError("The preset quick and --queue work in one process; start geofm train without torchrun.")
        request = _request(args)
        if peers.rank == 0:
            return run(request, args, Path(str(request.model)).parent, _describe)
        with (
            stopping() as stop,
            tempfile.TemporaryDirectory() as working,
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        ):
            report = JsonReport(Path(working), nowhere)
            stop.tell(report.cancel)
            follow(request, report)
    return 0


def _request(args: argparse.Namespace) -> TrainRequest:
    model = Path(absolute(args.out))
    return TrainRequest(
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
