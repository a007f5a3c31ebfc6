"""Networks that look at the images of several dates apart: which channels of their input belong to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...cards.card import MOST_BANDS, MOST_CLASSES
from ...errors import InputError
from .network import BaseNetwork, Design

__all__ = ["DatedNetwork", "channels_of"]


class DatedNetwork(BaseNetwork):
    """A network whose input float32[N, T*C, H, W] it takes apart by dates.

    Parameters
    ----------
    channels : sequence of sequence of int
        For each date, the newest first, the channels of the input that show it: as many for each, in one order. What
        does not change, such as heights, belongs to all of them.
    classes : int
    dates : int, optional
        How many dates it needs; as many as there are if it does not matter.

    Raises
    ------
    ValueError
        If the channels are not those of so many dates.
    """

    def __init__(self, channels: Sequence[Sequence[int]], classes: int, dates: int | None = None) -> None:
        super().__init__()
        self.channels = tuple(tuple(own) for own in channels)
        self.bands = len(self.channels[0]) if self.channels else 0
        known = {index for own in self.channels for index in own}
        if not self.bands or {len(own) for own in self.channels} != {self.bands}:
            raise ValueError("Its dates do not have as many channels each.")
        if not (known == {*range(len(known))} and len(known) <= MOST_BANDS and 1 <= classes <= MOST_CLASSES):
            raise ValueError(f"A network of {len(known)} channels and {classes} classes cannot be made.")
        if dates is not None and len(self.channels) != dates:
            raise ValueError(f"It looks at images of {dates} dates, not of {len(self.channels)}.")

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        return {"channels": channels_of(design), "classes": design.classes}

    def apart(self, x: Tensor) -> list[Tensor]:
        """The images float32[N, C, H, W] of the dates, the newest first."""
        return [_some(x, own) for own in self.channels]


def channels_of(design: Design) -> list[list[int]]:
    """For each date, the newest first, which of the bands show it.

    Bands of the newest date that no other has do not change (heights, slopes): they come last, at each date.

    Raises
    ------
    InputError
        If the older dates have other bands than the newest.
    """
    placed = [*zip(design.bands, design.dates, strict=True)]
    own = [[name for name, date in placed if date == at] for at in range(max(design.dates) + 1)]
    changing = own[1] if len(own) > 1 else own[0]
    still = [name for name in own[0] if name not in changing]
    if not changing or any(set(names) != set(changing) for names in own[1:]) or not set(changing) <= set(own[0]):
        raise InputError("The images of the dates have different bands; give the same bands of each date.")
    where = {band: index for index, band in enumerate(placed)}
    return [[*(where[name, at] for name in changing), *(where[name, 0] for name in still)] for at in range(len(own))]


def _some(x: Tensor, channels: tuple[int, ...]) -> Tensor:
    first = channels[0]
    if channels == tuple(range(first, first + len(channels))):
        return x[:, first : first + len(channels)]
    return torch.stack([x[:, index] for index in channels], dim=1)
