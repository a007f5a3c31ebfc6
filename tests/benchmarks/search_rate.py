"""How fast search is, as ratios to what bounds it, all measured in one run.

    search_rate.py [--only PART ...] [--tiles N] [--model NAME|DIR] [--rounds N] [--folder DIR]

scan    one query over the vectors (fp16, 512 numbers each) on two threads, over reading their bytes from memory once;
        the same with an AOI of 5 % (filter and scan), over the full scan
open    seconds to open the index as the first query does (manifest, mapping, checksums of what queries read)
build   tiles a second of the task `index`, over those of the bare image tower on tiles in memory
memory  the most memory of `geofm index`, for 16 times the area over once
query   seconds of a warm query over 200,000 tiles, with layer, table and 50 thumbnails: in its process and by the queue

The median round counts. Other programs on the machine slow all of it, the ratios less.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import rasterio
import torch
from affine import Affine
from indexes import random_index, random_tower, write_ground
from measure import bar, machine, measure

from engine import tasks
from engine.cards.shelf import find
from engine.encoders import load_encoder
from engine.jobs import launch
from engine.jobs.report import QuietReport
from engine.jobs.requests import IndexRequest, OpenIndexRequest, Request, SearchRequest
from engine.jobs.result import Result
from engine.jobs.store import JobStore
from engine.search.index.cutting import cut
from engine.search.index.lattice import Lattice
from engine.search.index.pictures import open_picture
from engine.search.index.store import Index, open_index
from engine.search.query.filtering import choose
from engine.search.query.scanning import scan
from engine.search.query.warm import index_of

DIMENSION, THREADS = 512, 2
AOI_SHARE = 0.05
ROUNDS_OF_BUILDING = 3
SCAN, AOI, OPEN_S, BUILD, MEMORY, QUERY_S = 2.0, 0.5, 1.0, 0.9, 1.15, 0.3
PARTS = ("scan", "open", "build", "memory", "query")


def main() -> None:
    args = _arguments()
    print(f"{machine()}, torch {torch.__version__}", flush=True)
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        installed = args.model and str(find(args.model))
        home = folder / "home"  # a queue of its own
        home.mkdir(mode=0o700)
        os.environ["GEOFM_HOME"] = str(home)
        model = installed or str(random_tower(folder / "model"))
        made = {"scan": _scans, "open": _opening, "build": _building, "memory": _memory, "query": _queries}
        for part in args.only:
            made[part](folder, model, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Rates of search.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--tiles", type=int, default=1_000_000, help="of the large index")
    parser.add_argument("--model", help="a dual encoder; default: GeoFM basic's towers, untrained")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where 4 GB of scratch files go")
    return parser.parse_args()


def _scans(folder: Path, model: str, args: argparse.Namespace) -> None:
    index = _large(folder, args.tiles)
    query = np.random.default_rng(1).standard_normal(DIMENSION).astype(np.float32)
    columns = index.columns
    # A square of a share of the area.
    west, east, south, north = columns.lon.min(), columns.lon.max(), columns.lat.min(), columns.lat.max()
    wide, high = (east - west) * AOI_SHARE**0.5, (north - south) * AOI_SHARE**0.5
    box = f"{west + wide},{south + high},{west + 2 * wide},{south + 2 * high}"

    def read() -> None:
        for piece in index.pieces:
            piece.vectors.view(torch.int64).sum()

    def within() -> None:
        scan(index, query, choose(index, box, None, None)[0])

    ways: dict[str, Callable[[], object]] = {"read": read, "scan": lambda: scan(index, query), "aoi": within}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(args.rounds + 1):
        for name, way in ways.items():
            taken = _seconds(way)
            if number:  # after the first uses of everything
                seconds[name].append(taken)
    each = {name: median(values) for name, values in seconds.items()}
    share = len(choose(index, box, None, None)[0]) / len(index)
    print(
        f"{len(index):,} x {DIMENSION} fp16, {THREADS} threads: reading {1e3 * each['read']:.0f} ms, query"
        f" {1e3 * each['scan']:.0f} ms, with an AOI of {share:.1%} {1e3 * each['aoi']:.0f} ms"
    )
    bar("query over reading its bytes", each["scan"] / each["read"], SCAN, "times")
    bar("query with an AOI over without", each["aoi"] / each["scan"], AOI, "times")


def _opening(folder: Path, model: str, args: argparse.Namespace) -> None:
    index = _large(folder, args.tiles)
    alone = min(_seconds(lambda: open_index(index.folder)) for _ in range(args.rounds))
    seconds, processor = _cost(lambda: index_of(index.folder).index.columns)
    print(f"manifest and mapping alone {1e3 * alone:.0f} ms; all together {processor:.2f} s of processor time")
    bar(f"opening {len(index):,} tiles, checksums too", seconds, OPEN_S, "s")


def _building(folder: Path, model: str, args: argparse.Namespace) -> None:
    image = write_ground(folder / "ground.tif", 4096)
    encoder = load_encoder(model)
    side = float(encoder.side)
    with open_picture([str(image)], stretch=((0.0, 255.0),) * 3) as picture:
        batches = [batch.tiles for batch in cut(picture, Lattice(picture.grid, (side,), 0.5), 1, encoder.side, 64, 0.5)]
    request = IndexRequest(images=((str(image),),), index=str(folder / "built"), model=model, window_m=(side,))
    count = sum(map(len, batches))

    def bare() -> None:
        for batch in batches:
            if len(batch):
                encoder.images(batch)

    ratios, processor = [], []
    for number in range(min(args.rounds, ROUNDS_OF_BUILDING)):
        tower, ours = _cost(bare), _cost(lambda: _run(request, folder))
        ratios.append(tower[0] / ours[0])
        processor.append(tower[1] / ours[1])
        print(
            f"round {number + 1}  bare {count / tower[0]:,.0f} tiles/s  index {count / ours[0]:,.0f} tiles/s",
            flush=True,
        )
        shutil.rmtree(folder / "built")
    print(f"{'building over the bare tower, processor time':<58}{median(processor):>9.3f} times")
    bar("building over the bare tower", median(ratios), BUILD, "times", least=True)


def _memory(folder: Path, model: str, args: argparse.Namespace) -> None:
    held = []
    for side in (4096, 16_384):
        image = write_ground(folder / f"ground{side}.tif", side)
        out = folder / f"index{side}"
        words = ["index", str(image), "--out", str(out), "--model", model, "--windows", "512", "--json"]
        held.append(measure([sys.executable, "-m", "engine", *words]).mebibytes)
        print(f"{side:,} x {side:,} pixels: {held[-1]:,.0f} MiB")
        shutil.rmtree(out)
    bar("memory for 16 times the area over once", held[1] / held[0], MEMORY, "times")


def _queries(folder: Path, model: str, args: argparse.Namespace) -> None:
    encoder = load_encoder(model)
    images = [write_ground(folder / f"town{number}.tif", 4096, 500_000 + 5000 * number) for number in range(12)]
    index = random_index(folder / "towns", images, 64.0, encoder.dimension, encoder.fingerprint, model)
    out = folder / "answer"
    out.mkdir()
    paths = {"hits": "hits.gpkg", "table": "hits.json", "thumbnails": "thumbnails"}
    outputs = {name: str(out / path) for name, path in paths.items()}
    opened = _run(OpenIndexRequest(index=str(index)), folder).summary
    requests = [SearchRequest(index=str(index), texts=(f"query {number}",), **outputs) for number in range(args.rounds)]
    costs = [_cost(lambda request=request: _run(request, folder)) for request in requests]
    here, processor = (median(values) for values in zip(*costs, strict=True))
    queued = _by_the_queue(OpenIndexRequest(index=str(index)), requests)
    print(f"{opened['tiles']:,} tiles: in one process {1e3 * here:.0f} ms, {1e3 * processor:.0f} ms of processor time")
    bar("warm query by the queue: layer, 50 thumbnails", queued, QUERY_S, "s")


def _by_the_queue(first: Request, requests: list[SearchRequest]) -> float:
    """Median seconds from submitting a query to its result, in the lane process that the first request has warmed."""
    seconds = []
    with JobStore() as store:
        for request in [first, *requests]:
            started = time.perf_counter()
            job = store.wait(store.submit(request).id)
            seconds.append(time.perf_counter() - started)
            if job.result is None:
                sys.exit(f"{job.state}: {job.message}")
    for process in launch._started:
        process.terminate()
        process.wait()
    return median(seconds[1:])


def _large(folder: Path, tiles: int) -> Index:
    """An index of about so many tiles, made once; the image is empty, and is not read."""
    home = folder / "large"
    if not home.exists():
        image, side = folder / "large.tif", 32 * (round(tiles**0.5) + 1)
        profile = {"driver": "GTiff", "count": 3, "height": side, "width": side, "dtype": "uint8", "sparse_ok": True}
        profile |= {"crs": "EPSG:32633", "transform": Affine(1, 0, 500_000, 0, -1, 5_000_000), "tiled": True}
        with rasterio.open(image, "w", photometric="RGB", **profile):
            pass
        random_index(home, [image], 64.0, DIMENSION)
    return open_index(home)


def _run(request: Request, folder: Path) -> Result:
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    return tasks.run(request, QuietReport(checkpoints))


def _cost(way: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall, and of the processor."""
    processor = time.process_time()
    seconds = _seconds(way)
    return seconds, time.process_time() - processor


def _seconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
