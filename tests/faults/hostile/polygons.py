"""Layers as JSON, KML and GeoPackage, polygons that tangle or grow, and labels of odd classes."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import json
import math
import os
import random
import sqlite3
import struct
from collections.abc import Callable

from .formats import GRIDS
from .layers import Way, as_aoi, as_labels, as_truth, as_water, copied_layer, prepare
from .place import Case, Cases, Place, Words

__all__ = ["cases", "prepare"]

Make = Callable[[], Words]
MIDDLE = (13.633, 49.647)  # of the sound scene


def cases(place: Place, source: random.Random) -> Cases:
    """About eighty."""
    for kind, tried in {
        "json": _jsons(place),
        "kml": _kmls(place),
        "gpkg": _geopackages(place),
        "polygons": _tangles(place),
        "labels": _labelled(place),
    }.items():
        for name, make in tried.items():
            yield Case(f"{kind} {name}", make)


def _jsons(place: Place) -> dict[str, Make]:
    def met(name: str, text: Callable[[], str], way: Way = as_aoi) -> Make:
        def make() -> Words:
            os.mkfifo(place.given / "pipe")
            return way(place, place.write(name, text()))

        return make

    def arcs(points: int, rings: int) -> str:
        """TopoJSON: many polygons of the same arc."""
        line = [[13.6 + n * 1e-6, 49.6 + n % 2 * 1e-6] for n in range(points)]
        one = {"type": "Polygon", "arcs": [[0]], "properties": {"class": "a"}}
        return json.dumps(
            {
                "type": "Topology",
                "objects": {"a": {"type": "GeometryCollection", "geometries": [one] * rings}},
                "arcs": [line],
            }
        )

    def many_arcs(points: int, times: int) -> str:
        line = [[13.6 + n * 1e-6, 49.6 + n % 2 * 1e-6] for n in range(points)]
        return json.dumps(
            {"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[0] * times]}}, "arcs": [line]}
        )

    def esri(reference: object) -> str:
        return json.dumps(
            {
                "geometryType": "esriGeometryPolygon",
                "spatialReference": reference,
                "fields": [{"name": "class", "type": "esriFieldTypeString"}],
                "features": [{"attributes": {"class": "a"}, "geometry": {"rings": [_square()]}}],
            }
        )

    def sequence(line: str, count: int) -> str:
        return "".join(f"\x1e{line}\n" for _ in range(count))

    feature = json.dumps(
        {"type": "Feature", "properties": {"class": "a"}, "geometry": {"type": "Polygon", "coordinates": [_square()]}}
    )
    wkt = GRIDS.format(place.given / "pipe")
    return {
        "topo of an arc 20,000 times": met("a.json", lambda: arcs(20_000, 20_000)),
        "topo of an arc 100,000 times": met("a.json", lambda: many_arcs(20_000, 100_000)),
        "topo of itself": met("a.json", lambda: json.dumps({"type": "Topology", "objects": {"a": {"type": "GeometryCollection", "geometries": []}}, "arcs": [[[0, 0]]], "transform": {"scale": [1e308, 1e308], "translate": [1e308, 1e308]}})),
        "topo deep": met("a.json", lambda: '{"type":"Topology","objects":{"a":' + '{"type":"GeometryCollection","geometries":[' * 100_000),
        "esri of grids": met("a.json", lambda: esri({"wkt": wkt})),
        "esri of the network": met("a.json", lambda: esri({"wkt": f"{place.canary}/crs"})),
        "esri of grids far behind": met("a.json", lambda: json.dumps({"x": " " * 3_000_000}).rstrip("}") + "," + esri({"wkt": wkt}).lstrip("{")),
        "esri of a code of 2^63": met("a.json", lambda: esri({"wkid": 2**63})),
        "geojson of grids": met("a.geojson", lambda: json.dumps({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": wkt}}, "features": [json.loads(feature)]})),
        "projjson": met("a.geojson", lambda: json.dumps({"type": "FeatureCollection", "coordRefSys": f"{place.canary}/crs", "features": [json.loads(feature)]})),
        "sequence of 300,000": met("a.geojsons", lambda: sequence(feature, 300_000)),
        "sequence of a long line": met("a.geojsonl", lambda: "\x1e" + feature[:-1] + " " * 300_000_000 + "}\n"),
        "sequence of holes": lambda: as_aoi(place, place.sparse("a.geojsonl", 60 * 2**30, f"\x1e{feature}\n\x1e".encode())),
        "bom of utf-16": met("a.geojson", lambda: "\ufeff" + feature),
        "nan": met("a.geojson", lambda: feature.replace("13.", "NaN, 13.", 1)),
        "coordinates of texts": met("a.geojson", lambda: feature.replace("13.6", '"13.6"')),
        "ids of controls": met("a.geojson", lambda: feature.replace('"properties"', '"id": "\\u001b[2J", "properties"'), as_labels),
        "field of controls": met("a.geojson", lambda: feature.replace('"class"', '"cl\\u001b[2J\\u202eass"'), as_labels),
        "field of a megabyte": met("a.geojson", lambda: feature.replace('"class"', '"' + "c" * 1_000_000 + '"'), as_labels),
        "holes": lambda: as_aoi(place, place.sparse("a.json", 2**30, f'{{"type":"FeatureCollection","features":[{feature}]'.encode())),
        "fgb as json": met("a.fgb", lambda: feature),
    }  # fmt: skip


def _kmls(place: Place) -> dict[str, Make]:
    head, end = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>', "</Document></kml>"
    ring = " ".join(f"{x},{y},0" for x, y in _square())

    def met(text: Callable[[], str], way: Way = as_aoi) -> Make:
        return lambda: way(place, place.write("a.kml", text()))

    def polygon(coordinates: str) -> str:
        return f"<Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"

    return {
        "of 20,000,000 corners": met(lambda: head + polygon("13.6,49.6,0 13.7,49.6,0 " * 5_000_000) + end),
        "of 100,000 layers": met(lambda: head + "".join(f"<Folder><name>{n}</name>{polygon(ring)}</Folder>" for n in range(30_000)) + end),
        "of 300,000 polygons": met(lambda: head + polygon(ring) * 300_000 + end),
        "of collections": met(lambda: head + "<Placemark>" + "<MultiGeometry>" * 100_000 + "</MultiGeometry>" * 100_000 + "</Placemark>" + end),
        "of a schema": met(lambda: head + '<Schema name="a" id="a">' + '<SimpleField type="string" name="b"/>' * 300_000 + "</Schema>" + polygon(ring) + end),
        "of nan": met(lambda: head + polygon("nan,nan,0 inf,1,0 1e999,2,0 nan,nan,0") + end),
        "name of controls": met(lambda: head + polygon(ring).replace("<name>a", "<name>a&#x9b;2J\u202e") + end, as_labels),
        "styles": met(lambda: head + f'<StyleMap id="a"><Pair><key>normal</key><styleUrl>{place.canary}/a</styleUrl></Pair></StyleMap>' + polygon(ring) + end),
    }  # fmt: skip


def _geopackages(place: Place) -> dict[str, Make]:
    def changed(*statements: str, way: Way = as_labels) -> Make:
        def make() -> Words:
            path = copied_layer(place, "good.gpkg")
            database = sqlite3.connect(path)
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            database.commit()
            for statement in statements:
                database.execute(statement)
            database.commit()
            database.close()
            return way(place, path)

        return make

    def shaped(inside: bytes) -> Make:
        head = b"GP\0\1" + struct.pack("<i", 4326)
        return changed(f"UPDATE good SET geom = x'{(head + inside).hex()}'")

    def point(kind: int, inside: bytes = b"") -> bytes:
        return b"\1" + struct.pack("<I", kind) + inside

    nan = struct.pack("<2d", math.nan, math.nan)
    deep = b"".join(point(7, struct.pack("<I", 1)) for _ in range(100_000))
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    return {
        "corners of nan": shaped(point(3, struct.pack("<II", 1, 4) + nan * 4)),
        "rings of 2^31": shaped(point(3, struct.pack("<I", 2**31 - 1))),
        "collections deep": shaped(deep),
        "circles": shaped(point(10, struct.pack("<I", 1) + point(8, struct.pack("<I", 3) + struct.pack("<6d", 13.6, 49.6, 13.60001, 49.6, 13.6, 49.6)))),
        "circles beyond": shaped(point(10, struct.pack("<I", 1) + point(8, struct.pack("<I", 3) + struct.pack("<6d", 0, 0, 1e-300, 1e308, 1, 0)))),
        "surfaces": shaped(point(15, struct.pack("<I", 2**30))),
        "points": shaped(point(1, nan)),
        "crs of grids far behind": changed("CREATE TABLE aaa (b)", f"INSERT INTO aaa {many.format(300)} SELECT zeroblob(10000) FROM n", "UPDATE gpkg_spatial_ref_sys SET definition = '" + " " * 90_000 + GRIDS.format(place.given / "pipe") + "', organization = 'NONE', organization_coordsys_id = 7"),
        "classes of blobs": changed("UPDATE good SET class = x'1b5b324a00ff'"),
        "classes of controls": changed("UPDATE good SET class = class || char(27) || '[2J' || char(155) || char(8238)"),
        "classes of a megabyte": changed("UPDATE good SET class = class || hex(zeroblob(500000))"),
        "classes of lines": changed("UPDATE good SET class = class || char(10) || 'geofm: all is well' || char(13)"),
        "classes of html": changed("UPDATE good SET class = '<img src=x onerror=alert(1)>' || class"),
        "classes of surrogates": changed("UPDATE good SET class = CAST(x'eda080' AS TEXT) || class"),
        "classes of nul": changed("UPDATE good SET class = class || char(0) || 'a'"),
        "classes of numbers": changed("UPDATE good SET class = fid * 1e300"),
        "classes of nan": changed("UPDATE good SET class = 'nan' || fid % 3"),
        "classes of paths": changed("UPDATE good SET class = '../../' || class"),
        "class column of numbers": changed("ALTER TABLE good RENAME COLUMN class TO old", "ALTER TABLE good ADD COLUMN class REAL", "UPDATE good SET class = (fid % 3) * 1e308 * 10"),
        "million classes": changed(f"INSERT INTO good (geom, class) {many.format(1_000_000)} SELECT (SELECT geom FROM good LIMIT 1), 'c' || i FROM n"),
        "rows of 500,000": changed(f"INSERT INTO good (geom, class) {many.format(500_000)} SELECT (SELECT geom FROM good LIMIT 1), (SELECT class FROM good WHERE fid = i % 5 + 1) FROM n"),
        "rows of 20,000 of two": changed(f"INSERT INTO good (geom, class) {many.format(20_000)} SELECT (SELECT geom FROM good LIMIT 1), 'c' || i % 2 FROM n"),
        "an rtree of another": changed("UPDATE rtree_good_geom_node SET data = zeroblob(1000)", way=as_aoi),
        "400 layers": changed(*(statement for n in range(400) for statement in (f"CREATE TABLE l{n} AS SELECT * FROM good", f"INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) SELECT 'l{n}', 'features', 'l{n}', srs_id FROM gpkg_contents WHERE table_name = 'good'", f"INSERT INTO gpkg_geometry_columns SELECT 'l{n}', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns WHERE table_name = 'good'")), way=as_aoi),
        "colours of controls": changed("ALTER TABLE good ADD COLUMN color TEXT", "UPDATE good SET color = '#' || char(27) || '[2J'"),
        "colours of html": changed("ALTER TABLE good ADD COLUMN color TEXT", "UPDATE good SET color = 'red;background:url(x)'"),
    }  # fmt: skip


# Polygons -------------------------------------------------------------------------------------------------------------


def _square(x: float = MIDDLE[0], y: float = MIDDLE[1], side: float = 0.01) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def _collection(polygons: list[tuple[str, list[list[list[float]]]]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"class": name}, "geometry": {"type": "Polygon", "coordinates": rings}} for name, rings in polygons]})  # fmt: skip


def _tangles(place: Place) -> dict[str, Make]:
    def met(way: Way, text: Callable[[], str]) -> Make:
        return lambda: way(place, place.write("a.geojson", text()))

    def tangle(corners: int, seed: int = 1) -> list[list[float]]:
        """A ring from one place at random to the next."""
        own = random.Random(seed)
        ring = [[MIDDLE[0] + own.uniform(-0.01, 0.01), MIDDLE[1] + own.uniform(-0.01, 0.01)] for _ in range(corners)]
        return [*ring, ring[0]]

    def comb(teeth: int, turned: bool) -> list[list[float]]:
        """Two of them, one turned, cross everywhere."""
        line = [[n * 0.02 / teeth, (n // 2 % 2) * 0.02] for n in range(teeth)]
        ring = [*line, [0.02, -0.001], [0.0, -0.001], line[0]]
        return [[MIDDLE[0] - 0.01 + (y if turned else x), MIDDLE[1] - 0.01 + (x if turned else y)] for x, y in ring]

    def two(first: list[list[float]], second: list[list[float]]) -> str:
        return _collection([("a", [first]), ("b", [second])])

    found: dict[str, Make] = {}
    for name, way in {"aoi": as_aoi, "water": as_water, "labels": as_labels, "truth": as_truth}.items():
        found |= {
            f"tangle of 2,000, {name}": met(way, lambda: two(tangle(2_000), _square())),
            f"tangle of 20,000, {name}": met(way, lambda: two(tangle(20_000), _square())),
            f"combs of 5,000, {name}": met(way, lambda: two(comb(5_000, True), comb(5_000, False))),
            f"3,000 of two classes, {name}": met(
                way, lambda: _collection([("ab"[n % 2], [_square()]) for n in range(3_000)])
            ),
            f"10,000 holes, {name}": met(
                way,
                lambda: two(_square(), _square(MIDDLE[0] - 0.01)).replace(
                    "]]]",
                    "]"
                    + ","
                    + ",".join(
                        json.dumps(_square(MIDDLE[0] + n % 100 * 1e-4, MIDDLE[1] + n // 100 * 1e-4, 5e-5))
                        for n in range(10_000)
                    )
                    + "]]",
                    1,
                ),
            ),
            f"5,000 rings that cross, {name}": met(
                way,
                lambda: _collection([("a", [_square(MIDDLE[0] + n * 1e-6) for n in range(5_000)]), ("b", [_square()])]),
            ),
        }
    return found


def _labelled(place: Place) -> dict[str, Make]:
    def words(*more: str) -> Words:
        return [*as_labels(place, place.good / "scene" / "labels.gpkg"), *more]

    def truth(field: str) -> Words:
        return [*as_truth(place, place.good / "scene" / "labels.gpkg")[:-2], field, "--json"]

    return {
        "field of controls": lambda: truth("cl\x1b[2Jass"),
        "name of controls": lambda: words("--name", "a\x1b[2J\u202e"),
        "name of a path": lambda: words("--name", "../../a"),
        "truth is the map": lambda: ["evaluate", "segmentation", "--prediction", str(place.good / "scene" / "labels.gpkg"), "--truth", str(place.good / "scene" / "labels.gpkg"), "--class-field", "class", "--json"],
    }  # fmt: skip
