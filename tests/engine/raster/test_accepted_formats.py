"""Every format that is promised is read: images with their values and place, layers with their polygons and place."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine

from engine.raster._ogr import pyogrio
from engine.raster.image import open_image
from engine.raster.vectors import read_polygons

PLACE = Affine(10, 0, 400_000, 0, -10, 5_500_000)
VALUES = np.random.default_rng(1).integers(1, 250, (64, 80)).astype(np.uint8)
IMAGES = {
    "a.tif": "GTiff",
    "cog.tif": "COG",
    "a.img": "HFA",
    "a.dat": "ENVI",
    "a.bil": "EHdr",
    "a.sdat": "SAGA",
    "a.rst": "RST",
    "a.asc": "AAIGrid",
    "a.jp2": "JP2OpenJPEG",
    "a.png": "PNG",
    "a.gpkg": "GPKG",
    "a.vrt": "VRT",
}
LAYERS = {
    "a.gpkg": "GPKG",
    "a.geojson": "GeoJSON",
    "a.geojsonl": "GeoJSONSeq",
    "a.fgb": "FlatGeobuf",
    "a.kml": "KML",
    "a.shp": "ESRI Shapefile",
    "a.tab": "MapInfo File",
    "a.mif": "MapInfo File",
    "a.gdb": "OpenFileGDB",
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(tmp_path: Path, name: str) -> None:
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": 64, "width": 80}
    source, path = tmp_path / "source.tif", tmp_path / name
    with rasterio.open(source, "w", crs="EPSG:32633", transform=PLACE, **profile) as file:
        file.write(VALUES, 1)
    more = (
        {"QUALITY": "100", "REVERSIBLE": "YES"} if name == "a.jp2" else {"TILE_FORMAT": "PNG"} if "gpkg" in name else {}
    )
    rasterio.shutil.copy(source, path, driver=IMAGES[name], **more)
    with open_image([str(path)]) as image:
        assert image.grid.transform.almost_equals(PLACE)
        assert image.grid.crs.to_epsg() == 32633
        assert (image.read(image.grid)[0] == VALUES).all()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(tmp_path: Path, name: str, zipped: bool) -> None:
    square = shapely.box(13.1, 49.1, 13.2, 49.2)
    folder = tmp_path / "layer"
    folder.mkdir()
    _write(folder / name, LAYERS[name], square)
    path = str(folder / name)
    if zipped:
        ending = {"a.shp": ".zip", "a.kml": ".kmz", "a.gdb": ".gdb.zip"}.get(name, ".zip")
        archive = tmp_path / f"a{ending}"
        with zipfile.ZipFile(archive, "w") as opened:
            for part in sorted(folder.rglob("*")):
                if part.is_file():
                    opened.write(part, part.relative_to(folder))
        path = str(archive) if ending != ".zip" or name == "a.shp" else f"/vsizip/{archive}/{name}"
    geometries, crs, *_ = read_polygons(path)
    assert crs.to_epsg() == 4326
    assert geometries[0].symmetric_difference(square).area < 1e-6


def test_one_of_several_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for number in range(3):
        _write(path, "GPKG", shapely.box(number, 1, number + 1, 2), layer=f"layer {number}", append=number > 0)
    geometries, *_ = read_polygons(f"{path}|layername=layer 2")
    assert geometries[0].bounds == (2, 1, 3, 2)


def test_esri_json(tmp_path: Path) -> None:
    ring = [[13, 49], [13, 50], [14, 50], [13, 49]]
    told = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326, "latestWkid": 4326}}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**told, "features": [{"attributes": {"a": 1}, "geometry": {"rings": [ring]}}]}))
    assert read_polygons(str(path))[0][0].area == 0.5


def _write(path: Path, driver: str, shape: shapely.Polygon, **more: object) -> None:
    shapes, names = shapely.to_wkb([shape]), np.array(["a"], object)
    place = {"geometry_type": "Polygon", "crs": "EPSG:4326", "driver": driver}
    pyogrio.raw.write(path, shapes, [names], ["class"], **place, **more)
