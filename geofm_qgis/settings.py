"""What the user chose in Settings > Options > GeoFM, kept among QGIS's own settings under "geofm/"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsSettings

from .engine.jobs.paths import home_folder
from .engine.jobs.requests import DEVICES

__all__ = ["ROOT", "Settings"]

ROOT = "geofm/"


class Settings:
    """Reads and writes each value at once; any number of objects may stand side by side, in any thread."""

    @property
    def engine_python(self) -> str:
        """The engine's Python as chosen by hand; empty: GeoFM looks for it itself."""
        return str(QgsSettings().value(ROOT + "engine_python", "") or "")

    @engine_python.setter
    def engine_python(self, path: str) -> None:
        QgsSettings().setValue(ROOT + "engine_python", path)

    @property
    def job_folder(self) -> str:
        """The folder of the queue as chosen by hand; empty: `home_folder`."""
        return str(QgsSettings().value(ROOT + "job_folder", "") or "")

    @job_folder.setter
    def job_folder(self, path: str) -> None:
        QgsSettings().setValue(ROOT + "job_folder", path)

    @property
    def job_home(self) -> Path:
        """The folder of the queue."""
        return Path(self.job_folder).expanduser() if self.job_folder else home_folder()

    @property
    def device(self) -> str:
        """Where models run: 'auto', 'cpu' or 'cuda'."""
        device = QgsSettings().value(ROOT + "device", DEVICES[0])
        return device if device in DEVICES else DEVICES[0]

    @device.setter
    def device(self, device: str) -> None:
        QgsSettings().setValue(ROOT + "device", device)

    @property
    def threads(self) -> int:
        """How many processor cores a job may use; 0: all but one."""
        try:
            return max(0, int(QgsSettings().value(ROOT + "threads", 0)))
        except (TypeError, ValueError):  # somebody edited the file
            return 0

    @threads.setter
    def threads(self, threads: int) -> None:
        QgsSettings().setValue(ROOT + "threads", threads)

    def last_options(self, kind: str) -> dict[str, Any]:
        """The options of the last job of a kind that this user sent off from the panel; empty before the first."""
        try:
            values = json.loads(str(QgsSettings().value(ROOT + "last/" + kind, "{}")))
        except (ValueError, RecursionError):  # somebody edited the file
            return {}
        return values if isinstance(values, dict) else {}

    def set_last_options(self, kind: str, options: Mapping[str, Any]) -> None:
        """Remember these for the next start."""
        QgsSettings().setValue(ROOT + "last/" + kind, json.dumps(dict(options)))

    def told_until(self, home: Path) -> Optional[float]:
        """When the last job ended whose end was told, in seconds since 1970; None if this queue was never shown."""
        told = QgsSettings().value(ROOT + _told_key(home))
        try:
            return None if told is None else float(told)
        except (TypeError, ValueError):
            return None

    def set_told_until(self, home: Path, time: float) -> None:
        """Remember that the ends of all jobs up to `time` were told."""
        QgsSettings().setValue(ROOT + _told_key(home), repr(time))


def _told_key(home: Path) -> str:
    return "told_until/" + hashlib.sha256(str(home).encode()).hexdigest()[:16]
