"""A model on disk: a folder with its card, its weights and what it gives for one input."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from ..cards.card import CARD, Card
from ..errors import InputError, OutputError
from ..files import read_plain
from ..raster.sink import explained
from .onnx_limits import MOST_GRAPH_BYTES

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = [
    "GOLDEN",
    "MOST_WEIGHTS_BYTES",
    "START",
    "Shaped",
    "check_tensors",
    "golden_bytes",
    "load_into",
    "place_folder",
    "read_golden",
    "read_tensors",
    "read_weights",
    "refuse_pickle",
    "write_model",
]

GOLDEN = "golden.safetensors"
# A pickle of protocol 2 and later (the old format of torch is one); a zip, which is what torch writes pickles into.
PICKLES = (*(b"\x80" + bytes([protocol]) for protocol in range(2, 6)), b"PK\x03\x04")
# How many bytes tell what a file is.
START = 9
MOST_WEIGHTS_BYTES = 16 * 2**30  # the largest CLIP has 10 GB

Floats = NDArray[np.float32]


class Shaped(Protocol):
    """A tensor, or what is known of one."""

    @property
    def shape(self) -> tuple[int, ...]: ...


def write_model(
    folder: Path,
    card: Card,
    *,
    tensors: Mapping[str, Tensor] | None = None,
    onnx: bytes | None = None,
    golden: tuple[Floats, Floats] | None = None,
) -> Card:
    """Write a model's folder whole or not at all; an older model that is there is replaced.

    Parameters
    ----------
    folder : Path
        The model. It may be there as an empty folder or as a model, but not as anything else.
    card : Card
        Its `sha256` is not looked at.
    tensors : mapping of str to Tensor, optional
        The weights where `card.weights` is a safetensors file; on any device.
    onnx : bytes, optional
        The graph where it is an ONNX file.
    golden : tuple of float32[1, C, H, W] and float32, optional
        An input as the network gets it, and the raw output on the CPU; several outputs as `outputs.packed` gives them.

    Returns
    -------
    Card
        With the SHA-256 of the weights.

    Raises
    ------
    OutputError
        If it cannot be written, or something that is no model stands there.
    """
    folder = Path(folder).absolute()
    if (tensors is None) == (onnx is None) or card.weights.endswith(".onnx") != (onnx is not None):
        raise ValueError(f"{card.weights} needs either tensors or a graph, as its suffix says.")
    weights = onnx if onnx is not None else _to_bytes(tensors or {})
    card = replace(card, sha256=hashlib.sha256(weights).hexdigest())
    files = {card.weights: weights, CARD: card.to_json().encode()}
    if golden is not None:
        given, made = (np.ascontiguousarray(array, dtype=np.float32) for array in golden)
        files[GOLDEN] = safetensors.numpy.save({"input": given, "output": made})
    place_folder(folder, files)
    return card


def place_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a hidden folder beside `folder`, which then takes its place.

    Raises
    ------
    OutputError
        If it cannot be written, or something that is no model stands there.
    """
    _check_replaceable(folder)
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # The worker clears what a killed job left by this pattern.
        hidden = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
        try:
            hidden.mkdir()
            for name, content in files.items():
                with (hidden / name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            _swap(hidden, folder)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def read_weights(folder: Path, card: Card) -> bytes:
    """The content of a model's weights file, which is what its card says.

    Raises
    ------
    InputError
        If it is missing, no weights at all, or not those that the card was written for.
    """
    path = Path(folder) / card.weights
    most = MOST_GRAPH_BYTES if card.weights.endswith(".onnx") else MOST_WEIGHTS_BYTES
    try:
        content = read_plain(path, most, inside=True)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); install or train the model again.") from error
    if card.weights.endswith(".safetensors"):
        refuse_pickle(path, content[:START])
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise InputError(
            f"{path} is not the file that the model's card was written for (its SHA-256 is another): it is damaged or "
            f"was changed; install or train the model again."
        )
    return content


def read_tensors(folder: Path, card: Card) -> dict[str, Tensor]:
    """The weights of a model that are tensors, on the CPU.

    Raises
    ------
    InputError
        If the file is missing, damaged, a pickle, or not the one that the card was written for.
    """
    import safetensors.torch

    if not card.weights.endswith(".safetensors"):
        raise InputError(f"{folder} holds a graph ({card.weights}) and no tensors; give a model that was trained here.")
    content = read_weights(folder, card)
    try:
        return dict(safetensors.torch.load(content))
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(
            f"{Path(folder) / card.weights} is no whole safetensors file ({error}); install or train the model again."
        ) from error


def load_into(network: nn.Module, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Give a network its weights; every tensor must be there, of the right shape, and no other.

    Raises
    ------
    InputError
        If they do not fit; `folder` is named.
    """
    check_tensors(network.state_dict(), tensors, folder)
    network.load_state_dict(dict(tensors))


def check_tensors(own: Mapping[str, Shaped], tensors: Mapping[str, Shaped], folder: Path) -> None:
    """See that tensors have the names and shapes of a network's own.

    Raises
    ------
    InputError
        If they do not; `folder` is named.
    """
    fault = None
    for name in sorted(own.keys() | tensors.keys()):
        if name not in tensors:
            fault = f"the tensor '{name}' is missing"
        elif name not in own:
            fault = f"the tensor '{name}' belongs to another network"
        elif tuple(own[name].shape) != tuple(tensors[name].shape):
            shapes = f"{list(tensors[name].shape)}, not {list(own[name].shape)}"
            fault = f"the tensor '{name}' is of the shape {shapes}"
        if fault:
            raise InputError(f"The weights in {folder} do not fit the card: {fault}; install or train the model again.")


def golden_bytes(card: Card) -> int:
    """How long a model's golden file may be: a tile of all its bands, and what comes of it."""
    return 4 * (len(card.bands) + max(card.channels, 2)) * max(card.tile, 64) ** 2 + 16 * 2**20


def read_golden(folder: Path, card: Card) -> tuple[Floats, Floats] | None:
    """The golden input and output of a model, or None if it has none.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = Path(folder) / GOLDEN
    try:
        arrays = safetensors.numpy.load(read_plain(path, golden_bytes(card), inside=True))
        given, made = arrays["input"], arrays["output"]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); install or train the model again.") from error
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); install or train the model again.") from error
    fits = given.dtype == made.dtype == np.float32 and given.ndim == 4 and given.shape[:2] == (1, len(card.bands))
    if not fits or made.ndim < 1 or len(made) != 1:
        raise InputError(f"{path} holds no float32 input [1, C, H, W] and output; install or train the model again.")
    return given, made


def refuse_pickle(path: Path, start: bytes) -> None:
    """See that a file, of which `start` is the first nine bytes, is no pickle whatever its name says.

    Raises
    ------
    InputError
        If it is: reading one can run any program that its maker put in.
    """
    # A safetensors file begins with eight bytes of length, which may be any, and then the brace of its header.
    if start.startswith(PICKLES) and start[8:START] != b"{":
        raise InputError(
            f"{path} is a pickle (a .pt, .pth or .pkl file), which could run any program when it is opened, so GeoFM "
            f"does not open it; save the weights as safetensors, or the model as ONNX, where it was made."
        )


def _to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    import safetensors.torch

    # Each on its own memory: safetensors refuses tensors that share one, as tied weights and views do.
    apart = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(apart, {"format": "pt"})


def _check_replaceable(folder: Path) -> None:
    """A folder that is no model may hold anything, so it is not replaced."""
    if not folder.name:
        raise OutputError(f"{folder} cannot become a model; name a folder in it.")
    if folder.is_dir():
        with explained(folder):
            if any(folder.iterdir()) and not (folder / CARD).is_file():
                raise OutputError(f"{folder} holds other files and is no model; choose another folder.")
    elif folder.exists() or folder.is_symlink():
        raise OutputError(f"{folder} is a file; choose another folder.")


def _swap(hidden: Path, folder: Path) -> None:
    """Put `hidden` in the place of `folder`; what was there comes back if that fails."""
    aside = None
    if folder.exists():
        aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
        folder.rename(aside)
    try:
        hidden.rename(folder)
    except BaseException:
        if aside is not None:
            with suppress(OSError):
                aside.rename(folder)
        raise
    if aside is None:
        return
    if aside.is_symlink():
        aside.unlink()
    else:
        shutil.rmtree(aside, ignore_errors=True)
