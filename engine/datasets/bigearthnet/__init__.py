"""BigEarthNet: patches of Sentinel-2 and Sentinel-1 whose classes of land cover are told, in both versions."""

from .first import inspect_first, open_first
from .miniature import write_first_miniature, write_second_miniature
from .second import inspect_second, open_second

__all__ = [
    "inspect_first",
    "inspect_second",
    "open_first",
    "open_second",
    "write_first_miniature",
    "write_second_miniature",
]
