"""Trains a network for any objective: one loop in plain torch, to be read from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import Cancelled, InputError
from ..jobs.report import Report
from .accumulation import Accumulation
from .batches import Batch, Batches, Prefetch, Tensors, call, map_tensors
from .checkpointer import Checkpointer
from .distributed import process_group
from .ema import EMA
from .objectives.objective import Objective
from .optimiser import make_optimiser, schedule
from .settings import Settings
from .state import Progress, TrainingState

__all__ = ["Augment", "Outcome", "Trainer", "Validate"]

Validate = Callable[[nn.Module], Mapping[str, float]]
"""Judges a network in evaluation mode: "score", the higher the better, and any further figures, by name, for curves."""

Augment = Callable[[Tensors, Tensors, Sequence[int]], Batch]
"""(inputs, targets, seed) -> both changed; see `Augmentation`."""

MOST_SETBACKS = 3
STOP, CANCEL = 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training.

    Parameters
    ----------
    state_dict : dict of str to Tensor
        Of the best epoch: the moving averages of the weights, on the CPU.
    best_epoch : int
        Counted from 1.
    best_score : float
        Minus infinity where nothing was validated.
    history : list of dict
        Per epoch "epoch", "loss" (mean of its steps), its terms if there are several, and what `validate` gave.
    stopped_early : bool
        The user or the lack of progress ended it before the last epoch.
    """

    state_dict: dict[str, Tensor]
    best_epoch: int
    best_score: float
    history: list[dict[str, float]]
    stopped_early: bool


class _Diverged(Exception):
    """The loss or the gradient is no number."""


class Trainer:
    """Trains a network and keeps the best epoch of its averaged weights.

    Parameters
    ----------
    network : nn.Module
        inputs -> outputs, as the objective takes them. Its weights are changed. `encoder_parameters()`, where it has
        that, says which learn at the encoder's rate; weights that require no gradient stay.
    objective : Objective
    batches : Batches
    validate : Validate or sequence of Batch
        Called with the averaged network after every epoch, by rank 0 only; of held-out batches the objective judges
        what the network makes. Without either the last epoch is kept.
    settings : Settings
    device : torch.device or str
    report : Report
    augment : Augment, optional
        Applied to each batch on the device.
    identity : str
        Of what the trainer cannot see, above all the data: a checkpoint of another identity is not gone on with.
    folder : str
        Of the checkpoints, in `report.checkpoints`; each training of a report needs one of its own. A training that
        finds its own checkpoint there goes on.

    Raises
    ------
    Cancelled
        When the report says so; the state was saved before.
    InputError
        From `run`: if the loss is no number again and again, or one sample alone does not fit into memory.

    Notes
    -----
    Everything random is drawn anew at each step from (seed, epoch, step), so the state of a training is its tensors
    and a few numbers. With a checkpoint of these, on the CPU and with the same number of threads, an interrupted
    training ends with the same weights as an unbroken one, to the bit.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        batches: Batches,
        validate: Validate | Sequence[Batch],
        settings: Settings,
        device: torch.device | str,
        report: Report,
        *,
        augment: Augment | None = None,
        identity: str = "",
        folder: str = "training",
    ) -> None:
        self._device = torch.device(device)
        self._on_gpu = self._device.type == "cuda"
        precision = _precision(settings.precision, self._device)
        # Convolutions in half precision are about twice as fast so, on CPUs too.
        is_channels_last = self._on_gpu or precision != torch.float32
        self._format = torch.channels_last if is_channels_last else torch.contiguous_format
        self._network = network.to(self._device).to(memory_format=self._format)
        self._objective = objective.to(self._device)
        self._batches, self._validate, self._augment = batches, validate, augment
        self._settings, self._report, self._group = settings, report, process_group()
        self._group.broadcast([*network.state_dict().values(), *objective.state_dict().values()])
        whole = settings.epochs * batches.steps
        self._steps = min(whole, settings.steps or whole)
        self._epochs = math.ceil(self._steps / batches.steps)
        self._ema = EMA(self._network)
        self._optimiser = make_optimiser(network, objective, settings)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=precision == torch.float16)
        self._pending: Tensor | None = None
        self._state = TrainingState(
            self._network, self._ema.network, objective, self._optimiser, self._scaler, Progress(settings.batch)
        )
        self._accumulation = Accumulation(
            self._network, objective, self._scaler, precision, self._group, settings.seed, report
        )
        fingerprint = self._state.fingerprint(settings, batches.steps, identity)
        self._checkpointer = Checkpointer(report.checkpoints / folder, report, self._group, self._device, fingerprint)

    # --- the training --------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Train until the last epoch, the lack of progress or the user ends it."""
        with ExitStack() as stack:
            # What is drawn here leaves the caller's random numbers as they are.
            stack.enter_context(torch.random.fork_rng([self._device] if self._on_gpu else []))
            prefetch = Prefetch(self._batches, pinned=self._on_gpu, total=self._steps)
            self._prefetch = stack.enter_context(closing(prefetch))
            checkpoint = self._checkpointer.load()
            if checkpoint is not None:
                self._state.restore(checkpoint)
            self._good = self._state.snapshot()
            try:
                while not self._is_over():
                    try:
                        self._learn_epoch()
                        self._judge_epoch()
                    except _Diverged:
                        self._go_back()
            except Cancelled:
                with suppress(_Diverged):  # the last good one stays
                    self._save()
                raise
            self._save()
        progress = self._progress
        return Outcome(
            self._state.best,
            progress.best_epoch,
            progress.best_score,
            progress.history,
            stopped_early=progress.stopped or len(progress.history) < self._epochs,
        )

    def _is_over(self) -> bool:
        progress, settings = self._progress, self._settings
        waited = progress.epoch - 1 - progress.best_epoch
        return progress.stopped or progress.epoch > self._epochs or waited >= settings.patience

    def _learn_epoch(self) -> None:
        """All steps of an epoch that are not done yet, fewer if the user wants an end."""
        progress = self._progress
        steps = min(self._batches.steps, self._steps - (progress.epoch - 1) * self._batches.steps)
        self._network.train()
        self._objective.train()
        while progress.step < steps:
            wish = self._wish()
            if wish == CANCEL:
                raise Cancelled("Cancelled.")
            if wish == STOP and (progress.best_epoch or progress.step):
                progress.stopped = True
                break
            if self._checkpointer.is_due(self._settings.checkpoint_s):
                self._save()
            batch = self._batch(progress.epoch, progress.step)
            self._set_rate()
            terms = self._accumulation.backward(batch, progress)
            norm = self._update(terms)
            self._average()
            progress.step += 1
            self._settle()
            # Looked at when the next step is on its way: a GPU never waits for Python.
            self._pending = torch.cat([terms, norm[None]])
            self._tell()
        self._settle()

    def _update(self, terms: Tensor) -> Tensor:
        """One step of the optimiser with the gradient of all processes; the network's norm before clipping."""
        if self._group.size > 1:
            weights = [weight for group in self._optimiser.param_groups for weight in group["params"]]
            for weight in weights:
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
            self._group.all_reduce_sum([terms, *(weight.grad for weight in weights)])
        self._scaler.unscale_(self._optimiser)
        norm = nn.utils.clip_grad_norm_(self._network.parameters(), self._settings.clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        # Half precision overflows now and then: the scaler leaves such a step out and lowers its factor.
        return torch.zeros_like(norm) if self._scaler.is_enabled() else norm

    def _average(self) -> None:
        """Move the average towards the weights; the first steps count more, as the start is arbitrary."""
        number = self._done + 1
        self._ema.update(min(self._settings.ema_decay, number / (number + self._settings.ema_warmup)))

    def _judge_epoch(self) -> None:
        """Validate the averaged network, keep it if it is the best, and begin the next epoch."""
        progress = self._progress
        if progress.stopped and progress.best_epoch and self._validate:
            return
        figures: dict[str, float] = {}
        if self._group.rank == 0 and self._validate:
            with torch.no_grad():
                figures = dict(self._judged())
        score = self._group.broadcast_number(figures.pop("score", -math.inf), self._device)
        losses = [total / max(progress.step, 1) for total in progress.sums]
        curves = {"loss": sum(losses), **dict(zip(self._objective.terms, losses, strict=False))}
        progress.history.append({"epoch": progress.epoch, **curves, **figures, "score": score})
        better = score > progress.best_score or not self._validate or not self._state.best
        if better:
            progress.best_epoch, progress.best_score = progress.epoch, score
            averaged = self._ema.network.state_dict()
            self._state.best = {name: value.detach().cpu().clone() for name, value in averaged.items()}
        if self._group.rank == 0:
            for name, value in {**curves, **figures}.items():
                self._report.metric(name, progress.epoch, value)
            if better and self._validate:
                self._report.metric("best epoch", progress.epoch, score)
        progress.epoch, progress.step, progress.sums = progress.epoch + 1, 0, []
        self._good = self._state.snapshot()

    def _judged(self) -> Mapping[str, float]:
        if callable(self._validate):
            return self._validate(self._ema.network)
        judged = []
        for batch in self._validate:
            self._report.check_cancelled()
            inputs, targets = self._on_device(batch)
            judged.append((call(self._ema.network, inputs), targets))
        return self._objective.eval().judge(judged)

    # --- its parts -----------------------------------------------------------------------------------------------

    @property
    def _progress(self) -> Progress:
        return self._state.progress

    @property
    def _done(self) -> int:
        """Steps that are done."""
        return (self._progress.epoch - 1) * self._batches.steps + self._progress.step

    def _batch(self, epoch: int, step: int) -> Batch:
        """The whole batch of one step on the device, in each process, so that all augment it alike."""
        return self._on_device(self._prefetch.take(epoch, step), (self._settings.seed, 2, epoch, step))

    def _on_device(self, batch: Batch, seed: Sequence[int] | None = None) -> Batch:
        """With a seed augmented."""
        inputs, targets = (map_tensors(lambda x: x.to(self._device, non_blocking=True), part) for part in batch)
        if self._augment is not None and seed is not None:
            inputs, targets = self._augment(inputs, targets, seed)
        return map_tensors(self._observed, inputs), targets

    def _observed(self, tensor: Tensor) -> Tensor:
        """0 where nothing was observed; images as convolutions like them."""
        tensor = torch.nan_to_num(tensor, nan=0.0, posinf=0.0, neginf=0.0)
        return tensor.contiguous(memory_format=self._format if tensor.ndim == 4 else torch.contiguous_format)

    def _set_rate(self) -> None:
        settings = self._settings
        share = schedule(settings, self._done, self._steps)
        for group in self._optimiser.param_groups:
            group["lr"] = settings.learning_rate * group["factor"] * self._progress.rate_factor * share

    def _settle(self) -> None:
        """Count the loss of the step before, if it and its gradient are numbers."""
        if self._pending is None:
            return
        *terms, norm = self._pending.tolist()
        self._pending = None
        if not all(map(math.isfinite, (*terms, norm))):
            raise _Diverged
        sums = self._progress.sums or [0.0] * len(terms)
        self._progress.sums = [total + term for total, term in zip(sums, terms, strict=True)]

    def _go_back(self) -> None:
        """To the start of the epoch, or to the checkpoint that this process began with, at half the rate."""
        failed = self._progress
        if failed.setbacks == MOST_SETBACKS:
            raise InputError(
                f"The loss was not a number {MOST_SETBACKS + 1} times, the last time in epoch {failed.epoch} at a "
                f"learning rate of {self._settings.learning_rate * failed.rate_factor:.2g}; choose a lower rate, or "
                "look for values far out of range in the images."
            )
        self._state.restore(self._good)
        self._pending = None
        progress = self._progress
        progress.setbacks, progress.rate_factor = failed.setbacks + 1, failed.rate_factor / 2
        progress.micro = min(progress.micro, failed.micro)
        if self._group.rank == 0:
            self._report.message(
                f"The loss was not a number in epoch {failed.epoch}: back to before, at half the rate."
            )

    def _save(self) -> None:
        self._settle()  # a checkpoint holds no step that may turn out to have diverged
        self._checkpointer.save(self._state)

    def _wish(self) -> int:
        """What the user wants, in any of the processes."""
        wish = STOP if self._report.stop_wanted() else 0
        try:
            self._report.check_cancelled()
        except Cancelled:
            wish = CANCEL
        return self._group.all_reduce_max(wish, self._device)

    def _tell(self) -> None:
        if self._group.rank == 0:
            self._report.progress(self._done / self._steps * self._epochs, self._epochs, "epochs")


def _precision(asked: str, device: torch.device) -> torch.dtype:
    """The type that the network computes in; see `Settings`."""
    if asked == "auto":
        if device.type != "cuda":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[asked]
