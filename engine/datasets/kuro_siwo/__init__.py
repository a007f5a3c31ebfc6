"""Kuro Siwo: floods on Sentinel-1 images of three dates, labelled by hand (Bountos et al., NeurIPS 2024).

What is told of its layout was read in its repository, Orion-AI-Lab/KuroSiwo; `docs/kuro-siwo.md` says what was not.
"""

from __future__ import annotations

from .folders import open_grd, open_images, open_slc
from .inventory import inspect_grd, inspect_images, inspect_shards, inspect_slc
from .miniature import write_grd_miniature, write_images_miniature, write_shards_miniature, write_slc_miniature
from .webdataset import open_shards

__all__ = [
    "inspect_grd",
    "inspect_images",
    "inspect_shards",
    "inspect_slc",
    "open_grd",
    "open_images",
    "open_shards",
    "open_slc",
    "write_grd_miniature",
    "write_images_miniature",
    "write_shards_miniature",
    "write_slc_miniature",
]
