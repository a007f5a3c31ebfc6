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
        Its name and its last two folders are searched for what they say.
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
        """Name and last two folders of the file, and the tags that speak of its acquisition."""
        *folders, name = self.path.replace("\\", "/").replace("}", "").split("/")
        keys = ("ACQUISITION_DATE", "ACQUISITION_START_TIME", "DATE_ACQUIRED", "UNITS", "CALIBRATION", "POLARISATION")
        return " ".join([name, *(self.tags[key] for key in keys if key in self.tags), *folders[:-3:-1]])

    def texts(self, bands: Sequence[int]) -> str:
        """Names of some bands, the file's own name, and its tags."""
        return " ".join([*(self.descriptions[band] for band in bands), self.names()])


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
