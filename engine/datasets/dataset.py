"""What every data set gives: samples by their place, made of named inputs and targets whose bands and classes are told.

Kinds of imagery that lie on other grids are inputs of their own, as are Sentinel-1 and Sentinel-2, or bands of 10 m and
of 20 m. What is measured for a place as a whole, such as its weather, is an input of one pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["DataSet", "Input", "Sample", "Target"]


@dataclass(frozen=True, slots=True)
class Input:
    """One kind of imagery: in samples float32 [dates x bands, H, W], the newest date first, NaN where not observed.

    Attributes
    ----------
    bands : mapping of str to str
        The units of each band by its name: as of `engine.raster.image.ImageBand`, or those of another measure, as "m".
    dates : int
    side : int, optional
        Height and width in pixels; None where samples differ in size.
    """

    bands: Mapping[str, str]
    dates: int = 1
    side: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be learned.

    Attributes
    ----------
    task : {'classification', 'multi-label', 'segmentation', 'regression', 'retrieval'}
        As of models. In samples: the index of a class, int; which classes there are, bool [K]; the index of each
        pixel's class, uint8 [H, W], 255 where nothing is known; a float in `units`; captions, tuple of str.
    classes : tuple of str
        Their names, the same in all splits.
    units : str
    """

    task: str
    classes: tuple[str, ...] = ()
    units: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One place of a data set: inputs and targets by their names."""

    name: str
    inputs: Mapping[str, NDArray[np.float32]]
    targets: Mapping[str, Any]


class DataSet(Protocol):
    """One split of a data set on the disk, always in the same order. Samples are read when they are asked for.

    Attributes
    ----------
    names : sequence of str
        Of the samples; no other sample of any split has the same.
    inputs : mapping of str to Input
    targets : mapping of str to Target
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def inputs(self) -> Mapping[str, Input]: ...

    @property
    def targets(self) -> Mapping[str, Target]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample:
        """Read a sample.

        Raises
        ------
        InputError
            If a file of it cannot be read, which is named.
        IndexError
            If there are not so many.
        """
