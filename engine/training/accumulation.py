"""The gradient of a batch, made in parts that fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import Cancelled, InputError
from ..jobs.report import Report
from ..models.runtime import has_gpu, is_out_of_memory
from .batches import Batch, Tensors, call, map_tensors, rows, tensors_in
from .distributed import ProcessGroup
from .ema import copy_all
from .objectives.objective import Objective
from .state import Progress

__all__ = ["Accumulation"]


class Accumulation:
    """Makes the gradient that the whole batch has, in this process of its share of the batch.

    Parameters
    ----------
    network : nn.Module
    objective : Objective
    scaler : GradScaler
    precision : dtype
        What the network computes in.
    group : ProcessGroup
    seed : int
        Of what the network draws (dropout).
    report : Report
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        scaler: torch.amp.GradScaler,
        precision: torch.dtype,
        group: ProcessGroup,
        seed: int,
        report: Report,
    ) -> None:
        self._network, self._objective, self._scaler = network, objective, scaler
        self._precision, self._group, self._seed, self._report = precision, group, seed, report
        self._buffers = list(network.buffers())
        self._held = [buffer.clone() for buffer in self._buffers]

    def backward(self, batch: Batch, progress: Progress) -> Tensor:
        """Fill in the gradients; they, and the terms that are returned, add up to the batch's over all processes.

        `progress.micro` is halved while there is not enough memory.

        Raises
        ------
        InputError
            If one sample alone does not fit.
        """
        targets = batch[1]
        counts = self._objective.counts(targets).clamp_min(1)
        first, end = self._group.share_of(len(tensors_in(targets)[0]))
        make = self._divided if self._objective.divisible else self._gathered
        # Running statistics must not count a sample twice when the step is done again.
        copy_all(self._held, self._buffers)
        while True:
            self._network.zero_grad()
            self._objective.zero_grad()
            try:
                return make(batch, counts, range(first, end, progress.micro), progress)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                copy_all(self._buffers, self._held)
                if progress.micro == 1:
                    raise InputError(
                        "One chip alone does not fit into memory; choose smaller chips, a smaller network or another "
                        "device, or close what else uses this one."
                    ) from error
            except Cancelled:
                copy_all(self._buffers, self._held)
                raise
            progress.micro = math.ceil(min(progress.micro, end - first) / 2)
            if has_gpu():
                torch.cuda.empty_cache()
            self._report.message(
                f"The memory is full: {progress.micro} chips at a time from now on, as many as before to a step."
            )

    def _divided(self, batch: Batch, counts: Tensor, starts: range, progress: Progress) -> Tensor:
        """As one process would do it that takes the whole batch in the same parts."""
        total = torch.zeros(len(self._objective.terms), device=counts.device)
        for start, stop in _parts(starts):
            targets = rows(batch[1], start, stop)
            outputs = self._outputs(batch[0], start, stop, progress)
            terms = self._objective(outputs, targets) * (self._objective.counts(targets) / counts)
            self._scaler.scale(terms.sum()).backward()
            total += terms.detach()
        return total

    def _gathered(self, batch: Batch, counts: Tensor, starts: range, progress: Progress) -> Tensor:
        """Outputs of all parts and processes, the loss of all, then each part again with the gradient of its outputs.

        So no more than a part's graph is ever held (gradient caching: Gao et al., arXiv:2101.06983). Every process
        works out the whole loss and takes the gradient of its own outputs.
        """
        inputs, targets = batch
        parts = list(_parts(starts))
        once = len(parts) == 1
        with torch.set_grad_enabled(once):
            made = [self._outputs(inputs, start, stop, progress) for start, stop in parts]
        samples = len(tensors_in(targets)[0])
        outputs = self._of_all([tensors_in(outputs) for outputs in made], starts, samples)
        remaining = iter(outputs)
        terms: Tensor = self._objective(map_tensors(lambda _: next(remaining), made[0]), targets)
        self._scaler.scale(terms.sum()).backward()  # type: ignore[no-untyped-call]
        if not once:
            copy_all(self._buffers, self._held)
        for (start, stop), own in zip(parts, made, strict=True):
            again = tensors_in(own if once else self._outputs(inputs, start, stop, progress))
            learning = [(own, whole.grad) for own, whole in zip(again, outputs, strict=True) if own.requires_grad]
            torch.autograd.backward(
                [own for own, _ in learning],
                [gradient[start:stop].to(own.dtype) for own, gradient in learning if gradient is not None],
            )
        if self._group.rank == 0:
            return terms.detach()
        self._objective.zero_grad()
        return torch.zeros_like(terms)

    def _of_all(self, made: list[list[Tensor]], starts: range, samples: int) -> list[Tensor]:
        """The outputs of the whole batch, as leaves that take a gradient."""
        outputs = []
        for tensors in zip(*made, strict=True):
            own = torch.cat([tensor.detach() for tensor in tensors])
            own = own.to(torch.promote_types(own.dtype, torch.float32))
            whole = own.new_zeros(samples, *own.shape[1:])
            whole[starts.start : starts.stop] = own
            outputs.append(whole)
            self._group.all_reduce_sum([whole])
        return [whole.requires_grad_() for whole in outputs]

    def _outputs(self, inputs: Tensors, start: int, stop: int, progress: Progress) -> Tensors:
        """Of a part of the batch; what the network draws depends on its place alone."""
        if self._group.size == 1:
            self._report.check_cancelled()
        numbers = [self._seed, progress.epoch, progress.step, start]
        torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1))
        part = rows(inputs, start, stop)
        device = tensors_in(part)[0].device.type
        with torch.autocast(device, self._precision, enabled=self._precision != torch.float32):
            outputs: Tensors = call(self._network, part)
        return outputs


def _parts(starts: range) -> Iterator[tuple[int, int]]:
    return ((start, min(start + starts.step, starts.stop)) for start in starts)
