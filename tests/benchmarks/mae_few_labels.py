"""What a masked autoencoder's encoder is worth where few labels are: real floods, a tenth of the labels.

    mae_few_labels.py [--data FOLDER] [--seeds N] [--epochs N] [--share SHARE] [--parts PART...] [--work FOLDER]

Reads OMBRIA's pairs of Sentinel-1 display images (`flood/ombria_s1` of the data, by default of GEOFM_TEST_DATA). Tiles
are numbered along their scenes: the first ones are learned from, those after a gap judge, and the program says how
many tiles of both sides touch. The encoder is pre-trained by the command on the training pairs without their masks;
then FloodViT learns from a tenth of the masks, on that encoder and from chance, whole and with the encoder as it is,
all else alike. Prints F1 and IoU of the flood, pooled over the judging tiles, for each seed, their means and spread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import rasterio
import torch
from measure import bar, machine
from numpy.typing import NDArray

from engine.cards.card import read_card
from engine.jobs.report import QuietReport
from engine.models.architectures.floodvit import FloodVit
from engine.models.store import read_tensors
from engine.segmentation.examples import normalised
from engine.training.augmentation import Augmentation
from engine.training.metrics import ConfusionMatrix
from engine.training.objectives.segmentation import Segmentation, combine
from engine.training.sampling import Chips, Window
from engine.training.settings import Settings
from engine.training.trainer import Trainer

LAST_LEARNED, FIRST_JUDGED = 520, 561
SIDE, BATCH, STEPS, PASSES = 64, 16, 80, 3
STARTS, PARTS = ("pre-trained", "chance"), ("whole", "encoder as it is")
ALIKE = 0.9  # the correlation of edges of tiles that touch

Floats = NDArray[np.float32]


def main() -> None:
    args = _arguments()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        numbers = sorted(int(path.stem) for path in (args.data / "after").glob("*.png"))
        learned = [number for number in numbers if number <= LAST_LEARNED]
        judged = [number for number in numbers if number >= FIRST_JUDGED]
        print(
            f"{machine()}; {len(learned)} pairs to learn from, {len(judged)} to judge by; "
            f"{_touching(args.data, learned, judged)} of these touch one of those"
        )
        started = time.perf_counter()
        encoder = work / "encoder"
        if not encoder.is_dir():
            _pretrain(args.data, learned, encoder, work, args.epochs)
        card = read_card(encoder)
        print(f"pre-training {time.perf_counter() - started:.0f} s, {card.metrics}", flush=True)
        table: dict[str, list[tuple[float, float]]] = {}
        tests = [_pair(args.data, number) for number in judged]
        for seed in range(args.seeds):
            few = np.random.default_rng([seed, 11]).choice(learned, round(args.share * len(learned)), replace=False)
            windows = [_window(*_pair(args.data, int(number)), card.bands) for number in few]
            for start in STARTS:
                for part in args.parts:
                    network = _taught(encoder if start == "pre-trained" else None, encoder, part, windows, seed)
                    scores = _scores(network, tests, card.bands)
                    table.setdefault(f"{start}, {part}", []).append(scores)
                    print(f"seed {seed}: {start}, {part}: F1 {scores[0]:.4f}, IoU {scores[1]:.4f}", flush=True)
    _tell(table, tests, time.perf_counter() - started)


def _pretrain(data: Path, numbers: list[int], out: Path, work: Path, epochs: int) -> None:
    """By the command, on rasters that lie apart."""
    words: list[str] = []
    for place, number in enumerate(numbers):
        for kind, option in (("after", "--image"), ("before", "--pre")):
            path = work / f"{kind}{number}.tif"
            _write(path, _read(data / kind / f"{number:04}.png"), place)
            words += [option, str(path)]
    command = [sys.executable, "-m", "engine", "pretrain", "mae", *words, "--bands", "grey", "--size", "tiny"]
    subprocess.run([*command, "--epochs", str(epochs), "--out", str(out)], check=True)


def _write(path: Path, values: Floats, place: int) -> None:
    transform = rasterio.Affine(10, 0, 300_000 + 4_000 * (place % 100), 0, -10, 4_500_000 - 4_000 * (place // 100))
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1}
    with rasterio.open(path, "w", "GTiff", **shape, dtype="uint8", crs="EPSG:32633", transform=transform) as file:
        file.write(values.astype(np.uint8), 1)


def _read(path: Path) -> Floats:
    values = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if values is None:
        raise SystemExit(f"{path} cannot be read.")
    return values.astype(np.float32)


def _pair(data: Path, number: int) -> tuple[Floats, NDArray[np.uint8]]:
    """After and before, float32[2, H, W], and the flood, uint8[H, W]."""
    images = [_read(data / kind / f"{number:04}.png") for kind in ("after", "before")]
    return np.stack(images), (_read(data / "mask" / f"{number:04}.png") > 127).astype(np.uint8)


def _window(image: Floats, labels: NDArray[np.uint8], bands: tuple) -> Window:
    return Window(normalised(image, bands), labels)


def _touching(data: Path, learned: list[int], judged: list[int]) -> int:
    """How many judging tiles continue a training tile, in both dates, at one of their four sides."""

    def edges(numbers: list[int]) -> Iterator[tuple[Floats, Floats]]:
        pairs = np.stack([_pair(data, number)[0] for number in numbers])
        yield pairs[..., 0, :], pairs[..., -1, :]
        yield pairs[..., :, 0], pairs[..., :, -1]

    def alike(a: Floats, b: Floats) -> NDArray[np.bool_]:
        a, b = ((x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True) + 1e-3) for x in (a, b))
        return (np.einsum("ndl,mdl->nmd", a, b) / a.shape[-1] > ALIKE).all(-1)

    found = np.zeros(len(judged), bool)
    for (first, last), (begin, end) in zip(edges(judged), edges(learned), strict=True):
        found |= alike(first, end).any(1) | alike(last, begin).any(1)
    return int(found.sum())


def _taught(start: Path | None, like: Path, part: str, windows: list[Window], seed: int) -> FloodVit:
    """FloodViT, on the encoder of a folder or on one from chance of the same sizes."""
    card = read_card(like)
    torch.manual_seed(seed)
    network = FloodVit(2, card.parameters)
    if start is not None:
        names = [band.name for band in card.bands]
        network.load_encoder(read_tensors(start, card), names, names)
    if part != "whole":
        network.freeze_encoder()
    chips = Chips(windows, side=SIDE, batch=BATCH, steps=STEPS, seed=seed)
    settings = Settings(
        epochs=PASSES, batch=BATCH, learning_rate=1e-3, encoder_rate_factor=1.0, ema_decay=0.95, seed=seed
    )
    with tempfile.TemporaryDirectory() as folder:
        loss = Segmentation(combine({"ce": 1.0, "dice": 1.0}))
        report = QuietReport(Path(folder))
        trainer = Trainer(network, loss, chips, (), settings, "cpu", report, augment=Augmentation(card.bands, zoom=1.0))
        network.load_state_dict(trainer.run().state_dict)
    return network.eval()


def _scores(network: FloodVit, tests: list[tuple[Floats, NDArray[np.uint8]]], bands: tuple) -> tuple[float, float]:
    """F1 and IoU of the flood."""
    matrix = ConfusionMatrix(2)
    with torch.inference_mode():
        for image, labels in tests:
            logits = network(torch.from_numpy(normalised(image, bands))[None])
            matrix.add(labels, logits[0].argmax(0).numpy().astype(np.uint8))
    figures = matrix.per_class(("dry", "flood"))["flood"]
    return figures["f1"], figures["iou"]


def _tell(table: dict[str, list[tuple[float, float]]], tests: list, seconds: float) -> None:
    share = float(np.mean([labels.mean() for _, labels in tests]))
    print(f"\n{'':<32}{'F1':>8}{'+-':>8}{'IoU':>8}{'+-':>8}   F1 by seed")
    for name, scores in table.items():
        f1, iou = np.array(scores).T
        spread = [float(values.std(ddof=1)) if len(values) > 1 else 0.0 for values in (f1, iou)]
        print(
            f"{name:<32}{f1.mean():>8.4f}{spread[0]:>8.4f}{iou.mean():>8.4f}{spread[1]:>8.4f}   "
            + " ".join(f"{value:.3f}" for value in f1)
        )
    print(f"{'all called flooded':<32}{2 * share / (1 + share):>8.4f}{'':>8}{share:>8.4f}")
    for part in {name.partition(", ")[2]: None for name in table}:
        gain = np.array(table[f"pre-trained, {part}"])[:, 0] - np.array(table[f"chance, {part}"])[:, 0]
        print(
            f"{part}: the pre-trained start gains {gain.mean():+.4f} F1 "
            f"(+- {gain.std(ddof=1) if len(gain) > 1 else 0:.4f}), in {int((gain > 0).sum())} of {len(gain)} seeds"
        )
        means = [float(np.mean([score[0] for score in table[f"{start}, {part}"]])) for start in STARTS]
        bar(f"F1 of the pre-trained start, {part}", means[0], means[1], "", least=True)
    print(f"{seconds:.0f} s in all")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    default = Path(os.environ.get("GEOFM_TEST_DATA", ".")) / "flood/ombria_s1/train"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=6, help="of pre-training")
    parser.add_argument("--share", type=float, default=0.1, help="of the labelled pairs")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what of the network learns")
    parser.add_argument("--work", type=Path, help="keeps the encoder there, and takes one that is there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
