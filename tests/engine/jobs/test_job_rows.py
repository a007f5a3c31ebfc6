"""Rows that no GeoFM wrote: they are shown, ended or cleared, and never hide or stop the others."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from practice import PracticeRequest

from engine import __version__
from engine.errors import GeoFMError, JobError
from engine.jobs import job as jobs
from engine.jobs.requests import LANES
from engine.jobs.result import Output, Result
from engine.jobs.store import JobStore

COLUMNS = [
    *("kind", "lane", "request", "state", "created_at", "started_at", "finished_at", "cancel_requested_at"),
    *("heartbeat_at", "attempt", "pid", "progress", "message", "result", "engine_version"),
]
PROGRESS = {"done": 1, "total": 2, "unit": "rows", "rate": 1.0, "eta_s": 3}
RESULT = Result((Output("/a.tif", "raster", "A"),), "A", {})
JSON = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=9),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from([*PROGRESS, *RESULT.to_dict(), "kind", "steps", "path"]), inner)
    ),
    max_leaves=8,
)
VALUES = (
    some.integers(-(2**63), 2**63 - 1)
    | some.floats()
    | some.binary(max_size=30)
    | some.text(some.characters(exclude_categories=["Cs"]), max_size=30)
    | JSON.map(json.dumps)
    | some.sampled_from(
        [*jobs.STATES, *LANES, "../x", "a/b", "later", "", "x" * 10**5, "[" * 10**5, "9.9.9", 1e300, "inf", "\0", b""]
    )
)


def put(store, job_id, values):
    """Write into a row what no check lets through."""
    store._connection.execute("PRAGMA ignore_check_constraints = ON")
    for name, value in values.items():
        store._connection.execute(f"UPDATE jobs SET {name} = ? WHERE id = ?", (value, job_id))


@pytest.fixture
def store(home):
    with JobStore(home, lambda home: None) as store:
        yield store


def end_all(store):
    """As a worker does, until nothing is left to do; gives the jobs that it took."""
    taken = []
    for lane in LANES:
        while (job := store.claim(lane)) is not None:
            try:
                job.load_request()
                assert store.is_wanted(job) is (job.cancel_requested_at is None)
                store.mirror(job, PROGRESS, "Half.")
                assert store.end(job, jobs.SUCCEEDED, result=RESULT)
            except GeoFMError as error:
                assert store.end(job, jobs.FAILED, str(error))
            taken.append(job.id)
    for job in store.stranded():
        assert store.end(job, jobs.FAILED, "No lane.")
    return taken


@settings(max_examples=50)  # each writes to the disk many times
@given(some.lists(some.dictionaries(some.sampled_from(COLUMNS), VALUES, min_size=1), min_size=1, max_size=4))
def test_whatever_a_row_holds_the_others_are_served(rows):
    with tempfile.TemporaryDirectory() as folder, JobStore(Path(folder), lambda home: None) as store:
        bad, good = [], []
        for values in rows:
            bad.append(store.submit(PracticeRequest()).id)
            good.append(store.submit(PracticeRequest()).id)
            try:
                put(store, bad[-1], values)
            except sqlite3.IntegrityError:  # there is no column without a value that must have one
                assert None in values.values() or any(value != value for value in values.values())
        for job in (*store.list(), *store.active(), *map(store.get, bad)):
            assert job.state in jobs.STATES
            json.dumps(job.to_dict())
            job.silent_s()
        store.settle()
        assert set(good) <= set(end_all(store))
        for job_id in bad:
            store.request_cancel(job_id)
        store.settle()
        for job in store.list():
            assert job.ended or job.is_foreign, job
        failed = [job.id for job in store.list([jobs.FAILED, jobs.CANCELLED])]
        for job_id in failed:
            assert store.resume(job_id).state == jobs.QUEUED or store.get(job_id).state == jobs.FAILED
        end_all(store)
        for job in store.active():
            store.request_cancel(job.id)
        assert set(store.clear()) == {*good, *bad}
        assert store.list() == ()


@pytest.mark.parametrize(
    "values",
    [
        {"request": b"\xff\0" * 100},
        {"created_at": float("inf"), "finished_at": float("-inf"), "started_at": 1e300},
        {"created_at": "yesterday", "heartbeat_at": "now", "attempt": "often", "pid": "mine"},
        {"lane": "../../x"},
        {"state": "on holiday"},
        {"progress": '{"done": "a", "total": [], "unit": 1, "rate": {}, "eta_s": NaN}'},
        {"result": '{"outputs": [{"path": 1, "kind": null, "name": [], "style": {}}], "group": {}, "summary": []}'},
        {"kind": b"\x1b[2J", "message": 7, "engine_version": b"?"},
    ],
)
def test_commands_show_cancel_and_clear_it_among_good_ones(geofm, queue, monkeypatch, values):
    monkeypatch.setenv("GEOFM_HOME", str(queue.home))
    for _ in range(3):
        queue.submit(PracticeRequest())
    put(queue, 2, values)
    for words in (["list"], ["list", "--json"], ["show", 2], ["show", 2, "--json"]):
        done = geofm("jobs", *words)
        assert (done.status, done.err) == (0, ""), words
    assert [line.split()[0] for line in geofm("jobs", "list").out.splitlines()] == ["ID", "1", "2", "3"]
    assert [queue.wait(number).state for number in (1, 3)] == [jobs.SUCCEEDED] * 2
    job = queue.wait(2)
    assert job.ended and (job.state == jobs.SUCCEEDED or job.message)
    assert geofm("jobs", "clear").out == "Cleared 3 jobs.\n"
    assert not list(queue.home.parent.glob("*.lock"))


def test_a_job_of_a_lane_that_nobody_has_fails_with_a_sentence(queue):
    queue.submit(PracticeRequest())
    queue._connection.execute("UPDATE jobs SET lane = 'later'")
    job = queue.wait(1)
    assert (job.state, job.message) == (
        jobs.FAILED,
        f"GeoFM {__version__} has no lane 'later'; resume the job in a newer one.",
    )


def test_columns_of_a_newer_version_do_no_harm(queue):
    queue._connection.execute("ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 5")
    queue.submit(PracticeRequest())
    assert queue.wait(1).state == jobs.SUCCEEDED
    assert len(queue.list()) == len(queue.clear()) == 1


def test_a_result_of_a_newer_version_is_read_as_far_as_it_is_known(store):
    values = RESULT.to_dict()
    values["outputs"][0]["colour"] = values["mood"] = "grey"
    store.submit(PracticeRequest())
    put(store, 1, {"result": json.dumps(values)})
    assert store.get(1).result == RESULT


def test_many_rows_are_listed_by_their_newest(store):
    from engine.jobs.store import MOST_LISTED

    store.submit(PracticeRequest())
    columns = "kind, lane, request, created_at"
    for state, count in (("queued", MOST_LISTED), ("failed", MOST_LISTED), ("running", 3), ("failed", MOST_LISTED)):
        many = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        store._connection.execute(
            f"INSERT INTO jobs ({columns}, state) {many} SELECT {columns}, '{state}' FROM n, jobs WHERE id = 1"
        )
    listed = store.list()
    last = 3 * MOST_LISTED + 4
    running = range(last - MOST_LISTED - 2, last - MOST_LISTED + 1)
    assert [job.id for job in listed] == [*running, *range(last - MOST_LISTED + 1, last + 1)]
    assert len(store.active()) == MOST_LISTED + 3
    assert {job.state for job in store.settle()} == {jobs.INTERRUPTED}
    assert len(store.clear()) == 2 * MOST_LISTED + 3
    assert store.claim("long").id == 1


@pytest.mark.parametrize("number", [2**63, -(2**70), 5])
def test_a_number_that_no_job_can_have(store, number):
    with pytest.raises(JobError, match=f"There is no job {number}"):
        store.get(number)
