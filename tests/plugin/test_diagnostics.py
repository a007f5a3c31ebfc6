"""The text for a report of a problem."""

from __future__ import annotations

import re

import pytest
from qgis.core import Qgis
from qgis.PyQt.QtGui import QGuiApplication
from queue_home import ENGINE_PYTHON, MS

from geofm_qgis import diagnostics
from geofm_qgis.diagnostics import Diagnostics
from geofm_qgis.engine import __version__
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures",)


@pytest.fixture
def asked(home, qtbot):
    """Asks, and gives what was said and what is on the clipboard."""
    made = Diagnostics()
    said = []
    made.finished.connect(lambda text: said.append(("finished", text)))
    made.failed.connect(lambda sentence: said.append(("failed", sentence)))

    def ask():
        said.clear()
        QGuiApplication.clipboard().setText("before")
        made.start()
        qtbot.waitUntil(lambda: bool(said), timeout=MS)
        assert len(said) == 1 and not made.running
        return (*said[0], QGuiApplication.clipboard().text())

    ask.made = made
    yield ask
    made.close()


@pytest.fixture
def script(tmp_path):
    """Chooses a script in the place of the engine's Python."""

    def choose(text):
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
        Settings().engine_python = str(program)

    return choose


def test_both_sides_are_told(asked, home):
    how, text, clipboard = asked()
    assert how == "finished"
    assert clipboard == text
    assert f"QGIS: {Qgis.QGIS_VERSION}, Qt " in text
    assert re.search(rf"^Plugin: \d\S+, engine {re.escape(__version__)}, in ", text)
    assert re.search(r"^QGIS's GDAL: \d\.\d", text, re.MULTILINE)
    assert f"Engine's Python: automatic: {ENGINE_PYTHON}" in text
    assert f"at {ENGINE_PYTHON}" in text
    assert f"job folder: {home.resolve()}" in text
    assert "a simulated flood was mapped" in text
    assert "Everything is in order." in text


def test_the_engine_is_that_of_the_plugin_and_its_environment_that_of_the_worker(asked, script, monkeypatch):
    monkeypatch.setenv("PROJ_LIB", "/usr/share/qgis")
    script(f'exec {ENGINE_PYTHON} -c "import os, engine; print(engine.__file__, sorted(os.environ))"')
    how, text, _ = asked()
    assert how == "finished"
    assert str(diagnostics.PLUGIN) in text.splitlines()[-1] or "engine/__init__.py" in text
    assert "PROJ_LIB" not in text and "GEOFM_HOME" in text and "PYTHONPATH" in text


def test_problems_of_the_engine_are_part_of_the_text(asked, script):
    script("echo 'problem  disk: is full'; exit 1")
    assert asked()[0] == "finished"
    assert "problem  disk: is full" in asked()[1]


def test_nothing_blocks_and_a_second_question_waits_for_the_first(asked, script, qtbot):
    script("exec sleep 600")
    asked.made.start()
    first = asked.made._process
    asked.made.start()
    assert asked.made._process is first and asked.made.running
    asked.made.close()
    assert not asked.made.running
    script("echo well")
    assert asked()[0] == "finished"


def test_a_python_that_breaks_off(asked, script):
    script("echo a traceback >&2; exit 3")
    how, sentence, clipboard = asked()
    assert (how, sentence) == ("failed", "The engine's Python ended with status 3.")
    assert "a traceback" in clipboard and "QGIS: " in clipboard and sentence in clipboard


def test_a_python_that_is_killed(asked, script):
    script("kill -9 $$")
    assert asked()[0] == "failed"


def test_a_python_that_is_gone(asked):
    Settings().engine_python = "/no/such/python"
    how, sentence, clipboard = asked()
    assert how == "failed" and sentence.startswith("/no/such/python does not start")
    assert "QGIS: " in clipboard and sentence in clipboard


def test_without_any_python(asked, monkeypatch):
    monkeypatch.setattr(diagnostics, "find_engine_python", lambda: None)
    how, sentence, clipboard = asked()
    assert how == "failed" and "press “Set up”" in sentence
    assert "QGIS: " in clipboard


def test_a_python_that_gives_no_answer(asked, script, monkeypatch):
    monkeypatch.setattr(diagnostics, "MS_TO_ANSWER", 300)
    script("echo begun; exec sleep 600")
    how, sentence, clipboard = asked()
    assert (how, sentence) == ("failed", "The engine's Python gives no answer.")
    assert sentence in clipboard
