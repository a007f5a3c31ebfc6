"""What a look at the images of a flood map is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request

__all__ = ["LookRequest"]


@dataclass(frozen=True)
class LookRequest(Request):
    """See what the images of a flood map are, in order of their dates, before the map is asked for.

    Attributes
    ----------
    post, pre, units, bands, calibration
        As of a `FloodRequest`; `post` may still be empty.
    """

    kind: ClassVar[str] = "look"
    lane: ClassVar[str] = "interactive"
    title: ClassVar[str] = "look at images"
    task: ClassVar[str] = "engine.flood.looking:look"
    subject: ClassVar[str] = "post"

    post: tuple[str, ...] = ()
    pre: tuple[tuple[str, ...], ...] = ()
    units: Optional[str] = None
    bands: Optional[tuple[str, ...]] = None
    calibration: Optional[str] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.post or self.pre) or not all(date and all(date) for date in self.pre):
            raise RequestError("post and pre name no image; give one to look at.")

    def inputs(self) -> list[str]:
        """The images."""
        return [*self.post, *(path for date in self.pre for path in date)]
