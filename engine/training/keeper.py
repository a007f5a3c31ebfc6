"""Keeps the checkpoints of one training: writes them, and finds the one that it can go on from."""

from __future__ import annotations

import time
from typing import Any

import torch

from ..errors import InputError, OutputError
from ..jobs.report import Report
from . import checkpoints
from .checkpoints import State
from .distributed import Peers
from .learner import Learner

__all__ = ["Keeper"]


class Keeper:
    """Of all processes that train together the first one reads, writes and tells.

    Parameters
    ----------
    report : Report
        Checkpoints go to the folder `training` in `report.checkpoints`.
    peers : Peers
    device : torch.device
    made_for : str
        The fingerprint of the training: a checkpoint of another one is not gone on with.
    """

    def __init__(self, report: Report, peers: Peers, device: torch.device, made_for: str) -> None:
        self._report, self._peers, self._device, self._made_for = report, peers, device, made_for
        self._folder = report.checkpoints / "training"
        self._saved_at = time.monotonic()
        self._failed = False

    def is_due(self, seconds: float) -> bool:
        """Whether the last checkpoint is so old."""
        return time.monotonic() - self._saved_at >= seconds

    def save(self, learner: Learner) -> None:
        """Write a checkpoint; without one the training itself is none the worse."""
        if self._peers.rank == 0:
            state = learner.snapshot()
            facts = {**state.facts, "made for": self._made_for, "made on": self._circumstances()}
            try:
                checkpoints.save(self._folder, State(state.tensors, facts))
            except OutputError as error:
                if not self._failed:
                    self._report.message(f"The training goes on without a new checkpoint: {error}")
                self._failed = True
            else:
                self._failed = False
        self._saved_at = time.monotonic()

    def find(self) -> State | None:
        """The newest checkpoint that is whole and of this training, for all processes; None if there is none."""
        found: State | None = None
        if self._peers.rank == 0:
            try:
                found = checkpoints.load_latest(self._folder)
            except InputError:
                self._report.message("All checkpoints are damaged: the training starts anew.")
        state = self._peers.share(found, self._device)
        if state is None:
            return None
        if state.facts["made for"] != self._made_for:
            self._tell("The checkpoint is of a training with other settings or data: this one starts anew.")
            return None
        then, now = state.facts["made on"], self._circumstances()
        changed = [f"{name} {then[name]}, now {now[name]}" for name in now if then[name] != now[name]]
        if changed:
            self._tell(
                f"The checkpoint was made with {'; '.join(changed)}: the result may differ from that of an unbroken "
                "training in the last digits."
            )
        return state

    def _circumstances(self) -> dict[str, Any]:
        """What changes sums in their last digits."""
        return {
            "threads": torch.get_num_threads(),
            "processes": self._peers.count,
            "device": self._device.type,
            "torch": torch.__version__,
        }

    def _tell(self, text: str) -> None:
        if self._peers.rank == 0:
            self._report.message(text)
