"""The one door to onnxruntime: it would otherwise report to its maker when it is loaded."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

__all__ = ["onnxruntime"]


def onnxruntime() -> ModuleType:
    """The library, loaded without its telemetry, which uploads what models run where.

    Raises
    ------
    ImportError
        If it is not set up.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module("onnxruntime")
