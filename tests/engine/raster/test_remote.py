"""What the user names on the network is fetched; what that names in turn is not."""

from __future__ import annotations

import http.server
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import layouts
import numpy as np
import pyogrio
import pytest
import shapely

from engine.errors import InputError
from engine.raster.source import open_sar
from engine.raster.vectors import read_polygons

SHAPE = (40, 50)
VIRTUAL = """<VRTDataset rasterXSize="50" rasterYSize="40"><SRS>EPSG:32633</SRS>
<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform><VRTRasterBand dataType="Float32" band="1">
<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"""


class Files(http.server.BaseHTTPRequestHandler):
    """Parts of files, as GDAL asks for them; the names of those that were asked for are kept."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_HEAD(self) -> None:
        self.answer(False)

    def do_GET(self) -> None:
        self.answer(True)

    def answer(self, body: bool) -> None:
        path = self.folder / self.path.strip("/")
        with (self.folder / "asked").open("a") as log:
            log.write(f"{path.name}\n")
        data = path.read_bytes() if path.is_file() else b""
        status, wanted = 200 if path.is_file() else 404, self.headers.get("Range")
        self.send_response(206 if wanted and data else status)
        if wanted and data:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            stop = min(int(last or len(data)) + 1, len(data))
            self.send_header("Content-Range", f"bytes {first}-{stop - 1}/{len(data)}")
            data = data[int(first) : stop]
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def serve(folder: Path, port: multiprocessing.Queue[int]) -> None:
    Files.folder = folder
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    port.put(server.server_address[1])
    server.serve_forever()


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """GDAL's name for a file of a folder that another process serves: GDAL waits with Python's lock held."""
    context = multiprocessing.get_context("spawn")
    port = context.Queue()
    process = context.Process(target=serve, args=(tmp_path, port), daemon=True)
    process.start()
    address = f"http://127.0.0.1:{port.get()}"
    yield lambda name: f"/vsicurl/{address}/{name}"
    process.kill()
    process.join()


def test_what_the_user_names_is_fetched(remote, tmp_path):
    written = layouts.backscatter(SHAPE)
    local = layouts.snap_tiff(tmp_path / "here.tif", written)
    shutil.copy(local, tmp_path / "S1.tif")
    with open_sar([remote("S1.tif")]) as scene, open_sar([str(local)]) as own:
        np.testing.assert_array_equal(scene.read(scene.grid), own.read(own.grid))
    shape = np.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))], object)
    options = {"layer": "a", "geometry_type": "Polygon", "crs": "EPSG:4326", "driver": "GPKG"}
    pyogrio.raw.write(str(tmp_path / "aoi.gpkg"), shape, [], [], **options)
    assert len(read_polygons(remote("aoi.gpkg"))[0]) == 1


def test_what_that_names_in_turn_is_not(remote, tmp_path):
    layouts.snap_tiff(tmp_path / "inner.tif", layouts.backscatter(SHAPE))
    (tmp_path / "S1_VV.vrt").write_text(VIRTUAL.format(source=remote("inner.tif")))
    for name in (remote("S1_VV.vrt"), str(tmp_path / "S1_VV.vrt")):
        with pytest.raises(InputError):
            open_sar([name])
    asked = (tmp_path / "asked").read_text().split()
    assert "S1_VV.vrt" in asked and "inner.tif" not in asked


def test_what_is_not_there_is_one_sentence(remote):
    with pytest.raises(InputError, match="cannot be fetched"):
        open_sar([remote("gone_VV.tif")])
