"""What lies beside a file of a stranger's, or is named in it: pipes, endless headers, other tables, files of grids."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from engine.errors import InputError
from engine.raster._ogr import pyogrio
from engine.raster._products import parts_of
from engine.raster.image import open_image
from engine.raster.vectors import read_features, read_polygons

GRIDS = (
    'GEOGCS["a",DATUM["a",SPHEROID["a",6378137,298],EXTENSION["PROJ4_GRIDS","{}/pipe"]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]]'
)
needs_pipes = pytest.mark.skipif(os.name == "nt", reason="there are no pipes")


def raster(path: Path, driver: str, **more: object) -> Path:
    values = np.random.default_rng(1).integers(1, 9000, (1, 64, 64)).astype(np.int16)
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 400_000, 0, -10, 5_500_000)}
    with rasterio.open(path, "w", driver=driver, dtype="int16", count=1, height=64, width=64, **place, **more) as file:
        file.write(values)
    return path


def layer(path: Path, driver: str) -> Path:
    shapes, names = shapely.to_wkb([shapely.box(13, 49, 14, 50)]), np.array(["a"], object)
    pyogrio.raw.write(path, shapes, [names], ["class"], geometry_type="Polygon", crs="EPSG:4326", driver=driver)
    return path


def refused(path: Path, why: str) -> None:
    with pytest.raises(InputError, match=why):
        open_image([str(path)]).close() if path.suffix in IMAGES else read_polygons(str(path))


IMAGES = (".img", ".rst", ".sdat", ".bil", ".vrt", ".tif", ".gif")


@needs_pipes
def test_a_file_that_an_image_goes_on_in_is_no_pipe(tmp_path: Path) -> None:
    erdas = raster(tmp_path / "long.img", "HFA", USE_SPILL="YES")
    with open_image([str(erdas)]):
        pass
    os.mkfifo(tmp_path / "pipe.ige")
    erdas.write_bytes(erdas.read_bytes().replace(b"long.ige", b"pipe.ige"))
    refused(erdas, r"long\.img names pipe\.ige, which is a pipe or a device, not a file; remove it\.")
    idrisi = raster(tmp_path / "b.rst", "RST")
    os.mkfifo(tmp_path / "pipe.ref")
    header = idrisi.with_suffix(".rdc")
    header.write_text(header.read_text().replace("utm-33n", "pipe"))
    refused(idrisi, r"b\.rst names pipe\.ref, which is a pipe")


@pytest.mark.parametrize(
    ("name", "driver", "header"), [("a.sdat", "SAGA", "sgrd"), ("a.bil", "EHdr", "hdr"), ("a.bil", "EHdr", "prj")]
)
def test_a_header_is_no_file_without_end(tmp_path: Path, name: str, driver: str, header: str) -> None:
    path = raster(tmp_path / name, driver)
    os.truncate(path.with_suffix(f".{header}"), 2**40)
    refused(path, rf"a\.{header} beside .* is over 4 MB long and no header; remove it\.")


def test_nor_in_a_zip_file_nor_of_a_layer(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", "ESRI Shapefile")
    with zipfile.ZipFile(tmp_path / "a.shp.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                archive.writestr(
                    part.name, part.read_bytes().ljust(5_000_000) if part.suffix == ".prj" else part.read_bytes()
                )
    refused(tmp_path / "a.shp.zip", r"a\.prj in .* is over 4 MB long and no header")
    os.truncate(path.with_suffix(".cpg"), 2**40)
    refused(path, r"a\.cpg beside .* is over 4 MB long")


@needs_pipes
@pytest.mark.parametrize("name", ["a.gdb", "folder"])
def test_no_pipe_lies_in_a_folder_of_layers(tmp_path: Path, name: str) -> None:
    if name == "folder":
        (tmp_path / name).mkdir()
        layer(tmp_path / name / "a.shp", "ESRI Shapefile")
    else:
        layer(tmp_path / name, "OpenFileGDB")
    assert len(read_polygons(str(tmp_path / name))[0]) == 1
    os.mkfifo(tmp_path / name / "other.shp")
    refused(tmp_path / name, r"other\.shp beside .* is a pipe or a device")


def test_a_table_of_other_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tab"
    path.write_text('!Table\n!Version 100\nOPEN TABLE "../b.tab" Hide\nCreate View a As Select * From b\n')
    refused(path, r"a\.tab is made of other tables; save it as a GeoPackage\.")


@pytest.mark.parametrize("escaped", [False, True])
def test_esri_json_names_no_file_of_grids(tmp_path: Path, escaped: bool) -> None:
    ring = [[13, 49], [13, 50], [14, 50], [13, 49]]
    told = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkt": GRIDS.format(tmp_path)},
        "features": [{"attributes": {}, "geometry": {"rings": [ring]}}],
    }
    text = (
        json.dumps(told).replace('"wkt"', r'"\u0077kt"').replace("GRIDS", r"\u0047RIDS")
        if escaped
        else json.dumps(told)
    )
    path = tmp_path / "a.json"
    path.write_text(text)
    refused(path, "names files of grids")
    path.write_text(json.dumps({**told, "spatialReference": {"wkid": 4326}}))
    assert len(read_polygons(str(path))[0]) == 1


def test_nor_does_a_package_however_long_it_is_nor_a_prj(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.gpkg", "GPKG")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE before (long)")
        database.execute("INSERT INTO before VALUES (zeroblob(5000000))")
        text = GRIDS.format(tmp_path)
        database.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('a', 7, 'NONE', 7, ?, '')", (" " * 90_000 + text,))
    refused(path, "names files of grids")
    shapes = layer(tmp_path / "b.shp", "ESRI Shapefile")
    shapes.with_suffix(".prj").write_text(" " * 2_000_000 + text)
    refused(shapes, "names files of grids")


def test_a_coordinate_system_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", "ESRI Shapefile")
    path.with_suffix(".prj").write_bytes(b'LOCAL_CS["\x1b[2J\x9b"]')
    refused(path, "is not a vector file|coordinate system")


def test_many_layers_are_not_all_listed(tmp_path: Path) -> None:
    ring = "<LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing>"
    polygon = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    folders = "".join(f"<Folder><name>l{n}</name><Placemark>{polygon}</Placemark></Folder>" for n in range(500))
    path = tmp_path / "a.kml"
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>')
    with pytest.raises(InputError, match=r"several layers of polygons \(l0, l1, .*l11, …\); append"):
        read_features(str(path))


def test_what_a_virtual_raster_is_made_of_is_no_larger_than_a_raster(tmp_path: Path) -> None:
    shape = {"count": 1, "height": 40_000, "width": 40_000, "blockxsize": 40_000, "blockysize": 40_000}
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 400_000, 0, -10, 5_500_000)}
    bomb = tmp_path / "S1_VV.tif"
    with rasterio.open(bomb, "w", driver="GTiff", dtype="float32", tiled=True, sparse_ok=True, **shape, **place):
        pass
    source = f"<SimpleSource><SourceFilename>{bomb}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
    path = tmp_path / "S1.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="256" rasterYSize="256"><SRS>EPSG:32633</SRS><GeoTransform>400000,10,0,5500000,0,-10'
        f'</GeoTransform><VRTRasterBand dataType="Float32" band="1">{source}</VRTRasterBand></VRTDataset>'
    )
    refused(path, r"S1_VV\.tif, of which .*S1\.vrt is made, can only be read 6,104 MB at a time")
    image = raster(tmp_path / "a.tif", "GTiff")
    bomb.rename(tmp_path / "a.tif.msk")
    refused(image, r"a\.tif\.msk, of which .*a\.tif is made, can only be read 6,104 MB at a time")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a system without /proc")
def test_a_folder_of_the_system_whose_files_come_and_go_is_one_sentence():
    with pytest.raises(InputError, match=r"^/proc (cannot be looked through|holds)"):
        parts_of("/proc")
