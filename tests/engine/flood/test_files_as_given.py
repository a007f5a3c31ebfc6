"""Files as the field has them: read rightly, or refused with a sentence that says what to do."""

import json
import re
import shutil
import sqlite3
import warnings
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from constructed import Bench, backscatter, boxes, image, write
from maps import TRANSFORM
from rasterio.crs import CRS

from engine.errors import InputError
from engine.mapping import MapArea
from engine.raster.aoi import Aoi
from engine.raster.grid import Grid

SHAPE = (120, 160)
LAKE, FLOOD = boxes((10, 10, 40, 50), shape=SHAPE), boxes((60, 80, 50, 70), shape=SHAPE)
AFTER, BEFORE = backscatter(LAKE | FLOOD), backscatter(LAKE, 1)
UTM = "EPSG:32633"
LOCAL = 'LOCAL_CS["Undefined Cartesian SRS",UNIT["metre",1]]'
MARS = (
    'GEOGCS["Mars 2000",DATUM["D_Mars_2000",SPHEROID["Mars_2000",3396190,169.89444722]],'
    'PRIMEM["Reference_Meridian",0],UNIT["Degree",0.0174532925199433]]'
)


def place(left, top, right, bottom):
    """A box in pixels of the scene, in metres."""
    (x0, y0), (x1, y1) = TRANSFORM @ (left, top), TRANSFORM @ (right, bottom)
    return shapely.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


HALF = place(0, 0, 80, 120)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def after(tmp_path):
    return image(tmp_path / "after.tif", AFTER)


@pytest.fixture
def before(tmp_path):
    return image(tmp_path / "before.tif", BEFORE)


def layer(path, *shapes, crs=UTM, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        geopandas.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(path, **more)
    return path


def pixels(bench):
    return sum(item["pixels"] for item in bench.report["areas"].values())


def test_a_coordinate_system_without_a_place_is_none(bench, after, tmp_path):
    for crs in (UTM, "EPSG:4326"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lost = image(tmp_path / "lost.tif", AFTER, crs=crs, transform=Affine.identity())
            dem = write(tmp_path / "dem.tif", np.full((9, 9), 3, np.float32), crs=crs, transform=Affine.identity())
        with pytest.raises(
            InputError, match=r"lost\.tif has a coordinate system but does not say where .*georeference"
        ):
            bench.map(lost)
        with pytest.raises(InputError, match=r"dem\.tif has a coordinate system but does not say where"):
            bench.map(after, dem=dem)


def test_degrees_beyond_the_globe_are_refused(bench, tmp_path):
    lost = image(tmp_path / "lost.tif", AFTER, crs="EPSG:4326", transform=Affine(1, 0, 0, 0, -1, 320))
    with pytest.raises(
        InputError, match=r"lost\.tif .* in degrees, but reaches from 0, 200 to 160, 320, which is beyond"
    ):
        bench.map(lost)


@pytest.mark.parametrize(
    ("fill", "dtype"), [(32767, "int16"), (65535, "uint16"), (1e20, "float32"), (3.4e38, "float32")]
)
@pytest.mark.parametrize("kind", ["hand", "dem"])
def test_voids_of_heights_are_not_mountains(bench, after, before, tmp_path, kind, fill, dtype):
    heights = np.full(SHAPE, 3 if kind == "hand" else 300, dtype)
    heights[65:100, 90:140] = fill
    classes = bench.map(after, before, **{kind: write(tmp_path / f"{kind}.tif", heights)})
    assert (classes[FLOOD] == 2).all() and (classes[LAKE] == 1).all()


def test_a_container_tells_its_parts_and_each_is_read_by_its_name(bench, tmp_path, before):
    source, both = image(tmp_path / "after.tif", AFTER), tmp_path / "both.gpkg"
    dem = write(tmp_path / "dem.tif", np.full(SHAPE, 300, np.float32))
    for name, table in ((source, "unused"), (dem, "heights")):
        values = rasterio.open(name)
        with values:
            profile = {"driver": "GPKG", "dtype": "float32", "crs": values.crs, "transform": values.transform}
            how = {"RASTER_TABLE": table, "APPEND_SUBDATASET": "YES" if both.exists() else "NO", "TILE_FORMAT": "TIFF"}
            with rasterio.open(both, "w", count=1, width=160, height=120, **profile, **how) as target:
                target.write(values.read(1), 1)
    with pytest.raises(InputError, match=r"both\.gpkg holds several rasters \(unused, heights\); name one .*'GPKG:"):
        bench.map(source, before, dem=str(both))
    bench.map(source, before, dem=f"GPKG:{both}:heights")
    assert (bench.classes[FLOOD] == 2).all()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.nc", r"a\.nc is in a format that GeoFM does not read \(netCDF\); save it as a GeoTIFF"),
        ('NETCDF:"{}/a.nc":v', r"a\.nc.* is a part of a file in a format that GeoFM does not read \(NETCDF\); save"),
        ("HDF4_SDS:UNKNOWN:{}/a.hdf:0", r"is a part of a file in a format that GeoFM does not read \(HDF4_SDS\)"),
        ("ortho.ecw", r"ortho\.ecw is in a format that GeoFM does not read \(ECW\); save it as a GeoTIFF \(in QGIS"),
        ("LC08.tar", r"LC08\.tar is an archive that GeoFM does not read; unpack it, and name the folder"),
        (
            "xyz.xml",
            r"xyz\.xml describes a web service, of which GeoFM reads none; save it .* of the area",
        ),
        ("GPKG:{}/gone.gpkg:v", r"gone\.gpkg does not exist"),
    ],
)
def test_formats_that_are_not_read(geofm, after, tmp_path, name, sentence):
    for file in ("a.nc", "a.hdf", "ortho.ecw", "LC08.tar"):
        (tmp_path / file).write_bytes(bytes(5000))
    (tmp_path / "xyz.xml").write_text('<GDAL_WMS><Service name="TMS"></Service></GDAL_WMS>')
    text = name.format(tmp_path) if "{" in name else str(tmp_path / name)
    for words in (["--post", text], ["--post", after, "--dem", text]):
        done = geofm("flood", *words, "--out", tmp_path / "map")
        assert done.status == 1
        (line,) = done.err.splitlines()
        assert re.search(sentence, line), line


@pytest.mark.parametrize(("name", "crs"), [("local", LOCAL), ("mars", MARS)])
def test_coordinate_systems_from_which_nothing_leads_to_the_image_s(bench, after, tmp_path, name, crs):
    values = np.ones(SHAPE, np.float32)
    path = write(
        tmp_path / f"{name}.tif",
        values,
        crs=crs,
        transform=TRANSFORM if name == "local" else Affine(1e-4, 0, 13, 0, -1e-4, 49),
    )
    pre = image(
        tmp_path / f"{name}_before.tif",
        BEFORE,
        crs=crs,
        transform=TRANSFORM if name == "local" else Affine(1e-4, 0, 13, 0, -1e-4, 49),
    )
    for how in ({"dem": path}, {"hand": path}, {"permanent_water": path}):
        with pytest.raises(InputError, match=rf"{name}\.tif .*(no map's|from the coordinate system|Mars)"):
            bench.map(after, **how)
    with pytest.raises(InputError, match=rf"{name}_before\.tif .*(no map's|from the coordinate system|Mars)"):
        bench.map(after, pre)


def test_a_geopackage_of_an_undefined_system(bench, after, tmp_path):
    path = layer(tmp_path / "aoi.gpkg", HALF)
    with sqlite3.connect(path) as base:
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            base.execute(f"UPDATE {table} SET srs_id = -1")
    for how in ({"aoi": str(path)}, {"permanent_water": str(path)}):
        with pytest.raises(InputError, match=r"aoi\.gpkg has a coordinate system that is no map's; set the true one"):
            bench.map(after, **how)


@pytest.mark.parametrize("folder", ["!urgent", "a!b", "what?", "50%", "a#b"])
def test_any_name_that_the_system_knows(geofm, tmp_path, folder):
    here = tmp_path / folder
    here.mkdir()
    post = image(here / "after!.tif", AFTER)
    layer(tmp_path / "aoi.shp", HALF)
    for part in tmp_path.glob("aoi.*"):
        shutil.copy(part, here / part.name.replace("aoi", "aoi!"))
    before = set(tmp_path.iterdir())
    words = ["--aoi", here / "aoi!.shp", "--permanent-water", here / "aoi!.shp"]
    done = geofm("flood", "--post", post, *words, "--out", here / "map!")
    assert done.status == 0, done.err
    assert set(tmp_path.iterdir()) == before
    assert {path.name for path in (here / "map!").iterdir()} >= {"flood.tif", "flood.gpkg", "report.json"}
    assert not list(tmp_path.rglob("*.part*"))


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>"""
PIN = "<Placemark><name>p</name><Point><coordinates>13.6,49.6</coordinates></Point></Placemark>"


def kml_polygon(shape, beside=""):
    ring = " ".join(f"{x},{y}" for x, y in geopandas.GeoSeries([shape], crs=UTM).to_crs(4326)[0].exterior.coords)
    ring = f"<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
    polygon = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    return f"<Placemark><name>a</name>{beside.format(polygon) if beside else polygon}</Placemark>"


LABELLED = "<MultiGeometry><Point><coordinates>13.6,49.6</coordinates></Point>{}</MultiGeometry>"
COMPANY = {
    "label": KML.format(kml_polygon(HALF, LABELLED)),
    "nested": KML.format(kml_polygon(HALF, LABELLED.replace("{}", "<MultiGeometry>{}</MultiGeometry>"))),
    "pin beside": KML.format(PIN + kml_polygon(HALF)),
    "folder of pins": KML.format(
        f"<Folder><name>pins</name>{PIN}{PIN}</Folder><Folder><name>area</name>{kml_polygon(HALF)}</Folder>"
    ),
}


@pytest.mark.parametrize("how", COMPANY)
def test_polygons_in_company(bench, after, tmp_path, how):
    path = tmp_path / "area.kml"
    path.write_text(COMPANY[how])
    bench.map(after, aoi=str(path))
    assert pixels(bench) == pytest.approx(80 * 120, abs=250)
    if how != "folder of pins":
        assert bench.warned("beside its polygons, which are passed over")
    classes = bench.map(after, permanent_water=str(path))
    assert (classes[LAKE] == 1).all()


def test_a_collection_of_geojson(bench, after, tmp_path):
    degrees = geopandas.GeoSeries([HALF], crs=UTM).to_crs(4326)[0]
    value = shapely.GeometryCollection([degrees, shapely.Point(13.6, 49.6), degrees.boundary])
    for aoi in (shapely.to_geojson(value), str(tmp_path / "a.geojson")):
        (tmp_path / "a.geojson").write_text(shapely.to_geojson(value))
        bench.map(after, aoi=aoi)
        assert pixels(bench) == pytest.approx(80 * 120, abs=250) and bench.warned("2 lines or points beside")


def zipped(path, folder, *files):
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            for part in sorted(file.parent.glob(f"{file.stem}.*")):
                archive.write(part, f"{folder}{part.name}")
        archive.writestr("__MACOSX/._area.shp", b"mac")
    return str(path)


def test_shapefiles_in_a_folder_of_a_zip(bench, after, tmp_path):
    area, event = layer(tmp_path / "s/area.shp", HALF), layer(tmp_path / "s/event.shp", place(0, 0, 40, 120))
    for folder in ("", "EMSR000_AOI01/"):
        one = zipped(tmp_path / "one.zip", folder, area)
        bench.map(after, aoi=one)
        assert pixels(bench) == 80 * 120
        assert (bench.map(after, permanent_water=one)[LAKE] == 1).all()
        two = zipped(tmp_path / "two.zip", folder, area, event)
        for how in ("aoi", "permanent_water"):
            with pytest.raises(InputError, match=r"two\.zip holds area, event; append \|layername=NAME"):
                bench.map(after, **{how: two})
        bench.map(after, aoi=f"{two}|layername=event")
        assert pixels(bench) == 40 * 120


@pytest.mark.parametrize("turn", [1e-19, 1e-12, 1e-9])
def test_turns_that_move_no_pixel(bench, tmp_path, turn):
    turned = image(tmp_path / "turned.tif", AFTER, transform=Affine(10, turn, 400_000, turn, -10, 5_500_000))
    assert (bench.map(turned)[LAKE | FLOOD] == 3).all()
    with rasterio.open(tmp_path / "flood.tif") as file:
        assert file.transform == TRANSFORM


def test_heights_as_they_are_distributed(bench, after, before, tmp_path):
    """SRTM's zip of one tile, tiles joined by commas, a folder of them, a zip of them: never asked for VV or VH."""
    with zipfile.ZipFile(tmp_path / "N49E013.hgt.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N49E013.hgt", np.full((1201, 1201), 120, ">i2").tobytes())
    bench.map(after, before, dem=str(tmp_path / "N49E013.hgt.zip"))
    assert (bench.classes[FLOOD] == 2).all() and not bench.warned("covers only a part")
    (tmp_path / "tiles").mkdir()
    heights = np.full(SHAPE, 3, np.float32)
    heights[:, 75:] = 100  # the flood, in both tiles
    tiles = [
        write(
            tmp_path / f"tiles/{name}.tif", heights[:, start:stop], transform=TRANSFORM @ Affine.translation(start, 0)
        )
        for name, start, stop in (("west", 0, 81), ("east", 79, 160))
    ]
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        for tile in tiles:
            archive.write(tile, Path(tile).name)
    for hand in (",".join(tiles), str(tmp_path / "tiles"), str(tmp_path / "tiles.zip")):
        classes = bench.map(after, before, hand=hand)
        assert (classes[LAKE] == 1).all() and not (classes[FLOOD] == 2).any() and not bench.warned("only a part")
    bench.map(after, before, hand=tiles[0])
    assert bench.warned("west.tif covers only a part of the area")


@pytest.mark.parametrize("option", ["dem", "hand", "permanent_water"])
def test_layers_that_are_none(bench, after, tmp_path, option):
    (tmp_path / "empty").mkdir()
    (tmp_path / "both").mkdir()
    for name in ("a", "b"):
        write(tmp_path / f"both/{name}.tif", np.ones(SHAPE, np.float32))
    with pytest.raises(InputError, match=r"empty holds no rasters; name the layer's file"):
        bench.map(after, **{option: str(tmp_path / "empty")})
    with pytest.raises(InputError, match=r"a\.tif and .*b\.tif lie over each other; name one of them"):
        bench.map(after, **{option: str(tmp_path / "both")})


def test_tiles_of_a_layer_on_the_command_line(geofm, after, tmp_path, monkeypatch):
    """Their paths are made whole, as those of images."""
    for name, start in (("west", 0), ("east", 80)):
        write(
            tmp_path / f"{name}.tif",
            np.full((120, 80), 3, np.float32),
            transform=TRANSFORM @ Affine.translation(start, 0),
        )
    monkeypatch.chdir(tmp_path)
    done = geofm("flood", "--post", after, "--hand", "west.tif,east.tif", "--out", "map")
    assert done.status == 0, done.err
    report = json.loads((tmp_path / "map/report.json").read_text())
    assert report["request"]["hand"].endswith("east.tif") and "west.tif" in report["request"]["hand"]
    with rasterio.open(tmp_path / "map/flood.tif") as file:
        assert '"hand": "west.tif,east.tif"' in file.tags()["PARAMETERS"]


def test_a_virtual_raster_whose_file_is_gone(bench, after, tmp_path):
    rasterio.shutil.copy(after, tmp_path / "mosaic.vrt", driver="VRT")
    Path(after).rename(tmp_path / "moved.tif")
    with pytest.raises(InputError, match=r"mosaic\.vrt is a virtual raster of .*after\.tif, which does not exist; put"):
        bench.map(str(tmp_path / "mosaic.vrt"))


def test_surfaces_in_space_are_no_polygons(bench, after, tmp_path):
    ring = "0 0 0, 0 1 0, 1 1 0, 0 0 0"
    path = tmp_path / "tin.gpkg"
    layer(path, HALF)
    with sqlite3.connect(path) as base:
        (blob,) = base.execute("SELECT geom FROM tin").fetchone()
        head = blob[: 8 + 32]
        coordinates = np.array([float(x) for part in ring.split(",") for x in part.split()], "<f8").tobytes()
        triangle = b"\x01" + np.array([1017, 1, 4], "<u4").tobytes() + coordinates
        tin = head + b"\x01" + np.array([1016, 1], "<u4").tobytes() + triangle
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE tin SET geom = ?", (tin,))
    with pytest.raises(InputError, match=r"tin\.gpkg holds surfaces in space \(TIN or multipatch\), not polygons"):
        bench.map(after, aoi=str(path))


def test_a_shapefile_without_its_index(bench, after, tmp_path):
    path = layer(tmp_path / "area.shp", HALF)
    (tmp_path / "area.shx").unlink()
    with pytest.raises(InputError, match=r"area\.shp lacks area\.shx, .*put it beside it"):
        bench.map(after, aoi=str(path))
    assert not (tmp_path / "area.shx").exists()


def test_a_raster_where_polygons_are_wanted(bench, after):
    with pytest.raises(InputError, match=r"after\.tif is a raster; make polygons of it .*Polygonize"):
        bench.map(after, aoi=after)


def test_an_image_without_bounds():
    """A virtual raster of some hundred bytes may claim any number of pixels."""
    endless = Grid(CRS.from_string(UTM), TRANSFORM, 2_000_000, 2_000_000)
    with pytest.raises(InputError, match=r"The map would have 2,000,000 x 2,000,000 pixels, .*smaller area by an AOI"):
        MapArea.of(endless, None)
    assert MapArea.of(endless, Aoi(HALF, endless.crs)).grid.shape == (120, 80)
