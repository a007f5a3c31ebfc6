"""Several processes that train one network, each on its share of every batch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from .checkpoints import State

__all__ = ["Peers", "joined", "peers"]


@dataclass(frozen=True, slots=True)
class Peers:
    """The processes that train together.

    Parameters
    ----------
    rank : int
        Which of them this is; 0 validates, reports and writes.
    count : int
        How many there are; with one, every method leaves things as they are.
    """

    rank: int = 0
    count: int = 1

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors of one type by their sums over all processes, in one message."""
        if self.count > 1:
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            distributed.all_reduce(flat)
            start = 0
            for tensor in tensors:
                tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
                start += tensor.numel()

    def most(self, value: int, device: torch.device) -> int:
        """The largest value that any process gives."""
        if self.count == 1:
            return value
        shared = torch.tensor(value, device=device)
        distributed.all_reduce(shared, distributed.ReduceOp.MAX)
        return int(shared)

    def first(self, value: float, device: torch.device) -> float:
        """The value that rank 0 gives, to the bit."""
        if self.count == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=device)
        distributed.broadcast(shared, 0)
        return float(shared)

    def same(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors by those of rank 0."""
        for tensor in tensors if self.count > 1 else ():
            distributed.broadcast(tensor, 0)

    def share(self, state: State | None, device: torch.device) -> State | None:
        """What rank 0 loaded, for all; tensors and JSON, since torch's own messages for objects are pickles."""
        if self.count == 1:
            return state
        heading = {}
        if state is not None:
            kinds = {name: [str(tensor.dtype), list(tensor.shape)] for name, tensor in state.tensors.items()}
            heading = {"kinds": kinds, "facts": state.facts}
        heading = json.loads(self._text(json.dumps(heading), device))
        if not heading:
            return None
        tensors = {}
        for name, (kind, shape) in heading["kinds"].items():
            empty = torch.empty(shape, dtype=getattr(torch, kind.removeprefix("torch.")), device=device)
            tensors[name] = empty if state is None else state.tensors[name].to(device)
            distributed.broadcast(tensors[name], 0)
        return State({name: tensor.cpu() for name, tensor in tensors.items()}, heading["facts"])

    def _text(self, text: str, device: torch.device) -> bytes:
        """That of rank 0."""
        data = text.encode()
        length = int(self.first(len(data), device))
        if self.rank == 0:
            letters = torch.frombuffer(bytearray(data), dtype=torch.uint8).to(device)
        else:
            letters = torch.empty(length, dtype=torch.uint8, device=device)
        distributed.broadcast(letters, 0)
        return bytes(letters.cpu().numpy())


def peers() -> Peers:
    """Who trains together: the group that this process has joined, or it alone."""
    if distributed.is_available() and distributed.is_initialized():
        return Peers(distributed.get_rank(), distributed.get_world_size())
    return Peers()


@contextmanager
def joined(device: torch.device) -> Iterator[Peers]:
    """Join the group that `torchrun` describes in the environment, for as long as the block lasts; alone without it.

    NCCL between GPUs, each process its own (`LOCAL_RANK`), else gloo. `torchrun` listens on a port, so only a person
    starts it, from a terminal.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield peers()
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield peers()
    finally:
        distributed.destroy_process_group()
