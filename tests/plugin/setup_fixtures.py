"""Engines as earlier set-ups left them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geofm_qgis.environment import folders, levels, python


@pytest.fixture
def no_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no checkout is around."""
    for module in (folders, python):
        monkeypatch.setattr(module, "made_by_make", lambda: iter(()))


@pytest.fixture
def whole_setup(home: Path, no_make: None) -> Callable[[], Path]:
    """Leaves a folder as a set-up does that came to its end; nothing can be run in it."""
    home.mkdir(mode=0o700, exist_ok=True)

    def make() -> Path:
        folder = folders.new_setup(home)
        made = folders.python_in(folder / folders.ENGINE)
        made.parent.mkdir(parents=True)
        made.touch()
        (folder / folders.PACKAGES).mkdir()
        folders.put_in_use(home, folder, levels.levels()[0])
        return folder

    return make


@pytest.fixture
def worked(whole_setup: Callable[[], Path]) -> Path:
    """The folder of the engine that worked so far."""
    return whole_setup()
