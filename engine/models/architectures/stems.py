"""The first convolution of an encoder, brought from the bands that it was trained on to those of an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...cards.band_names import same_band

__all__ = ["FILLS", "adapt_stem"]

FILLS = ("mean", "repeat", "random")


def adapt_stem(
    weight: Tensor,
    from_bands: Sequence[str],
    to_bands: Sequence[str],
    fill: str = "mean",
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The weights of a first convolution for other bands.

    A band that the encoder knows (by name: "red" is B04) keeps its weights. What the other bands get is `fill`.

    Parameters
    ----------
    weight : float[out, in, k, k]
    from_bands : sequence of str
        The `in` bands of `weight`.
    to_bands : sequence of str
    fill : {'mean', 'repeat', 'random'}
        'mean': the mean over all bands of `weight`; 'repeat': its bands in turn, as timm and segmentation-models do it;
        'random': normal with the spread that `weight` has, for a sensor that has nothing in common with the encoder's.
    generator : torch.Generator, optional
        For 'random'.

    Returns
    -------
    float[out, len(to_bands), k, k]
        Scaled so that bands of equal values give the same sum as before: by in / len(to_bands). Where each band of
        `from_bands` has its place in `to_bands` and none is new, nothing is scaled.
    """
    if fill not in FILLS:
        raise ValueError(f"There is no fill '{fill}'; choose one of {', '.join(FILLS)}.")
    if weight.shape[1] != len(from_bands):
        raise ValueError(f"{len(from_bands)} band names were given for a stem of {weight.shape[1]} bands.")
    columns, new = [], 0
    for band in to_bands:
        known = next((index for index, name in enumerate(from_bands) if same_band(name, band)), None)
        if known is not None:
            columns.append(weight[:, known])
            continue
        if fill == "mean":
            columns.append(weight.mean(dim=1))
        elif fill == "repeat":
            columns.append(weight[:, new % weight.shape[1]])
        else:
            noise = torch.randn(weight[:, 0].shape, generator=generator, dtype=weight.dtype)
            columns.append(noise * weight.std() + weight.mean())
        new += 1
    adapted = torch.stack(columns, dim=1)
    return adapted if new == 0 and len(to_bands) == len(from_bands) else adapted * (len(from_bands) / len(to_bands))
