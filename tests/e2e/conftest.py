"""A desktop for each test, and where photographs go."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from desktop import Desktop, lane_processes

PICTURES = os.environ.get("GEOFM_PICTURES")


@pytest.fixture
def desktop():
    missing = [name for name in ("Xvfb", "openbox", "xdotool", "import", "qgis") if not shutil.which(name)]
    if missing:
        pytest.skip(f"a desktop needs {', '.join(missing)}")
    made = Desktop()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_job_outlives_its_test(tmp_path):
    """Not even one that a failed test has left suspended."""
    yield
    for process in lane_processes(tmp_path / "jobs"):
        os.kill(process, signal.SIGKILL)


@pytest.fixture
def photograph(desktop, tmp_path):
    """Pictures go to the folder that GEOFM_PICTURES names: `make screenshots` puts them into docs/."""
    folder = Path(PICTURES) if PICTURES else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name: desktop.photograph(folder / f"{name}.png")
