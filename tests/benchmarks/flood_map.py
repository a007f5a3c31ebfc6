"""Time and memory of the flood map beside their bars and beside the floor, on this machine, in one run.

    flood_map.py [FOLDER] [--size PIXELS] [--sizes PIXELS ...] [--rounds N] [--keep]

The images are simulated (seed 7) into FOLDER, default build/bench, unless they lie there from a run with --keep.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from statistics import median

from measure import Cost, bar, machine, measure, python
from scenes import scene

from engine.flood.bands import BASE, PER_PIXEL
from engine.flood.tiles import LATTICE
from engine.raster.stream import READ_ROWS

MEBIBYTE = 2**20
DATES, BANDS = 3, 2
RATIO, RATIO_STRETCH = 5.0, 2.5
MEMORY = 1.5 * 1024
ONE_DATE, ONE_DATE_STRETCH = 0.4, 0.25
FLATNESS = 0.15


def main() -> None:
    args = _arguments()
    print(machine(), flush=True)
    try:
        _against_the_floor(args.folder, args.size, args.rounds)
        if args.sizes:
            _scaling(args.folder, args.sizes, args.rounds)
    finally:
        if not args.keep:
            for size in {args.size, *args.sizes}:
                shutil.rmtree(args.folder / f"scene{size}", ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time and memory of the flood map.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/bench"))
    parser.add_argument("--size", type=int, default=10_000, help="side in pixels for (a), (b) and (f)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 2000, 5000, 10_000], help="for (e)")
    parser.add_argument("--rounds", type=int, default=3, help="each round measures everything once; medians count")
    parser.add_argument("--keep", action="store_true", help="leave the images in place")
    return parser.parse_args()


def _against_the_floor(folder: Path, size: int, rounds: int) -> None:
    """(a), (b) and (f). The programs take turns, so that other load on the machine meets all of them."""
    files, megapixels = scene(folder, size), size**2 / 1e6
    costs: dict[str, list[Cost]] = {}
    for number in range(rounds):
        for name in ("ours", "gdal"):
            out = folder / f"floor_{name}.tif"
            costs.setdefault(f"floor, {name}", []).append(measure(python("floor.py", name, out, *files)))
            out.unlink()
        costs.setdefault("three dates", []).append(_map(folder, files))
        costs.setdefault("one date", []).append(_map(folder, files[:1]))
        for name, found in costs.items():
            cost = found[-1]
            print(
                f"round {number + 1}  {name:<14}{cost.seconds:>8.1f} s wall{cost.processor:>8.1f} s processor"
                f"{cost.mebibytes:>8.0f} MiB",
                flush=True,
            )

    # Of one round: what slows down the machine slows down all of a round.
    ratios = [
        mapped.seconds / min(ours.seconds, gdal.seconds)
        for ours, gdal, mapped in zip(costs["floor, ours"], costs["floor, gdal"], costs["three dates"], strict=True)
    ]
    peak = max(cost.mebibytes for cost in costs["three dates"])
    one = median(cost.seconds for cost in costs["one date"]) / megapixels
    title = f"{size:,} x {size:,}"
    bar(f"(a) three dates over the floor, {title}", median(ratios), RATIO, "times", RATIO_STRETCH)
    bar(f"(b) peak memory, {title}", peak, MEMORY, "MiB")
    bar(f"(b) peak memory over the law's, {title}", peak / law(size), 1.1, "times")
    bar(f"(f) one date, {title}", one, ONE_DATE, "s/Mpx", ONE_DATE_STRETCH)


def _scaling(folder: Path, sizes: list[int], rounds: int) -> None:
    """(e): the job's own seconds, without the start of Python, which is the same at any size."""
    found: dict[int, float] = {}
    for size in sorted(sizes):
        files = scene(folder, size)
        seconds, costs = [], []
        # A small map is over before the machine's load has averaged out.
        for _ in range(max(rounds, int(2e7 / size**2))):
            costs.append(_map(folder, files, keep=True))
            seconds.append(json.loads((folder / "map" / "report.json").read_text())["seconds"]["total"])
            shutil.rmtree(folder / "map")
        found[size] = median(seconds) / size**2 * 1e6
        processor = median(cost.processor for cost in costs) / size**2 * 1e6
        peak = max(cost.mebibytes for cost in costs)
        print(
            f"{size:>7,} x {size:<7,}{found[size]:>7.3f} s/Mpx wall{processor:>8.3f} s/Mpx processor"
            f"{peak:>7.0f} MiB, law {law(size):.0f} MiB",
            flush=True,
        )
    middle = median(found.values())
    spread = max(abs(value / middle - 1) for value in found.values())
    bar(f"(e) time per pixel off the median, {min(found):,} to {max(found):,}", spread, FLATNESS, "")


def law(size: int) -> float:
    """MiB that a map of this width takes: a base, the tiles' rows, and a band of all planes that are read."""
    statistics = min(DATES, 2) * BANDS
    return (BASE + 4 * LATTICE * statistics * size + PER_PIXEL * DATES * BANDS * min(READ_ROWS, size) * size) / MEBIBYTE


def _map(folder: Path, files: list[str], *, keep: bool = False) -> Cost:
    out = folder / "map"
    before = [word for file in files[1:] for word in ("--pre", file)]
    try:
        return measure([sys.executable, "-m", "engine", "flood", "--post", files[0], *before, "--out", str(out)])
    finally:
        if not keep:
            shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
