"""`geofm pretrain`: teach an encoder by images without labels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..jobs.requests import PretrainMaeRequest
from . import declared, imagery, options
from .running import absolute, add_options, run
from .tables import timings
from .together import processes, run_together

__all__ = ["add_parser"]

EPILOG = """\
examples:
  geofm pretrain mae --image scene1.tif --image scene2.tif --out sar-encoder
  geofm pretrain mae --image after.tif --pre before.tif --size tiny --out pair-encoder
  geofm pretrain mae --data KuroSiwo --size paper --out floodvit-encoder
  geofm train --preset best --encoder sar-encoder --network floodvit ...     (learns on from it)
  geofm train --preset balanced --encoder sar-encoder --network floodvit-linear ...     (leaves it as it is)
  torchrun --nproc-per-node 2 -m engine pretrain mae ...     (two processes, each on its half of every batch)
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pretrain` and what stands below it."""
    parser = subparsers.add_parser("pretrain", help="teach an encoder by images without labels")
    ways = parser.add_subparsers(title="ways to learn", metavar="WAY", required=True)
    mae = ways.add_parser(
        "mae",
        help="a masked autoencoder",
        description="Teach a vision transformer to draw what is hidden of an image (masked autoencoder, as FloodViT "
        "was pre-trained); it becomes an encoder that networks stand on. Backscatter in dB or linear power is learned "
        "from as linear power cut at 0.15. A command that was killed goes on when it is given again.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    imagery.add_images(mae, required=False)
    mae.add_argument(
        "--data",
        action="append",
        type=options.text,
        metavar="DIR",
        help="in place of images: the folder of a data set; of sets that consist of several, all",
    )
    declared.add_options(mae, PretrainMaeRequest)
    mae.add_argument(
        "--out",
        type=options.text,
        required=True,
        metavar="MODEL",
        help="the folder of the new encoder; a finished model is not replaced",
    )
    add_options(mae)
    mae.set_defaults(run=_run, together=True, parser=mae)


def _run(args: argparse.Namespace) -> int:
    # The model's folder appears at once; working files lie beside it.
    if processes() == 1:
        return run(_request(args), args, Path(absolute(args.out)).parent, _describe)
    from ..pretraining.mae import follow

    return run_together(args, _request_of_several, _describe, follow)


def _request_of_several(args: argparse.Namespace) -> PretrainMaeRequest:
    if args.queue:
        raise RequestError("--queue works in one process; start geofm pretrain without torchrun.")
    return _request(args)


def _request(args: argparse.Namespace) -> PretrainMaeRequest:
    declared.check_needs(args.parser, args, PretrainMaeRequest)
    given = declared.values_of(args, PretrainMaeRequest)
    data = tuple(absolute(folder) for folder in args.data or ())
    return PretrainMaeRequest(**imagery.dated(args), data=data, model=absolute(args.out), **given)


def _describe(summary: dict[str, Any]) -> str:
    metrics = summary["metrics"]
    return (
        f"An encoder of {summary['weights']:,} weights: what is hidden of ground that it has not seen is drawn with a "
        f"mean squared error of {metrics['validation_loss']:.4f} (drawing the mean: {metrics['loss_of_the_mean']:.4f})"
        f"\n{timings(summary['seconds'])}"
    )
