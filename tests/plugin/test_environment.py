"""The engine's Python: found, looked at, and made, once for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsSettings
from queue_home import ENGINE_PYTHON, MS, samples, state_of, workers_of

from geofm_qgis.engine.jobs.locks import FileLock, lane_lock
from geofm_qgis.environment import folders, levels, python, setup, steps
from geofm_qgis.environment.remedies import remedy_for
from geofm_qgis.environment.setup import EngineSetup
from geofm_qgis.environment.surroundings import cleaned, own_python, proxy_of_qgis
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures",)


@pytest.fixture
def no_make(monkeypatch):
    """As where no checkout is around."""
    for module in (folders, python):
        monkeypatch.setattr(module, "made_by_make", lambda: iter(()))


@pytest.fixture
def scripted(home, monkeypatch, qtbot):
    """A set-up whose steps are given as lines of Python; it collects what it says."""

    def make(*scripts):
        def steps_of_setup(own, data, requirements, level):
            engine = folders.python_in(data / folders.ENGINE)
            first = f"import pathlib; p = pathlib.Path({str(engine)!r}); p.parent.mkdir(parents=True); p.touch()"
            rest = [steps.Step(f"Step {script}", own, ("-c", script)) for script in (first, *scripts)]
            return (steps.removal(own, data), *rest)

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


# Finding --------------------------------------------------------------------------------------------------------------


def test_the_python_that_make_made_is_found(home):
    assert python.find_engine_python() == ENGINE_PYTHON
    assert python.plugin_packages_folder() == ENGINE_PYTHON.parents[2] / "plugin-packages"


def test_the_one_chosen_by_hand_comes_first_even_if_it_is_gone(home):
    Settings().engine_python = "/no/such/python"
    assert python.find_engine_python() == Path("/no/such/python")
    assert python.find_engine_python(chosen="") == ENGINE_PYTHON


def test_without_any_there_is_none(home, no_make):
    assert python.find_engine_python() is None
    assert python.plugin_packages_folder() is None


def test_only_a_whole_set_up_of_this_version_counts(home, no_make):
    made = folders.python_in(home / folders.ENGINE)
    made.parent.mkdir(parents=True)
    made.touch()
    (home / folders.PACKAGES).mkdir()
    assert python.find_engine_python() is None
    stamp = home / folders.ENGINE / folders.STAMP
    stamp.write_text(folders.stamp_of(levels.levels()[0]))
    assert python.find_engine_python() == made
    assert python.plugin_packages_folder() == home / folders.PACKAGES
    stamp.write_text("of another version")
    assert python.find_engine_python() is None
    assert python.plugin_packages_folder() is None


def test_the_requirement_files_are_found():
    folder = folders.requirements_folder()
    assert all((folder / name).read_text().count("--hash=sha256:") for name in levels.levels()[-1].files)


# Looking --------------------------------------------------------------------------------------------------------------


def test_a_complete_python(home):
    found = python.inspect_python(str(ENGINE_PYTHON))
    assert found.version.startswith("3.") and found.problem is None and found.learns
    assert python.check_python(str(ENGINE_PYTHON)) is None


def test_a_python_without_packages_is_told_apart(home, tmp_path):
    bare = tmp_path / "a bare one"
    subprocess.run([own_python(), "-m", "venv", "--without-pip", bare], check=True)
    problem = python.check_python(str(folders.python_in(bare)))
    assert problem.startswith("Packages are missing:") and "rasterio" in problem


def test_what_is_no_python(home, tmp_path):
    assert "no file" in python.check_python(str(tmp_path / "none"))
    text = tmp_path / "text"
    text.write_text("Hello.")
    assert "does not run as a Python" in python.check_python(str(text))
    assert "does not run as a Python" in python.check_python("/bin/true")


def test_old_and_broken_pythons(home, tmp_path):
    def pretend(version, missing):
        program = tmp_path / "python"
        told = json.dumps({"version": version, "missing": missing, "absent": []})
        program.write_text(f"#!/bin/sh\necho noise\necho '{told}'\n")
        program.chmod(0o755)
        return python.check_python(str(program))

    assert "3.9.2; GeoFM needs 3.11" in pretend([3, 9, 2], {})
    assert pretend([3, 12, 0], {}) is None
    assert "cannot be loaded: cv2 (libGL.so.1" in pretend([3, 12, 0], {"cv2": "libGL.so.1: cannot open shared object"})


# Surroundings ---------------------------------------------------------------------------------------------------------


def test_what_belongs_to_qgis_or_to_another_python_is_not_passed_on():
    kept = cleaned(
        {
            "PATH": "/bin",
            "PYTHONHOME": "/qgis",
            "PROJ_LIB": "/qgis/proj",
            "GDAL_DATA": "/qgis/gdal",
            "LD_LIBRARY_PATH": "/qgis/lib",
            "VIRTUAL_ENV": "/venv",
            "PIP_TARGET": "/elsewhere",
            "PIP_INDEX_URL": "https://mirror.example",
            "OSGEO4W_ROOT": "/OSGeo4W",
            "SSL_CERT_FILE": "/OSGeo4W/bin/curl-ca-bundle.crt",
            "REQUESTS_CA_BUNDLE": "/etc/company.pem",
        }
    )
    assert kept == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://mirror.example",
        "OSGEO4W_ROOT": "/OSGeo4W",
        "REQUESTS_CA_BUNDLE": "/etc/company.pem",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
    }


def test_the_proxy_of_qgis_is_used_where_the_environment_names_none(clean_settings):
    settings = QgsSettings()
    try:
        assert proxy_of_qgis() is None
        for name, value in (("Enabled", True), ("Type", "HttpProxy"), ("Host", "proxy.example"), ("Port", "8080")):
            settings.setValue(f"proxy/proxy{name}", value)
        assert proxy_of_qgis() == "http://proxy.example:8080"
        settings.setValue("proxy/proxyUser", "an@user")
        settings.setValue("proxy/proxyPassword", "x/y")
        assert proxy_of_qgis() == "http://an%40user:x%2Fy@proxy.example:8080"
    finally:
        settings.remove("proxy")
    assert cleaned({}, "http://p")["HTTPS_PROXY"] == "http://p"
    assert "HTTPS_PROXY" not in cleaned({"https_proxy": "http://mine"}, "http://p")


def test_the_own_python_is_one_also_where_qgis_is_the_executable(monkeypatch, tmp_path):
    assert own_python().name.startswith("python")
    bundle = tmp_path / "QGIS.app" / "Contents" / "MacOS"
    (bundle / "bin").mkdir(parents=True)
    (bundle / "QGIS").touch()
    (bundle / "bin" / "python3").touch()
    monkeypatch.setattr(sys, "executable", str(bundle / "QGIS"))
    monkeypatch.setattr(sys, "_base_executable", str(bundle / "QGIS"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "nowhere"))
    assert own_python() == bundle / "bin" / "python3"
    (bundle / "bin" / "python3").unlink()
    assert own_python() is None


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("ProxyError('Tunnel connection failed: 407 Proxy Authentication Required')", "sign-in"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "not trusted"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "not trusted"),
        ("dns error: failed to lookup address information: Name or service not known", "cannot be reached"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("PermissionError: [WinError 32] The process cannot access the file", "could not be written"),
        ("error: failed to remove file: Permission denied (os error 13)", "could not be written"),
        ("ImportError: /lib64/libc.so.6: version `GLIBC_2.28' not found", "operating system"),
        ("has no wheels with a matching platform tag (e.g., `manylinux_2_17_x86_64`)", "operating system"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "refused"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("error: No interpreter found for Python >=3.11 in managed installations", "No Python 3.11"),
    ],
)
def test_causes_are_told_with_their_remedy(printed, words):
    assert words in remedy_for(printed)


def test_what_is_not_known_has_no_remedy():
    assert remedy_for("something else") is None


# Making ---------------------------------------------------------------------------------------------------------------


def test_a_stamp_is_written_only_when_all_steps_are_done(scripted, home, no_make, qtbot):
    good = scripted("print('hello')")
    assert run(good, qtbot) == (True, "The engine is ready.")
    assert "hello\n" in good.text
    assert python.find_engine_python() == good.engine_python
    bad = scripted("import sys; sys.exit('dns error')")
    ready, sentence = run(bad, qtbot)
    assert not ready and "cannot be reached" in sentence
    assert python.find_engine_python() is None
    assert not (home / folders.ENGINE).exists(), "what is half-made is removed"
    assert run(scripted(), qtbot)[0], "and the next one is not in its way"


def test_a_failure_of_an_unknown_kind_names_the_step(scripted, qtbot):
    ready, sentence = run(scripted("raise SystemExit(3)"), qtbot)
    assert not ready and "raise SystemExit(3)" in sentence and "log" in sentence


def test_a_program_that_cannot_be_started(scripted, monkeypatch, qtbot, tmp_path):
    made = scripted()
    monkeypatch.setattr(setup, "own_python", lambda: tmp_path / "none")
    ready, _ = run(made, qtbot)
    assert not ready and str(tmp_path / "none") in made.text
    assert not made.running


def test_leftovers_of_a_killed_set_up_are_made_anew(scripted, home, no_make, qtbot):
    half = home / folders.ENGINE / "half"
    half.mkdir(parents=True)
    home.chmod(0o700)
    assert run(scripted(), qtbot)[0]
    assert not half.exists()


def test_cancelling_leaves_nothing(scripted, home, no_make, qtbot):
    made = scripted("import time; print('waits', flush=True); time.sleep(600)")
    made.start()
    qtbot.waitUntil(lambda: "waits" in made.text.splitlines(), timeout=MS)
    made.start()  # a second press does nothing
    made.cancel()
    made.cancel()
    qtbot.waitUntil(lambda: bool(made.ends), timeout=MS)
    assert made.ends == [(False, "The set-up was cancelled.")]
    assert not (home / folders.ENGINE).exists() and python.find_engine_python() is None
    assert not made.running


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


def test_an_engine_at_work_is_not_replaced(scripted, home, qtbot):
    (home / folders.ENGINE).mkdir(parents=True)
    home.chmod(0o700)
    lane = lane_lock(home, "long")
    assert lane.try_acquire()
    ready, sentence = run(scripted(), qtbot)
    lane.release()
    assert not ready and "at work" in sentence
    assert (home / folders.ENGINE).exists()


def test_a_full_disk_is_told_before_anything_is_downloaded(scripted, monkeypatch, qtbot):
    made = scripted()
    ready, sentence = run(made, qtbot, levels.levels()[0]._replace(needed_bytes=10**18))
    assert not ready and "free 1000000000 GB" in sentence
    assert "—" not in made.text


def test_the_steps_name_no_requirement_file_with_its_folder(tmp_path):
    own, folder = Path("/usr/bin/python3"), tmp_path / "with space"
    shutil.copytree(folders.requirements_folder(), folder)
    every = [level for platform in ("linux", "win32", "darwin") for level in levels.levels(platform)]
    for level in every:
        files = set()
        for step in steps.steps_of_setup(own, tmp_path, folder, level):
            for flag, value in zip(step.arguments, step.arguments[1:]):
                if flag == "-r":
                    files.add(value)
                    assert os.sep not in value and step.folder == folder and "--require-hashes" in step.arguments
        assert files == set(level.files)


def test_torch_comes_from_the_index_where_it_has_the_right_build(tmp_path):
    def torch(platform, name):
        (level,) = (level for level in levels.levels(platform) if level.name == name)
        made = steps.steps_of_setup(Path("python3"), tmp_path, folders.requirements_folder(), level)
        return [step.arguments[6:] for step in made if "--torch-backend" in step.arguments]

    assert torch("linux", "core") == torch("linux", "learn-gpu") == torch("win32", "learn-cpu") == []
    assert torch("darwin", "learn") == []
    ((backend, first, second),) = torch("linux", "learn-cpu")
    assert backend == "cpu" and first.startswith("torch==") and second.startswith("torchvision==")
    assert torch("win32", "learn-gpu")[0][0] == "auto"


def test_what_is_installed_without_torch_is_the_same_otherwise():
    def names(file):
        lines = (folders.requirements_folder() / file).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if line[:1].isalnum()}

    left_out = names("learn.txt") - names("learn-cpu.txt")
    assert names("learn-cpu.txt") < names("learn.txt")
    assert {name.split("==")[0].split("-")[0] for name in left_out} == {
        "torch", "torchvision", "triton", "nvidia", "cuda"
    }  # fmt: skip


def test_another_level_is_another_set_up(scripted, home, no_make, qtbot):
    core, *_, everything = levels.levels()
    assert run(scripted(), qtbot, everything)[0]
    assert folders.level_of(home / folders.ENGINE) == everything
    assert run(scripted(), qtbot)[0]
    assert folders.level_of(home / folders.ENGINE) == core


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
    found = python.inspect_python(str(made.engine_python))
    assert found.problem is None and found.learns == (level != "core")
    assert (python.plugin_packages_folder() / "pyqtgraph" / "__init__.py").exists()
    client = make_client()
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: state_of(client, 1) == "succeeded", timeout=MS)
    ((_, command),) = (worker for worker in workers_of(home) if "--lane" in worker[1])
    assert command[0] == str(made.engine_python)
