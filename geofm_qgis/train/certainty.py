"""How sure a share of a few pixels is."""

from __future__ import annotations

import math

__all__ = ["FEW", "wilson"]

FEW = 30  # pixels of a class: scores of fewer say little
Z = 1.96  # of 95 per cent


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen in so many draws.

    Parameters
    ----------
    share : float
        0 to 1.
    count : int
        At least 1. Pixels beside each other are no independent draws, so that of pixels the true one is wider.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 209-212, 1927.
    """
    weight = 1 + Z * Z / count
    middle = (share + Z * Z / (2 * count)) / weight
    half = Z / weight * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)
