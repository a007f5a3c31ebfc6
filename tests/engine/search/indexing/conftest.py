"""An encoder that sees what the ground is made of, and indexes made with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ground import quarters, write_image
from statistics_encoder import StatisticsEncoder

from engine import encoders
from engine.jobs.report import QuietReport
from engine.jobs.requests import IndexRequest
from engine.jobs.result import Result
from engine.search.index.building import build_index


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GeoFM's folder, with a model called `statistics` on its shelf."""
    home = tmp_path_factory.mktemp("home")
    (home / "models" / "statistics").mkdir(parents=True)
    monkeypatch.setenv("GEOFM_HOME", str(home))
    return home


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> StatisticsEncoder:
    """The encoder that every model's name stands for."""
    made = StatisticsEncoder()
    monkeypatch.setattr(encoders, "load_encoder", lambda name, device="auto": made)
    return made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """256 m x 256 m of four kinds of ground."""
    return write_image(tmp_path / "ground.tif", quarters(256))


@pytest.fixture
def build(encoder: StatisticsEncoder, tmp_path: Path) -> Callable[..., Result]:
    """Run a request for an index."""

    def run(*images: Path, index: Path | None = None, report: Any = None, **changes: Any) -> Result:
        request = IndexRequest(
            images=tuple((str(path),) for path in images),
            index=str(index or tmp_path / "index"),
            **{"model": "statistics", "window_m": (16.0, 32.0), "name": "ground", **changes},
        )
        return build_index(request, report or QuietReport(tmp_path))

    return run
