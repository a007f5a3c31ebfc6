"""What tests of the Processing algorithms ask of them and of their outputs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import QgsApplication, QgsProcessingAlgorithm, QgsProcessingContext, QgsRasterLayer


def create(name: str) -> QgsProcessingAlgorithm:
    return QgsApplication.processingRegistry().createAlgorithmById(name)


def check(name: str, values: dict[str, Any]) -> str:
    """Why an algorithm cannot be run with these values, or nothing."""
    fine, message = create(name).checkParameterValues(values, QgsProcessingContext())
    assert fine is not bool(message)
    return message


def pixels(path: Path) -> bytes:
    """Of the first band."""
    layer = QgsRasterLayer(str(path))
    assert layer.isValid()
    block = layer.dataProvider().block(1, layer.extent(), layer.width(), layer.height())
    return bytes(block.data())


class Terminal(NamedTuple):
    """A queue of its own, and a function that runs an algorithm by `qgis_process`."""

    home: Path
    run: Callable[..., subprocess.CompletedProcess[str]]
