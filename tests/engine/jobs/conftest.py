"""Workers that know the practice jobs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest


@pytest.fixture
def worker_program() -> Sequence[str]:
    """The worker with the practice jobs in its table of tasks."""
    return sys.executable, str(Path(__file__).with_name("practice_worker.py"))
