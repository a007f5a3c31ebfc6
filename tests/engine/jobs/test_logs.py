"""Logs stay short while others write to them, for days if need be."""

from __future__ import annotations

import os

import pytest
from practice import PracticeRequest

from engine.jobs import job as jobs
from engine.jobs.logs import MOST_BYTES, end_of_log, keep_short
from engine.jobs.paths import prepare_home
from engine.jobs.processes import start_detached


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker.log"


def test_a_short_log_is_left_alone(log, tmp_path):
    log.write_bytes(b"a" * MOST_BYTES)
    keep_short(log)
    keep_short(tmp_path / "none.log")
    assert log.stat().st_size == MOST_BYTES
    assert list(tmp_path.iterdir()) == [log]


def test_a_long_log_goes_on_from_nothing_and_its_end_is_kept(log, tmp_path):
    with log.open("ab", buffering=0) as file:
        file.write(b"lost\n" + b"kept\n" * (MOST_BYTES // 5))
        keep_short(log)
        assert log.stat().st_size == 0
        file.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "worker.old.log").read_bytes() == b"kept\n" * (MOST_BYTES // 5)
    log.write_bytes(b"b" * (MOST_BYTES + 1))
    keep_short(log)
    assert (tmp_path / "worker.old.log").read_bytes() == b"b" * MOST_BYTES
    assert len(list(tmp_path.iterdir())) == 2


def test_the_end_of_a_log_reaches_into_its_predecessor(log, tmp_path):
    assert end_of_log(log, 10) == ""
    (tmp_path / "worker.old.log").write_text("123456789")
    log.write_text("new")
    assert [end_of_log(log, most) for most in (2, 3, 5, 100)] == ["ew", "new", "89new", "123456789new"]


def test_a_log_is_cut_also_where_its_predecessor_cannot_be_written(log, tmp_path):
    (tmp_path / "worker.old.log").mkdir()
    log.write_bytes(b"a" * (MOST_BYTES + 1))
    keep_short(log)
    assert log.stat().st_size == 0


def test_the_workers_log_is_cut_when_something_is_started(home):
    home = prepare_home(home)
    (home / "worker.log").write_bytes(b"a" * (MOST_BYTES + 1))
    assert start_detached(["/bin/echo", "started"], home).wait() == 0
    assert (home / "worker.log").read_text() == "started\n"
    assert (home / "worker.old.log").stat().st_size == MOST_BYTES


def test_the_workers_log_is_cut_while_the_worker_lives(queue):
    queue.ensure_worker()
    log = queue.home / "worker.log"
    queue.wait_until(lambda: "serves" in log.read_text())
    supervisor = queue.supervisor()
    with log.open("ab") as file:
        file.write(b"noise\n" * (MOST_BYTES // 6 + 1))
    queue.wait_until(lambda: log.stat().st_size < MOST_BYTES)
    queue.submit(PracticeRequest(steps=1))
    assert queue.wait(1).state == jobs.SUCCEEDED
    assert queue.supervisor() == supervisor
    os.kill(queue.processes("long")[0], 9)
    queue.wait_until(lambda: "left with status -9" in log.read_text())
    assert "\0" not in log.read_text()


def test_the_log_of_a_job_that_prints_by_the_million_stays_short(queue):
    """20 MB of warnings; the last of them, and what the job says at its end, are still there."""
    queue.submit(PracticeRequest(steps=400, pause=0, behaviour="talkative"))
    job = queue.wait(1)
    assert job.state == jobs.SUCCEEDED
    folder = queue.folder(1)
    assert sorted(path.name for path in folder.glob("log*")) == ["log.old.txt", "log.txt"]
    assert all(path.stat().st_size <= MOST_BYTES for path in folder.glob("log*"))
    end = end_of_log(folder / "log.txt", MOST_BYTES)
    assert end.endswith("step 400\n")
    assert end.count("a warning of native code\n") > 1000


def test_the_command_shows_the_end_of_a_log_that_was_just_cut(queue, geofm, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(queue.home))
    queue.submit(PracticeRequest(behaviour="bug"))
    queue.wait(1)
    log = queue.folder(1) / "log.txt"
    log.rename(log.with_name("log.old.txt"))
    log.touch()
    assert "ZeroDivisionError: a bug" in geofm("jobs", "show", 1).out
