"""The map that every broken and resumed run must come to, and a place to map what a test makes up."""

from __future__ import annotations

from pathlib import Path

import pytest
from constructed import Bench
from results import Outcome, request_of


@pytest.fixture(scope="session")
def unbroken(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What a run that nobody disturbs makes of the scene."""
    request = request_of(scene, tmp_path_factory.mktemp("unbroken"))
    return Outcome.undisturbed(request, tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Maps arrays in a folder of the test's own."""
    return Bench(tmp_path)
