"""What the QGIS plugin Deepness does with a segmentation model, step by step, to see that models go from it and to it.

The steps are those of its processing/models/{model_base,segmentor,preprocessing_utils}.py and
processing/map_processor/map_processor_segmentation.py (PUTvision/qgis-plugin-deepness), written anew. onnxruntime is
used as it is, so that nothing of GeoFM takes part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime


class DeepnessModel:
    """A model as Deepness opens it; what it would refuse is a ValueError."""

    def __init__(self, path: Path) -> None:
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ValueError("Deepness wants one input and one output.")
        self._name, self.input_shape = inputs[0].name, inputs[0].shape
        if inputs[0].type != "tensor(float)":
            raise ValueError("Deepness gives float32.")
        if not isinstance(self.input_shape[-1], int) or self.input_shape[-1] != self.input_shape[-2]:
            raise ValueError("Deepness wants square tiles of a fixed side.")
        shape = outputs[0].shape
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ValueError("Deepness wants a square map of 4 dimensions.")
        self.channels = shape[1]
        self._given = self._session.get_modelmeta().custom_metadata_map

    def value(self, key: str, default: Any = None) -> Any:
        """What its metadata say; each value is JSON."""
        return json.loads(self._given[key]) if key in self._given else default

    @property
    def class_names(self) -> list[str]:
        """In the order of their ids, which have no gaps."""
        names = sorted(((int(key), name) for key, name in self.value("class_names").items()))
        if [key for key, _ in names] != list(range(len(names))):
            raise ValueError("The class ids have gaps.")
        return [name for _, name in names]

    def output(self, tiles: np.ndarray) -> np.ndarray:
        """What the graph gives for tiles [N, H, W, C] of a raster's own values."""
        count = self.input_shape[-3]
        mean = np.array(self.value("standardization_mean", [0.0] * count), np.float32)
        std = np.array(self.value("standardization_std", [1.0] * count), np.float32)
        x = np.float32(tiles[:, :, :, :count] * 1.0 / 255.0)
        x = ((x - mean) / std).transpose(0, 3, 1, 2).astype(np.float32)
        return self._session.run(None, {self._name: x})[0]

    def classes(self, tiles: np.ndarray) -> np.ndarray:
        """The class of each pixel, [N, H, W]."""
        result = self.output(tiles)
        result[result < self.value("seg_thresh", 0.5)] = 0.0
        return (result != 0).astype(int)[:, 0] if result.shape[1] == 1 else np.argmax(result, axis=1)
