"""Tiles a second and milliseconds a phrase of GeoFM basic on one core, and the size of both towers.

    basic_encoder.py [--rounds N] [--tiles N] [--model NAME|FOLDER]

Both towers run on one thread. Processor time, which other load on the machine does not change much, is what stands
beside the bar; wall time stands next to it.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries that read it

import numpy as np
from measure import bar, machine

from engine.cards.shelf import find
from engine.encoders import load_encoder
from engine.jobs.paths import home_folder

TILES_PER_S, MS_PER_QUERY, MEGABYTES = 300.0, 5.0, 30.0
PHRASES = (
    "flooded fields beside a village",
    "parking lot",
    "a bridge over a wide river",
    "rows of houses with gardens",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiles", type=int, default=256)
    parser.add_argument("--model", default="geofm-basic")
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # onnxruntime takes as many threads as cores it may use
    print(machine(), flush=True)
    encoder = load_encoder(args.model, device="cpu")
    tiles = np.random.default_rng(0).integers(0, 256, (args.tiles, 3, encoder.side, encoder.side)).astype(np.uint8)
    encoder.images(tiles[:8])  # the first uses of everything
    encoder.texts(PHRASES)
    images, phrases = [], []
    for _ in range(args.rounds):
        images.append(_timed(lambda: encoder.images(tiles)))
        phrases.append(_timed(lambda: encoder.texts(PHRASES * 10)))
    rate = args.tiles / median(processor for processor, _ in images)
    milliseconds = 1000 * median(processor for processor, _ in phrases) / (10 * len(PHRASES))
    print(
        f"by wall time: {args.tiles / median(wall for _, wall in images):.0f} tiles/s, "
        f"{1000 * median(wall for _, wall in phrases) / (10 * len(PHRASES)):.2f} ms a phrase"
    )
    size = sum(path.stat().st_size for path in _towers(args.model)) / 1e6
    print(f"by processor time: {rate:.0f} tiles/s")
    bar(f"a tile of {encoder.side} pixels, processor time", 1000 / rate, 1000 / TILES_PER_S, "ms")
    bar("a phrase, processor time", milliseconds, MS_PER_QUERY, "ms")
    bar("both towers", size, MEGABYTES, "MB")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    processor, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def _towers(model: str) -> list[Path]:
    return [find(model) / "model.onnx", *home_folder().glob("cache/all-minilm-l6-v2-int8-*/model.onnx")]


if __name__ == "__main__":
    main()
