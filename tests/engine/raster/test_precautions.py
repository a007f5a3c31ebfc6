"""Files of strangers that would lead elsewhere, never end, or fill the memory are refused before GDAL opens them."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from engine.errors import InputError
from engine.raster._ogr import pyogrio
from engine.raster._precautions import on_network, xml_of
from engine.raster._products import parts_of
from engine.raster.raster_file import RasterFile
from engine.raster.vectors import read_polygons

PLACE = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}


def image(path: Path) -> Path:
    with rasterio.open(path, "w", driver="GTiff", width=20, height=10, count=1, dtype="uint8", **PLACE) as file:
        file.write(np.full((1, 10, 20), 7, np.uint8))
    return path


def virtual(path: Path, *sources: str, relative: int = 1, size: tuple[int, int] = (20, 10)) -> Path:
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{number}"><SimpleSource><SourceFilename relativeToVRT="{relative}">'
        f"{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        for number, source in enumerate(sources, 1)
    )
    srs = "<SRS>EPSG:32633</SRS><GeoTransform>5e5, 10, 0, 5e6, 0, -10</GeoTransform>"
    path.write_text(f'<VRTDataset rasterXSize="{size[0]}" rasterYSize="{size[1]}">{srs}{bands}</VRTDataset>')
    return path


def opened(path: Path | str) -> RasterFile:
    return RasterFile(parts_of(str(path))[0])


def test_a_virtual_raster_of_images_is_read(tmp_path):
    image(tmp_path / "a.tif")
    virtual(tmp_path / "inner.vrt", "a.tif")
    with opened(virtual(tmp_path / "b.vrt", "a.tif", "inner.vrt", "a.tif")) as file:
        assert (file.window([1, 2, 3], 0, 0, 10, 20) == 7).all()
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for name in ("a.tif", "inner.vrt"):
            archive.write(tmp_path / name, name)
    with opened(f"/vsizip/{tmp_path}/c.zip/inner.vrt") as file:
        assert (file.window([1], 0, 0, 10, 20) == 7).all()


@pytest.mark.parametrize(
    "source",
    [
        *("/vsicurl/http://127.0.0.1/a.tif", "http://127.0.0.1/a.tif", "/vsizip//vsis3/bucket/a.zip/a.tif"),
        *("/vsigs_streaming/b/a.tif", "/vsicurl?url=http://127.0.0.1/a.tif"),
    ],
)
@pytest.mark.parametrize("name", ["S1_VV.vrt", "S1_VV.tif"])
def test_a_virtual_raster_of_the_network_is_refused(tmp_path, source, name):
    with pytest.raises(InputError, match="such as images on the network"):
        opened(virtual(tmp_path / name, source))


def test_the_network_is_refused_behind_other_virtual_rasters(tmp_path):
    virtual(tmp_path / "b.vrt", "/vsicurl/http://127.0.0.1/a.tif")
    with pytest.raises(InputError, match="on the network"):
        opened(virtual(tmp_path / "a.vrt", "b.vrt"))


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (("gone.tif",), "gone.tif, which does not exist"),
        (("MEM:::DATAPOINTER=1",), "no plain file"),
        (("GTIFF_DIR:1:a.tif",), "no plain file"),
        (("/vsigzip/a.vrt.gz",), "no plain file"),
        (("/vsisubfile/0_9,pipe",), "no plain file"),
        (("pipe",), "which is a pipe or a device"),
        (("a.vrt",), "without end"),
        (("/dev/zero",), "which is a pipe or a device"),
    ],
)
def test_a_virtual_raster_of_what_is_no_image_is_refused(tmp_path, sources, sentence):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=sentence):
        opened(virtual(tmp_path / "a.vrt", *sources, relative=int(not sources[0].startswith("/"))))


@pytest.mark.parametrize(
    "band",
    [
        "<simplesource><SOURCEFILENAME>{}</SOURCEFILENAME></simplesource>",
        '<SimpleSource SourceFilename="{}"></SimpleSource>',
        "<SimpleSource><SourceFilename><![CDATA[{}]]></SourceFilename></SimpleSource>",
    ],
)
@pytest.mark.parametrize("source", ["/vsicurl/http://127.0.0.1/a.none", 'NETCDF:"http://127.0.0.1/a.nc":v', "pipe"])
def test_gdal_knows_elements_in_any_case_and_attributes(tmp_path, band, source):
    os.mkfifo(tmp_path / "pipe")
    source = str(tmp_path / "pipe") if source == "pipe" else source
    text = band.format(source if "CDATA" in band else source.replace('"', "&quot;"))
    (tmp_path / "a.vrt").write_text(
        '<VRTDataset rasterXSize="20" rasterYSize="10"><VRTRasterBand dataType="Byte" band="1">'
        f"{text}</VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(InputError, match=r"no plain file|a pipe or a device"):
        opened(tmp_path / "a.vrt")


GRIDS = (
    'BOUNDCRS[SOURCECRS[GEOGCRS["a",DATUM["b",ELLIPSOID["c",6378137,298.25]],CS[ellipsoidal,2],AXIS["lat",north],'
    'AXIS["lon",east],ANGLEUNIT["degree",0.0174532925199433]]],TARGETCRS[GEOGCRS["WGS 84",DATUM["World Geodetic System'
    ' 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],CS[ellipsoidal,2],AXIS["lat",north],AXIS["lon",east],'
    'ANGLEUNIT["degree",0.0174532925199433]]],ABRIDGEDTRANSFORMATION["d",METHOD["NTv2"],'
    'PARAMETERFILE["Latitude and longitude difference file","{}"]]]'
)


@pytest.mark.parametrize("where", ["srs", "side file", "geojson", "prj"])
def test_grids_that_a_coordinate_system_names_are_not_opened(tmp_path, where):
    """PROJ would wait for a pipe for ever, with Python's lock held."""
    os.mkfifo(tmp_path / "pipe")
    wkt = GRIDS.format(tmp_path / "pipe")
    if where == "srs":
        path = virtual(tmp_path / "a.vrt", str(image(tmp_path / "b.tif").name))
        path.write_text(path.read_text().replace("EPSG:32633", wkt.replace('"', "&quot;")))
    elif where == "side file":
        path = image(tmp_path / "a.tif")
        path.with_name("a.tif.aux.xml").write_text(
            f"<PAMDataset><SRS>{wkt.replace(chr(34), '&quot;')}</SRS></PAMDataset>"
        )
    else:
        path = tmp_path / f"a.{'geojson' if where == 'geojson' else 'shp'}"
        named = json.dumps({"type": "FeatureCollection", "features": [], "crs": {"type": "name", "name": wkt}})
        path.write_text(named if where == "geojson" else "")
        path.with_suffix(".prj").write_text(wkt)
    with pytest.raises(InputError, match=r"names files of grids|by no code"):
        opened(path).close() if where in ("srs", "side file") else read_polygons(str(path))


def test_a_folder_may_be_called_as_one_of_gdals_begins(tmp_path):
    folder = tmp_path / "vsingh"
    folder.mkdir()
    image(folder / "a.tif")
    opened(virtual(folder / "b.vrt", "a.tif")).close()


def test_virtual_rasters_that_share_many_are_looked_through_once(tmp_path):
    """Seven levels of ten each would be ten million."""
    image(tmp_path / "0-0.tif")
    for level in range(1, 8):
        below = [f"{level - 1}-{number}.{'tif' if level == 1 else 'vrt'}" for number in range(1 if level == 1 else 10)]
        for number in range(10):
            virtual(tmp_path / f"{level}-{number}.vrt", *below)
    opened(tmp_path / "7-0.vrt").close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps pipes elsewhere")
@pytest.mark.parametrize("name", ["S1_VV.tif", "S1_VV.tif.aux.xml", "S1_VV.ovr"])
def test_pipes_are_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    if name != "S1_VV.tif":
        image(tmp_path / "S1_VV.tif")
    with pytest.raises(InputError, match="is a pipe or a device"):
        opened(tmp_path / "S1_VV.tif")


@pytest.mark.parametrize("side", [2**31 - 1, 5_000_000])
def test_more_pixels_than_the_earth_has(tmp_path, side):
    image(tmp_path / "a.tif")
    with pytest.raises(InputError, match="claims"):
        opened(virtual(tmp_path / "a.vrt", "a.tif", size=(side, 64)))
    with pytest.raises(InputError, match="claims"):
        opened(virtual(tmp_path / "a.vrt", "a.tif", size=(64, side)))


def test_more_bands_than_any_image_has(tmp_path):
    image(tmp_path / "a.tif")
    with pytest.raises(InputError, match="5,000 bands"):
        opened(virtual(tmp_path / "a.vrt", *["a.tif"] * 5000))


def test_a_block_that_is_larger_than_the_memory(tmp_path, monkeypatch):
    options: dict[str, object] = {
        "width": 16_000,
        "height": 10_000,
        "count": 1,
        "dtype": "uint8",
        "compress": "deflate",
    }
    options |= {"tiled": True, "blockxsize": 16_000, "blockysize": 10_000}
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", **options, **PLACE) as file:
        file.write(np.zeros((1, 10_000, 16_000), np.uint8))
    monkeypatch.setenv("GEOFM_MEMORY_MB", "500")
    with pytest.raises(InputError, match=r"can only be read 153 MB at a time.*TILED=YES"):
        opened(tmp_path / "a.tif")
    monkeypatch.setenv("GEOFM_MEMORY_MB", "8000")
    opened(tmp_path / "a.tif").close()


@pytest.mark.parametrize("size", ["0", "1e-300", "nan", "inf"])
def test_pixels_without_a_size(tmp_path, size):
    image(tmp_path / "a.tif")
    path = virtual(tmp_path / "b.vrt", "a.tif")
    path.write_text(path.read_text().replace("5e5, 10, 0, 5e6, 0, -10", f"5e5, {size}, 0, 5e6, 0, -{size}"))
    with pytest.raises(InputError, match=r"pixels without size|coordinate system"):
        opened(path)


def test_a_sample_is_searched_in_windows_however_wide_the_raster(tmp_path, monkeypatch):
    image(tmp_path / "a.tif")
    path = virtual(tmp_path / "b.vrt", "a.tif", size=(4_000_000, 3))
    sizes = []
    window = RasterFile.window

    def watched(self, bands, row, column, height, width):
        sizes.append(len(bands) * height * width)
        return window(self, bands, row, column, height, width)

    monkeypatch.setattr(RasterFile, "window", watched)
    with opened(path) as file:
        file.sample(enough=10**9)
    assert max(sizes) <= 2_000_000


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("/vsicurl/https://host/a.tif", "/vsicurl/https://host/a.tif"),
        ("/vsizip//vsicurl/https://host/a.zip/in/a.tif", "/vsicurl/https://host/a.zip"),
        ("/vsizip/{/vsicurl/https://host/a.zip}/in/a.tif", "/vsicurl/https://host/a.zip"),
        ("/vsis3/bucket/key.tif", "/vsis3/bucket/key.tif"),
        ("/vsizip//data/a.zip/vsicurl.tif", None),
        ("/data/vsicurl/a.tif", None),
    ],
)
def test_what_of_a_name_is_fetched(name, part):
    assert on_network(name) == part


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="rot13"?><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
        b"<a>" * 200 + b"</a>" * 200,
        b"<a>" + b"<b/>" * 500_000 + b"</a>",
        b"",
        b"\0",
    ],
)
def test_headers_that_are_none(data):
    with pytest.raises(InputError):
        xml_of(data, "manifest.safe", "header of a satellite product")


def test_an_encrypted_member_is_refused(tmp_path):
    path = tmp_path / "S1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.dim", "<Dimap_Document/>")
    data = bytearray(path.read_bytes())
    for start, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the flag of both headers
        place = data.index(start) + offset
        data[place : place + 2] = struct.pack("<H", 1)
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read"):
        parts_of(str(path))


@pytest.fixture
def geopackage(tmp_path: Path) -> Path:
    path = tmp_path / "a.gpkg"
    shape = np.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))], object)
    options = {"layer": "a", "geometry_type": "Polygon", "crs": "EPSG:4326", "driver": "GPKG"}
    pyogrio.raw.write(str(path), shape, [], [], **options)
    return path


COMPUTED = {
    "endless": "CREATE VIEW v AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x FROM t)"
    " SELECT x AS fid, NULL AS geom FROM t",
    "large": "CREATE VIEW v AS SELECT 1 AS fid, zeroblob(900000000) AS geom",
    "generated": "CREATE TABLE v(fid INTEGER PRIMARY KEY, geom BLOB AS (zeroblob(900000000)) VIRTUAL)",
}


@pytest.mark.parametrize("kind", COMPUTED)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_layer_that_is_computed_is_refused(geopackage, kind, zipped):
    with sqlite3.connect(geopackage) as database:
        database.execute(COMPUTED[kind])
        database.execute("INSERT INTO gpkg_contents(table_name, data_type, srs_id) VALUES ('v', 'features', 4326)")
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 4326, 0, 0)")
    database.close()
    path = str(geopackage)
    if zipped:
        with zipfile.ZipFile(geopackage.with_suffix(".zip"), "w") as archive:
            archive.write(geopackage, "a.gpkg")
        path = f"/vsizip/{geopackage.with_suffix('.zip')}/a.gpkg"
    with pytest.raises(InputError, match="computes what it holds"):
        read_polygons(f"{path}|layername=v")


def test_a_geopackage_in_a_zip_is_looked_at_whatever_its_name(geopackage):
    with sqlite3.connect(geopackage) as database:
        database.execute(COMPUTED["endless"])
    database.close()
    path = geopackage.with_suffix(".gpkg.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(geopackage, "a.gpkg")
    with pytest.raises(InputError, match="computes what it holds"):
        read_polygons(str(path))


@pytest.mark.parametrize(("name", "start"), [("doc.kml", "<kml>"), ("a.geojson", "{")])
def test_text_that_unpacks_to_more_than_any_layer_is_refused(tmp_path, name, start, monkeypatch):
    monkeypatch.setattr("engine.raster._vector_precautions.MOST_MEMBER_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, start + " " * 2000)
    with pytest.raises(InputError, match="unpack it"):
        read_polygons(str(tmp_path / "a.kmz"))


@pytest.mark.parametrize("key", ['"crs"', '"CRS"', '"\\u0063r\\u0053"'])
@pytest.mark.parametrize("kind", ["link", "URL", 5])
def test_a_coordinate_system_that_is_an_address_is_refused(tmp_path, key, kind):
    ring = "[[[0, 0], [1, 0], [1, 1], [0, 0]]]"
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {{"type": "Polygon", "coordinates": {ring}}}}}'
    named = f'{key}: {{"type": {json.dumps(kind)}, "properties": {{"href": "http://127.0.0.1/", "url": "http://a/"}}}}'
    (tmp_path / "a.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{feature}], {named}}}')
    with pytest.raises(InputError, match="by no code"):
        read_polygons(str(tmp_path / "a.geojson"))
    for trick in (
        '"crs": {"TYPE": "link", "type": "name", "properties": {"href": "http://127.0.0.1/"}}',
        '\'crs\': {"type": "link"}',
        '"crs"/*x*/: {"type": "link"}',
        '"crs": /*x*/ {"type": "link"}',
    ):
        (tmp_path / "a.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{feature}], {trick}}}')
        with pytest.raises(InputError, match="by no code"):
            read_polygons(str(tmp_path / "a.geojson"))
    code = f'{key}: {{"type": "name", "properties": {{"name": "EPSG:3857"}}}}'
    (tmp_path / "a.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{feature}], {code}}}')
    assert read_polygons(str(tmp_path / "a.geojson"))[1].to_epsg() == 3857


def test_a_geopackage_whose_pages_are_damaged_is_one_sentence(geopackage):
    data = bytearray(geopackage.read_bytes())
    data[100:400] = bytes(300)  # the head of the table of tables
    geopackage.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_polygons(str(geopackage))


def test_contents_that_are_computed_are_refused(geopackage):
    with sqlite3.connect(geopackage) as database:
        database.executescript("ALTER TABLE gpkg_contents RENAME TO c; CREATE VIEW gpkg_contents AS SELECT * FROM c;")
    database.close()
    with pytest.raises(InputError, match="computes what it holds"):
        read_polygons(str(geopackage))


def test_what_a_program_that_has_it_open_wrote_is_read(geopackage):
    """QGIS keeps a GeoPackage in this mode while it is shown."""
    database = sqlite3.connect(geopackage)
    database.execute("PRAGMA journal_mode = WAL")
    with database:
        database.execute("CREATE VIEW v AS SELECT * FROM a")
        database.execute("INSERT INTO gpkg_contents(table_name, data_type, srs_id) VALUES ('v', 'features', 4326)")
        database.execute("INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 4326, 0, 0)")
    with pytest.raises(InputError, match="computes what it holds"):
        read_polygons(f"{geopackage}|layername=v")
    database.close()


def test_a_virtual_vector_layer_runs_no_sql(geopackage, tmp_path):
    target = tmp_path / "written"
    (tmp_path / "b.gpkg").write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{geopackage}</SrcDataSource>'
        f"<SrcSQL dialect=\"SQLITE\">VACUUM INTO '{target}'</SrcSQL></OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(InputError, match="is not a vector file in a format that GeoFM reads"):
        read_polygons(str(tmp_path / "b.gpkg"))
    assert not target.exists()
