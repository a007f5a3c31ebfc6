"""The networks that a card can name, made from its parameters: a file each, or one for a family of a library."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import GeoFMError, InputError
from ...jobs.requests.networks import ALL_NETWORKS, Network

if TYPE_CHECKING:
    from torch import nn

    from .network import BaseNetwork

__all__ = ["build", "network_class"]


def network_class(row: Network) -> type[BaseNetwork]:
    """The class of a network that can be trained here."""
    loaded: type[BaseNetwork] = _loaded(row)
    return loaded


def build(architecture: str, parameters: Mapping[str, Any]) -> nn.Module:
    """A network with random weights.

    Parameters
    ----------
    architecture : str
        As `engine.jobs.requests.networks` has it; what runs as a graph ('forest', 'onnx') needs no code here.
    parameters : mapping
        The keyword arguments of its class, as a card keeps them.

    Raises
    ------
    InputError
        If there is no such architecture, or its parameters do not fit.
    """
    rows = {row.architecture: row for row in ALL_NETWORKS.values()}
    if architecture not in rows:
        raise InputError(
            f"This GeoFM has no architecture '{architecture}'; it has {', '.join(rows)}: renew it, or choose another "
            "model."
        )
    try:
        network: nn.Module = _loaded(rows[architecture])(**parameters)
        return network
    except GeoFMError:
        raise
    except Exception as error:  # the libraries' errors for wrong values have no common root
        raise InputError(
            f"The card's parameters do not describe a network '{architecture}' ({_line(error)}); the card is "
            f"damaged or of another version: install or train the model again."
        ) from error


def _loaded(row: Network) -> Any:
    """Its class; torch and the libraries are imported only for what is built."""
    module, _, name = row.code.partition(":")
    return getattr(import_module(f".{module}", __name__), name)


def _line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200].rstrip(".")
