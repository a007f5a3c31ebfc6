"""What a file shows of itself, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .raster_file import ProductFacts

__all__ = ["FileFacts", "FileProfile"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file shows of itself.

    Attributes
    ----------
    label : str
        What messages call it.
    path : str
        Its name is searched for what it says; its last two folders count for less.
    descriptions, dtypes, colours : tuple of str
        Per band; colours are GDAL's colour interpretations.
    tags : mapping of str to str
    sample : float32 [bands, n]
        Some pixels in the file's own units; NaN where not observed.
    product : ProductFacts, optional
        What the product's metadata say beyond doubt; nothing else is asked then.
    """

    label: str
    path: str
    descriptions: tuple[str, ...]
    dtypes: tuple[str, ...]
    colours: tuple[str, ...]
    tags: Mapping[str, str]
    sample: Floats
    product: ProductFacts | None = None

    def names(self) -> str:
        """Name of the file, and the tags that speak of its acquisition."""
        keys = ("ACQUISITION_DATE", "ACQUISITION_START_TIME", "DATE_ACQUIRED", "UNITS", "CALIBRATION", "POLARISATION")
        return " ".join([self._steps()[-1], *(self.tags[key] for key in keys if key in self.tags)])

    def folders(self) -> str:
        """The last two folders, the nearer one first.

        People name folders for places and events: they may settle what the file leaves open, and never overrule it.
        """
        return " ".join(self._steps()[-2:-4:-1])

    def folder(self, depth: int) -> str:
        """The path of the folder that holds the file (1), or of the one around it (2)."""
        return "/".join(self._steps()[:-depth])

    def texts(self, bands: Sequence[int]) -> str:
        """Names of some bands, the file's own name, and its tags."""
        return " ".join([*(self.descriptions[band] for band in bands), self.names()])

    def _steps(self) -> list[str]:
        return self.path.replace("\\", "/").replace("}", "").split("/")


@dataclass(frozen=True, slots=True)
class FileProfile:
    """How to read one file.

    Attributes
    ----------
    polarisations : tuple of ('VV' | 'VH' | None)
        Of each band; None for bands that are not read.
    units : {'db', 'power', 'amplitude', 'display'}
        Empty for a file none of whose bands is read.
    """

    polarisations: tuple[str | None, ...]
    units: str

    def bands(self) -> dict[str, int]:
        """Index of the band of each polarisation."""
        return {name: band for band, name in enumerate(self.polarisations) if name is not None}
