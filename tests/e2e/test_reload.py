"""The plugin can be taken out of a running QGIS and put in again, and others' packages do it no harm."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from desktop import PATIENCE_S, start_qgis

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from open_qgis import PLUGINS, prepare_profile  # noqa: E402 - scripts is no package


@pytest.mark.slow
def test_unloaded_without_a_trace_and_loaded_again(desktop, tmp_path):
    """With a package `engine` of somebody else on QGIS's path, as any plugin may bring one."""
    foreign = tmp_path / "foreign"
    for name in ("engine", "resources"):
        (foreign / name).mkdir(parents=True)
        (foreign / name / "__init__.py").write_text("raise ImportError('somebody else\\'s')\n")
    script = Path(__file__).with_name("reload_probe.py")
    profile = prepare_profile(tmp_path / "profile")
    process = start_qgis(desktop, tmp_path, PLUGINS, script, *profile, PYTHONPATH=str(foreign))
    assert process.wait(PATIENCE_S) == 0
    told = json.loads((tmp_path / "probe.json").read_text())
    assert "error" not in told, told["error"]
    assert told["modules"] == []
    assert told["before"]["docks"] == ["GeoFMDock"]
    assert told["before"]["providers"] == ["geofm"]
    assert "StatusWidget" in told["before"]["widgets"]
    gone = told["unloaded"]
    assert (gone["docks"], gone["actions"], gone["providers"], gone["widgets"]) == ([], [], [], [])
    assert gone["on the canvas"] <= told["before"]["on the canvas"]
    assert told["started"]
    assert told["loaded again"] == told["before"]
