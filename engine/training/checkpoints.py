"""The state of a training on disk: tensors and JSON, whole or not at all, and never a pickle."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import InputError
from ..raster.sink import atomic

__all__ = ["Checkpoint", "load_latest", "save"]

KEPT = 2
_RECORD = re.compile(r"(\d{8})\.json")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What one holds.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        By names of one's own choice.
    facts : mapping of str to anything that JSON has
        Floats come back as they were, to the bit.
    """

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Add a checkpoint; the one before stays, in case this one is damaged later, and older ones go.

    `<number>.safetensors` is written first; `<number>.json`, which holds its SHA-256 and the facts, makes it count.

    Raises
    ------
    OutputError
        If it cannot be written, such as on a full disk: the last good one is still there then.
    """
    numbers = _numbers(folder)
    number = max(numbers, default=0) + 1
    _tidy(folder, numbers)
    tensors = {name: tensor.detach().contiguous() for name, tensor in checkpoint.tensors.items()}
    with atomic(folder / f"{number:08d}.safetensors") as part:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            save_file(tensors, part)
        except SafetensorError as error:  # its own kind of error even for a full disk
            raise OSError(str(error)) from error
        digest = _sha256(part)
    text = json.dumps({"sha256": digest, "facts": checkpoint.facts})
    with atomic(folder / f"{number:08d}.json") as part:
        part.write_text(text, encoding="utf-8")
    _tidy(folder, sorted([*numbers, number])[-KEPT:])


def load_latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole; None where there never was one.

    Raises
    ------
    InputError
        If there are checkpoints and all are damaged.
    """
    numbers = sorted(_numbers(folder), reverse=True)
    for number in numbers:
        with suppress(OSError, ValueError, KeyError, TypeError, SafetensorError):
            return _load(folder, number)
    if numbers:
        raise InputError(f"The checkpoints in {folder} are damaged; remove the folder to train from the start.")
    return None


def _load(folder: Path, number: int) -> Checkpoint:
    record = json.loads((folder / f"{number:08d}.json").read_text(encoding="utf-8"))
    file = folder / f"{number:08d}.safetensors"
    if _sha256(file) != record["sha256"]:
        raise ValueError(file)
    return Checkpoint(load_file(file), record["facts"])


def _numbers(folder: Path) -> list[int]:
    """Of the checkpoints whose record was written, in order."""
    return sorted(int(match[1]) for file in _files(folder) if (match := _RECORD.fullmatch(file.name)))


def _tidy(folder: Path, keep: list[int]) -> None:
    """Remove all checkpoints but these, and what a killed process left."""
    names = {f"{number:08d}{suffix}" for number in keep for suffix in (".json", ".safetensors")}
    # A record goes before its tensors: it must never stand for something that is not there.
    for file in sorted(_files(folder), key=lambda file: file.suffix != ".json"):
        if file.name not in names:
            with suppress(OSError):  # in the way of nothing but room
                file.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return iter(list(folder.iterdir()) if folder.is_dir() else [])


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
