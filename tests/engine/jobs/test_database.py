from __future__ import annotations

import sqlite3

import pytest
from practice import PracticeRequest

from engine.errors import JobError
from engine.jobs.store import JobStore


def test_the_database_is_durable_and_shared(home):
    with JobStore(home) as store:
        assert store._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert store._connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_newer_database_is_refused_and_left_alone(home):
    with JobStore(home):
        pass
    database = sqlite3.connect(home / "jobs.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = (home / "jobs.sqlite").read_bytes()
    with pytest.raises(JobError, match=r"written by a newer GeoFM \(version 99.*install that one"):
        JobStore(home)
    assert (home / "jobs.sqlite").read_bytes() == before


def damage_all(data: bytes) -> bytes:
    return b"not a database at all" * 1000


def damage_a_page(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * 4096 + data[8192:]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("damage", [damage_all, damage_a_page, cut])
def test_a_damaged_database_is_set_aside(home, damage):
    with JobStore(home) as store:
        for _ in range(20):
            store.submit(PracticeRequest())
    path = home / "jobs.sqlite"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(JobError, match="The job database was damaged") as caught:
        JobStore(home)
    (kept,) = home.glob("jobs-damaged-*.sqlite")
    assert str(kept) in str(caught.value)
    assert kept.read_bytes() == damaged
    with JobStore(home) as store:
        assert store.list() == ()
        assert store.submit(PracticeRequest()).id == 21  # the folders of the lost jobs are still there


@pytest.mark.parametrize("version", [0, -7])
def test_a_database_that_has_lost_its_version_is_set_aside(home, version):
    with JobStore(home) as store:
        store.submit(PracticeRequest())
        store._connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(JobError, match=f"was damaged .it is of version {version}, but not empty.*kept as"):
        JobStore(home)
    with JobStore(home) as store:
        assert store.submit(PracticeRequest()).id == 2


def test_folders_with_names_that_are_no_numbers_do_not_matter(home):
    for name in ("7", "9" * 40, "1\u00b2", "5x"):
        (home / "jobs" / name).mkdir(parents=True)
    home.chmod(0o700)
    with JobStore(home) as store:
        assert store.submit(PracticeRequest()).id == 8
