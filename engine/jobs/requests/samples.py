"""What simulated scenes are asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...errors import RequestError
from ._base import HIGHEST_SEED, Request

__all__ = ["SIDES", "SamplesRequest"]

SIDES = (64, 100_000)  # of a simulated scene, in pixels


@dataclass(frozen=True)
class SamplesRequest(Request):
    """Write a simulated flood: Sentinel-1 on three dates, a DEM, a Sentinel-2 scene, and the exact truth of both.

    Attributes
    ----------
    folder : str
        Where the files go; it is made if it is not there.
    width, height : int
        In pixels of 10 m, 64 to 100,000 each.
    seed : int
        0 to 2**31 - 1; the same seed and size give the same pixels.
    optical : bool
        Whether to write the Sentinel-2 scene too.
    """

    kind: ClassVar[str] = "samples"

    folder: str
    width: int = 1024
    height: int = 1024
    seed: int = 0
    optical: bool = True

    def __post_init__(self) -> None:
        if not self.folder:
            raise RequestError("folder is empty; name the folder to write the samples to.")
        for name in ("width", "height"):
            if not SIDES[0] <= getattr(self, name) <= SIDES[1]:
                raise RequestError(f"{name} is {getattr(self, name)}; give pixels, 64 to 100,000.")
        if not 0 <= self.seed <= HIGHEST_SEED:
            raise RequestError(f"seed is {self.seed}; choose a whole number from 0 to {HIGHEST_SEED}.")
