"""What a look over a data set is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import option, output

__all__ = ["CheckDataSetRequest"]


@dataclass(frozen=True)
class CheckDataSetRequest(Request):
    """Say what there is of a data set, what is missing, and how its values compare with what is published.

    Attributes
    ----------
    data : tuple of str
        The set's folder; of sets that consist of several, all of them.
    dataset : str, optional
        Its name among the sets that GeoFM knows. Default: the first that the folder fits.
    samples : int
        How many samples of each part are read at most.
    report : str, optional
        Where to write what was found (JSON).
    """

    kind: ClassVar[str] = "check-dataset"
    title: ClassVar[str] = "look over a data set"
    task: ClassVar[str] = "engine.datasets.checking:check_dataset"
    subject: ClassVar[str] = "data"

    data: tuple[str, ...]
    dataset: Optional[str] = option(
        None, "Data set", "Its name, as geofm datasets lists them.", unset="The first that the folder fits"
    )
    samples: int = option(
        500, "Samples", "So many of each part are read at most, spread over it.", low=1, high=10**8, whole=True
    )
    report: Optional[str] = output("table", "Findings", "dataset.json", "All that was found.", wanted=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data or not all(self.data):
            raise RequestError("data names no folder; give that of the data set.")
        if self.outputs():
            self.check_paths()

    def inputs(self) -> list[str]:
        """The folders."""
        return [*self.data]
