"""The networks that a card can name, made from its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from ...errors import GeoFMError, InputError

__all__ = ["ARCHITECTURES", "build"]

# What runs in torch; 'forest' and 'onnx' are graphs and need no code here.
ARCHITECTURES = ("smp", "galileo", "galileo-segmenter")


def build(architecture: str, parameters: Mapping[str, Any]) -> nn.Module:
    """A network with random weights.

    Parameters
    ----------
    architecture : {'smp', 'galileo', 'galileo-segmenter'}
    parameters : mapping
        The keyword arguments of `Segmentation`, `GalileoEncoder` or `GalileoSegmenter`, as a card keeps them.

    Raises
    ------
    InputError
        If there is no such architecture, or its parameters do not fit.
    """
    if architecture not in ARCHITECTURES:
        raise InputError(
            f"This GeoFM has no architecture '{architecture}'; it has {', '.join(ARCHITECTURES)}: renew it, or choose "
            f"another model."
        )
    try:
        if architecture == "smp":
            from .segmentation import Segmentation

            return Segmentation(**parameters)
        if architecture == "galileo":
            from .galileo import GalileoEncoder

            return GalileoEncoder(**parameters)
        from .galileo_segmenter import GalileoSegmenter

        return GalileoSegmenter(**parameters)
    except GeoFMError:
        raise
    except Exception as error:  # the libraries' errors for wrong values have no common root
        raise InputError(
            f"The card's parameters do not describe a network '{architecture}' ({_line(error)}); the card is "
            f"damaged or of another version: install or train the model again."
        ) from error


def _line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200].rstrip(".")
