"""A worker sees that another Python took the place of its own, and goes on with that."""

import sys

import pytest

from engine.jobs import code_on_disk


@pytest.fixture
def replaced_by(tmp_path, monkeypatch):
    path = tmp_path / "replaced-by"
    monkeypatch.setattr(code_on_disk, "REPLACED_BY", path)
    return path


def test_nothing_took_its_place(replaced_by):
    assert code_on_disk.python_now() == sys.executable


def test_another_environment_took_its_place(replaced_by):
    replaced_by.write_text("/engines/2/python/bin/python", encoding="utf-8")
    assert code_on_disk.was_replaced()
    assert code_on_disk.python_now() == "/engines/2/python/bin/python"
