"""Malformed inputs, each made from a seed: rasters, vectors, requests and areas of interest."""

from __future__ import annotations

import json
import random
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

__all__ = ["KINDS", "Words", "request_text", "words_of_case"]

Words = list[str]

WHERE = Affine(10, 0, 400_000, 0, -10, 5_500_000)
LAYERS = ("--post", "--post", "--post", "--pre", "--dem", "--hand", "--permanent-water")
DTYPES = ("uint8", "int8", "uint16", "int16", "int32", "uint32", "float32", "float64", "complex64", "int64")
NODATA = (None, 0, -9999, 1e30, -1.5, 255, float("nan"), float("inf"))
SYSTEMS = (
    None,
    "EPSG:32633",
    "EPSG:32633",
    "EPSG:32633",
    "EPSG:4326",
    "EPSG:3857",
    "EPSG:4978",
    "EPSG:3031",
    "EPSG:2154",
    "ESRI:54030",
    "EPSG:5514",
)
TRANSFORMS = (
    *(
        WHERE,
        WHERE,
        WHERE,
        WHERE,
        Affine.identity(),
        Affine(10, 0, 400_000, 0, 10, 5_500_000),
        Affine(0, 0, 1, 0, 0, 1),
    ),
    *(Affine(10, 3, 400_000, 3, -10, 5_500_000), Affine(1e-9, 0, 400_000, 0, -1e-9, 5_500_000)),
    *(Affine(1e9, 0, 0, 0, -1e9, 0), Affine(-10, 0, 400_000, 0, -10, 5_500_000), Affine(10, 0, 1e15, 0, -10, -1e15)),
    *(
        Affine(float("nan"), 0, 0, 0, -10, 0),
        Affine(10, 0, float("inf"), 0, -10, 0),
        Affine(0.1, 0, 179.5, 0, -0.1, 89.9),
    ),
)
TAGS = ("dB", "linear power", "amplitude", "furlongs", "", "0", "DB\nDB", "power " * 500)
NAMES = ("VV", "VH", "vv", "HH", "", "Sigma0_VV_db", "ψ", "VV,VH")
TEXTS = (
    *(
        "",
        " ",
        "nan,nan,nan,nan",
        "1e400,0,1e401,1",
        "-inf,0,inf,1",
        "15,49,15,49",
        "16,50,15,49",
        "0,0,0",
        "1,2,3,4,5",
    ),
    *(
        "--",
        ",,,",
        "15.0;49.0;15.1;49.1",
        "١٥,٤٩,١٦,٥٠",
        "/dev/null",
        "/",
        "..",
        "a" * 500,
        "\udcff.gpkg",
        "|layername=x",
    ),
    *(
        "{}",
        "{",
        "[]",
        "{]",
        '{"type": null}',
        '{"type": "Polygon"}',
        "POLYGON((0 0,1 0,1 1,0 0))",
        "/vsicurl/x",
        "%s%n",
    ),
    *('{"type": "Feature", "geometry": 5}', '{"type": "FeatureCollection", "features": null}', "/vsizip/nothing.zip/a"),
    '{"type": "FeatureCollection", "features": [' * 2000,
    '{"type":"Polygon","coordinates":' + "[" * 3000 + "]" * 3000 + "}",
)
JSON_VALUES = (
    None,
    True,
    0,
    -1,
    1.5,
    1e400,
    "",
    "x",
    "\0",
    "\ud800",
    [],
    [[]],
    [None],
    {},
    {"a": 1},
    [["a"], 5],
    "a" * 999,
)


# Bytes ----------------------------------------------------------------------------------------------------------------


def spoil(data: bytes, source: random.Random) -> bytes:
    """A file as bad disks, bad cables and broken downloads leave it."""
    changed = bytearray(data)
    way = source.choice(
        (
            "bits",
            "bits",
            "bits",
            "bits in the header",
            "bits in the header",
            "cut",
            "hole",
            "hole",
            "more",
            "swapped",
            "noise",
            "nothing",
            "magic",
        )
    )
    if way.startswith("bits"):
        end = len(changed) if way == "bits" else min(1024, len(changed))
        for _ in range(source.choice((1, 1, 5, 50))):
            changed[source.randrange(end)] ^= 1 << source.randrange(8)
    elif way == "cut":
        del changed[source.randrange(len(changed)) :]
    elif way == "hole":
        start = source.randrange(len(changed))
        changed[start : start + 4096] = bytes(len(changed[start : start + 4096]))
    elif way == "more":
        start = source.randrange(len(changed))
        changed[start:start] = source.randbytes(source.choice((1, 100, 10_000)))
    elif way == "swapped":
        half = len(changed) // 2
        changed = changed[half:] + changed[:half]
    elif way == "noise":
        changed[:] = source.randbytes(5000)
    elif way == "nothing":
        changed.clear()
    else:
        changed[:4] = source.choice((b"MM\0*", b"II+\0", b"\x89PNG", b"PK\3\4", b"%PDF", b"\0\0\0\0", b"<VRT", b"GIF8"))
    return bytes(changed)


# Rasters --------------------------------------------------------------------------------------------------------------


def spoilt_raster(source: random.Random, folder: Path, scene: Path, name: str) -> Path:
    path = folder / source.choice(("a.tif", "a.tif", "a.TIF", "ä b.tif", "a.img", "a", "a.zip", "manifest.safe"))
    path.write_bytes(spoil((scene / name).read_bytes(), source))
    return path


def odd_raster(source: random.Random, folder: Path, scene: Path, name: str) -> Path:
    """A raster that is whole but like none that anybody means."""
    shape = source.choice(((1, 1), (1, 300), (300, 1), (2, 2), (40, 50), (256, 320)))
    bands = source.choice((1, 2, 2, 2, 3, 5) if name == "post.tif" else (1, 1, 1, 1, 2))
    dtype = source.choice(DTYPES)
    values = np.random.default_rng(source.randrange(2**32)).gamma(2, 0.05, (bands, *shape)) * source.choice(
        (1, 1, 1e4, -1, 1e38)
    )
    values.flat[:: source.choice((1, 3, 10**9))] = source.choice((0, np.nan, np.inf, -np.inf, 1, -9999))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = values.astype(dtype)
    driver = source.choice(("GTiff",) * 6 + ("ENVI", "PNG", "HFA", "AAIGrid"))
    path = (
        folder
        / {"GTiff": "odd.tif", "ENVI": "odd.dat", "PNG": "odd.png", "HFA": "odd.img", "AAIGrid": "odd.asc"}[driver]
    )
    profile = {
        "driver": driver,
        "dtype": dtype,
        "count": bands,
        "height": shape[0],
        "width": shape[1],
        "crs": source.choice(SYSTEMS),
        "transform": source.choice(TRANSFORMS),
        "nodata": source.choice(NODATA),
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, "w", **profile) as target:
                target.write(values)
                target.update_tags(UNITS=source.choice(TAGS), CALIBRATION=source.choice(TAGS))
                if source.random() < 0.3:
                    target.scales = [source.choice((0.0, 1e-300, float("nan"), 2.0))] * bands
                for band in range(1, bands + 1):
                    target.set_band_description(band, source.choice(NAMES))
    except Exception:  # the format cannot hold this: then it is a file that somebody began to write
        if not path.exists():
            path.write_bytes(b"")
    return path


def virtual_raster(source: random.Random, folder: Path, scene: Path, name: str) -> Path:
    path = folder / "odd.vrt"
    post = scene / name
    size = source.choice(("320", "0", "-5", "x", "99999999"))
    target = source.choice((str(path), str(post), "nowhere.tif", "", "/dev/zero"))
    band = source.choice(('dataType="Float32"', 'dataType="Nonsense"', ""))
    text = (
        f'<VRTDataset rasterXSize="{size}" rasterYSize="256"><SRS>{source.choice(("EPSG:32633", "x"))}</SRS>'
        f'<GeoTransform>400000,10,0,5500000,0,-10</GeoTransform><VRTRasterBand {band} band="1"><SimpleSource>'
        f"<SourceFilename>{target}</SourceFilename><SourceBand>{source.choice((1, 9, -1))}</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    path.write_text(text if source.random() < 0.7 else text[: source.randrange(len(text))])
    return path


def raster(source: random.Random, folder: Path, scene: Path) -> Words:
    make = source.choice((spoilt_raster, spoilt_raster, odd_raster, odd_raster, virtual_raster))
    option = source.choice(LAYERS)
    path = str(make(source, folder, scene, "post.tif" if option in ("--post", "--pre") else "dem.tif"))
    words = [option, path] if option == "--post" else ["--post", str(scene / "post.tif"), option, path]
    if source.random() < 0.2:
        words += ["--units", source.choice(("db", "power", "amplitude", "display"))]
    if source.random() < 0.2:
        words += ["--bands", source.choice(("VV,VH", "VH", "VV,VV", "skip", "skip,VV", ","))]
    return words


# Vectors --------------------------------------------------------------------------------------------------------------


def shapes(source: random.Random) -> list[Any]:
    west, north = 400_000.0, 5_500_000.0
    square = shapely.box(west + 100, north - 900, west + 900, north - 100)
    bow_tie = shapely.Polygon([(west, north), (west + 900, north - 900), (west + 900, north), (west, north - 900)])
    odd = [
        *(
            square,
            square,
            square,
            square,
            bow_tie,
            square.boundary,
            square.centroid,
            shapely.Polygon(),
            None,
            shapely.box(west, north, west, north),
        ),
        *(shapely.box(-1e300, -1e300, 1e300, 1e300), shapely.box(0, 0, 1, 1), shapely.GeometryCollection([square])),
        *(shapely.MultiPolygon([square, square]), shapely.force_3d(square, 1e308), shapely.box(-180, -90, 180, 90)),
        shapely.Polygon([(0, 0), (1, float("nan")), (2, float("inf")), (0, 0)]),
    ]
    return source.choices(odd, k=source.choice((0, 1, 1, 2, 5)))


def vector(source: random.Random, folder: Path, scene: Path) -> Words:
    path = folder / source.choice(("odd.gpkg", "odd.gpkg", "odd.geojson", "odd.shp", "odd.fgb"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            geopandas.GeoDataFrame(geometry=shapes(source), crs=source.choice(SYSTEMS)).to_file(path)
    except Exception:  # the format cannot hold this
        if not path.exists():
            path.write_bytes(b"")
    if source.random() < 0.4:
        path.write_bytes(spoil(path.read_bytes() or b"?" * 99, source))
    option = source.choice(("--aoi", "--aoi", "--permanent-water"))
    layer = source.choice(("", "", "", "|layername=odd", "|layername=", "|layerid=7", "|subset=1=1"))
    return ["--post", str(scene / "post.tif"), option, f"{path}{layer}"]


# Words ----------------------------------------------------------------------------------------------------------------


def area(source: random.Random, folder: Path, scene: Path) -> Words:
    text = source.choice(TEXTS)
    if source.random() < 0.4:
        square = [[13.6, 49.6], [13.7, 49.6], [13.7, 49.7], [13.6, 49.6]]
        value: dict[str, Any] = {"type": "Polygon", "coordinates": [square]}
        place = source.choice(("type", "coordinates", "ring", "corner", "number"))
        odd = source.choice((None, "x", [], {}, 1e308, -1, [[]], ["a", "b"], [1], [1, 2, 3, 4, 5], "Polygon"))
        if place in value:
            value[place] = odd
        elif place == "ring":
            value["coordinates"][0] = odd
        elif place == "corner":
            square[source.randrange(4)] = odd
        else:
            square[source.randrange(4)][0] = odd
        text = json.dumps(source.choice((value, {"type": "Feature", "geometry": value})))
    words = ["--post", str(scene / "post.tif"), f"--aoi={text}"]
    if source.random() < 0.3:
        words.append(
            f"--{source.choice(('min-area', 'max-slope', 'event', 'dem', 'pre', 'device'))}={source.choice(TEXTS)}"
        )
    return words


def request_text(source: random.Random, out: Path, scene: Path) -> str:
    """A request as it might stand in the job database."""
    values: dict[str, Any] = {
        "kind": "flood",
        "post": [str(scene / "post.tif")],
        "mask": str(out / "flood.tif"),
        "report": str(out / "report.json"),
    }
    names = (
        *(
            "kind",
            "post",
            "pre",
            "aoi",
            "dem",
            "units",
            "bands",
            "speckle_filter",
            "speckle_window",
            "threshold",
            "min_area_ha",
        ),
        *("max_slope_deg", "device", "event", "mask", "polygons", "report", "quicklook", "unknown", ""),
    )
    for name in source.sample(names, source.choice((1, 1, 2, 3))):
        if source.random() < 0.15:
            values.pop(name, None)
        else:
            values[name] = source.choice(JSON_VALUES)
    text = json.dumps(source.choice((values,) * 90 + JSON_VALUES))
    return text if source.random() < 0.93 else text[: source.randrange(len(text))]


KINDS: dict[str, Callable[[random.Random, Path, Path], Words]] = {"raster": raster, "vector": vector, "area": area}


def words_of_case(kind: str, source: random.Random, folder: Path, scene: Path) -> Words:
    """The words of a command with something malformed, which lies in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return KINDS[kind](source, folder, scene)
