"""What a network learns from, a batch at a time: tensors of one length, in whatever arrangement an objective wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias

from torch import Tensor, nn

__all__ = ["Batch", "Batches", "Prefetch", "Tensors", "call", "map_tensors", "rows", "tensors_in"]

Tensors: TypeAlias = Any
"""A tensor, or tuples and mappings of such; the first axis of each tensor counts the samples."""

Batch: TypeAlias = tuple[Tensors, Tensors]
"""Inputs, which the network is called with (a tuple: one after the other), and targets, which the objective gets."""


class Batches(Protocol):
    """Where the trainer gets its samples from.

    `batch` is a pure function of its arguments (and of a seed), so that a resumed training sees the same samples.
    """

    steps: int
    """Optimiser steps in an epoch."""

    def batch(self, epoch: int, step: int) -> Batch:
        """Samples for one optimiser step; NaN in inputs where nothing was observed. Epochs count from 1, steps from
        0."""


class Prefetch:
    """Makes the next batch in a thread of its own while the trainer works on this one.

    A thread and no processes: those take a second each to start on Windows, and the imagery would have to be copied
    into them. Cutting chips is copying memory, in which Python's lock is released.

    Parameters
    ----------
    batches : Batches
    pinned : bool
        Whether batches are handed over in memory that a GPU reads by itself.
    total : int, optional
        Steps of the whole training: none is made beyond.
    """

    def __init__(self, batches: Batches, *, pinned: bool = False, total: int | None = None) -> None:
        self._batches, self._pinned, self._total = batches, pinned, total
        self._pool = ThreadPoolExecutor(1, "batches")
        self._next: tuple[tuple[int, int], Future[Batch]] | None = None

    def take(self, epoch: int, step: int) -> Batch:
        """`batches.batch(epoch, step)`; what it raises is raised here."""
        if self._next is not None and self._next[0] == (epoch, step):
            made = self._next[1].result()
        else:
            made = self._make(epoch, step)
        after = (epoch, step + 1) if step + 1 < self._batches.steps else (epoch + 1, 0)
        is_last = self._total is not None and (epoch - 1) * self._batches.steps + step + 1 >= self._total
        self._next = None if is_last else (after, self._pool.submit(self._make, *after))
        return made

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(cancel_futures=True)

    def _make(self, epoch: int, step: int) -> Batch:
        inputs, targets = self._batches.batch(epoch, step)
        if not self._pinned:
            return inputs, targets
        return map_tensors(Tensor.pin_memory, inputs), map_tensors(Tensor.pin_memory, targets)


def call(network: nn.Module, inputs: Tensors) -> Tensors:
    """What a network makes of inputs; of a tuple one after the other."""
    return network(*inputs) if isinstance(inputs, tuple) else network(inputs)


def map_tensors(change: Callable[[Tensor], Tensor], tensors: Tensors) -> Tensors:
    """The same arrangement of changed tensors."""
    if isinstance(tensors, tuple):
        return tuple(map_tensors(change, item) for item in tensors)
    if isinstance(tensors, Mapping):
        return {name: map_tensors(change, item) for name, item in tensors.items()}
    return change(tensors)


def tensors_in(tensors: Tensors) -> list[Tensor]:
    """All tensors, in the order of the arrangement."""
    if isinstance(tensors, Tensor):
        return [tensors]
    items = tensors.values() if isinstance(tensors, Mapping) else tensors
    return [tensor for item in items for tensor in tensors_in(item)]


def rows(tensors: Tensors, start: int, stop: int) -> Tensors:
    """The samples from `start` to before `stop`."""
    return map_tensors(lambda tensor: tensor[start:stop], tensors)
