"""Coordinate systems by code and by WKT, and nothing that would open a file or ask the network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.crs import crs_of_text

GRIDS = CRS.from_string("+proj=longlat +ellps=clrk66 +nadgrids=conus").to_wkt()


@pytest.mark.parametrize("text", ["EPSG:32633", "epsg:4326", "ESRI:54009", "IGNF:LAMB93", "OGC:CRS84"])
def test_codes(text: str) -> None:
    assert crs_of_text(text) == CRS.from_user_input(text.upper())


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
@pytest.mark.parametrize("code", [3857, 4326, 32633, 2154, 27700, 26713])
def test_wkt(code: int, version: str) -> None:
    wkt = CRS.from_epsg(code).to_wkt(version=version)
    assert crs_of_text(wkt) == CRS.from_wkt(wkt)


def test_grids_by_plain_names() -> None:
    assert "conus" in GRIDS and crs_of_text(GRIDS) == CRS.from_wkt(GRIDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://127.0.0.1:9/crs",
        "/vsicurl/http://127.0.0.1:9/crs",
        "/etc/passwd",
        "file:///etc/passwd",
        "+proj=longlat",
        "+init=/etc/passwd:1",
        "urn:ogc:def:crs:EPSG::4326",
        '{"type": "GeographicCRS"}',
        "EPSG:99999999",
        "EPSG:4326\0",
        "PROJCS[",
        "GEOGCS[\ud800",
        "GEOGCS[" * 50_000,
        GRIDS.replace("conus", "/dev/zero"),
        GRIDS.replace("conus", "..\\grid"),
        GRIDS.replace("conus", 'a""/dev/zero'),
        GRIDS.replace('"conus"', "\u201c/dev/zero\u201d"),
        GRIDS.replace('EXTENSION["PROJ4_GRIDS","conus"]', 'EXTENSION["PROJ4","+proj=longlat +nadgrids=/dev/zero"]'),
    ],
)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no coordinate system that is known here"):
        crs_of_text(text)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # whoever opens it waits for ever
    with pytest.raises(InputError):
        crs_of_text(GRIDS.replace("conus", str(tmp_path / "pipe")))
