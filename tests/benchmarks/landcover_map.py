"""Tiles a second of a land-cover map over those of its bare network on arrays in memory, in turn, in one run.

    landcover_map.py [FOLDER] [--size PIXELS] [--rounds N] [--keep]

The map is `geofm landcover` with class raster and report: it reads, normalises, predicts overlapping tiles, blends and
writes.
The bare network runs on as many tiles that lie in memory, normalised, at the same batch and number of threads, in a
process of its own: as torch runs it by itself, all threads on one tile after the other, which the bar is set against,
and as the map runs it, tiles side by side with a thread each, which is faster. All are compared by the seconds that
they count themselves, without the start of Python and torch; processor time, which other load on the machine does not
change much, stands beside.
The image is made of noise (seed 7) in FOLDER, default build/bench, the model has random weights.
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

from engine.cards.card import BandSpec, Card, ClassSpec

RATIO, GFLOP = 0.9, 5.0
TILE, OVERLAP, CLASSES = 512, 64, 6
BANDS = ("B02", "B03", "B04", "B08")
NETWORK = {"network": "deeplabv3plus", "encoder": "tu-mobilenetv3_small_050"}
NAME = "DeepLabV3+ on timm's mobilenetv3_small_050, random weights"
BLOCK = 512


def main() -> None:
    args = _arguments()
    if args.bare:
        _bare(*args.bare)
        return
    print(machine(), flush=True)
    print(NAME)
    image, model = args.folder / f"optical{args.size}.tif", args.folder / "landcover-model"
    args.folder.mkdir(parents=True, exist_ok=True)
    try:
        bar("forward, 512 x 512, 4 bands (a multiply and an add are two)", _model(model), GFLOP, "GFLOP")
        _image(image, args.size)
        _compare(args.folder, image, model, args.size, args.rounds)
    finally:
        shutil.rmtree(model, ignore_errors=True)
        if not args.keep:
            image.unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Throughput of the land-cover map.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/bench"))
    parser.add_argument("--size", type=int, default=4096, help="side in pixels")
    parser.add_argument("--rounds", type=int, default=3, help="each measures both once; the median ratio counts")
    parser.add_argument("--keep", action="store_true", help="leave the image in place")
    parser.add_argument("--bare", nargs=2, metavar=("MODEL", "TILES"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _model(folder: Path) -> float:
    """Write the model; returns the GFLOP of a tile."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from engine.models.architectures import build
    from engine.models.store import write_model

    torch.manual_seed(0)
    parameters = {**NETWORK, "in_channels": len(BANDS), "classes": CLASSES}
    network = build("smp", parameters).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, len(BANDS), 512, 512))
    card = Card(
        name="bench",
        title=NAME,
        task="segmentation",
        architecture="smp",
        parameters=parameters,
        weights="weights.safetensors",
        sha256="",
        bands=tuple(BandSpec(name, "reflectance", 0.2, 0.1) for name in BANDS),
        classes=tuple(ClassSpec(index, f"class {index}", f"#{index:02d}8040") for index in range(CLASSES)),
        tile=TILE,
        overlap=OVERLAP,
    )
    write_model(folder, card, tensors=network.state_dict())
    return float(counter.get_total_flops()) / 1e9


def _image(path: Path, size: int) -> None:
    """uint16, four bands, as Sentinel-2 numbers."""
    if path.exists():
        return
    source = np.random.default_rng(7)
    profile = {
        "driver": "GTiff",
        "dtype": "uint16",
        "count": len(BANDS),
        "height": size,
        "width": size,
        "crs": "EPSG:32633",
        "transform": rasterio.Affine(10, 0, 500_000, 0, -10, 5_500_000),
        "nodata": 0,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        "compress": "deflate",
        "predictor": 2,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.descriptions = BANDS
        for top in range(0, size, BLOCK):
            height = min(BLOCK, size - top)
            level = source.integers(500, 4000, size=(len(BANDS), height // 16 + 1, size // 16 + 1))
            values = level.repeat(16, 1).repeat(16, 2)[:, :height, :size]
            values = values + source.integers(0, 64, size=values.shape)
            file.write(values.astype(np.uint16), window=Window(0, top, size, height))


def _compare(folder: Path, image: Path, model: Path, size: int, rounds: int) -> None:
    tiles = (1 + max(0, -(-(size - TILE) // (TILE - OVERLAP)))) ** 2
    peaks = []
    ratios: dict[str, list[float]] = {}
    for number in range(rounds):
        bare, ways = _alone(model, tiles)
        mapped, seconds = _mapped(folder, image, model)
        # What the interpreter and its libraries take to start is the same in both: all but the tiles of the bare one.
        start = bare.processor - sum(way["processor"] for way in ways.values())
        own = {"seconds": seconds["total"] - seconds["opening"], "processor": mapped.processor - start}
        peaks.append(mapped.mebibytes)
        print(f"round {number + 1}")
        for name, way in {**ways, "map": own}.items():
            print(f"  {name:<14}{tiles / way['seconds']:>7.2f} tiles/s, {way['processor']:.1f} s of processor time")
        print("  " + ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()), flush=True)
        for name, way in ways.items():
            for kind in own:
                ratios.setdefault(f"{name} {kind}", []).append(way[kind] / own[kind])
    found = {name: median(values) for name, values in ratios.items()}
    print(f"{'peak memory of the map':<58}{max(peaks):>9.0f} MiB")
    print(f"{'map over bare network side by side, processor time':<58}{found['side_by_side processor']:>9.3f} times")
    print(f"{'map over bare network side by side':<58}{found['side_by_side seconds']:>9.3f} times")
    bar(f"map over bare network, {size:,} x {size:,}", found["by_itself seconds"], RATIO, "times", least=True)


def _alone(model: Path, tiles: int) -> tuple[Cost, dict[str, dict[str, float]]]:
    """The bare network in a process of its own, by way."""
    told = model.with_name("bare.json")
    cost = measure(python("landcover_map.py", "--bare", model, tiles))
    try:
        return cost, json.loads(told.read_text())
    finally:
        told.unlink()


def _bare(model: str, count: str) -> None:
    """So many tiles, of a few that lie in memory, normalised, in two ways, after a first that counts for nothing."""
    import torch

    from engine.cards.card import read_card
    from engine.models.runtime import open_runtime
    from engine.models.segmenter import load_segmenter

    folder, tiles = Path(model), int(count)
    segmenter = load_segmenter(folder, device="cpu")
    batch, workers = segmenter.batch, segmenter.workers
    runtime = open_runtime(folder, read_card(folder), "cpu")
    network = runtime._network
    source = np.random.default_rng(1)
    given = [source.normal(size=(batch, len(BANDS), TILE, TILE)).astype(np.float32) for _ in range(4)]
    torch.set_num_threads(workers)

    def by_itself() -> None:
        with torch.inference_mode():
            for index in range(tiles // batch):
                x = torch.from_numpy(given[index % len(given)]).contiguous(memory_format=torch.channels_last)
                network(x).contiguous().numpy()

    def side_by_side() -> None:
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(lambda index: runtime.run(given[index % len(given)]).ndim, range(tiles // batch)):
                pass

    with torch.inference_mode():
        network(torch.from_numpy(given[0]))
    spent = {}
    for way in (by_itself, side_by_side):
        wall, processor = time.perf_counter(), time.process_time()
        way()
        spent[way.__name__] = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
    folder.with_name("bare.json").write_text(json.dumps(spent))


def _mapped(folder: Path, image: Path, model: Path) -> tuple[Cost, dict[str, float]]:
    out = folder / "landcover-map"
    words = ("--image", image, "--model", model, "--device", "cpu", "--out", out)
    try:
        cost = measure([sys.executable, "-m", "engine", "landcover", *map(str, words)])
        return cost, json.loads((out / "report.json").read_text())["seconds"]
    finally:
        shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
