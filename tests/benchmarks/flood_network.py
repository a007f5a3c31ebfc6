"""Tiles a second of a flood map by a network over those of the bare network on arrays, and the map's memory.

    flood_network.py [FOLDER] [--models NAMES] [--size PIXELS] [--memory PIXELS] [--rounds N] [--keep]

The map is `geofm flood --model` with class raster and report: it reads, turns power into decibels, predicts overlapping
tiles, blends, sees to the minimum mapping unit and writes. The bare network runs on as many tiles that lie in memory,
normalised, at the same batch and number of threads, in a process of its own: as onnxruntime runs it by itself, all
threads on one batch after the other, which the bar is set against, and as the map runs it, batches side by side with a
thread each. All are compared by the seconds that they count themselves; processor time stands beside. Memory is
measured once more at another size. The images are simulated floods of 512 pixels, repeated, in FOLDER, default
build/bench.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
import rasterio
from measure import Cost, bar, machine, measure, python
from rasterio.windows import Window

from engine.cards.card import read_card
from engine.cards.shelf import find

RATIO, MEMORY_MIB, FLAT = 0.9, 1024, 1024
BLOCK = 512
MODELS = ("geofm-flood-pair", "geofm-flood-single")


def main() -> None:
    args = _arguments()
    if args.bare:
        _bare(*args.bare)
        return
    print(machine(), flush=True)
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.models:
        folder = find(name)
        dates = [args.folder / f"flood-{date}-{args.size}.tif" for date in ("post", "pre")][: read_card(folder).dates]
        try:
            _images(dates, args.size)
            _compare(args.folder, dates, name, folder, args.size, args.rounds)
        finally:
            _clear(dates, args.keep)
        if args.memory:
            dates = [path.with_name(path.name.replace(str(args.size), str(args.memory))) for path in dates]
            try:
                _images(dates, args.memory)
                cost, _ = _mapped(args.folder, dates, name)
                bar(f"{name}: peak memory, {args.memory:,} x {args.memory:,}", cost.mebibytes, FLAT, "MiB")
            finally:
                _clear(dates, args.keep)


def _clear(paths: list[Path], keep: bool) -> None:
    for path in paths:
        if not keep:
            path.unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Throughput and memory of flood maps by networks.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/bench"))
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--size", type=int, default=8192, help="side in pixels")
    parser.add_argument("--memory", type=int, default=0, help="side in pixels, to measure memory at once more; 0: not")
    parser.add_argument("--rounds", type=int, default=1, help="each measures both once; the median ratio counts")
    parser.add_argument("--keep", action="store_true", help="leave the images in place")
    parser.add_argument("--bare", nargs=2, metavar=("MODEL", "TILES"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _images(paths: list[Path], size: int) -> None:
    """float32 linear power, VV and VH, DEFLATE in blocks of 512, one of a few simulated scenes in each."""
    from engine.samples import Scene, Simulator

    if all(path.exists() for path in paths):
        return
    scenes = [Simulator(Scene(seed=seed, width=BLOCK, height=BLOCK)).whole().radar for seed in range(3)]
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 2,
        "height": size,
        "width": size,
        "crs": "EPSG:32633",
        "transform": rasterio.Affine(10, 0, 400_000, 0, -10, 5_500_000),
        "nodata": 0,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        "compress": "deflate",
        "predictor": 3,
        "bigtiff": "if_safer",
    }
    for path, date in zip(paths, ("post", "pre1"), strict=False):
        with rasterio.open(path, "w", **profile) as file:
            file.descriptions = ("VV", "VH")
            for number, (top, left) in enumerate(np.ndindex(-(-size // BLOCK), -(-size // BLOCK))):
                height, width = min(BLOCK, size - top * BLOCK), min(BLOCK, size - left * BLOCK)
                values = scenes[number % len(scenes)][date][:, :height, :width]
                file.write(values, window=Window(left * BLOCK, top * BLOCK, width, height))


def _compare(folder: Path, dates: list[Path], name: str, model: Path, size: int, rounds: int) -> None:
    card = read_card(model)
    tiles = (1 + max(0, -(-(size - card.tile) // (card.tile - card.overlap)))) ** 2
    peaks, ratios = [], []
    for number in range(rounds):
        bare, ways = _alone(folder, model, tiles)
        mapped, seconds = _mapped(folder, dates, name)
        start = bare.processor - sum(way["processor"] for way in ways.values())
        own = {"seconds": seconds["total"] - seconds["opening"], "processor": mapped.processor - start}
        peaks.append(mapped.mebibytes)
        print(f"{name}, {size:,} x {size:,}, round {number + 1}")
        for way, spent in {**ways, "map": own}.items():
            print(f"  {way:<14}{tiles / spent['seconds']:>7.2f} tiles/s, {spent['processor']:.1f} s of processor time")
        print("  " + ", ".join(f"{stage} {value:.1f} s" for stage, value in seconds.items()), flush=True)
        ratios.append({way: spent["seconds"] / own["seconds"] for way, spent in ways.items()})
    beside = median(ratio["side_by_side"] for ratio in ratios)
    print(f"{'map over bare network side by side':<58}{beside:>9.3f} times")
    bar(f"{name}: map over bare network", median(ratio["by_itself"] for ratio in ratios), RATIO, "times", least=True)
    bar(f"{name}: peak memory, {size:,} x {size:,}", max(peaks), MEMORY_MIB, "MiB")


def _alone(folder: Path, model: Path, tiles: int) -> tuple[Cost, dict[str, dict[str, float]]]:
    """The bare network in a process of its own, by way."""
    told = folder / "bare.json"
    cost = measure(python("flood_network.py", folder, "--bare", model, tiles))
    try:
        return cost, json.loads(told.read_text())
    finally:
        told.unlink()


def _bare(model: str, count: str) -> None:
    """So many tiles, of a few that lie in memory, normalised, in two ways, after a first that counts for nothing."""
    from engine.models.runtime import Session
    from engine.models.segmenter import load_segmenter
    from engine.models.store import read_weights

    folder, tiles = Path(model), int(count)
    card, segmenter = read_card(folder), load_segmenter(folder, device="cpu")
    batch, workers = segmenter.batch, segmenter.workers
    graph = read_weights(folder, card)
    source = np.random.default_rng(1)
    shape = (batch, len(card.bands), card.tile, card.tile)
    given = [source.normal(size=shape).astype(np.float32) for _ in range(4)]

    def all_threads() -> None:
        for index in range(tiles // batch):
            together.run({together.inputs[0].name: given[index % len(given)]})

    def a_thread_each() -> None:
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(
                lambda index: len(alone.run({alone.inputs[0].name: given[index % 4]})), range(tiles // batch)
            ):
                pass

    together, alone = Session(graph, threads_of_a_run=workers), Session(graph)
    spent = {}
    for name, way, session in (("by_itself", all_threads, together), ("side_by_side", a_thread_each, alone)):
        session.run({session.inputs[0].name: given[0]})
        wall, processor = time.perf_counter(), time.process_time()
        way()
        spent[name] = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
    args = _arguments()
    (args.folder / "bare.json").write_text(json.dumps(spent))


def _mapped(folder: Path, dates: list[Path], model: str) -> tuple[Cost, dict[str, float]]:
    out = folder / "flood-network-map"
    pre = [word for path in dates[1:] for word in ("--pre", path)]
    words = ("--post", dates[0], *pre, "--model", model, "--device", "cpu", "--out", out)
    try:
        cost = measure([sys.executable, "-m", "engine", "flood", *map(str, words)])
        return cost, json.loads((out / "report.json").read_text())["seconds"]
    finally:
        shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
