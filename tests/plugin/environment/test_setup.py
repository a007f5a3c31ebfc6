"""The engine's Python made by "Set up", beside the one that works; once for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from queue_home import ENGINE_PYTHON, MS, samples, state_of, workers_of

from geofm_qgis.engine.jobs.locks import FileLock, lane_lock
from geofm_qgis.environment import folders, levels, python, setup, steps
from geofm_qgis.environment.setup import EngineSetup

pytest_plugins = ("queue_fixtures", "setup_fixtures")


@pytest.fixture
def scripted(home, monkeypatch, qtbot):
    """A set-up whose steps are given as lines of Python; it collects what it says."""

    def make(*scripts):
        def steps_of_setup(own, folder, requirements, level):
            engine = folders.python_in(folder / folders.ENGINE)
            first = f"import pathlib; p = pathlib.Path({str(engine)!r}); p.parent.mkdir(parents=True); p.touch()"
            return tuple(steps.Step(f"Step {script}", own, ("-c", script)) for script in (first, *scripts))

        monkeypatch.setattr(setup, "steps_of_setup", steps_of_setup)
        made = EngineSetup()
        made.ends = []
        made.finished.connect(lambda *end: made.ends.append(end))
        return made

    return make


def run(setup_of_test, qtbot, level=None):
    """Run a set-up to its end."""
    setup_of_test.start(level)
    qtbot.waitUntil(lambda: bool(setup_of_test.ends), timeout=MS)
    return setup_of_test.ends[0]


def test_a_set_up_is_used_only_when_all_steps_are_done(scripted, home, no_make, qtbot):
    bad = scripted("import sys; sys.exit('dns error')")
    ready, sentence = run(bad, qtbot)
    assert not ready and "cannot be reached" in sentence and "before" not in sentence
    assert python.find_engine_python() is None
    assert folders.setups(home) == (home,), "what is half-made is removed"
    good = scripted("print('hello')")
    assert run(good, qtbot) == (True, "The engine is ready.")
    assert "hello\n" in good.text
    assert python.find_engine_python() == good.engine_python


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemExit('error sending request for url (https://builds.example/whl/cpu/torch/)')", "builds.example"),
        ("raise SystemExit('No space left on device (os error 28)')", "disk is full"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "log"),
    ],
)
def test_a_failed_upgrade_keeps_the_engine_that_worked(script, words, worked, scripted, home, qtbot):
    ready, sentence = run(scripted(script), qtbot, levels.levels()[-1])
    assert not ready and words in sentence and "kept" in sentence
    assert python.find_engine_python() == folders.python_in(worked / folders.ENGINE)
    assert python.plugin_packages_folder() == worked / folders.PACKAGES
    assert folders.setups(home) == (worked, home), "what is half-made is removed"


def test_an_upgrade_that_cannot_be_stamped_keeps_the_engine_that_worked(worked, scripted, home, qtbot):
    script = f"import glob, os; [os.mkdir(engine + '/.{folders.STAMP}') for engine in glob.glob('engines/*/python')]"
    made = scripted(script)
    ready, sentence = run(made, qtbot)
    assert not ready and "directory" in sentence and "kept" in sentence
    assert folders.setups(home) == (worked, home)


def test_a_set_up_that_does_not_begin_keeps_the_engine_that_worked(worked, scripted, qtbot):
    ready, sentence = run(scripted(), qtbot, levels.levels()[0]._replace(needed_bytes=10**18))
    assert not ready and "too little space" in sentence and "kept" in sentence
    assert python.find_engine_python() == folders.python_in(worked / folders.ENGINE)


def test_a_good_upgrade_takes_the_place_of_the_engine_that_worked(worked, scripted, home, qtbot):
    good = scripted()
    assert run(good, qtbot)[0]
    assert python.find_engine_python() == good.engine_python
    assert worked.exists(), "a worker may still run in it"
    assert (worked / folders.ENGINE / folders.REPLACED).read_text() == str(good.engine_python)
    again = scripted()
    assert run(again, qtbot)[0]
    assert not worked.exists() and python.find_engine_python() == again.engine_python


def test_a_failure_of_an_unknown_kind_names_the_step(scripted, qtbot):
    ready, sentence = run(scripted("raise SystemExit(3)"), qtbot)
    assert not ready and "raise SystemExit(3)" in sentence and "log" in sentence


def test_a_program_that_cannot_be_started(scripted, monkeypatch, qtbot, tmp_path):
    made = scripted()
    monkeypatch.setattr(setup, "own_python", lambda: tmp_path / "none")
    ready, _ = run(made, qtbot)
    assert not ready and str(tmp_path / "none") in made.text
    assert not made.running


def test_leftovers_of_a_killed_set_up_are_removed_by_the_next(scripted, home, no_make, qtbot):
    home.mkdir(mode=0o700)
    half = folders.new_setup(home)
    (half / "half").mkdir()
    (home / folders.ENGINE / "of an earlier version").mkdir(parents=True)
    made = scripted()
    assert run(made, qtbot)[0]
    assert not half.exists() and not (home / folders.ENGINE).exists()
    assert python.find_engine_python() == made.engine_python


def test_the_start_of_qgis_removes_what_nobody_uses(worked, whole_setup, home, qtbot):
    legacy = home / folders.ENGINE
    shutil.copytree(worked / folders.ENGINE, legacy)
    newer, half = whole_setup(), folders.new_setup(home)
    lane = lane_lock(home, "long")
    assert lane.try_acquire()
    EngineSetup().tidy()
    qtbot.waitUntil(lambda: not half.exists(), timeout=MS)
    assert worked.exists() and legacy.exists(), "a worker is there, and may run in them"
    lane.release()
    EngineSetup().tidy()
    qtbot.waitUntil(lambda: not worked.exists() and not legacy.exists(), timeout=MS)
    assert python.find_engine_python() == folders.python_in(newer / folders.ENGINE)


def test_the_start_of_qgis_leaves_a_set_up_of_another_qgis_alone(worked, home):
    half = folders.new_setup(home)
    other = FileLock(home / "setup.lock")
    assert other.try_acquire()
    EngineSetup().tidy()
    other.release()
    assert half.exists() and worked.exists()


@pytest.mark.parametrize("before", [False, True])
def test_cancelling_leaves_nothing_new(before, scripted, whole_setup, home, qtbot):
    kept = whole_setup() if before else None
    made = scripted("import time; print('waits', flush=True); time.sleep(600)")
    made.start()
    qtbot.waitUntil(lambda: "waits" in made.text.splitlines(), timeout=MS)
    made.start()  # a second press does nothing
    made.cancel()
    made.cancel()
    qtbot.waitUntil(lambda: bool(made.ends), timeout=MS)
    ((ready, sentence),) = made.ends
    assert not ready and sentence.startswith("The set-up was cancelled.") and ("kept" in sentence) == before
    assert folders.set_up(home) == kept and folders.setups(home)[-2:] == ((kept, home) if before else (home,))
    assert not made.running


def test_qgis_killed_in_a_set_up_keeps_the_engine_that_worked(worked, home, scripted, qtbot):
    code = """
        from qgis.PyQt.QtCore import QCoreApplication
        app = QCoreApplication([])
        from geofm_qgis.environment import setup, steps
        script = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
        setup.steps_of_setup = lambda own, *rest: (steps.Step("Waits", own, ("-c", script)),)
        made = setup.EngineSetup()
        made.log.connect(lambda text: print(text, flush=True))
        made.start()
        app.exec_()
    """
    qgis = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    number = next(int(line.split()[1]) for line in qgis.stdout if line.startswith("pid "))
    qgis.kill()
    qgis.communicate()
    os.kill(number, signal.SIGKILL)
    assert len(folders.setups(home)) == 3, "the killed one left its folder"
    assert python.find_engine_python() == folders.python_in(worked / folders.ENGINE)
    assert run(scripted(), qtbot)[0], "and the next one is not in its way"
    assert len(folders.setups(home)) == 3


def test_closing_qgis_stops_at_once(scripted, home, no_make, qtbot):
    made = scripted("import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)")
    made.start()
    qtbot.waitUntil(lambda: "\npid " in made.text, timeout=MS)
    number = int(made.text.rpartition("\npid ")[2].split()[0])
    made.close()
    assert not Path(f"/proc/{number}").exists()
    assert python.find_engine_python() is None
    assert run(scripted(), qtbot)[0]


def test_two_qgis_do_not_set_up_at_once(scripted, home, qtbot):
    home.mkdir(mode=0o700)
    other = FileLock(home / "setup.lock")
    assert other.try_acquire()
    ready, sentence = run(scripted(), qtbot)
    assert not ready and "Another QGIS" in sentence
    other.release()
    assert run(scripted(), qtbot)[0]


def test_a_worker_goes_on_in_the_engine_that_is_replaced(worked, scripted, home, make_client, tmp_path, qtbot):
    like_the_real_one(worked / folders.ENGINE)
    client = make_client()
    client.submit(samples(tmp_path / "scene", 3000))
    # A job that has only been taken would go to the worker in the new one.
    qtbot.waitUntil(lambda: (tmp_path / "scene").is_dir() and any((tmp_path / "scene").iterdir()), timeout=MS)
    assert run(scripted(), qtbot)[0]
    assert run(scripted(), qtbot)[0]
    EngineSetup().tidy()
    assert state_of(client, 1) == "running"
    ((_, command),) = (worker for worker in workers_of(home) if "--lane" in worker[1])
    assert command[0] == str(folders.python_in(worked / folders.ENGINE))
    qtbot.waitUntil(lambda: state_of(client, 1) == "succeeded", timeout=MS)


def like_the_real_one(engine):
    """Make an environment in which the engine runs, with the packages of the one that make made."""
    shutil.rmtree(engine / "bin")
    subprocess.run([ENGINE_PYTHON, "-m", "venv", "--without-pip", engine], check=True)
    (packages,) = ENGINE_PYTHON.parents[1].glob("lib/python*/site-packages")
    (own,) = engine.glob("lib/python*/site-packages")
    (own / "those.pth").write_text(f"{packages}\n")


def test_a_full_disk_is_told_before_anything_is_downloaded(scripted, qtbot):
    made = scripted()
    ready, sentence = run(made, qtbot, levels.levels()[0]._replace(needed_bytes=10**18))
    assert not ready and "takes 1000000000 GB" in sentence
    assert "—" not in made.text


def test_another_level_is_another_set_up(scripted, home, no_make, qtbot):
    core, *_, everything = levels.levels()
    assert run(scripted(), qtbot, everything)[0]
    assert folders.level_of(folders.set_up_engine()) == everything
    assert run(scripted(), qtbot)[0]
    assert folders.level_of(folders.set_up_engine()) == core


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("level", ["core", "learn-gpu"])
def test_the_engine_is_really_made_and_runs_a_job(level, home, no_make, make_client, tmp_path, qtbot, monkeypatch):
    """Downloads from the package index; the folder has a space in its name, and QGIS's traces are around."""
    monkeypatch.setenv("PROJ_LIB", "/no/such/folder")
    monkeypatch.setenv("PYTHONHOME", "/no/such/folder")
    made = EngineSetup()
    ends, numbers = [], []
    made.finished.connect(lambda *end: ends.append(end))
    made.stepped.connect(lambda number, count, title: numbers.append((number, count)))
    made.start(levels.named(level))
    qtbot.waitUntil(lambda: bool(ends), timeout=1_500_000)
    assert ends == [(True, "The engine is ready.")], made.text
    assert [number for number, _ in numbers] == list(range(1, numbers[0][1] + 1))
    assert " " in str(made.engine_python)
    assert python.find_engine_python() == made.engine_python
    inspection = python.inspect_python(str(made.engine_python))
    assert inspection.problem is None and inspection.learns == (level != "core")
    assert (python.plugin_packages_folder() / "pyqtgraph" / "__init__.py").exists()
    client = make_client()
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: state_of(client, 1) == "succeeded", timeout=MS)
    ((_, command),) = (worker for worker in workers_of(home) if "--lane" in worker[1])
    assert command[0] == str(made.engine_python)
