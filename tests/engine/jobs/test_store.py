from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from practice import PracticeRequest, QuickPracticeRequest

from engine.errors import JobError, RequestError
from engine.jobs import job as jobs
from engine.jobs.locks import lane_lock
from engine.jobs.result import Output, Result
from engine.jobs.store import JobStore

RESULT = Result((Output("/a.tif", "raster", "Flood", "flood"),), "Flood 1", {"km2": 1.5})


@pytest.fixture
def store(home):
    with JobStore(home) as store:
        yield store


def start(store, request=None):
    store.submit(request or PracticeRequest())
    return store.claim("long")


def test_a_submitted_job_waits_and_keeps_its_request(store):
    request = PracticeRequest(steps=7, total="/tmp/Überschwemmung 1.txt")
    job = store.submit(request)
    assert (job.id, job.state, job.kind, job.lane, job.attempt) == (1, jobs.QUEUED, "practice", "long", 0)
    assert job.load_request() == request
    assert (store.folder(1) / "request.json").read_text(encoding="utf-8").strip() == job.request
    assert store.list() == store.active() == (job,)


def test_an_output_with_a_relative_path_is_refused(store):
    with pytest.raises(RequestError, match=r"total is the relative path 'a\.txt'"):
        store.submit(PracticeRequest(total="a.txt"))
    assert store.list() == ()


def test_jobs_of_a_lane_are_claimed_in_their_order(store):
    for request in (PracticeRequest(), QuickPracticeRequest(), PracticeRequest()):
        store.submit(request)
    assert [store.claim("long").id, store.claim("long").id, store.claim("long")] == [1, 3, None]
    assert store.claim("interactive").id == 2


def test_success_keeps_the_result_and_drops_the_checkpoints(store):
    job = start(store)
    checkpoints = store.folder(job.id) / "checkpoints"
    checkpoints.mkdir()
    assert store.end(job, jobs.SUCCEEDED, result=RESULT)
    now = store.get(job.id)
    assert (now.state, now.result, now.ended, now.pid) == (jobs.SUCCEEDED, RESULT, True, None)
    assert now.created_at <= now.started_at <= now.finished_at
    assert not checkpoints.exists()


def test_a_late_end_does_not_override_an_earlier_one(store):
    job = start(store)
    assert store.end(job, jobs.CANCELLED, "Cancelled.")
    assert not store.end(job, jobs.SUCCEEDED, result=RESULT)
    assert store.get(job.id).state == jobs.CANCELLED


def test_an_earlier_attempt_cannot_end_or_change_a_later_one(store):
    first = start(store)
    store.end(first, jobs.INTERRUPTED)
    store.resume(first.id)
    second = store.claim("long")
    assert second.attempt == 2
    assert not store.end(first, jobs.FAILED, "late")
    store.mirror(first, message="late")
    assert store.get(first.id) == second
    assert not store.is_wanted(first)
    assert store.is_wanted(second)


def test_cancelling_a_waiting_job_ends_it(store):
    store.submit(PracticeRequest())
    assert store.request_cancel(1).state == jobs.CANCELLED
    assert store.claim("long") is None


def test_cancelling_a_running_job_asks_it_to_stop(store):
    job = start(store)
    assert store.is_wanted(job)
    asked = store.request_cancel(job.id)
    assert (asked.state, store.is_wanted(job)) == (jobs.RUNNING, False)
    assert store.request_cancel(job.id) == asked


def test_cancelling_an_ended_job_changes_nothing(store):
    job = start(store)
    store.end(job, jobs.SUCCEEDED, result=RESULT)
    assert store.request_cancel(job.id).state == jobs.SUCCEEDED


@pytest.mark.parametrize("state", [jobs.INTERRUPTED, jobs.FAILED, jobs.CANCELLED])
def test_a_job_without_success_can_be_resumed_with_its_checkpoints(store, state):
    job = start(store)
    checkpoint = store.folder(job.id) / "checkpoints" / "1"
    checkpoint.parent.mkdir()
    checkpoint.touch()
    store.request_cancel(job.id)
    store.end(job, state, "why")
    resumed = store.resume(job.id)
    assert (resumed.state, resumed.message, resumed.cancel_requested_at) == (jobs.QUEUED, None, None)
    assert checkpoint.exists()


def test_only_ended_jobs_can_be_resumed_or_cleared(store):
    job = start(store)
    lock = lane_lock(store.home, "long")
    assert lock.try_acquire()
    with pytest.raises(JobError, match="Job 1 is running; only"):
        store.resume(job.id)
    with pytest.raises(JobError, match="Job 1 is running; cancel it"):
        store.clear([job.id])
    lock.release()
    store.end(job, jobs.SUCCEEDED, result=RESULT)
    with pytest.raises(JobError, match="Job 1 is succeeded; only"):
        store.resume(job.id)


def test_clear_removes_ended_jobs_and_no_others(store):
    first, second = start(store), start(store)
    store.end(first, jobs.FAILED, "why")
    waiting = store.submit(PracticeRequest())
    assert store.clear() == (first.id,)
    assert [job.id for job in store.list()] == [second.id, waiting.id]
    assert not store.folder(first.id).exists()
    assert store.folder(second.id).exists()
    with pytest.raises(JobError, match="There is no job 1"):
        store.get(first.id)


def test_numbers_of_cleared_jobs_are_not_used_again(store):
    store.submit(PracticeRequest())
    store.request_cancel(1)
    store.clear()
    assert store.submit(PracticeRequest()).id == 2


def test_a_job_whose_process_died_is_settled(store, tmp_path):
    target = tmp_path / "sum.txt"
    job = start(store, PracticeRequest(total=str(target)))
    half = tmp_path / ".sum.txt.1234.part.txt"
    half.touch()
    lock = lane_lock(store.home, "long")
    assert lock.try_acquire()
    assert store.settle() == ()
    assert half.exists()
    lock.release()
    (settled,) = store.settle()
    assert (settled.id, settled.state) == (job.id, jobs.INTERRUPTED)
    assert "died" in settled.message
    assert not half.exists()
    assert store.settle() == ()


def test_a_cancelled_job_whose_process_died_is_cancelled(store):
    job = start(store)
    store.request_cancel(job.id)
    store.settle()
    assert store.get(job.id).state == jobs.CANCELLED


def test_changed_tells_of_other_connections_only(store, home):
    store.changed()
    assert not store.changed()
    with JobStore(home) as other:
        other.submit(PracticeRequest())
    assert store.changed()
    assert not store.changed()
    store.request_cancel(1)
    assert not store.changed()


def test_a_look_at_data_version_takes_microseconds(store):
    begin = time.thread_time()
    for _ in range(1000):
        store.changed()
    assert time.thread_time() - begin < 0.5


def test_a_deleted_database_is_no_longer_current(store, home):
    assert store.is_current()
    (home / "jobs.sqlite").unlink()
    assert not store.is_current()


def test_waiting_looks_up_from_time_to_time_though_the_job_is_silent(store):
    """As a window does to see whether its cancel button was pressed."""
    store.submit(PracticeRequest())
    waiting, looks = JobStore(store.home, start_worker=lambda home: None), []

    def look():
        looks.append(threading.current_thread())
        if len(looks) == 3:
            waiting.request_cancel(1)

    with waiting:
        assert waiting.wait(1, poll=0.001, on_poll=look).state == jobs.CANCELLED
    assert set(looks) == {threading.current_thread()}
    # The last look is that which found the end.
    assert len(looks) == 4


def test_what_a_look_raises_ends_the_wait_and_not_the_job(store):
    def look():
        raise KeyboardInterrupt

    store.submit(PracticeRequest())
    with JobStore(store.home, start_worker=lambda home: None) as waiting, pytest.raises(KeyboardInterrupt):
        waiting.wait(1, on_poll=look)
    assert store.get(1).state == jobs.QUEUED


CLAIM_ALL = """
import sys; sys.path[:0] = {path!r}
from pathlib import Path
from engine.jobs.store import JobStore
with JobStore(Path({home!r})) as store:
    print("ready", flush=True)
    input()
    while job := store.claim("long"):
        print(job.id)
"""


def test_two_processes_claim_each_job_once(store):
    for _ in range(50):
        store.submit(PracticeRequest())
    program = CLAIM_ALL.format(path=sys.path, home=str(store.home))
    claimers = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [claimer.stdout.readline() for claimer in claimers] == ["ready\n", "ready\n"]
    for claimer in claimers:
        claimer.stdin.write("go\n")
        claimer.stdin.flush()
    claimed = [[int(line) for line in claimer.communicate()[0].split()] for claimer in claimers]
    assert sorted(claimed[0] + claimed[1]) == list(range(1, 51))
    assert all(ids == sorted(ids) for ids in claimed)
    assert {job.attempt for job in store.list([jobs.RUNNING])} == {1}


def test_threads_may_share_a_store(store):
    def submit():
        for _ in range(20):
            store.submit(PracticeRequest())

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job.id for job in store.list()] == list(range(1, 81))


def test_many_may_open_a_new_database_at_once(home):
    problems = []

    def open_and_submit():
        try:
            with JobStore(home) as store:
                store.submit(PracticeRequest())
        except JobError as error:
            problems.append(error)

    threads = [threading.Thread(target=open_and_submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with JobStore(home) as store:
        assert len(store.list()) == 8


def test_wait_gives_up_when_its_time_is_over(home):
    with JobStore(home, start_worker=lambda home: None) as store:
        store.submit(PracticeRequest())
        begin = time.monotonic()
        assert store.wait(1, timeout=0.3).state == jobs.QUEUED
        assert time.monotonic() - begin >= 0.3


def test_wait_says_when_no_worker_can_be_started(home):
    def fail(home: Path) -> None:
        raise JobError("The engine's Python is gone.")

    with JobStore(home, start_worker=fail) as store:
        store.submit(PracticeRequest())
        with pytest.raises(JobError, match="is gone"):
            store.wait(1)


def test_a_silent_job_is_told_from_a_lively_one(store):
    from dataclasses import replace

    job = start(store)
    assert job.silent_s() is None
    assert replace(job, heartbeat_at=time.time() - 60).silent_s() == pytest.approx(60, abs=30)
