"""Networks as cards describe them, built no larger than the weights that are there."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cards.card import Card
from ..errors import InputError
from ..files import opened
from .store import MOST_WEIGHTS_BYTES, Shaped, check_tensors, load_into, read_tensors, refuse_pickle

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["filled", "outline", "sized"]

# Libraries build heads that they take off again: with 1,000 classes on the widest features, half a gigabyte.
HEADS_BYTES, HEADS_TENSORS = 2**30, 2_000
MOST_HEADER_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Shape:
    """A tensor of a file that is not read yet."""

    shape: tuple[int, ...]


def outline(folder: Path, card: Card) -> dict[str, Shape]:
    """The names and shapes of a model's tensors, by the beginning of its file alone.

    Raises
    ------
    InputError
        If the file is missing, damaged, a pickle or a graph.
    """
    path = Path(folder) / card.weights
    if not card.weights.endswith(".safetensors"):
        raise InputError(f"{folder} holds a graph ({card.weights}) and no tensors; give a model that was trained here.")
    try:
        with opened(path, MOST_WEIGHTS_BYTES, inside=True) as (file, size):
            start = file.read(9)
            refuse_pickle(path, start)
            length = int.from_bytes(start[:8], "little")
            if not 1 < length <= min(size - 8, MOST_HEADER_BYTES):
                raise ValueError("its beginning does not say how long it is")
            return _shapes(json.loads(start[8:] + file.read(length - 1)), size - 8 - length)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); install or train the model again.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is no whole safetensors file ({str(error)[:200]}); install or train the model again."
        ) from error


def _shapes(header: Any, length: int) -> dict[str, Shape]:
    shapes = {}
    for name, said in header.items():
        if name != "__metadata__":
            shape, (start, end) = tuple(said["shape"]), said["data_offsets"]
            if not all(type(size) is int and size >= 0 for size in shape) or not 0 <= start <= end <= length:
                raise ValueError(f"the tensor '{name[:80]}' does not lie in it")
            if math.prod(shape) > 2 * (end - start):  # the smallest numbers have four bits
                raise ValueError(f"the tensor '{name[:80]}' is larger than its numbers")
            shapes[name] = Shape(shape)
    if max((said["data_offsets"][1] for name, said in header.items() if name in shapes), default=0) != length:
        raise ValueError("its end is not where its beginning says")
    return shapes


def filled(make: Callable[[], nn.Module], folder: Path, card: Card) -> nn.Module:
    """The network that `make` builds, with the weights of a model's folder, of which nothing is read before it fits.

    Raises
    ------
    InputError
        If the network is larger than the weights, or they do not fit it, or cannot be read.
    """
    shapes = outline(folder, card)
    with sized(shapes, folder):
        network = make()
    check_tensors(network.state_dict(), shapes, folder)
    load_into(network, read_tensors(folder, card), folder)
    return network


@contextmanager
def sized(tensors: Mapping[str, Shaped], folder: Path) -> Iterator[None]:
    """While this lasts, a network that this thread builds may be as large as its weights, and the heads of libraries.

    Parameters
    ----------
    tensors : mapping of str to something with a shape
        Of the file that the network is for.
    folder : Path
        For the message.

    Raises
    ------
    InputError
        From whatever builds the network, when it becomes larger.
    """
    from torch.nn.modules import module

    # A number takes 8 bytes at most, and what is taken off may have been there twice.
    left = [HEADS_BYTES + 2 * 8 * sum(math.prod(item.shape) for item in tensors.values())]
    left.append(HEADS_TENSORS + 4 * len(tensors))
    builder = threading.get_ident()

    def count(_: object, name: str, tensor: Tensor | None) -> None:
        if tensor is None or threading.get_ident() != builder:
            return
        left[0] -= tensor.numel() * tensor.element_size()
        left[1] -= 1
        if min(left) < 0:
            raise InputError(
                f"The network that the card in {folder} describes is larger than its weights; the card is damaged or "
                "of another version: install or train the model again."
            )

    hooks = [
        module.register_module_parameter_registration_hook(count),
        module.register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    except MemoryError as error:
        raise InputError(f"There is too little memory for the network of {folder}; close other programs.") from error
    finally:
        for hook in hooks:
            hook.remove()
