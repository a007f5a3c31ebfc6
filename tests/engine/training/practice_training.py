"""A small training that takes a second or two; as a script, the process that other tests kill or start twice.

practice_training.py CHECKPOINTS OUT [--processes N --rank R --meet FILE]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.cards.card import BandSpec
from engine.errors import Cancelled
from engine.jobs.report import Report
from engine.training.augmentation import Augmentation
from engine.training.metrics import ConfusionMatrix
from engine.training.objectives.segmentation import Segmentation, combine
from engine.training.sampling import Chips, Window
from engine.training.settings import Settings
from engine.training.trainer import Outcome, Trainer

CLASSES = 4
BANDS = (BandSpec("B04", "reflectance", 0.2, 0.1), BandSpec("VV", "db", -10.0, 3.0))
STEP_CHIPS = 6
SETTINGS = Settings(epochs=4, batch=3, learning_rate=5e-3, patience=10, checkpoint_s=1e9, seed=11, ema_decay=0.9)


class Small(nn.Module):
    """Has what makes a resume hard: running statistics, dropout, two rates."""

    def __init__(self, normal: bool = True, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(len(BANDS), 12, 3, padding=1),
            nn.BatchNorm2d(12) if normal else nn.GroupNorm(3, 12),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.decoder = nn.Conv2d(12, CLASSES, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.decoder(self.encoder(images))

    def encoder_parameters(self) -> Any:
        return self.encoder.parameters()


def small(**options: Any) -> Small:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Small(**options)


def windows(seed: int = 0, side: int = 96) -> list[Window]:
    """Blocks of classes that two bands tell apart in part; a third is labelled, some pixels are not observed."""
    source = np.random.default_rng(seed)
    found = []
    for _ in range(2):
        truth = source.integers(CLASSES, size=(side // 16, side // 16)).repeat(16, 0).repeat(16, 1)
        means = np.array([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, -1.0, 1.0]])
        image = (means[:, truth] + source.normal(0, 0.8, (2, side, side))).astype(np.float32)
        image[:, source.random((side, side)) < 0.01] = np.nan
        labels = np.where(source.random((side // 16, side // 16)).repeat(16, 0).repeat(16, 1) < 0.4, truth, 255)
        found.append(Window(image, labels.astype(np.uint8)))
    return found


def chips(steps: int = 6, batch: int = STEP_CHIPS) -> Chips:
    return Chips(windows(), side=32, batch=batch, steps=steps, seed=SETTINGS.seed)


def validate(network: nn.Module) -> dict[str, float]:
    """On a window that is not trained on."""
    (window, *_) = windows(seed=1)
    matrix = ConfusionMatrix(CLASSES)
    images = torch.from_numpy(np.nan_to_num(window.image))[None]
    prediction = network(images.to(next(network.parameters())))[0].argmax(0)
    matrix.add(window.labels, prediction.cpu().numpy())
    return {"validation F1": matrix.macro_f1, "score": matrix.macro_f1}


class Watched(Report):
    """Remembers what it is told; `on_check` is called whenever the training looks whether it is cancelled."""

    def __init__(self, checkpoints: Path, on_check: Callable[[int], None] = lambda number: None) -> None:
        super().__init__(checkpoints)
        self.events: list[dict[str, Any]] = []
        self.checks = 0
        self.stop = False
        self._on_check = on_check

    def send(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def check_cancelled(self) -> None:
        self.checks += 1
        self._on_check(self.checks)

    def stop_wanted(self) -> bool:
        return self.stop

    @property
    def messages(self) -> list[str]:
        return [event["text"] for event in self.events if event["event"] == "message"]

    def curve(self, name: str) -> dict[int, float]:
        return {event["step"]: event["value"] for event in self.events if event.get("name") == name}


def cancel_at(number: int) -> Callable[[int], None]:
    """Cancels at the check of this number."""

    def check(now: int) -> None:
        if now == number:
            raise Cancelled("Cancelled.")

    return check


def trainer(report: Report, network: nn.Module | None = None, settings: Settings = SETTINGS, **others: Any) -> Trainer:
    options = {"augment": Augmentation(BANDS, drop=0.1), "batches": chips(), "validate": validate, **others}
    loss = options.pop("loss", combine({"ce": 1.0, "dice": 0.5}))
    batches, judge = options.pop("batches"), options.pop("validate")
    return Trainer(network or small(), Segmentation(loss), batches, judge, settings, "cpu", report, **options)


def assert_same_weights(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    """To the bit."""
    assert one.keys() == other.keys()
    different = [name for name in one if not torch.equal(one[name], other[name])]
    assert not different


def figures(history: Sequence[dict[str, float]]) -> list[tuple[float, ...]]:
    return [tuple(epoch.values()) for epoch in history]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--meet", type=Path)
    parser.add_argument("--checkpoint-s", type=float, default=0.02)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.processes == 1:
        outcome = killable(args.checkpoints, args.checkpoint_s)
    else:
        outcome = together(args.checkpoints, args.processes, args.rank, args.meet)
    save_file(outcome.state_dict, args.out)


def killable(checkpoints: Path, checkpoint_s: float) -> Outcome:
    """Says when it begins, and lasts long enough to be killed somewhere."""
    print("ready", flush=True)
    settings = replace(SETTINGS, epochs=6, checkpoint_s=checkpoint_s)
    report = Watched(checkpoints, lambda number: time.sleep(0.005))
    outcome = trainer(report, settings=settings).run()
    for message in report.messages:
        print(message, flush=True)
    return outcome


def together(checkpoints: Path, processes: int, rank: int, meet: Path) -> Outcome:
    """Its share of a training by several processes, which the last of them cancels once, and which then goes on."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{meet}", rank=rank, world_size=processes)
    own = checkpoints / str(rank)
    own.mkdir()
    try:
        try:
            shared(Watched(own, cancel_at(15) if rank == processes - 1 else lambda number: None), rank).run()
        except Cancelled as cancelled:
            print(cancelled, flush=True)
        report = Watched(own)
        outcome = shared(report, rank).run()
        print(len(report.events) > 0, flush=True)
        return outcome
    finally:
        torch.distributed.destroy_process_group()


def shared(report: Report, rank: int = 0) -> Trainer:
    """With groups for normalisation and a loss that adds up, since each process sees a part of the batch."""
    network = small(normal=False, dropout=0.0)
    if rank:  # it must begin with the weights of the first
        nn.init.zeros_(network.decoder.weight)
    return trainer(report, network, loss=combine({"ce": 1.0}))


if __name__ == "__main__":
    main()
