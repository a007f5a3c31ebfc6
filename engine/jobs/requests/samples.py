"""What simulated scenes are asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...errors import RequestError
from ._base import Request
from ._declared import option, seed_option

__all__ = ["SamplesRequest"]


def side(name: str) -> Any:
    """A field with the side of a scene."""
    return option(1024, name, "In pixels of 10 m.", low=64, high=100_000, whole=True, usual=True)


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
    title: ClassVar[str] = "sample scenes"
    task: ClassVar[str] = "engine.samples.writing:write_samples"
    subject: ClassVar[str] = "folder"

    folder: str
    width: int = side("Width")
    height: int = side("Height")
    seed: int = seed_option()
    optical: bool = option(True, "Also a Sentinel-2 scene", "Reflectance in ten bands.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.folder:
            raise RequestError("folder is empty; name the folder to write the samples to.")
