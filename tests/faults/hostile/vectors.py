"""Layers that make GDAL or SQLite fetch, write, compute without end, or hold more than memory has."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from functools import partial
from html import escape

from .place import Case, Cases, Place, Words

__all__ = ["cases"]

NAMES = ("area.vrt", "area.gpkg", "area.geojson", "area.shp", "area.kml", "area.xml", "area.json", "area.gdalg.json")
SQUARE = {"type": "Polygon", "coordinates": [[[13.6, 49.6], [13.7, 49.6], [13.7, 49.7], [13.6, 49.6]]]}
TYPES = "(fid INTEGER PRIMARY KEY, geom BLOB, class TEXT)"


def cases(place: Place, source: random.Random) -> Cases:
    """About ninety."""
    for name, text in {**_virtual(place), **_services(place)}.items():
        yield Case(f"content {name}", partial(_met, place, _way(source), source.choice(NAMES), text))
    for name, text in _pipelines(place).items():
        yield Case(f"pipeline {name}", partial(_met, place, _way(source), "area.gdalg.json", text))
    for name, text in {**_documents(place), **_features()}.items():
        yield Case(name, partial(_met, place, _way(source), name.partition(" ")[0], text))
    for name, statements in _databases(place).items():
        yield Case(f"package {name}", partial(_package, place, _way(source), statements))
    for name, make in _own_kinds(place).items():
        yield Case(name, make)


# Ways to meet a layer -------------------------------------------------------------------------------------------------


def _aoi(place: Place, path: object) -> Words:
    return place.flood_with("--aoi", path)


def _water(place: Place, path: object) -> Words:
    return place.flood_with("--permanent-water", path)


def _labels(place: Place, path: object) -> Words:
    image = str(place.good / "scene" / "s2.tif")
    return [
        "train",
        "--image",
        image,
        "--labels",
        str(path),
        "--class-field",
        "class",
        "--out",
        str(place.out),
        "--json",
    ]


def _truth(place: Place, path: object) -> Words:
    prediction = str(place.good / "scene" / "landcover_truth.tif")
    return [
        "evaluate",
        "segmentation",
        "--prediction",
        prediction,
        "--truth",
        str(path),
        "--class-field",
        "class",
        "--json",
    ]


def _way(source: random.Random) -> Callable[[Place, object], Words]:
    return source.choice((_aoi, _aoi, _water, _labels, _truth))


def _met(place: Place, way: Callable[[Place, object], Words], name: str, text: str | Callable[[], str]) -> Words:
    shutil.copyfile(place.good / "scene" / "labels.gpkg", place.given / "beside.gpkg")
    return way(place, place.write(name, text if isinstance(text, str) else text()))


# Contents -------------------------------------------------------------------------------------------------------------


def _virtual(place: Place) -> dict[str, str]:
    """OGR's virtual layers."""
    url, beside = place.canary, place.given / "beside.gpkg"

    def layer(source: str, inside: str = "", kind: str = "OGRVRTLayer") -> str:
        named = f"<SrcDataSource>{escape(source)}</SrcDataSource>"
        return f'<OGRVRTDataSource><{kind} name="area">{named}{inside}</{kind}></OGRVRTDataSource>'

    def sql(statement: str, dialect: str = "", source: str = str(beside)) -> str:
        return layer(source, f"<SrcSQL{dialect}>{escape(statement)}</SrcSQL>")

    sqlite = ' dialect="SQLITE"'
    vacuum = f"VACUUM INTO '{place.planted}'"
    recursion = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    sources = (
        f"/vsicurl/{url}/a.gpkg",
        f"{url}/a.geojson",
        f"WFS:{url}",
        f"OAPIF:{url}",
        f"/vsizip//vsicurl/{url}/a.zip",
    )
    sources += ("/vsis3/bucket/a.gpkg", f"CSW:{url}", f"GMLAS:{url}/a.gml", f"/vsigzip//vsicurl/{url}/a.gz")
    return {
        "vacuum": sql(vacuum),
        "vacuum dialect": sql(vacuum, sqlite),
        "vacuum relative": sql("VACUUM INTO '../planted.db'"),
        "attach": sql(f"ATTACH '{place.planted}' AS x"),
        "extension": sql("SELECT load_extension('/usr/lib/x86_64-linux-gnu/mod_spatialite.so')"),
        "geocode": sql("SELECT ogr_geocode('Paris')", sqlite),
        "writes a file": sql(f"SELECT writefile('{place.planted}', 'x')"),
        "pragma": sql("PRAGMA journal_mode = WAL"),
        "drops": sql("DROP TABLE beside"),
        "endless": sql(recursion),
        "endless dialect": sql(recursion, sqlite),
        "blob": sql("SELECT zeroblob(2000000000) AS a", sqlite),
        **{f"source {name.partition('127')[0]}": layer(name) for name in sources},
        "inline": layer(f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{url}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"),
        "itself": layer("area.vrt"),
        "warped": f'<OGRVRTDataSource><OGRVRTWarpedLayer>{layer(f"{url}/a.geojson").partition("<OGRVRTDataSource>")[2].removesuffix("</OGRVRTDataSource>")}<TargetSRS>{url}/crs</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>',
        "crs http": layer(str(beside), f"<LayerSRS>{url}/crs</LayerSRS>"),
        "passwords": layer("/etc/passwd", "<GeometryType>wkbPolygon</GeometryType>"),
    }  # fmt: skip


def _services(place: Place) -> dict[str, str]:
    url = place.canary
    return {
        "wfs": f"<OGRWFSDataSource><URL>{url}?</URL></OGRWFSDataSource>",
        "wfs capabilities": f'<wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs" version="1.1.0"><a href="{url}"/></wfs:WFS_Capabilities>',
        "csw": f"<OGRCSWDataSource><URL>{url}</URL></OGRCSWDataSource>",
        "oapif": json.dumps({"links": [{"rel": "data", "href": f"{url}/collections", "type": "application/json"}], "collections": [{"id": "a", "links": [{"rel": "items", "href": f"{url}/items"}]}]}),
        "features elsewhere": json.dumps({"type": "FeatureCollection", "features": [], "links": [{"rel": "next", "href": f"{url}/next"}]}),
        "esrijson": json.dumps({"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "fields": [], "features": [], "exceededTransferLimit": True, "url": url}),
        "topojson": json.dumps({"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[99999]]}}, "arcs": [], "url": url}),
        "jsonfg schema": json.dumps({"type": "FeatureCollection", "conformsTo": ["[ogc-json-fg-1-0.1:core]"], "featureSchema": f"{url}/schema", "coordRefSys": f"{url}/crs", "features": []}),
        "crs link": json.dumps({"type": "FeatureCollection", "crs": {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}}, "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]}),
        "crs name": json.dumps({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": f"{url}/crs"}}, "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]}),
        "address": f"{url}/a.geojson",
        "address postgres": f"PG:host=127.0.0.1 port={url.rpartition(':')[2]} dbname=a",
        "address mssql": f"MSSQL:server=127.0.0.1,{url.rpartition(':')[2]};database=a",
        "elasticsearch": json.dumps({"ES": url, "a": {"mappings": {}}}),
        "carto": f"CARTO:{url}",
        "tilejson": json.dumps({"tilejson": "2.0.0", "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.pbf"], "vector_layers": [{"id": "a", "fields": {}}], "maxzoom": 1}),
        "esri service": json.dumps({"currentVersion": 10, "url": url, "geometryType": "esriGeometryPolygon", "features": []}),
    }  # fmt: skip


def _pipelines(place: Place) -> dict[str, str]:
    beside, planted, url = place.given / "beside.gpkg", place.planted, place.canary

    def run(command: str) -> str:
        return json.dumps(
            {"type": "gdal_streamed_alg", "command_line": command, "relative_paths_relative_to_this_file": True}
        )

    vacuum = f"VACUUM INTO '{planted}'"
    return {
        "sql": run(f'gdal vector sql --sql "{vacuum}" {beside} --output-format stream streamed'),
        "sql dialect": run(f'gdal vector sql --dialect SQLITE --sql "{vacuum}" {beside} --output-format stream streamed'),
        "steps": run(f'gdal vector pipeline ! read {beside} ! sql --sql "{vacuum}" ! write --output-format stream streamed'),
        "write": run(f"gdal vector convert {beside} {planted}"),
        "write in steps": run(f"gdal vector pipeline ! read {beside} ! write {planted}"),
        "relative": run('gdal vector pipeline ! read beside.gpkg ! sql --sql "VACUUM INTO \'../planted.db\'" ! write --output-format stream streamed'),
        "curl": run(f"gdal vector pipeline ! read /vsicurl/{url}/a.gpkg ! write --output-format stream streamed"),
        "http": run(f"gdal vector pipeline ! read {url}/a.geojson ! write --output-format stream streamed"),
        "delete": run(f"gdal dataset delete {place.notes}"),
        "copy": run(f"gdal vsi copy {beside} {planted}"),
        "raster": run(f"gdal raster convert {place.post} {planted}"),
        "external": run(f'gdal vector pipeline ! read {beside} ! external "touch {planted}" ! write --output-format stream streamed'),
    }  # fmt: skip


def _documents(place: Place) -> dict[str, str]:
    url = place.canary
    gml = 'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="http://a"'
    polygon = "<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>13.6 49.6 13.7 49.6 13.7 49.7 13.6 49.6</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    member = f"<gml:featureMember><a:b gml:id='c'><a:geom>{polygon}</a:geom></a:b></gml:featureMember>"
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return {
        "area.gml with a schema": f'<gml:FeatureCollection {gml} xsi:schemaLocation="http://a {url}/a.xsd">{member}</gml:FeatureCollection>',
        "area.gml with a link": f'<gml:FeatureCollection {gml}>{member.replace(polygon, f"<gml:Polygon xlink:href={chr(34)}{url}/a.gml#c{chr(34)}/>")}</gml:FeatureCollection>',
        "area.gml with a file": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{place.notes}">]><gml:FeatureCollection {gml}>{member.replace("13.6", "&e;")}</gml:FeatureCollection>',
        "area.gml with entities": f'<!DOCTYPE x [<!ENTITY a0 "1 ">{laughs}]><gml:FeatureCollection {gml}>{member.replace("13.6", "&a11;")}</gml:FeatureCollection>',
        "area.gml with a crs": f'<gml:FeatureCollection {gml}>{member.replace("<gml:Polygon", f"<gml:Polygon srsName={chr(34)}{url}/crs{chr(34)}")}</gml:FeatureCollection>',
        "area.kml with a network link": f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink></Document></kml>',
        "area.kml with an entity": f'<!DOCTYPE kml [<!ENTITY e SYSTEM "{url}/e">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&e;</name></Document></kml>',
        "area.gpx deep": "<gpx><trk>" * 50_000,
        "area.kml deep": '<kml xmlns="http://www.opengis.net/kml/2.2">' + "<Folder>" * 100_000,
        "area.csv of long rows": "WKT,class\n" + '"POLYGON((13.6 49.6,' + "13.7 49.6," * 2_000_000 + '13.6 49.6))",a\n',
        "area.csv of many fields": ",".join(f"f{n}" for n in range(200_000)) + "\n" + "," * 199_999 + "\n",
        "area.dxf endless": "  0\nSECTION\n  2\nBLOCKS\n" + "  0\nBLOCK\n  2\na\n  0\nINSERT\n  2\na\n  0\nENDBLK\n" + "  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n  0\nINSERT\n  2\na\n  0\nENDSEC\n  0\nEOF\n",
    }  # fmt: skip


def _features() -> dict[str, Callable[[], str]]:
    def collection(*geometries: object, **properties: object) -> str:
        features = [
            {"type": "Feature", "properties": {"class": "a", **properties}, "geometry": one} for one in geometries
        ]
        return json.dumps({"type": "FeatureCollection", "features": features})

    def of(coordinates: object) -> dict[str, object]:
        return {"type": "Polygon", "coordinates": coordinates}

    def turned() -> str:
        return collection(SQUARE).replace('"a"', '"a\\u001b[2J\\u202eb"')

    ring = SQUARE["coordinates"][0]
    return {
        "area.geojson of 40,000 fields": lambda: collection(SQUARE, **{f"f{n}": n for n in range(40_000)}),
        "area.geojson deep": lambda: '{"type":"GeometryCollection","geometries":[' * 50_000,
        "area.geojson deep coordinates": lambda: '{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}",
        "area.geojson deep properties": lambda: collection(SQUARE).replace('"a"', '{"b":' * 20_000 + "1" + "}" * 20_000),
        "area.geojson of huge numbers": lambda: collection(of([[[1e308, 1e308], [-1e308, 1e308], [0, -1e308], [1e308, 1e308]]])),
        "area.geojson of long numbers": lambda: collection(SQUARE).replace("13.6", "1" * 1_000_000),
        "area.geojson of 1e999": lambda: collection(SQUARE).replace("13.6", "1e999"),
        "area.geojson of 50,000 rings": lambda: collection(of([ring] * 50_000)),
        "area.geojson of 5,000 squares": lambda: collection(*[SQUARE] * 5_000),
        "area.geojson of a long ring": lambda: collection(of([[[13.6 + n % 2 * 0.1, 49.6 + n * 1e-7] for n in range(50_000)] + [ring[0]]])),
        "area.geojson of a long class": lambda: collection(SQUARE).replace('"a"', '"' + "a" * 20_000_000 + '"'),
        "area.geojson of controls": turned,
        "area.geojson of 5,000 classes": lambda: json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"class": str(n)}, "geometry": SQUARE} for n in range(5_000)]}),
        "area.wkt of nothing": lambda: "POLYGON((" * 1000,
    }  # fmt: skip


# Databases ------------------------------------------------------------------------------------------------------------


def _databases(place: Place) -> dict[str, str]:
    """Statements on a sound GeoPackage whose layer is `stranger`, made a view."""

    def view(select: str) -> str:
        return f"CREATE VIEW stranger AS {select};"

    def first(expression: str) -> str:
        return view(f"SELECT fid, geom, {expression} AS class FROM own")

    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    url = place.canary
    return {
        "blobs": view("SELECT fid, zeroblob(900000000) AS geom, class FROM own"),
        "texts": first("hex(zeroblob(400000000))"),
        "printf": first("printf('%.999999999c', 'x')"),
        "endless count": first(f"({count} SELECT count(*) FROM n)"),
        "endless rows": view(f"{count} SELECT i AS fid, geom, class FROM n, own"),
        "random joins": view("SELECT a.fid, a.geom, a.class FROM " + ", ".join(f"own {name}" for name in "abcdefgh")),
        "extension": first("load_extension('/usr/lib/x86_64-linux-gnu/mod_spatialite.so')"),
        "geocode": first("ogr_geocode('Paris')"),
        "writefile": first(f"writefile('{place.planted}', 'x')"),
        "readfile": first(f"readfile('{place.notes}')"),
        "dataset open": first(f"ogr_datasource_load_layers('/vsicurl/{url}/a.gpkg')"),
        "raster function": first(f"GDAL_GetMimeType(zeroblob(9)) || ogr_layer_Extent('/vsicurl/{url}/a')"),
        "itself": "CREATE VIEW stranger AS SELECT * FROM stranger;",
        "trigger": "CREATE VIEW stranger AS SELECT * FROM own; CREATE TRIGGER t AFTER INSERT ON own BEGIN SELECT load_extension('x'); END;",
        "quote in its name": "CREATE VIEW stranger AS SELECT * FROM own; UPDATE gpkg_contents SET identifier = 'a\"b''c' || char(27) || '[2J';",
        "virtual table": f"PRAGMA writable_schema = 1; INSERT INTO sqlite_master VALUES ('table', 'stranger', 'stranger', 0, 'CREATE VIRTUAL TABLE stranger USING VirtualOGR(''/vsicurl/{url}/a.gpkg'')');",
        "virtual shape": f"PRAGMA writable_schema = 1; INSERT INTO sqlite_master VALUES ('table', 'stranger', 'stranger', 0, 'CREATE VIRTUAL TABLE stranger USING VirtualShape(''{place.notes}'', UTF-8, 4326)');",
        "generated column": "CREATE TABLE stranger (fid INTEGER PRIMARY KEY, geom BLOB, class TEXT AS (hex(zeroblob(400000000)))); INSERT INTO stranger (fid, geom) SELECT fid, geom FROM own;",
        "check in its schema": "CREATE VIEW stranger AS SELECT * FROM own; CREATE INDEX i ON own (hex(zeroblob(9)));",
        "definition of its crs": f"CREATE VIEW stranger AS SELECT * FROM own; UPDATE gpkg_spatial_ref_sys SET definition = '{url}/crs', organization = 'http', organization_coordsys_id = 9;",
        "damaged geometries": view("SELECT fid, randomblob(1000) AS geom, class FROM own"),
        "geometry of endless points": view("SELECT fid, CAST(substr(geom, 1, 8) || x'0103000000FFFFFFFFFFFFFFFF' AS BLOB) AS geom, class FROM own"),
        "400 layers": "CREATE VIEW stranger AS SELECT * FROM own;" + "".join(f"CREATE VIEW v{n} AS SELECT * FROM own; INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) SELECT 'v{n}', 'features', 'v{n}', srs_id FROM gpkg_contents LIMIT 1; INSERT INTO gpkg_geometry_columns SELECT 'v{n}', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns LIMIT 1;" for n in range(400)),
    }  # fmt: skip


def _package(place: Place, way: Callable[[Place, object], Words], statements: str) -> Words:
    """The labels' GeoPackage with its layer renamed to `own`, and the name it had, `stranger`, made by statements."""
    path = place.given / "area.gpkg"
    shutil.copyfile(place.good / "scene" / "labels.gpkg", path)
    with sqlite3.connect(path) as database:
        (name,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        for trigger, _ in database.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        (geometry,) = database.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()
        database.execute(f"CREATE TABLE own {TYPES}")
        database.execute(f'INSERT INTO own SELECT fid, "{geometry}", class FROM "{name}"')
        for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
            database.execute(f"UPDATE {table} SET table_name = 'stranger'")
        database.execute("UPDATE gpkg_geometry_columns SET column_name = 'geom'")
        database.execute("DELETE FROM gpkg_extensions")
        database.execute(f'DROP TABLE "{name}"')
        database.executescript(statements)
    database.close()
    return way(place, path)


# Of their own kind ----------------------------------------------------------------------------------------------------


def _own_kinds(place: Place) -> dict[str, Callable[[], Words]]:
    def pipe() -> Words:
        os.mkfifo(place.given / "area.gpkg")
        return _aoi(place, place.given / "area.gpkg")

    def link(target: str, name: str) -> Words:
        (place.given / name).symlink_to(target)
        return _aoi(place, place.given / name)

    def zipped(name: str, text: str) -> Words:
        with zipfile.ZipFile(place.given / "area.zip", "w") as archive:
            archive.writestr(name, text)
        return _aoi(place, place.given / "area.zip")

    def layer_of_controls() -> Words:
        words = _package(place, _aoi, "CREATE VIEW stranger AS SELECT * FROM own;")
        with sqlite3.connect(place.given / "area.gpkg") as database:
            name = "a\x1b[2J\x1b]0;x\x07\u202eb"
            for table in ("gpkg_contents", "gpkg_geometry_columns"):
                database.execute(f"UPDATE {table} SET table_name = ?", (name,))
            database.execute(f'CREATE VIEW "{name}" AS SELECT * FROM own')
        database.close()
        return [*words[:4], f"{words[4]}|layername=nothing", *words[5:]]

    virtual = _virtual(place)
    return {
        "pipe": pipe,
        "zeros": partial(link, "/dev/zero", "area.geojson"),
        "zeros of a package": partial(link, "/dev/zero", "area.gpkg"),
        "sparse geojson": lambda: _aoi(place, place.sparse("area.geojson", 60 * 2**30, b'{"type":"FeatureCollection","features":[')),
        "sparse package": lambda: _aoi(place, place.sparse("area.gpkg", 60 * 2**30, (place.good / "scene" / "labels.gpkg").read_bytes())),
        "folder of shapes": lambda: _folder(place),
        "vrt in a zip": partial(zipped, "area.vrt", virtual[next(name for name in virtual if name.startswith("source /vsicurl"))]),
        "pipeline in a zip": partial(zipped, "area.gdalg.json", _pipelines(place)["http"]),
        "name of controls": lambda: _aoi(place, place.write("a\x1b[2J.gpkg", "nothing")),
        "layer of controls": layer_of_controls,
        "subset": lambda: _met(place, lambda where, path: _aoi(where, f"{path}|subset=1=1; DROP TABLE own"), "area.geojson", json.dumps(SQUARE)),
        "layer name of sql": lambda: _met(place, lambda where, path: _aoi(where, f"{path}|layername=x' UNION SELECT 1"), "area.geojson", json.dumps(SQUARE)),
    }  # fmt: skip


def _folder(place: Place) -> Words:
    """One that would be a shapefile's, with endless parts."""
    (place.given / "shapes").mkdir()
    for end in ("shp", "shx", "dbf", "prj"):
        (place.given / "shapes" / f"area.{end}").symlink_to("/dev/zero")
    return _aoi(place, place.given / "shapes" / "area.shp")
