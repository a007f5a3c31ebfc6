"""Opens QGIS with the staged plugin switched on, in a profile of its own, so that yours stays as it is.

Usage: open_qgis.py PROJECT
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ROOT / "build" / "plugins"
SETTINGS = """\
[PythonPlugins]
geofm_qgis=true

[app]
projections\\newLayerUsesProjection=prompt

[qgis]
checkVersion=false
showTips316=false
"""


def system_path() -> str:
    """PATH with the system's Python first: QGIS loads the standard library of the one that it finds there."""
    return os.pathsep.join(["/usr/bin", os.environ["PATH"]])


def prepare_profile(folder: Path) -> list[str]:
    """The arguments with which QGIS uses a profile in `folder`; a new one is made where there is none."""
    for name in ("QGIS3.ini", "QGIS4.ini"):
        settings = folder / "profiles" / "default" / "QGIS" / name
        if not settings.exists():
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text(SETTINGS, encoding="utf-8")
    return ["--profiles-path", str(folder), "--noversioncheck", "--nologo"]


if __name__ == "__main__":
    os.environ.update(QGIS_PLUGINPATH=str(PLUGINS), PATH=system_path())
    project = str(Path(sys.argv[1]).resolve())
    os.execvp("qgis", ["qgis", *prepare_profile(ROOT / "build" / "qgis-profile"), project])
