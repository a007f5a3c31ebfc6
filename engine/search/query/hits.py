"""What a search leaves: the hits as a layer and as a table, and a picture of each."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from ...errors import InputError, OutputError
from ...jobs.working import open_working_file
from ...raster.crs import WGS84, transformer
from ...raster.grid import Grid
from ...raster.polygons import write_layer
from ...raster.sink import atomic, explained
from ..index.checking import stale
from ..index.lattice import coordinates
from ..index.manifest import Source
from ..index.pictures import Picture, Pictures
from ..index.store import Index

__all__ = ["LAYER", "Hit", "hits_at", "thumbnails", "write_hits", "write_table"]

Bytes = NDArray[np.uint8]

LAYER = "hits"
FIELDS = ("rank", "score", "similarity", "source", "date", "window_m", "path", "tile", "lon", "lat", "stale")
THUMBNAIL = 160  # pixels of the longer side
QUALITY = 85
MOST_PIXELS = 2**28  # of a window that is read for its thumbnail


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit.

    Attributes
    ----------
    rank : int
        From 1.
    tile : int
        Its number, for marks and for "more like this".
    score : float
        Standard deviations above what the query gives to the index's average tile.
    similarity : float
        Cosine with what is wanted.
    source, path, date : str
        The image's name, first file and day of acquisition ('' if unknown).
    window_m : float
    lon, lat : float
        Of the centre, WGS84 degrees.
    polygon : tuple of (lon, lat)
        Its four corners.
    stale : str
        'missing' or 'changed' if the image is not what was indexed; else ''.
    thumbnail : str
        The picture's path; '' if there is none.
    """

    rank: int
    tile: int
    score: float
    similarity: float
    source: str
    path: str
    date: str
    window_m: float
    lon: float
    lat: float
    polygon: tuple[tuple[float, float], ...]
    stale: str = ""
    thumbnail: str = ""


def hits_at(
    index: Index, positions: NDArray[np.int64], scores: NDArray[np.float32], similarities: NDArray[np.float32]
) -> list[Hit]:
    """The hits at some positions, best first."""
    tiles, numbers = index.tiles(positions), index.numbers(positions)
    states = stale(index.sources[int(number)] for number in np.unique(tiles["source"]))
    corners = _corners(index, tiles)
    hits = []
    for row, tile in enumerate(tiles):
        source = index.sources[int(tile["source"])]
        hits.append(
            Hit(
                rank=row + 1,
                tile=int(numbers[row]),
                score=round(float(scores[row]), 4),
                similarity=round(float(similarities[row]), 4),
                source=source.label,
                path=source.files[0],
                date=(source.acquired or "")[:10],
                window_m=round(float(tile["window_m"]), 3),
                lon=float(tile["lon"]),
                lat=float(tile["lat"]),
                polygon=tuple((float(x), float(y)) for x, y in corners[row]),
                stale=states.get(source.id, ""),
            )
        )
    return hits


def write_hits(path: str, hits: Sequence[Hit]) -> None:
    """Write the hits as polygons in WGS84.

    Raises
    ------
    OutputError
        If the GeoPackage cannot be written.
    """
    kinds = {
        "rank": np.int32,
        "tile": np.int64,
        **dict.fromkeys(("score", "similarity", "window_m", "lon", "lat"), float),
    }
    columns = {name: np.array([getattr(hit, name) for hit in hits], kinds.get(name, object)) for name in FIELDS}
    outlines = [shapely.Polygon(hit.polygon) for hit in hits]
    table = geopandas.GeoDataFrame(columns, geometry=outlines, crs="EPSG:4326")
    with atomic(path) as part:
        write_layer(part, table, layer=LAYER, target=Path(path))


def write_table(path: str, hits: Sequence[Hit], more: dict[str, Any]) -> None:
    """Write the hits and what else is known of the search as JSON.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = json.dumps({**more, "hits": [asdict(hit) for hit in hits]}, ensure_ascii=False)
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")


def thumbnails(
    folder: str,
    index: Index,
    pictures: Sequence[Pictures],
    hits: Sequence[Hit],
    positions: NDArray[np.int64],
    check: Callable[[], None] = lambda: None,
) -> list[Hit]:
    """Write a JPEG of each hit, as the model saw it, into a folder that appears whole; the hits with their paths.

    Each of the `pictures` is read by a thread of its own. An image that is gone or damaged gives none, nor does a
    window of more than `MOST_PIXELS`. `check` is called before each; what it raises goes through.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds other files.
    """
    tiles = index.tiles(positions)
    # Neighbours share blocks of their file, which are then read once.
    order = np.lexsort([tiles["column"], tiles["row"], tiles["source"]])
    parts = [rows for rows in np.array_split(order, len(pictures)) if len(rows)]
    with _whole_folder(Path(folder)) as part, ThreadPoolExecutor(len(pictures), "thumbnails") as pool:

        def write(own: Pictures, rows: NDArray[np.int64]) -> list[tuple[int, str]]:
            written = []
            for row in rows:
                check()
                written.append((int(row), _written(part, index, own, tiles[row], hits[row].rank)))
            return written

        with explained(Path(folder)):
            names = dict(item for written in pool.map(write, pictures, parts) for item in written)
    return [
        replace(hit, thumbnail=str(Path(folder) / name)) if (name := names[row]) else hit
        for row, hit in enumerate(hits)
    ]


def _written(folder: Path, index: Index, pictures: Pictures, tile: Any, rank: int) -> str:
    """The name of the JPEG of a tile; '' if its image is gone or damaged."""
    source = index.sources[int(tile["source"])]
    if int(tile["height"]) * int(tile["width"]) > MOST_PIXELS:
        return ""
    try:
        colours = _thumbnail(pictures[source.id], source, tile)
    except InputError:
        return ""
    name = f"{rank:05d}.jpg"
    data = cv2.imencode(".jpg", colours[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    with open_working_file(folder / name, "wb") as file:  # the folder may have come with a link of that name
        file.write(data.tobytes())
    return name


def _thumbnail(picture: Picture, source: Source, tile: Any) -> Bytes:
    """uint8 [H, W, 3], the longer side THUMBNAIL pixels."""
    height, width = int(tile["height"]), int(tile["width"])
    step = max(max(height, width) // THUMBNAIL, 1)
    window = source.grid.window(int(tile["row"]), int(tile["column"]), height, width)
    coarse = Grid(window.crs, window.transform @ Affine.scale(step), max(width // step, 1), max(height // step, 1))
    colours, _ = picture.read(coarse)
    share = THUMBNAIL / max(coarse.width, coarse.height)
    size = max(round(coarse.width * share), 1), max(round(coarse.height * share), 1)
    return np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR))


def _corners(index: Index, tiles: NDArray[Any]) -> NDArray[np.float64]:
    """float64 [N, 4, 2]: longitude and latitude, from the upper left corner clockwise."""
    corners = np.zeros((len(tiles), 4, 2))
    for number in np.unique(tiles["source"]):
        rows = tiles["source"] == number
        own, grid = tiles[rows], index.sources[int(number)].grid
        across = own["column"][:, None] + np.array([0, 1, 1, 0]) * own["width"][:, None]
        down = own["row"][:, None] + np.array([0, 0, 1, 1]) * own["height"][:, None]
        x, y = transformer(grid.crs, WGS84).transform(*coordinates(grid, across.astype(float), down.astype(float)))
        middle = own["lon"][:, None]
        corners[rows] = np.stack([middle + (x - middle + 180) % 360 - 180, y], axis=2)  # across the date line
    return corners


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder`, which takes its place when the block ends well, else is removed."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give the name of a folder for the thumbnails.")
    if folder.is_dir() and any(entry.suffix != ".jpg" for entry in folder.iterdir()):
        raise OutputError(f"The folder {folder} holds other files than thumbnails; choose another folder.")
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    old = part.with_name(part.name + ".old")
    try:
        with explained(folder):
            part.mkdir(parents=True)
        yield part
        with explained(folder):
            if folder.exists():
                folder.replace(old)
            part.replace(folder)
    finally:
        for path in (part, old):
            shutil.rmtree(path, ignore_errors=True)
