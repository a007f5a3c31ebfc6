"""Time and memory of the flood map beside their bars and beside the floor, on this machine, in one run.

    flood_map.py [FOLDER] [--size PIXELS] [--sizes PIXELS ...] [--rounds N] [--keep]

The images are simulated (seed 7) into FOLDER, default build/bench, unless they lie there from a run with --keep.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from measure import Cost, bar, machine, measure, python
from scenes import scene

from engine.flood.bands import BASE, PER_PIXEL
from engine.flood.tiles import bytes_per_column
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
    """(e): the stages' seconds, without the opening of the images, in a process that has made a map before.

    That is how a worker makes all its maps but the first, whose further seconds (libraries that are loaded when they
    are first used, memory that is touched for the first time) have nothing to do with its size; they stand beside it.
    """
    found: dict[int, float] = {}
    for size in sorted(sizes):
        # A small map is over before the machine's load has averaged out.
        count = max(rounds, int(2e7 / size**2))
        scenes = [scene(folder, size)] * count
        cold, *_ = _maps(folder, scenes[:1])
        _, *warm = _maps(folder, [scene(folder, min(sizes)), *scenes])
        found[size] = median(made.seconds for made in warm) / size**2 * 1e6
        processor = median(made.processor for made in warm) / size**2 * 1e6
        print(
            f"{size:>7,} x {size:<7,}{found[size]:>7.3f} s/Mpx wall{processor:>8.3f} s/Mpx processor"
            f"{cold.seconds / size**2 * 1e6:>8.3f} s/Mpx wall, first map of a process"
            f"{cold.mebibytes:>7.0f} MiB, law {law(size):.0f} MiB",
            flush=True,
        )
    middle = median(found.values())
    spread = max(abs(value / middle - 1) for value in found.values())
    bar(f"(e) time per pixel off the median, {min(found):,} to {max(found):,}", spread, FLATNESS, "")


def _maps(folder: Path, scenes: list[list[str]]) -> list[Cost]:
    """What each of some maps took that one process made."""
    command = python("maps.py", folder / "map", *map(",".join, scenes))
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [Cost(**json.loads(line)) for line in lines]


def law(size: int) -> float:
    """MiB that a map of this width takes: a base, the tiles' counts, and a band of all planes that are read."""
    statistics = min(DATES, 2) * bytes_per_column(BANDS)
    return (BASE + statistics * size + PER_PIXEL * DATES * BANDS * min(READ_ROWS, size) * size) / MEBIBYTE


def _map(folder: Path, files: list[str]) -> Cost:
    out = folder / "map"
    before = [word for file in files[1:] for word in ("--pre", file)]
    try:
        return measure([sys.executable, "-m", "engine", "flood", "--post", files[0], *before, "--out", str(out)])
    finally:
        shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
