"""Of the formats that GDAL knows, which are on; and that files of strangers neither write nor ask the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.drivers import PYOGRIO_OFF, RASTERIO_OFF, RASTERS, VECTORS

DRIVERS = {
    "rasterio": "import rasterio\nwith rasterio.Env() as env: names = list(env.drivers())",
    "pyogrio": "import pyogrio\nnames = list(pyogrio.list_drivers())",
    "engine": "from engine.raster._ogr import pyogrio\nimport rasterio\nnames = [list(pyogrio.list_drivers())]\n"
    "with rasterio.Env() as env: names.append(list(env.drivers()))",
}


def drivers_of(which: str) -> tuple[list[str] | list[list[str]], str]:
    """What a fresh Python without settings finds, and what it says on stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GDAL_", "OGR_"))}
    program = f"{DRIVERS[which]}\nimport json; print(json.dumps(names))"
    done = subprocess.run([sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(
    ("which", "on", "off"), [("rasterio", RASTERS, RASTERIO_OFF), ("pyogrio", VECTORS, PYOGRIO_OFF)]
)
def test_every_driver_of_each_wheel_is_decided_upon(which: str, on: tuple[str, ...], off: tuple[str, ...]) -> None:
    names, _ = drivers_of(which)
    assert sorted([*on, *off]) == sorted(names), "decide in engine/drivers.py"


def test_only_those_are_on_in_the_engine_and_nothing_is_said_of_it() -> None:
    (vectors, rasters), said = drivers_of("engine")
    assert (sorted(vectors), sorted(rasters)) == (sorted(VECTORS), sorted(RASTERS))
    assert said == ""


def test_every_module_that_opens_files_has_them_off_first() -> None:
    """pyogrio has one door; rasterio takes its list whenever it starts, since the package itself sets it."""
    package = Path(sys.modules["engine"].__file__ or "").parent
    importing = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(
            line.strip().startswith(("import pyogrio", "from pyogrio")) for line in path.read_text("utf-8").splitlines()
        )
    ]
    assert importing == ["raster/_ogr.py"]
    assert "MRF" in os.environ["GDAL_SKIP"].split(",")
