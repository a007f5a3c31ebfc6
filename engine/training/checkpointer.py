"""Writes the checkpoints of one training, and finds the one that it can go on from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError, OutputError
from ..jobs.report import Report
from . import checkpoints
from .checkpoints import Checkpoint
from .distributed import ProcessGroup
from .state import TrainingState

__all__ = ["Checkpointer"]


class Checkpointer:
    """Of all processes that train together the first one reads, writes and tells.

    Parameters
    ----------
    folder : Path
    report : Report
    group : ProcessGroup
    device : torch.device
    fingerprint : str
        Of the training: a checkpoint of another one is not gone on with.
    """

    def __init__(
        self, folder: Path, report: Report, group: ProcessGroup, device: torch.device, fingerprint: str
    ) -> None:
        self._folder, self._report, self._group = folder, report, group
        self._device, self._fingerprint = device, fingerprint
        self._saved_at = time.monotonic()
        self._failed = False

    def is_due(self, seconds: float) -> bool:
        """Whether the last checkpoint is so old."""
        return time.monotonic() - self._saved_at >= seconds

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint; without one the training itself is none the worse."""
        if self._group.rank == 0:
            snapshot = state.snapshot()
            facts = {**snapshot.facts, "made for": self._fingerprint, "made on": self._circumstances()}
            try:
                checkpoints.save(self._folder, Checkpoint(snapshot.tensors, facts))
            except OutputError as error:
                if not self._failed:
                    self._report.message(f"The training goes on without a new checkpoint: {error}")
                self._failed = True
            else:
                self._failed = False
        self._saved_at = time.monotonic()

    def load(self) -> Checkpoint | None:
        """The newest checkpoint that is whole and of this training, for all processes; None if there is none."""
        loaded: Checkpoint | None = None
        if self._group.rank == 0:
            try:
                loaded = checkpoints.load_latest(self._folder)
            except InputError:
                self._report.message("All checkpoints are damaged: the training starts anew.")
        checkpoint = self._group.broadcast_checkpoint(loaded, self._device)
        if checkpoint is None:
            return None
        if checkpoint.facts["made for"] != self._fingerprint:
            self._tell("The checkpoint is of a training with other settings or data: this one starts anew.")
            return None
        then, now = checkpoint.facts["made on"], self._circumstances()
        changed = [f"{name} {then[name]}, now {now[name]}" for name in now if then[name] != now[name]]
        if changed:
            self._tell(
                f"The checkpoint was made with {'; '.join(changed)}: the result may differ from that of an unbroken "
                "training in the last digits."
            )
        return checkpoint

    def _circumstances(self) -> dict[str, Any]:
        """What changes sums in their last digits."""
        return {
            "threads": torch.get_num_threads(),
            "processes": self._group.size,
            "device": self._device.type,
            "torch": torch.__version__,
        }

    def _tell(self, text: str) -> None:
        if self._group.rank == 0:
            self._report.message(text)
