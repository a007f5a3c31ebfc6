"""Weights as others publish them, read as tensors; a pickle only if it is the very file that was meant."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .runtime import first_line
from .store import START, refuse_pickle

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["clean", "read_published"]

# Where a training program keeps the network's weights among other things that it saves.
WRAPPERS = ("state_dict", "model")


def read_published(path: Path, sha256: str | None, *, kind: str = "") -> Mapping[str, Tensor]:
    """The tensors of a file of weights, by their names.

    Parameters
    ----------
    path : Path
        Safetensors, or a pickle (.pt, .pth, .bin).
    sha256 : str, optional
        Of a pickle: such is read only if it is the one that was meant, and then as plain tensors.
    kind : {'', 'safetensors', 'torchscript'}
        What it holds, where its name does not say it.

    Raises
    ------
    InputError
        If it cannot be read, or is not the file that was meant.
    """
    kind = kind or path.suffix.removeprefix(".")
    if kind == "safetensors":
        return _read_safetensors(path)
    if sha256 is None:
        raise InputError(
            f"{path} is a pickle, which is read only if it is the file that was meant: give its SHA-256, or the "
            "weights as safetensors."
        )
    with _readable(path) as stream:
        own = hashlib.file_digest(stream, "sha256").hexdigest()
    if own != sha256.lower():
        raise InputError(f"{path} has the SHA-256 {own}, not {sha256}; it is another file or damaged.")
    return _read_torchscript(path) if kind == "torchscript" else _read_pickled(path)


def clean(tensors: Mapping[str, Tensor], strip: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """The tensors of the network itself, by its own names.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        A published state dict.
    strip : tuple of str
        If a name begins with one of these, only such names count, and lose it: contrastive methods keep a second
        network and a queue beside the one that is wanted.
    drop : tuple of str
        Beginnings of names to leave out, such as of a head.
    """
    for prefix in strip:
        inside = {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
        tensors = inside or tensors
    return {name: value for name, value in tensors.items() if not name.startswith(drop)}


def _read_safetensors(path: Path) -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    with _readable(path) as stream:
        refuse_pickle(path, stream.read(START))
    try:
        return load_file(path)
    except (SafetensorError, ValueError, RuntimeError, OSError) as error:
        raise InputError(f"{path} cannot be read as weights ({first_line(error)}).") from error


def _read_pickled(path: Path) -> Mapping[str, Tensor]:
    """A published state dict; `weights_only` makes torch build tensors and nothing else."""
    import torch

    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's errors, torch's and zip's share no root but this one
        raise InputError(f"{path} cannot be read as weights: it holds more than tensors, or is damaged.") from error
    for name in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    tensors = content if isinstance(content, dict) else {}
    tensors = {str(name): value for name, value in tensors.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise InputError(f"{path} holds no weights by name.")
    return tensors


def _read_torchscript(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a network that is published as a program, which `weights_only` does not read.

    torch takes such a file in by an interpreter of its own, which knows no Python: none of its methods is called here.
    """
    import torch

    try:
        # Not by its name, which the interpreter could not read on every system.
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that torch would rather have other formats
            network = torch.jit.load(stream, map_location="cpu")  # type: ignore[no-untyped-call]
        tensors: Mapping[str, Tensor] = network.state_dict()
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{path} cannot be read as weights ({first_line(error)}).") from error
    return tensors


@contextmanager
def _readable(path: Path) -> Iterator[BufferedReader]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a file of weights.") from error
