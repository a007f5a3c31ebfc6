"""What a card may say to the code that builds and runs its network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional

__all__ = ["OUTPUTS", "check_parameters"]

OUTPUTS = ("logits", "probabilities", "embedding", "values")
# Of widths, depths, lengths; the largest that a network has is its vocabulary, some 50,000.
LARGEST = 2**20


def check_parameters(parameters: Mapping[str, Any]) -> Optional[str]:
    """What is wrong with a card's parameters, as a part of a sentence, or None.

    Parameters
    ----------
    parameters : mapping
        As JSON gives them. Of whatever architecture: numbers within bounds. Those that every kind of model
        may have: `output`, one of `OUTPUTS` (of several heads, one for each by its name), and `threshold`, a
        probability.
    """
    for where, value in _values("parameters", parameters):
        if isinstance(value, (int, float)) and not -LARGEST <= value <= LARGEST:
            return f"{where[:80]} is not a number within {-LARGEST} and {LARGEST}"
    output, threshold = parameters.get("output"), parameters.get("threshold")
    kinds = output.values() if isinstance(output, Mapping) else [] if output is None else [output]
    if any(kind not in OUTPUTS for kind in kinds):
        return f"parameters: output is not one of {', '.join(OUTPUTS)}"
    if threshold is not None and not (_is_number(threshold) and 0 <= threshold <= 1):
        return "parameters: threshold is not a number within 0 and 1"
    return None


def _values(where: str, value: object) -> Iterator[tuple[str, object]]:
    """All that lies in a value, and where."""
    yield where, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _values(f"{where}: {key}", item)
    elif isinstance(value, list):
        for item in value:
            yield from _values(where, item)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
