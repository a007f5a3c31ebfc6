"""Several processes that train one network, each on its share of every batch."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed
from torch.distributed.rendezvous import rendezvous

from ..errors import AlreadyTold, GeoFMError, InputError
from ..models.runtime import has_gpu
from .checkpoints import Checkpoint

__all__ = ["ProcessGroup", "joined", "process_group"]


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The processes that train together; what is sent between them arrives as it was, to the bit.

    Parameters
    ----------
    rank : int
        Which of them this is; 0 validates, reports and writes.
    size : int
        How many there are; with one, every method leaves things as they are.
    local_size : int
        How many of them share this computer.
    """

    rank: int = 0
    size: int = 1
    local_size: int = 1

    def share_of(self, number: int) -> tuple[int, int]:
        """This process's part of so many things in a row: its first one, and the one after its last."""
        return number * self.rank // self.size, number * (self.rank + 1) // self.size

    def all_reduce_sum(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors of one type by their sums over all processes, in one message."""
        if self.size > 1:
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            with _reached():
                distributed.all_reduce(flat)
            start = 0
            for tensor in tensors:
                tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
                start += tensor.numel()

    def all_reduce_max(self, value: int, device: torch.device) -> int:
        """The largest value that any process gives."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, device=device)
        with _reached():
            distributed.all_reduce(shared, distributed.ReduceOp.MAX)
        return int(shared)

    def broadcast(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors by those of rank 0."""
        for tensor in tensors if self.size > 1 else ():
            with _reached():
                distributed.broadcast(tensor, 0)

    def broadcast_number(self, value: float, device: torch.device) -> float:
        """The value that rank 0 gives."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=device)
        self.broadcast([shared])
        return float(shared)

    def broadcast_checkpoint(self, checkpoint: Checkpoint | None, device: torch.device) -> Checkpoint | None:
        """What rank 0 loaded; tensors and JSON, since torch's own messages for objects are pickles."""
        if self.size == 1:
            return checkpoint
        heading = {}
        if checkpoint is not None:
            kinds = {name: [str(tensor.dtype), list(tensor.shape)] for name, tensor in checkpoint.tensors.items()}
            heading = {"kinds": kinds, "facts": checkpoint.facts}
        heading = json.loads(self._broadcast_text(json.dumps(heading), device))
        if not heading:
            return None
        tensors = {}
        for name, (kind, shape) in heading["kinds"].items():
            empty = torch.empty(shape, dtype=getattr(torch, kind.removeprefix("torch.")), device=device)
            tensors[name] = empty if checkpoint is None else checkpoint.tensors[name].to(device)
        self.broadcast(tensors.values())
        return Checkpoint({name: tensor.cpu() for name, tensor in tensors.items()}, heading["facts"])

    def _broadcast_text(self, text: str, device: torch.device) -> bytes:
        data = text.encode()
        length = int(self.broadcast_number(len(data), device))
        if self.rank == 0:
            letters = torch.frombuffer(bytearray(data), dtype=torch.uint8).to(device)
        else:
            letters = torch.empty(length, dtype=torch.uint8, device=device)
        self.broadcast([letters])
        return bytes(letters.cpu().numpy())


def process_group() -> ProcessGroup:
    """Who trains together: the group that this process has joined, or it alone."""
    if distributed.is_available() and distributed.is_initialized():
        local_size = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        return ProcessGroup(distributed.get_rank(), distributed.get_world_size(), local_size)
    return ProcessGroup()


@contextmanager
def joined(device: str) -> Iterator[ProcessGroup]:
    """Join the group that `torchrun` describes in the environment, for as long as the block lasts.

    NCCL between GPUs, each process its own, else gloo; processes of one computer meet on its loopback. They listen on
    ports, so only a person starts `torchrun`, from a terminal.

    Parameters
    ----------
    device : {'auto', 'cpu', 'cuda'}

    Raises
    ------
    GeoFMError
        What the block raises, in the process that failed first; `AlreadyTold` in the others, which the end of the first
        has stopped or which failed alike. If a process was killed, one of the others tells that.
    """
    on_gpu = device != "cpu" and has_gpu()
    if on_gpu:
        _take_gpu()
    if os.environ.get("LOCAL_WORLD_SIZE") == os.environ["WORLD_SIZE"] and sys.platform != "win32":
        loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
        for setting in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME") if loopback else ():
            os.environ.setdefault(setting, loopback or "")
    with _reached():
        store, rank, count = next(rendezvous("env://"))
        distributed.init_process_group("nccl" if on_gpu else "gloo", store=store, rank=rank, world_size=count)
    try:
        yield process_group()
    except BaseException as error:
        if not _is_first(store):
            raise AlreadyTold("Another process of this command has told what is wrong.") from error
        raise
    finally:
        distributed.destroy_process_group()


def _take_gpu() -> None:
    number, there = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if number >= there:
        raise InputError(
            f"torchrun started {os.environ['LOCAL_WORLD_SIZE']} processes for {there} GPU{'s' * (there != 1)}, and "
            f"each needs its own; give --nproc-per-node {there}, or --device cpu."
        )
    torch.cuda.set_device(number)


def _is_first(store: Any) -> bool:
    """Whether no other process has failed before this one; so, too, where nobody can be asked any more."""
    try:
        return bool(store.add("failed", 1) == 1)
    except RuntimeError:
        return True


@contextmanager
def _reached() -> Iterator[None]:
    """Tells that others are gone; torch has no class of its own for what gloo says then."""
    try:
        yield
    except RuntimeError as error:
        raise GeoFMError(
            "Another process of this training has ended, or cannot be reached: all of them end; start it again."
        ) from error
