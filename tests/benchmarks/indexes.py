"""Models without training and indexes without a model, to measure on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from engine.cards.card import BandSpec, Card
from engine.raster.stamps import stamp
from engine.search.index.cutting import Locator
from engine.search.index.lattice import Lattice
from engine.search.index.manifest import About, Manifest, Source, write_about
from engine.search.index.pictures import open_picture
from engine.search.index.segments import SegmentWriter

__all__ = ["SIDE", "random_index", "random_tower", "write_ground"]

SIDE, DIMENSION = 96, 384
PATTERN = 1024  # pixels after which the ground repeats
ROWS = 65_536


def random_tower(folder: Path) -> Path:
    """GeoFM basic's towers as a model's folder, the image tower untrained: as fast as the trained one."""
    import torch

    from engine.adaptation.basic.network import TileEncoder
    from engine.encoders import minilm
    from engine.encoders.exporting import exported, quantised_by
    from engine.models.onnx_library import onnxruntime
    from engine.models.store import write_model

    torch.manual_seed(0)
    network = TileEncoder(DIMENSION).eval()
    graph = exported(network, {"tiles": torch.zeros(2, 3, SIDE, SIDE)}, {"tiles": {0: "batch"}})
    pixels = np.random.default_rng(0).uniform(0, 255, (32, 3, SIDE, SIDE)).astype(np.float32)
    parameters = {
        "dimension": DIMENSION,
        "concepts": [{"name": "anything", "classes": ["anything"], "phrases": ["anything"]}],
        "text": {"name": minilm.NAME, "sha256": minilm.SHA256},
        "known": {"threshold": 0.5, "softness": 0.1},
    }
    card = Card(
        name="untrained",
        title="Untrained tower",
        task="dual-encoder",
        architecture="geofm-basic",
        parameters=parameters,
        weights="model.onnx",
        sha256="",
        bands=tuple(BandSpec(name, "display") for name in ("red", "green", "blue")),
        tile=SIDE,
    )
    onnx = quantised_by(graph, "tiles", [pixels])
    session = onnxruntime().InferenceSession(onnx, providers=["CPUExecutionProvider"])
    golden = pixels[:1], session.run(None, {"tiles": pixels[:1]})[0]
    write_model(folder, card, onnx=onnx, golden=golden)
    return folder


def write_ground(path: Path, side: int, left: float = 500_000) -> Path:
    """A GeoTIFF of `side` x `side` pixels of 1 m, three bytes each, tiled and compressed, with texture at all sizes."""
    source = np.random.default_rng(int(left))
    pixels = np.zeros((3, PATTERN, PATTERN))
    for cells in (4, 16, 64, 256, PATTERN):
        pixels += source.normal(0, 20, (3, cells, cells)).repeat(PATTERN // cells, 1).repeat(PATTERN // cells, 2)
    pattern = np.clip(pixels + 110, 1, 255).astype(np.uint8)
    profile = {"driver": "GTiff", "count": 3, "height": side, "width": side, "dtype": "uint8", "crs": "EPSG:32633"}
    profile |= {"transform": Affine(1, 0, left, 0, -1, 5_000_000), "photometric": "RGB", "compress": "deflate"}
    profile |= {"tiled": True, "blockxsize": 512, "blockysize": 512, "zlevel": 1}
    with rasterio.open(path, "w", **profile) as target:
        for row in range(0, side, PATTERN):
            height = min(PATTERN, side - row)
            wide = np.tile(pattern[:, :height], (1, 1, -(-side // PATTERN)))[:, :, :side]
            target.write(wide, window=rasterio.windows.Window(0, row, side, height))
    return path


def random_index(
    folder: Path, images: list[Path], window_m: float, dimension: int, fingerprint: str = "", model: str = ""
) -> Path:
    """An index of the images' windows with random vectors, without reading the images."""
    about = About(
        folder.name, model or "random", "Random", fingerprint or "0" * 64, dimension, SIDE, None, (window_m,), 0.5, 0.5
    )
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    sources: list[Source] = []
    with SegmentWriter(folder, (), 1, dimension) as writer:
        for number, path in enumerate(images, 1):
            with open_picture([str(path)]) as picture:
                lattice, composite = Lattice(picture.grid, (window_m,), 0.5), picture.composite
            windows = [
                (row.top, left, row.height, row.width, window_m, 1.0) for row in lattice.rows for left in row.columns()
            ]
            runs: list[tuple[int, int, int]] = []
            for start in range(0, len(windows), ROWS):
                places = Locator(lattice.grid, 1)(windows[start : start + ROWS])
                places["source"] = number
                vectors = random.standard_normal((len(places), dimension), np.float32)
                vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                runs += writer.append(vectors.astype(np.float16), places)
            grid = lattice.grid
            sources.append(
                Source(
                    id=number,
                    files=(str(path),),
                    stamps=(stamp(str(path)),),
                    names=None,
                    crs=f"EPSG:{grid.crs.to_epsg()}",
                    transform=tuple(grid.transform)[:6],
                    width=grid.width,
                    height=grid.height,
                    gsd_m=1.0,
                    acquired=None,
                    composite=composite.names,
                    bands=composite.bands,
                    stretch=((0.0, 255.0),) * 3,
                    window_m=(window_m,),
                    factor=1,
                    candidates=len(windows),
                    position=len(windows),
                    runs=tuple(runs),
                )
            )
        writer.commit()
        manifest = Manifest(
            about,
            sources=tuple(sources),
            segments=writer.segments,
            next_source=len(images) + 1,
            next_segment=writer.next_segment,
        )
    manifest.write(folder, backup=True)
    write_about(folder, about)
    return folder
