"""`geofm benchmark`: make the tables of papers again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import RequestError
from ..jobs.requests import KURO_SIWO_MODELS, KuroSiwoBenchmarkRequest
from . import declared
from .running import absolute, add_options, run
from .tables import aligned, figure, timings
from .together import processes, run_together

__all__ = ["add_parser"]

EPILOG = """\
examples:
  geofm benchmark kuro-siwo --data KuroSiwo --out results
  geofm benchmark kuro-siwo --data KuroSiwo --model unet,snunet --epochs 40 --out results
  torchrun --nproc-per-node 4 -m engine benchmark kuro-siwo --data KuroSiwo --out results

Models are kept one by one in the folder of the results: a command that was killed goes on when it is given again.
geofm datasets miniature kuro-siwo DIR writes a small folder to try it on.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `benchmark` and what stands below it."""
    parser = subparsers.add_parser("benchmark", help="make the tables of papers again")
    commands = parser.add_subparsers(title="benchmarks", metavar="NAME", required=True)
    kuro_siwo = commands.add_parser(
        "kuro-siwo",
        help="flood networks on Kuro Siwo",
        description="Train and test flood networks on the data set Kuro Siwo with the settings of its paper, and print "
        "how good they are by class, event and climate zone, beside the figures that are published.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kuro_siwo.add_argument("--data", required=True, metavar="DIR", help="the folder of Kuro Siwo, which holds data")
    told = ", ".join(KURO_SIWO_MODELS)
    helps = {"model": f"some of {told}, joined by commas; default: all"}
    declared.add_options(kuro_siwo, KuroSiwoBenchmarkRequest, helps=helps)
    declared.add_folder(kuro_siwo, KuroSiwoBenchmarkRequest)
    add_options(kuro_siwo)
    kuro_siwo.set_defaults(run=_kuro_siwo, together=True)


def _kuro_siwo(args: argparse.Namespace) -> int:
    if processes() == 1:
        return run(_request(args), args, Path(absolute(args.out)), _describe)
    from ..benchmarks.kuro_siwo import follow

    return run_together(args, _request_of_several, _describe, follow, lambda request: Path(request.folder))


def _request_of_several(args: argparse.Namespace) -> KuroSiwoBenchmarkRequest:
    if args.queue:
        raise RequestError("--queue works in one process; start geofm benchmark without torchrun.")
    return _request(args)


def _request(args: argparse.Namespace) -> KuroSiwoBenchmarkRequest:
    return KuroSiwoBenchmarkRequest(
        data=absolute(args.data),
        folder=absolute(args.out),
        **declared.values_of(args, KuroSiwoBenchmarkRequest),
        **declared.files_of(args, KuroSiwoBenchmarkRequest),
    )


def _describe(summary: dict[str, Any]) -> str:
    rows = [("model", "F1 flood", "F1 permanent", "F1 water", "mIoU", "accuracy", "best epoch")]
    for result in summary["results"]:
        (told,) = result["groups"]["all"].values()
        classes = told["classes"]
        shown = (classes["flood"]["f1"], classes["permanent water"]["f1"], told["water"]["f1"])
        values = [figure(value, 4) for value in (*shown, told["miou"], told["accuracy"])]
        rows.append((result["title"], *values, f"{result['best_epoch']} of {result['epochs']}"))
    return "\n".join([*aligned(rows), summary["data"], timings(summary["seconds"])])
