"""Whether inputs of a job are still those that it began with."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.raster.stamps import fingerprint


def changed(path: Path) -> None:
    """Others of the same number of bytes, a second later."""
    before = path.stat()
    path.write_bytes(bytes(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))


@pytest.mark.parametrize("named", ["aoi.gpkg", "aoi.gpkg|layername=upper", "aoi.gpkg|layerid=0", "odd|name.gpkg"])
def test_a_file_is_known_however_a_layer_in_it_is_named(tmp_path, named):
    file = tmp_path / (named if named.startswith("odd") else "aoi.gpkg")
    file.write_bytes(b"1234")
    before = fingerprint([str(tmp_path / named)])
    assert before == fingerprint([str(tmp_path / named)])
    changed(file)
    assert before != fingerprint([str(tmp_path / named)])


def test_a_product_in_a_folder_is_known_by_its_files(tmp_path):
    band = tmp_path / "S1A.SAFE" / "measurement" / "vv.tiff"
    band.parent.mkdir(parents=True)
    band.write_bytes(b"1234")
    before = fingerprint([str(tmp_path / "S1A.SAFE")])
    changed(band)
    assert before != fingerprint([str(tmp_path / "S1A.SAFE")])


def test_what_another_program_has_not_yet_put_into_the_file_counts(tmp_path):
    """As QGIS edits a GeoPackage: until it closes, the file itself stays as it was."""
    path = tmp_path / "aoi.gpkg"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE upper (geom)")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file, before = path.stat(), fingerprint([f"{path}|layername=upper"])
        database.execute("INSERT INTO upper VALUES (1)")
        database.commit()
        assert path.stat().st_mtime_ns == file.st_mtime_ns
        assert fingerprint([f"{path}|layername=upper"]) != before


def test_what_is_no_file_is_told_apart_by_its_text(tmp_path):
    texts = ["1,2,3,4", '{"type": "Point", "coordinates": [0, 0]}' + " " * 10_000, str(tmp_path / "gone.tif"), "a\0b"]
    assert [path for path, *_ in fingerprint(texts)] == texts
    assert json.loads(json.dumps(fingerprint(texts))) == [[text, None, None] for text in texts]
