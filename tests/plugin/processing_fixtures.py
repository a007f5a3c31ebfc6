"""QGIS's Processing with our provider and the real engine, for all tests of a module."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processing_asking import Terminal
from qgis.core import QgsApplication
from queue_home import ENGINE_PYTHON, end_workers_of

from geofm_qgis.provider import GeoFMProvider
from geofm_qgis.settings import Settings

PLUGINS = Path(os.environ.get("GEOFM_PLUGINS", Path(__file__).resolve().parents[2] / "build" / "plugins"))


@pytest.fixture(scope="module")
def processing_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The queue that the tests of a module share: its worker stays warm."""
    folder = tmp_path_factory.mktemp("queue") / "home"
    yield folder
    end_workers_of(folder)


@pytest.fixture
def processing(
    qgis_app: QgsApplication, qgis_new_project: None, processing_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Processing with our provider, and settings that name the real engine."""
    monkeypatch.setenv("GEOFM_HOME", str(processing_home))
    monkeypatch.setattr(Settings, "engine_python", str(ENGINE_PYTHON))
    monkeypatch.setattr(Settings, "job_folder", "")
    plugins = str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    import processing
    from processing.core.Processing import Processing
    from processing.gui import Postprocessing

    Processing.initialize()
    monkeypatch.setattr(Postprocessing, "iface", None, raising=False)  # QGIS 3.44 wants a real one, or none
    provider = GeoFMProvider()
    assert QgsApplication.processingRegistry().addProvider(provider)
    yield processing
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    user, home = tmp_path / "user", tmp_path / "home"
    user.mkdir()
    home.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(user),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(PLUGINS),
        "GEOFM_HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }

    def qgis_process(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["qgis_process.bin", *words]
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path
        )

    def run(name: str, **values: object) -> subprocess.CompletedProcess[str]:
        return qgis_process("run", f"geofm:{name}", "--", *(f"{key}={value}" for key, value in values.items()))

    assert (PLUGINS / "geofm_qgis" / "metadata.txt").is_file(), "make plugin stages the plugin"
    enabled = qgis_process("plugins", "enable", "geofm_qgis")
    assert enabled.returncode == 0, enabled.stderr
    (settings,) = user.rglob("QGIS?.ini")
    with settings.open("a") as file:
        file.write(f"\n[geofm]\nengine_python={ENGINE_PYTHON}\n")
    yield Terminal(home, run)
    end_workers_of(home)
