"""The map that every broken and resumed run must come to, a place to map what a test makes up, and real imagery."""

from __future__ import annotations

import os
from collections.abc import Callable
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


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a figure into the test run's output."""

    def print_it(text: str) -> None:
        with capsys.disabled():
            print(f"\n    {text}", end="")

    return print_it


@pytest.fixture
def data() -> Path:
    """Real imagery."""
    folder = os.environ.get("GEOFM_TEST_DATA")
    if not folder:
        pytest.skip("GEOFM_TEST_DATA does not name the folder of the test data")
    return Path(folder)
