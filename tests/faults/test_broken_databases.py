"""A job database that is locked, damaged or of a newer version: a clear sentence, and no job lost."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import end, run, start
from counts import FULL, count, scaled
from live_queue import Queue
from practice import PracticeRequest
from results import only_outputs, request_of, words_of

from engine.jobs import database
from engine.jobs import job as jobs
from engine.jobs.requests import from_json

LOCKED_S = scaled(1.5, 10.0)
DAMAGES = scaled(12, 120)
NAME = "jobs.sqlite"

HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute(f"PRAGMA locking_mode = {sys.argv[2]}").fetchall()
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(home: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the database; in mode EXCLUSIVE nobody can even read."""
    words = [sys.executable, "-c", HOLDER, str(home / NAME), mode]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


# Locked ---------------------------------------------------------------------------------------------------------------


def prepared(home: Path, scene: Path, folder: Path) -> None:
    """A queue with one job that waits."""
    with Queue(home) as queue:
        queue.submit(request_of(scene, folder / "map1"))


@pytest.mark.parametrize("mode", scaled(["EXCLUSIVE"], ["NORMAL", "EXCLUSIVE"]))
def test_a_database_that_is_locked_for_a_while(make_queue, home, small_scene, tmp_path, mode):
    """Everybody waits, and then everything is done."""
    prepared(home, small_scene, tmp_path)
    with locked(home, mode) as holder:
        commands = [
            start("jobs", "list", home=home),
            start(*words_of(small_scene, tmp_path / "map2"), "--queue", home=home),
        ]
        time.sleep(LOCKED_S)
        holder.communicate("")
    for command in commands:
        done = end(command)
        assert (done.status, done.err) == (0, "")
    queue = make_queue()
    assert [queue.wait(job.id).state for job in queue.list()] == [jobs.SUCCEEDED] * 2
    assert only_outputs(tmp_path / "map1")
    assert only_outputs(tmp_path / "map2")
    count("locked databases", f"for a while ({mode.lower()})")


@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
def test_a_database_that_stays_locked(geofm, home, small_scene, tmp_path, monkeypatch, mode):
    """The patience is cut short; `test_a_database_that_stays_locked_for_commands` has all of it."""
    prepared(home, small_scene, tmp_path)
    monkeypatch.setattr(database, "BUSY_S", 0.3)
    monkeypatch.setenv("GEOFM_HOME", str(home))
    with locked(home, mode):
        for words in (["jobs", "cancel", 1], [*words_of(small_scene, tmp_path / "map2"), "--queue"]):
            assert_locked(geofm(*words))
    assert "queued" in geofm("jobs", "list").out
    assert not (tmp_path / "map2").exists()
    count("locked databases", f"for ever ({mode.lower()})")


@pytest.mark.skipif(not FULL, reason="the patience of commands with a locked database takes its time")
@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
def test_a_database_that_stays_locked_for_commands(home, small_scene, tmp_path, mode):
    prepared(home, small_scene, tmp_path)
    with locked(home, mode):
        commands = [
            start("jobs", "cancel", 1, home=home),
            start(*words_of(small_scene, tmp_path / "map2"), "--queue", home=home),
        ]
        for command in commands:
            assert_locked(end(command))
    assert "queued" in run("jobs", "list", home=home).out
    count("locked databases", f"for ever, real commands ({mode.lower()})")


def assert_locked(done) -> None:
    (line,) = done.err.splitlines()
    assert (done.status, done.out) == (1, "")
    assert line.startswith("geofm: ")
    assert "another program" in line, line
    assert "disk" not in line, line


# Damaged --------------------------------------------------------------------------------------------------------------


def garble(data: bytes, source: random.Random) -> bytes:
    """Random bytes somewhere."""
    changed = bytearray(data)
    for _ in range(source.choice([1, 3, 30])):
        start = source.randrange(len(changed))
        noise = source.randbytes(source.choice([1, 16, 600]))[: len(changed) - start]
        changed[start : start + len(noise)] = noise
    return bytes(changed)


def cut(data: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(1, len(data))]


def blank(data: bytes, source: random.Random) -> bytes:
    """A page of zeros."""
    start = source.randrange(len(data) // 4096) * 4096
    return data[:start] + bytes(4096) + data[start + 4096 :]


@pytest.mark.parametrize("seed", range(DAMAGES))
def test_a_damaged_database(geofm, home, tmp_path, monkeypatch, seed):
    """It is kept, or serves on; requests lie in the folders of their jobs whatever befalls it."""
    source = random.Random(f"damage {seed}")
    monkeypatch.setenv("GEOFM_HOME", str(home))
    with Queue(home) as queue:
        requests = [PracticeRequest(steps=seed, total=str(tmp_path / f"{number}.tif")) for number in range(12)]
        for request in requests:
            queue.submit(request)
        for _ in range(3):
            job = queue.claim("long")
            queue.mirror(job, {"done": 1, "total": 2, "unit": "steps", "rate": None, "eta_s": None}, "Wörks.")
            queue.end(job, jobs.FAILED, "It failed.")
    damaged = source.choice([garble, garble, cut, blank])((home / NAME).read_bytes(), source)
    (home / NAME).write_bytes(damaged)
    first = geofm("jobs", "list")
    kept = list(home.glob("jobs-damaged-*.sqlite"))
    if first.status == 0:
        assert first.err == ""
        assert not kept
        outcome = "served on"
    else:
        (line,) = first.err.splitlines()
        assert line.startswith("geofm: The job database was damaged")
        assert [path.read_bytes() for path in kept] == [damaged]
        assert str(kept[0]) in line
        assert geofm("jobs", "list").out == "There are no jobs.\n"
        outcome = "set aside"
    for number, request in enumerate(requests, start=1):
        assert from_json((home / "jobs" / str(number) / "request.json").read_text(encoding="utf-8")) == request
        shown = geofm("jobs", "show", number)
        assert (shown.status, len(shown.err.splitlines())) in [(0, 0), (1, 1)]
    with Queue(home) as queue:
        assert queue.submit(PracticeRequest()).id > len(requests)
    count("damaged databases", outcome)


def test_a_database_that_is_damaged_under_a_running_job(make_queue, home, scene, small_scene, tmp_path):
    """The first who opens it sets it aside; the worker of the old one leaves, and that of the new one works."""
    queue = make_queue()
    queue.submit(request_of(scene, tmp_path / "map1"))
    queue.ensure_worker()
    queue.wait_until(lambda: queue.get(1).progress is not None)
    damaged = os.urandom((home / NAME).stat().st_size)
    (home / NAME).write_bytes(damaged)
    for wal in home.glob(f"{NAME}-wal"):
        wal.write_bytes(os.urandom(wal.stat().st_size))
    done = run("jobs", "list", home=home)
    (line,) = done.err.splitlines()
    assert done.status == 1
    assert "The job database was damaged" in line
    (kept,) = home.glob("jobs-damaged-*.sqlite")
    assert kept.stat().st_size >= len(damaged)
    assert (home / "jobs" / "1" / "request.json").exists()
    following = make_queue()
    job = following.submit(request_of(small_scene, tmp_path / "map2"))
    assert job.id == 2
    assert following.wait(2).state == jobs.SUCCEEDED
    assert only_outputs(tmp_path / "map2")
    count("damaged databases", "set aside under a running job")


# Newer ----------------------------------------------------------------------------------------------------------------


def test_a_database_of_a_newer_version(geofm, home, small_scene, tmp_path, monkeypatch):
    """It is left alone by everyone."""
    monkeypatch.setenv("GEOFM_HOME", str(home))
    prepared(home, small_scene, tmp_path)
    connection = sqlite3.connect(home / NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    before = (home / NAME).read_bytes()
    commands = [["list"], ["show", 1], ["cancel", 1], ["resume", 1], ["clear"], ["worker"]]
    flood = [*words_of(small_scene, tmp_path / "map2"), "--queue"]
    for words in [*(["jobs", *words] for words in commands), flood]:
        done = geofm(*words)
        (line,) = [line for line in done.err.splitlines() if line.startswith("geofm: ")]
        assert done.status == 1
        assert "newer GeoFM" in line
        assert "Traceback" not in done.err
    assert (home / NAME).read_bytes() == before
    assert not (tmp_path / "map2").exists()
    count("databases of a newer version", "refused and left alone")
