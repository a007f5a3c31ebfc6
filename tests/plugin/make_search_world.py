"""Writes a tiny dual encoder, and images of what it knows: run by the engine's Python for tests of search in QGIS's.

The encoder is of the same kind as GeoFM basic and reads phrases with the same text tower; its image tower is a matrix
that takes mean colour and spread of a tile to the vectors of five words.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import rasterio
from affine import Affine
from onnx import TensorProto, helper, numpy_helper

from engine.cards.card import BandSpec, Card
from engine.encoders import minilm
from engine.models.store import write_model

SIDE = 16
# Mean colour and how much it varies from pixel to pixel.
WORDS = {
    "water": ((20, 40, 90), 3),
    "forest": ((30, 70, 25), 12),
    "field": ((150, 180, 70), 6),
    "sand": ((225, 200, 140), 5),
    "town": ((140, 135, 140), 55),
}


def texture(word: str, side: int, seed: int = 0) -> np.ndarray:
    """What a word looks like: uint8 [3, side, side]."""
    colour, spread = WORDS[word]
    noise = np.random.default_rng((seed, *colour)).normal(0, spread, (side, side))
    return np.clip(np.array(colour)[:, None, None] + noise, 1, 255).astype(np.uint8)


def features(tiles: np.ndarray) -> np.ndarray:
    """float64 [N, 7] of uint8 [N, 3, S, S]: means, spreads and one."""
    pixels = tiles / 255.0
    means = pixels.mean(axis=(2, 3))
    spreads = np.abs(pixels - means[:, :, None, None]).mean(axis=(2, 3))
    return np.concatenate([means, 4 * spreads, np.ones((len(tiles), 1))], axis=1)


def graph(weights: np.ndarray) -> bytes:
    """The tower as ONNX: what `features` does, times `weights` float64 [7, D], scaled to length 1."""
    constants = {"full": np.float32(255), "four": np.float32(4), "w": weights[:-1].astype(np.float32)}
    constants["b"] = weights[-1].astype(np.float32)
    nodes = [
        helper.make_node("Div", ["tiles", "full"], ["pixels"]),
        helper.make_node("GlobalAveragePool", ["pixels"], ["means"]),
        helper.make_node("Sub", ["pixels", "means"], ["apart"]),
        helper.make_node("Abs", ["apart"], ["size"]),
        helper.make_node("GlobalAveragePool", ["size"], ["spreads"]),
        helper.make_node("Mul", ["spreads", "four"], ["wide"]),
        helper.make_node("Concat", ["means", "wide"], ["both"], axis=1),
        helper.make_node("Flatten", ["both"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "w", "b"], ["long"]),
        helper.make_node("LpNormalization", ["long"], ["vectors"], axis=1, p=2),
    ]
    given = helper.make_tensor_value_info("tiles", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    made = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", weights.shape[1]])
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    whole = helper.make_graph(nodes, "colours", [given], [made], stored)
    return onnx.helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def write_encoder(folder: Path) -> None:
    """Fit the matrix to the words' vectors, and write the model."""
    words = list(WORDS)
    targets = minilm.TextTower()(words)
    seen = np.stack([texture(word, SIDE, seed) for word in words for seed in range(8)])
    wanted = np.repeat(targets - targets.mean(axis=0), 8, axis=0)
    weights = np.linalg.lstsq(features(seen), wanted, rcond=None)[0]
    card = Card(
        name=folder.name,
        title="Colours",
        task="dual-encoder",
        architecture="geofm-basic",
        parameters={
            "dimension": targets.shape[1],
            "concepts": [{"name": word, "classes": [word], "phrases": [word]} for word in words],
            "text": {"name": minilm.NAME, "sha256": minilm.SHA256},
            "known": {"threshold": 0.6, "softness": 0.05},
        },
        weights="model.onnx",
        sha256="",
        bands=tuple(BandSpec(name, "display") for name in ("red", "green", "blue")),
        tile=SIDE,
        overlap=SIDE // 4,
        licence="CC0-1.0",
    )
    vector = features(seen[:1]) @ weights
    golden = seen[:1].astype(np.float32), (vector / np.linalg.norm(vector)).astype(np.float32)
    write_model(folder, card, onnx=graph(weights), golden=golden)


def write_recognition(path: Path) -> None:
    """A file of ONNX as Deepness has it for recognition: vectors of pictures, and no words."""
    model = onnx.load_from_string(graph(np.random.default_rng(0).standard_normal((7, 12))))
    for key, value in {"model_type": '"Recognition"', "resolution": "100", "tile_size": str(SIDE)}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, path)


def write_ground(path: Path, side: int, east: float) -> None:
    """Water, forest, field and town, each a quarter, in rows from the upper left; pixels of a metre."""
    rows = [[texture(word, side // 2) for word in words] for words in (("water", "forest"), ("field", "town"))]
    pixels = np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)
    profile = {"driver": "GTiff", "count": 3, "height": side, "width": side, "dtype": "uint8", "photometric": "RGB"}
    profile |= {"crs": "EPSG:32633", "transform": Affine(1, 0, east, 0, -1, 5_000_000), "tiled": True}
    with rasterio.open(path, "w", **profile) as target:
        target.write(pixels)


def write_mosaic(path: Path, tiles: Path) -> None:
    """Four Sentinel-2 images side by side, brought to the pixels of 2.5 m that a model of aerial pictures is made for.

    Parameters
    ----------
    path : Path
    tiles : Path
        The folder `lulc/msclip_s2_l2a` of the real data: a coast, fields, a village and dry land.
    """
    files = sorted(tiles.glob("*.tif"))
    coast, dry, village, fields = (_picture(files[number]) for number in (0, 1, 2, 4))
    pixels = np.concatenate([np.concatenate([coast, fields], 1), np.concatenate([village, dry], 1)])
    pixels = cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC).transpose(2, 0, 1)
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "photometric": "RGB", "tiled": True}
    profile |= {"height": pixels.shape[1], "width": pixels.shape[2]}
    profile |= {"crs": "EPSG:32633", "transform": Affine(2.5, 0, 500_000, 0, -2.5, 5_000_000)}
    with rasterio.open(path, "w", **profile) as target:
        target.write(pixels)


def _picture(path: Path) -> np.ndarray:
    """True colours uint8 [H, W, 3], from 1 on: 0 is for what was not observed."""
    with rasterio.open(path) as source:
        pixels = source.read([4, 3, 2]).transpose(1, 2, 0).astype(np.float32)
    low, high = np.percentile(pixels, (0.5, 99.5))
    shares = np.clip((pixels - low) / (high - low), 0, 1)
    return (1 + 254 * shares**0.7).astype(np.uint8)


if __name__ == "__main__":
    if sys.argv[1] == "encoder":
        write_encoder(Path(sys.argv[2]))
    elif sys.argv[1] == "recognition":
        write_recognition(Path(sys.argv[2]))
    elif sys.argv[1] == "mosaic":
        write_mosaic(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        write_ground(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
