"""Steps a second of the trainer over those of a bare loop on tensors that lie in memory, in turn, in one run.

    training_rate.py [--rounds N] [--steps N] [--batch N] [--side PIXELS] [--device cpu|cuda]

The trainer cuts chips, augments, accumulates, clips, averages weights, looks out for NaN and keeps a checkpoint.
The bare loop does forward, backward and the optimiser's step on one batch, with the same network, loss, optimiser and
threads.
Both are also measured in processor time, which other load on the machine does not change much.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

import numpy as np
import torch
from measure import bar, machine
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from engine.cards.card import BandSpec
from engine.jobs.report import JsonReport
from engine.training.augmentation import Augmentation
from engine.training.objectives.segmentation import Segmentation, combine
from engine.training.sampling import Chips, Window
from engine.training.settings import Settings
from engine.training.trainer import Trainer

RATIO = 0.9
GFLOP = 5.0
CLASSES = 6
BANDS = tuple(BandSpec(name, "reflectance", 0.2, 0.1) for name in ("B02", "B03", "B04", "B08"))
NAME = "U-Net (decoder 64-32-16-16-8) on timm's tf_mobilenetv3_small_minimal_100, random weights"


def main() -> None:
    args = _arguments()
    device = torch.device(args.device)
    print(f"{machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {device.type}", flush=True)
    gflop = _gflop()
    print(NAME)
    bar("forward, 512 x 512, 4 bands (a multiply and an add are two)", gflop, GFLOP, "GFLOP")

    source = np.random.default_rng(0)
    labels = source.integers(CLASSES, size=(64, 64), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    image = (0.3 * labels + source.normal(0, 1, (len(BANDS), *labels.shape))).astype(np.float32)
    chips = Chips([Window(image, labels)], side=args.side, batch=args.batch, steps=args.steps)
    ratios, processor, firsts = [], [], []
    for number in range(args.rounds + 1):
        bare = _bare(chips, device)
        ours, first = _ours(chips, device)
        if number == 0:  # the first uses of everything
            continue
        ratios.append(bare.wall / ours.wall)
        processor.append(bare.processor / ours.processor)
        firsts.append(first)
        print(
            f"round {number}  bare {chips.steps / bare.wall:>7.3f} steps/s  trainer {chips.steps / ours.wall:>7.3f}"
            f" steps/s  ratio {ratios[-1]:.3f}, in processor time {processor[-1]:.3f}  first metric {first:.2f} s",
            flush=True,
        )
    print(f"first metric, {args.steps} steps of {args.batch} chips of {args.side}: {median(firsts):.2f} s")
    print(f"{'trainer over bare loop, processor time':<58}{median(processor):>9.3f} times")
    bar("trainer over bare loop", median(ratios), RATIO, "times", least=True)


class _Clock:
    """Seconds since it was made, on the wall and of the processor."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def stop(self) -> _Clock:
        self.wall, self.processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        return self


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Step rate of the trainer.")
    parser.add_argument("--rounds", type=int, default=5, help="each measures both once; the median ratio counts")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=256, help="of a chip, in pixels")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def _network() -> nn.Module:
    import segmentation_models_pytorch as smp

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return smp.Unet(
            "tu-tf_mobilenetv3_small_minimal_100",
            encoder_weights=None,
            in_channels=len(BANDS),
            classes=CLASSES,
            decoder_channels=(64, 32, 16, 16, 8),
        )


def _gflop() -> float:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        _network().eval()(torch.zeros(1, len(BANDS), 512, 512))
    return counter.get_total_flops() / 1e9


def _bare(chips: Chips, device: torch.device) -> _Clock:
    """All steps of an epoch."""
    memory = torch.channels_last if device.type == "cuda" else torch.contiguous_format
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    images, labels = chips.batch(1, 0)
    images, labels = images.to(device).contiguous(memory_format=memory), labels.to(device).long()
    network, loss = _network().to(device).to(memory_format=memory).train(), combine({"ce": 1.0})
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    clock = _Clock()
    for _ in range(chips.steps):
        optimizer.zero_grad()
        with torch.autocast(device.type, kind, enabled=kind != torch.float32):
            logits = network(images)
        loss(logits, labels).backward()
        optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return clock.stop()


class _FirstMetric(JsonReport):
    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints, io.StringIO())
        self.seconds: float | None = None
        self._begun = time.perf_counter()

    def metric(self, name: str, step: int, value: float) -> None:
        self.seconds = self.seconds or time.perf_counter() - self._begun
        super().metric(name, step, value)


def _ours(chips: Chips, device: torch.device) -> tuple[_Clock, float]:
    """An epoch, from the first step to the checkpoint at the end, and seconds to the first metric."""
    with tempfile.TemporaryDirectory() as folder:
        report = _FirstMetric(Path(folder))
        settings = Settings(epochs=1, batch=len(chips.batch(1, 0)[0]), seed=1)
        augment = Augmentation(BANDS, drop=0.1)
        objective = Segmentation(combine({"ce": 1.0}))
        trainer = Trainer(_network(), objective, chips, _judged, settings, device, report, augment=augment)
        clock = _Clock()
        trainer.run()
        return clock.stop(), report.seconds or 0.0


def _judged(network: nn.Module) -> dict[str, float]:
    """Validation is no part of a step."""
    weight: Tensor = next(network.parameters())
    return {"score": float(weight.sum())}


if __name__ == "__main__":
    main()
