"""The value of class rasters and of labels that is no class."""

from __future__ import annotations

__all__ = ["NODATA"]

# Where a map has not observed the ground, where nobody has labelled it, and where a loss does not look. Classes are
# numbered from 0 to 254.
NODATA = 255
