"""The command starts at once: what is heavy is imported by the task, not to print a help text."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"cv2", "geopandas", "numpy", "pandas", "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "sqlite3", "torch"}
PROGRAM = """
import sys
from engine.cli import main
try:
    main(sys.argv[1:])
except SystemExit as left:
    assert left.code in (0, 2), left.code
print(*sys.modules)
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["flood", "--help"],
        ["samples", "--help"],
        ["evaluate", "flood", "--help"],
        ["jobs", "list", "--help"],
        ["flood", "--out", "map"],
    ],
)
def test_nothing_heavy_is_imported_to_say_how_the_command_is_used(words):
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    *_, modules = done.stdout.splitlines()
    assert HEAVY.isdisjoint(modules.split())
    assert "engine.cli.flood" in modules.split()


def test_a_request_that_cannot_be_is_refused_before_anything_heavy_is_imported():
    words = ["flood", "--post", "flood.tif", "--out", "."]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    assert line.endswith("flood.tif would be overwritten by a result while it is in use; choose another output.")
    assert HEAVY.isdisjoint(done.stdout.split())


def test_the_package_is_the_command_too():
    for command in (["-m", "engine"], ["-c", "from engine.cli import main; main()"]):
        done = subprocess.run([sys.executable, *command, "--version"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("GeoFM ")
