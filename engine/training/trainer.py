"""Trains a segmentation network: one loop in plain torch, to be read from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import Cancelled, InputError
from ..jobs.report import Report
from ._setup import groups, is_out_of_memory, precision, seed
from .distributed import peers
from .keeper import Keeper
from .learner import Learner, Progress
from .losses import Loss
from .running_mean import RunningMean, copy_all
from .sampling import Ahead, Batches
from .settings import IGNORED, Settings

__all__ = ["Augment", "Outcome", "Trainer", "Validate"]

Validate = Callable[[nn.Module], Mapping[str, float]]
"""Judges a network in evaluation mode: "score", the higher the better, and any further figures, by name, for curves."""

Augment = Callable[[Tensor, Tensor, Sequence[int]], tuple[Tensor, Tensor]]
"""(images, labels, seed) -> both changed; see `Augmentation`."""

MOST_SETBACKS = 3
STOP, CANCEL = 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training.

    Parameters
    ----------
    state_dict : dict of str to Tensor
        Of the best epoch: the running means of the weights, on the CPU.
    best_epoch : int
        Counted from 1.
    best_score : float
    history : list of dict
        Per epoch "epoch", "loss" (mean of its steps) and what `validate` gave.
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
        images[N, C, S, S] -> logits[N, K, S, S]. Its weights are changed. `encoder_parameters()`, where it has that,
        says which learn at the encoder's rate; weights that require no gradient stay.
    loss : Loss
    batches : Batches
    validate : Validate
        Called with the averaged network after every epoch, by rank 0 only.
    settings : Settings
    device : torch.device or str
    report : Report
        Checkpoints go to the folder `training` in `report.checkpoints`; a training that finds its own there goes on.
    augment : Augment, optional
        Applied to each batch on the device.
    identity : str
        Of what the trainer cannot see, above all the data: a checkpoint of another identity is not gone on with.

    Raises
    ------
    Cancelled
        When the report says so; the state was saved before.
    InputError
        From `run`: if the loss is no number again and again, or one chip alone does not fit into memory.

    Notes
    -----
    Everything random is drawn anew at each step from (seed, epoch, step), so the state of a training is its tensors
    and a few numbers. With a checkpoint of these, on the CPU and with the same number of threads, an interrupted
    training ends with the same weights as an unbroken one, to the bit.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        batches: Batches,
        validate: Validate,
        settings: Settings,
        device: torch.device | str,
        report: Report,
        *,
        augment: Augment | None = None,
        identity: str = "",
    ) -> None:
        self._device = torch.device(device)
        self._on_gpu = self._device.type == "cuda"
        self._format = torch.channels_last if self._on_gpu else torch.contiguous_format
        self._network = network.to(self._device).to(memory_format=self._format)
        self._loss, self._batches, self._validate, self._augment = loss, batches, validate, augment
        self._settings, self._report, self._peers = settings, report, peers()
        self._peers.same(network.state_dict().values())
        self._mean = RunningMean(self._network)
        self._held = [buffer.clone() for buffer in network.buffers()]
        self._optimizer = torch.optim.AdamW(groups(network, settings), settings.learning_rate)
        self._weights = [weight for group in self._optimizer.param_groups for weight in group["params"]]
        self._type = precision(settings.precision, self._device)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=self._type == torch.float16)
        self._pending: Tensor | None = None
        progress = Progress(micro=settings.batch)
        self._learner = Learner(self._network, self._mean.network, self._optimizer, self._scaler, progress)
        made_for = self._learner.fingerprint(settings, batches.steps, identity)
        self._keeper = Keeper(report, self._peers, self._device, made_for)

    # --- the training --------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Train until the last epoch, the lack of progress or the user ends it."""
        with ExitStack() as stack:
            # What is drawn here leaves the caller's random numbers as they are.
            stack.enter_context(torch.random.fork_rng([self._device] if self._on_gpu else []))
            self._ahead = stack.enter_context(closing(Ahead(self._batches, pinned=self._on_gpu)))
            checkpoint = self._keeper.find()
            if checkpoint is not None:
                self._learner.restore(checkpoint)
            self._good = self._learner.snapshot()
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
            self._learner.best,
            progress.best_epoch,
            progress.best_score,
            progress.history,
            stopped_early=len(progress.history) < self._settings.epochs,
        )

    def _is_over(self) -> bool:
        progress, settings = self._progress, self._settings
        waited = progress.epoch - 1 - progress.best_epoch
        return progress.stopped or progress.epoch > settings.epochs or waited >= settings.patience

    def _learn_epoch(self) -> None:
        """All steps of an epoch that are not done yet, fewer if the user wants an end."""
        progress, steps = self._progress, self._batches.steps
        self._network.train()
        while progress.step < steps:
            wish = self._wish()
            if wish == CANCEL:
                raise Cancelled("Cancelled.")
            if wish == STOP and (progress.best_epoch or progress.step):
                progress.stopped = True
                break
            if self._keeper.is_due(self._settings.checkpoint_s):
                self._save()
            images, labels = self._batch(progress.epoch, progress.step)
            self._set_rate()
            loss = self._accumulate(images, labels)
            norm = self._update(loss)
            self._average()
            progress.step += 1
            self._settle()
            # Looked at when the next step is on its way: a GPU never waits for Python.
            self._pending = torch.stack([loss, norm])
            self._tell(progress.epoch - 1 + progress.step / steps)
        self._settle()

    def _accumulate(self, images: Tensor, labels: Tensor) -> Tensor:
        """The gradient of the mean loss over the labelled pixels of the batch, in parts that fit into memory."""
        progress = self._progress
        labelled = (labels != IGNORED).sum().clamp_min(1)
        first, end = self._peers.share_of(len(images))
        # Running statistics must not count a chip twice when the step is done again.
        copy_all(self._held, list(self._network.buffers()))
        while True:
            try:
                return self._parts(images[first:end], labels[first:end], labelled, first)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._restore_buffers()
                if progress.micro == 1:
                    raise InputError(
                        "One chip alone does not fit into memory; choose smaller chips, a smaller network or another "
                        "device, or close what else uses this one."
                    ) from error
            except Cancelled:
                self._restore_buffers()
                raise
            progress.micro = math.ceil(min(progress.micro, end - first) / 2)
            if self._on_gpu:
                torch.cuda.empty_cache()
            self._report.message(
                f"The memory is full: {progress.micro} chips at a time from now on, as many as before to a step."
            )

    def _parts(self, images: Tensor, labels: Tensor, labelled: Tensor, first: int) -> Tensor:
        """As one process would do them that takes the whole batch in the same parts; `first` is their first chip."""
        progress = self._progress
        self._optimizer.zero_grad()
        total = torch.zeros((), device=self._device)
        for start in range(0, len(images), progress.micro):
            if self._peers.count == 1:
                self._report.check_cancelled()
            torch.manual_seed(seed(self._settings.seed, progress.epoch, progress.step, first + start))
            part, target = images[start : start + progress.micro], labels[start : start + progress.micro].long()
            with torch.autocast(self._device.type, self._type, enabled=self._type != torch.float32):
                logits = self._network(part)
            loss = self._loss(logits, target) * ((target != IGNORED).sum() / labelled)
            self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return total

    def _update(self, loss: Tensor) -> Tensor:
        """One step of the optimiser with the gradient of all processes; its norm before clipping."""
        if self._peers.count > 1:
            for weight in self._weights:
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
            self._peers.add([loss, *(weight.grad for weight in self._weights if weight.grad is not None)])
        self._scaler.unscale_(self._optimizer)
        norm = nn.utils.clip_grad_norm_(self._weights, self._settings.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        # Half precision overflows now and then: the scaler leaves such a step out and lowers its factor.
        return torch.zeros_like(norm) if self._scaler.is_enabled() else norm

    def _average(self) -> None:
        """Move the running means towards the weights; the first steps count more, as the start is arbitrary."""
        done = (self._progress.epoch - 1) * self._batches.steps + self._progress.step
        self._mean.follow(min(self._settings.ema_decay, (1 + done) / (10 + done)))

    def _judge_epoch(self) -> None:
        """Validate the averaged network, keep it if it is the best, and begin the next epoch."""
        progress = self._progress
        if progress.stopped and progress.best_epoch:
            return
        figures: dict[str, float] = {}
        if self._peers.rank == 0:
            with torch.no_grad():
                figures = dict(self._validate(self._mean.network))
        score = self._peers.first(figures.pop("score", math.nan), self._device)
        loss = progress.loss_sum / max(progress.step, 1)
        progress.history.append({"epoch": progress.epoch, "loss": loss, **figures, "score": score})
        better = score > progress.best_score or not self._learner.best
        if better:
            progress.best_epoch, progress.best_score = progress.epoch, score
            averaged = self._mean.network.state_dict()
            self._learner.best = {name: value.detach().cpu().clone() for name, value in averaged.items()}
        if self._peers.rank == 0:
            for name, value in {"loss": loss, **figures}.items():
                self._report.metric(name, progress.epoch, value)
            if better:
                self._report.metric("best epoch", progress.epoch, score)
        progress.epoch, progress.step, progress.loss_sum = progress.epoch + 1, 0, 0.0
        self._good = self._learner.snapshot()

    # --- its parts -----------------------------------------------------------------------------------------------

    @property
    def _progress(self) -> Progress:
        return self._learner.progress

    def _batch(self, epoch: int, step: int) -> tuple[Tensor, Tensor]:
        """The whole batch of one step on the device, in each process, so that all augment it alike."""
        images, labels = self._ahead.take(epoch, step)
        images, labels = images.to(self._device, non_blocking=True), labels.to(self._device, non_blocking=True)
        if self._augment is not None:
            images, labels = self._augment(images, labels, (self._settings.seed, 2, epoch, step))
        images = torch.nan_to_num(images, nan=0.0, posinf=0.0, neginf=0.0)
        return images.contiguous(memory_format=self._format), labels

    def _set_rate(self) -> None:
        """Linear warm-up, then half a cosine to zero (Loshchilov and Hutter 2017)."""
        settings, progress = self._settings, self._progress
        steps = settings.epochs * self._batches.steps
        warm = settings.warmup_share * steps
        step = (progress.epoch - 1) * self._batches.steps + progress.step
        if step < warm:
            share = (step + 1) / (warm + 1)
        else:
            share = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
        for group in self._optimizer.param_groups:
            group["lr"] = settings.learning_rate * group["factor"] * progress.rate_factor * share

    def _settle(self) -> None:
        """Count the loss of the step before, if it and its gradient are numbers."""
        if self._pending is None:
            return
        loss, norm = self._pending.tolist()
        self._pending = None
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise _Diverged
        self._progress.loss_sum += loss

    def _go_back(self) -> None:
        """To the start of the epoch, or to the checkpoint that this process began with, at half the rate."""
        failed = self._progress
        if failed.setbacks == MOST_SETBACKS:
            raise InputError(
                f"The loss was not a number {MOST_SETBACKS + 1} times, the last time in epoch {failed.epoch} at a "
                f"learning rate of {self._settings.learning_rate * failed.rate_factor:.2g}; choose a lower rate, or "
                "look for values far out of range in the images."
            )
        self._learner.restore(self._good)
        self._pending = None
        progress = self._progress
        progress.setbacks, progress.rate_factor = failed.setbacks + 1, failed.rate_factor / 2
        progress.micro = min(progress.micro, failed.micro)
        if self._peers.rank == 0:
            self._report.message(
                f"The loss was not a number in epoch {failed.epoch}: back to before, at half the rate."
            )

    def _save(self) -> None:
        self._settle()  # a checkpoint holds no step that may turn out to have diverged
        self._keeper.save(self._learner)

    def _wish(self) -> int:
        """What the user wants, in any of the processes."""
        wish = STOP if self._report.stop_wanted() else 0
        try:
            self._report.check_cancelled()
        except Cancelled:
            wish = CANCEL
        return self._peers.most(wish, self._device)

    def _tell(self, epochs: float) -> None:
        if self._peers.rank == 0:
            self._report.progress(epochs, self._settings.epochs, "epochs")

    def _restore_buffers(self) -> None:
        copy_all(list(self._network.buffers()), self._held)
