"""The first convolution of an encoder, brought from the bands that it was trained on to those of an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...cards.band_names import same_band

__all__ = ["adapt_stem"]


def adapt_stem(weight: Tensor, from_bands: Sequence[str], to_bands: Sequence[str]) -> Tensor:
    """The weights of a first convolution for other bands.

    A band that the encoder knows (by name: "red" is B04) keeps its weights; the others get the mean over all bands.

    Parameters
    ----------
    weight : float[out, in, k, k]
    from_bands : sequence of str
        The `in` bands of `weight`.
    to_bands : sequence of str

    Returns
    -------
    float[out, len(to_bands), k, k]
        Scaled so that bands of equal values give the same sum as before: by in / len(to_bands). Where each band of
        `from_bands` has its place in `to_bands` and none is new, nothing is scaled.
    """
    if weight.shape[1] != len(from_bands):
        raise ValueError(f"{len(from_bands)} band names were given for a stem of {weight.shape[1]} bands.")
    mean, columns, new = weight.mean(dim=1), [], 0
    for band in to_bands:
        known = next((index for index, name in enumerate(from_bands) if same_band(name, band)), None)
        columns.append(mean if known is None else weight[:, known])
        new += known is None
    adapted = torch.stack(columns, dim=1)
    return adapted if new == 0 and len(to_bands) == len(from_bands) else adapted * (len(from_bands) / len(to_bands))
