"""Tries hostile inputs of one kind one after another: `python -m hostile.batch KIND ROOT GOOD CANARY LOG FIRST STEP`.

Prints one JSON object per input. Takes every STEP-th input from number FIRST.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
from functools import partial
from pathlib import Path

from engine.models import onnx_library

from .attempts import attempt, forked
from .place import Place

# What a command imports is imported once, and every attempt is forked from here: none of it may have started to work.
WARM = {
    "rasters": ("engine.flood.mapping", "engine.segmentation.training"),
    "sizes": ("engine.flood.mapping", "engine.flood.evaluation"),
    "products": ("engine.flood.mapping",),
    "formats": ("engine.flood.mapping", "engine.segmentation.training"),
    "pictures": ("engine.flood.mapping", "engine.segmentation.training"),
    "beside": ("engine.flood.mapping", "engine.search.query.searching"),
    "layers": ("engine.flood.mapping", "engine.segmentation.training"),
    "polygons": ("engine.flood.mapping", "engine.segmentation.training"),
    "vectors": ("engine.flood.mapping", "engine.segmentation.training"),
    "graphs": ("engine.models.importing", "engine.models.shelving", "onnx"),
    "models": ("engine.models.shelving", "engine.models.segmenter", "segmentation_models_pytorch", "timm", "open_clip"),
    "indexes": ("engine.search.query.searching", "engine.search.query.opening", "tokenizers"),
    "outputs": ("engine.flood.mapping",),
    "queues": ("engine.jobs.store",),
}
OF_GRAPHS = ("graphs", "models", "indexes")


def run(kind: str, place: Place, log: Path, first: int, step: int) -> None:
    """Some of a kind."""
    for name in ("engine.cli", "engine.tasks", *WARM[kind]):
        importlib.import_module(name)
    if kind in OF_GRAPHS:
        onnx_library.onnxruntime()
    module = importlib.import_module(f"hostile.{kind}")
    chosen = os.environ.get("GEOFM_HOSTILE", "")  # for looking into one: a part of its name
    place.prepare()
    if hasattr(module, "prepare"):
        forked(partial(module.prepare, place))
    for case in [*module.cases(place, random.Random(f"hostile {kind}"))][first::step]:
        if chosen in case.name:
            print(json.dumps({"kind": kind, **attempt(case, place, log)}), flush=True)


if __name__ == "__main__":
    _kind, _root, _good, _canary, _log, _first, _step = sys.argv[1:]
    run(_kind, Place(Path(_root), Path(_good), _canary), Path(_log), int(_first), int(_step))
