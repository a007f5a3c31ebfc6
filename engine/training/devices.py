"""Where networks learn."""

from __future__ import annotations

from ..errors import InputError
from ..models.runtime import has_gpu

__all__ = ["learning_device"]


def learning_device(asked: str) -> str:
    """'cpu' or 'cuda', as it was asked for ('auto': the graphics card where there is one).

    Raises
    ------
    InputError
        If there is no graphics card and one was asked for.
    """
    there = has_gpu()
    if asked == "cuda" and not there:
        raise InputError("There is no NVIDIA GPU that torch can use; choose the device auto or cpu.")
    return "cuda" if there and asked != "cpu" else "cpu"
