"""`python -m engine.recipes.floods`: make the flood networks that come with GeoFM; `make train-defaults` calls it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...errors import GeoFMError
from ...jobs.report import ConsoleReport
from .making import FOLD, SEEDS, SIDE, gathered, judge, make
from .training import PAIR, SINGLE, Recipe


def main() -> int:
    """Train, calibrate, judge and write both networks; what was broken off goes on."""
    args = _arguments()
    import torch

    torch.set_num_threads(args.threads)
    try:
        args.work.mkdir(parents=True, exist_ok=True)
        report = ConsoleReport(args.work)
        data = gathered(args.data, fold=args.fold, seeds=args.seeds, side=args.side)
        recipe = Recipe(steps=tuple(args.steps), seed=args.seed, precision=args.precision)
        if not args.judge_only:
            make(data, recipe, args.out, report)
        for kind in (PAIR, SINGLE):
            card = judge(args.out / kind.name, kind, data, args.data, report)
            for inputs, row in card.metrics["inputs"].items():
                print(f"{kind.name}, {inputs}: {row['measure']} {row['model']} (without weights {row['weights_free']})")
    except GeoFMError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    recipe = Recipe()
    parser = argparse.ArgumentParser(prog="python -m engine.recipes.floods", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds flood/ and landcover/; see docs/flood.md"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder that the models' folders go to")
    parser.add_argument("--work", type=Path, default=Path("build/train-defaults"), help="for checkpoints")
    parser.add_argument("--fold", type=int, default=FOLD, choices=range(5), help="the fifth of OMBRIA to keep apart")
    parser.add_argument("--steps", type=int, nargs=2, default=recipe.steps, help="of the two stages")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="simulated floods to learn from")
    parser.add_argument("--side", type=int, default=SIDE, help="of these, in pixels")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--precision", default=recipe.precision, choices=("fp32", "bf16"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--judge-only", action="store_true", help="of models that are there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
