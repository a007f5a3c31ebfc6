"""`geofm doctor` says what is wrong in one line each, whatever is missing or damaged."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command import run, tree

from engine import __version__, diagnostics, packages
from engine.jobs.database import VERSION
from engine.jobs.requests import SamplesRequest
from engine.jobs.store import JobStore

NAMES = ["GeoFM", "Python", "system", "environment", *packages.CORE, "formats", "torch", "onnxruntime"]
NAMES += ["memory", "cores", "job folder", "disk", "database", "worker", "self-test"]


@pytest.fixture
def doctor(home, monkeypatch, geofm):
    """From each check's name to what `geofm doctor` says of it; without the self-test, which has tests of its own."""
    monkeypatch.setenv("GEOFM_HOME", str(home))
    monkeypatch.setattr(diagnostics, "_self_test", lambda: "left out")

    def look(status=0):
        done = geofm("doctor", "--json")
        assert done.err == ""
        assert [check["name"] for check in done.lines] == NAMES
        found = {check["name"]: check for check in done.lines}
        problems = [check for check in done.lines if not check["ok"]]
        assert done.status == status == min(len(problems), 1), problems
        return found

    return look


@pytest.fixture
def doctor_with(home, tmp_path):
    """Runs the command in a process of its own, with modules that stand in the way of the true ones."""

    def look(*words, **modules):
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
        environment = {**os.environ, "GEOFM_HOME": str(home), "PYTHONPATH": str(tmp_path)}
        environment.pop("PYTHONSAFEPATH", None)
        command = [sys.executable, "-m", "engine", "doctor", *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return look


def database_of(home: Path) -> Path:
    with JobStore(home, lambda home: None) as store:
        store.submit(SamplesRequest(folder=str(home / "scene"), width=64, height=64))
    return home / "jobs.sqlite"


# All is well ----------------------------------------------------------------------------------------------------------


def test_a_whole_installation_is_in_order(home):
    done = run("doctor", home=home)
    assert (done.status, done.err) == (0, ""), done
    *lines, last = done.out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"ok       {name}" for name in NAMES]
    assert last == "Everything is in order."
    assert f"ok       GeoFM: {__version__} in " in done.out
    assert "with GDAL 3." in done.out and "with GEOS 3." in done.out and "with PROJ 9." in done.out
    assert "a simulated flood was mapped" in lines[-1] and "is right (F1 0." in lines[-1]
    assert "jobs.sqlite is not made yet" in done.out


def test_it_leaves_nothing_but_the_folder_of_jobs(home, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert run("doctor", home=home).status == 0
    assert tree(scratch) == set()
    assert {path.name for path in tree(home)} <= {"queue.lock"}


def test_jobs_are_counted(doctor, home):
    database_of(home)
    found = doctor()
    assert f"version {VERSION}, 1 queued, in {home}" in found["database"]["text"]
    assert found["worker"]["text"].startswith("is not running")


def test_a_worker_that_runs_is_seen(doctor, queue):
    queue.ensure_worker()
    assert doctor()["worker"]["text"] == "is running"


# What is wrong --------------------------------------------------------------------------------------------------------


def test_packages_that_are_missing_or_broken_are_named_and_the_rest_is_looked_at(doctor_with):
    done = doctor_with(
        cv2="raise ImportError('libGL.so.1: cannot open shared object file')",
        pyogrio="raise RuntimeError('half\\ninstalled')",
        shapely="import no_such_module",
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines()[:-1])
    assert lines["problem  cv2"].startswith(
        "cannot be loaded: libGL.so.1: cannot open shared object file; press “Set up”"
    )
    assert lines["problem  pyogrio"].startswith("cannot be used: RuntimeError: half installed; press")
    assert lines["problem  shapely"].startswith("cannot be loaded: No module named 'no_such_module'")
    assert "problem  geopandas" in lines
    assert "is not possible" in lines["problem  self-test"]
    assert "ok       rasterio" in lines and "ok       disk" in lines
    assert done.stdout.endswith("5 problems.\n")


def test_a_package_that_is_not_there(monkeypatch):
    monkeypatch.setattr(packages, "CORE", ("geofm_no_such_package",))
    monkeypatch.setattr(diagnostics, "_self_test", lambda: "left out")
    found = {check.name: check for check in diagnostics.checks()}
    assert not found["geofm_no_such_package"].ok
    assert found["geofm_no_such_package"].text == "is not installed"


def test_the_formats_that_are_off_are_told(doctor):
    text = doctor()["formats"]["text"]
    assert "rasters in GTiff, " in text and "vectors in GPKG, " in text
    assert {"MRF", "WMS", "OGR_VRT", "GDALG"} <= set(text.partition("off are ")[2].split(", "))


def test_packages_for_models_and_the_graphics_card_are_told(doctor_with):
    done = doctor_with(
        "--json",
        torch="__version__ = '2.9'\nclass cuda:\n    is_available = lambda: True\n    device_count = lambda: 1\n"
        "    get_device_name = lambda index: 'NVIDIA H200'\n",
        onnxruntime="__version__ = '1.23'\nget_available_providers = lambda: ['CUDA', 'CPU']\n"
        "set_default_logger_severity = lambda level: None\n",
    )
    found = {check["name"]: check["text"] for check in map(json.loads, done.stdout.splitlines())}
    assert found["torch"] == "2.9, graphics cards: NVIDIA H200"
    assert found["onnxruntime"] == "1.23, providers: CUDA, CPU"


@pytest.mark.parametrize("text", [b"no database" * 1000, None])
def test_a_damaged_database_is_told_and_left_as_it_is(doctor, home, text):
    path = database_of(home)
    data = path.read_bytes()
    damaged = data[:100] + bytes(1000) + data[1100:] if text is None else text
    for beside in home.glob("jobs.sqlite-*"):
        beside.unlink()
    path.write_bytes(damaged)
    check = doctor(status=1)["database"]
    assert not check["ok"]
    assert path.read_bytes() == damaged
    assert list(home.glob("*damaged*")) == []


def test_a_database_that_is_still_empty(doctor, home):
    home.mkdir(mode=0o700)
    (home / "jobs.sqlite").touch()
    assert "is still empty" in doctor()["database"]["text"]


def test_a_database_of_a_newer_version_is_told(doctor, home):
    path = database_of(home)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    check = doctor(status=1)["database"]
    assert f"is of version {VERSION + 1}, by a newer GeoFM" in check["text"]
    assert "GEOFM_HOME" in check["remedy"]


def test_a_folder_that_is_a_file(doctor, home):
    home.touch()
    found = doctor(status=1)
    assert "set the environment variable GEOFM_HOME" in found["job folder"]["text"]
    assert not found["disk"]["ok"]


def test_a_folder_that_cannot_be_written_to(doctor, read_only_disk, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(read_only_disk))
    found = doctor(status=1)
    assert "(Read-only file system)" in found["job folder"]["text"]
    assert not found["disk"]["ok"]
    assert "cannot be opened (Read-only file system)" in found["worker"]["text"]


def test_a_disk_that_takes_nothing(doctor, monkeypatch, home):
    def refuse(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(diagnostics.tempfile, "TemporaryFile", refuse)
    check = doctor(status=1)["disk"]
    assert check["text"] == f"{home} cannot be written to (No space left on device)" and check["remedy"]


def test_a_disk_that_is_almost_full(doctor, tiny_disk, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(tiny_disk))
    assert "only 0.0 GB free" in doctor(status=1)["disk"]["text"]


def test_little_memory(doctor, monkeypatch):
    monkeypatch.setattr(diagnostics, "available_bytes", lambda: 10**8)
    check = doctor(status=1)["memory"]
    assert check["text"].startswith("0.1 GB of ") and "close other programs" in check["remedy"]


@pytest.mark.parametrize(("value", "said"), [("2000", None), ("300", "GEOFM_MEMORY_MB=300"), ("2 GB", "no number")])
def test_the_stated_memory(doctor, monkeypatch, value, said):
    monkeypatch.setenv("GEOFM_MEMORY_MB", value)
    check = doctor(status=1 if said else 0)["memory"]
    assert (said or "GEOFM_MEMORY_MB=2000") in check["text"]


def test_data_files_of_another_installation(doctor, monkeypatch, tmp_path):
    monkeypatch.setenv("PROJ_LIB", str(tmp_path))
    check = doctor(status=1)["environment"]
    assert check["text"] == f"PROJ_LIB names {tmp_path}, which has no proj.db"
    assert "unset PROJ_LIB" in check["remedy"]


def test_passwords_are_not_shown(doctor, monkeypatch):
    monkeypatch.setenv("GDAL_HTTP_USERPWD", "me:secret")
    monkeypatch.setenv("GDAL_HTTP_PROXY", "http://me:secret@proxy:8080")
    text = doctor()["environment"]["text"]
    assert "secret" not in text
    assert "GDAL_HTTP_USERPWD=(hidden)" in text and "http://(hidden)@proxy:8080" in text


@pytest.mark.parametrize(
    "value",
    [
        "http://user:sec/ret@h:1",
        "http://user:p@sec/ret@h:1",
        "user:sec/ret@h:1",
        "HTTPS://user:sec?ret@h:1",
        "us:er://sec/ret@h:1",
        "http://a:sec/ret@h:2,http://b:sec/ret@h:1",
        "http://user:x\nsec/ret@h:1",
    ],
)
def test_passwords_may_hold_any_character(doctor, monkeypatch, value):
    monkeypatch.setenv("GDAL_HTTP_PROXY", value)
    text = doctor()["environment"]["text"]
    assert "sec" not in text and "user" not in text
    assert "(hidden)@h:1" in text


def test_keys_are_not_shown(doctor, monkeypatch, tmp_path):
    monkeypatch.setenv("GDAL_HTTP_HEADERS", "Authorization: Bearer sesame")
    monkeypatch.setenv("GDAL_Http_Cookie", "sesame")
    monkeypatch.setenv("CPL_AWS_SECRET_ACCESS_KEY", "sesame")
    monkeypatch.setenv("GEOFM_MODEL_MIRROR", "https://store/models?sig=sesame")
    monkeypatch.setenv("GDAL_CACHEMAX", "512")
    text = doctor()["environment"]["text"]
    assert "sesame" not in text
    assert "GEOFM_MODEL_MIRROR=https://store/models?(hidden)" in text and "GDAL_CACHEMAX=512" in text
    monkeypatch.setenv("PROJ_DATA", "https://me:sesame@host/proj")
    assert "sesame" not in doctor(status=1)["environment"]["text"]


def test_a_database_without_a_version_and_jobs_without_a_state(doctor, home):
    path = database_of(home)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE jobs SET state = 'on holiday'")
    assert "no jobs" in doctor()["database"]["text"]
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    assert "is damaged (it is of version 0, but not empty)" in doctor(status=1)["database"]["text"]


def test_a_map_that_is_wrong(home, geofm, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(home))
    monkeypatch.setattr(diagnostics, "LEAST_F1", 0.9999)
    done = geofm("doctor")
    assert done.status == 1
    assert "problem  self-test: the map of a simulated flood is wrong (F1 0." in done.out
    assert done.out.endswith("1 problem.\n")


def test_what_nobody_thought_of_is_a_sentence_too(doctor, monkeypatch):
    def broken():
        raise ZeroDivisionError("a\nbug")

    monkeypatch.setattr(diagnostics, "_memory", broken)
    check = doctor(status=1)["memory"]
    assert check["text"].startswith("ZeroDivisionError: a bug (in test_doctor.py, line ") and check["remedy"]
