from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from practice import PracticeRequest, QuickPracticeRequest, ShelfPracticeRequest

from engine.errors import JobError
from engine.jobs import job as jobs
from engine.jobs.database import _set_aside
from engine.jobs.locks import lane_lock

WORKER = Path(__file__).with_name("practice_worker.py")


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def members_of(group):
    """The living processes of a group; those that nobody reaped yet are dead."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if its_group == str(group) and state != "Z":
                members.append(stat.parent.name)
    return members


def log(queue, job_id=1):
    return (queue.folder(job_id) / "log.txt").read_text(encoding="utf-8")


def start(queue, request):
    job = queue.submit(request)
    queue.ensure_worker()
    queue.wait_until(lambda: queue.get(job.id).state == jobs.RUNNING)
    return job


def wait_for_step(queue, step, job_id=1):
    queue.wait_until(lambda: (queue.get(job_id).progress or {}).get("done", 0) >= step)


def test_a_job_runs_and_hands_on_its_events_in_order(queue):
    events = []
    queue.submit(PracticeRequest(steps=4, pause=0.25))
    job = queue.wait(1, events.append)
    assert (job.state, job.result.summary["total"], job.attempt) == (jobs.SUCCEEDED, 10, 1)
    assert [event["step"] for event in events if event["event"] == "metric"] == [1, 2, 3, 4]
    assert [event["done"] for event in events if event["event"] == "progress"] == [1, 2, 3, 4]
    assert events[0]["text"] == "Starts at step 0."
    # They go when the job has ended already.
    queue.wait_until(lambda: not (queue.folder(1) / "checkpoints").exists())


def test_two_clients_see_the_same_jobs(queue, make_queue):
    other = make_queue()
    queue.submit(PracticeRequest())
    other.submit(PracticeRequest(steps=4))
    assert other.wait(1).result.summary["total"] == 6
    assert queue.wait(2).result.summary["total"] == 10
    assert queue.list() == other.list()


def test_the_process_stays_warm_and_leaves_when_idle(make_queue):
    queue = make_queue(idle_s=1)
    for _ in range(2):
        queue.submit(PracticeRequest())
    pids = {queue.wait(job_id).result.summary["pid"] for job_id in (1, 2)}
    queue.submit(PracticeRequest())
    pids.add(queue.wait(3).result.summary["pid"])
    assert len(pids) == 1
    queue.wait_until(queue.deserted)
    queue.submit(PracticeRequest())
    assert queue.wait(4).state == jobs.SUCCEEDED


@pytest.mark.parametrize("short", [QuickPracticeRequest, ShelfPracticeRequest])
def test_a_short_job_does_not_wait_behind_a_long_one(queue, short):
    start(queue, PracticeRequest(steps=100_000))
    quick = queue.submit(short())
    assert queue.wait(quick.id).state == jobs.SUCCEEDED
    assert queue.get(1).state == jobs.RUNNING


def test_long_jobs_run_one_at_a_time(queue):
    for _ in range(3):
        queue.submit(PracticeRequest(steps=10))
    ended = [queue.wait(job_id) for job_id in (1, 2, 3)]
    assert ended[0].finished_at <= ended[1].started_at
    assert ended[1].finished_at <= ended[2].started_at


def test_a_second_worker_leaves_at_once_and_quietly(queue):
    queue.ensure_worker()
    second = subprocess.run(
        [sys.executable, str(WORKER)],
        env={**os.environ, "GEOFM_HOME": str(queue.home), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")


def test_a_running_job_stops_soon_after_it_is_cancelled(queue):
    start(queue, PracticeRequest(steps=10_000))
    wait_for_step(queue, 1)
    queue.request_cancel(1)
    step = queue.get(1).progress["done"]
    job = queue.wait(1)
    assert (job.state, job.message) == (jobs.CANCELLED, "Cancelled.")
    assert job.progress["done"] < step + 100  # a step takes a hundredth of a second at least


def test_a_stubborn_job_is_killed_with_all_its_children(make_queue, tmp_path):
    queue = make_queue(grace_s=1)
    start(queue, PracticeRequest(behaviour="stubborn", total=str(tmp_path / "sum.txt")))
    queue.wait_until(lambda: list(tmp_path.glob(".sum.txt.*")))
    group = queue.get(1).pid
    queue.wait_until(lambda: len(members_of(group)) == 2)
    queue.submit(PracticeRequest())
    begin = time.monotonic()
    queue.request_cancel(1)
    assert queue.wait(1).state == jobs.CANCELLED
    assert time.monotonic() - begin > 0.9
    assert list(tmp_path.glob(".sum.txt.*")) == []
    queue.wait_until(lambda: members_of(group) == [])
    assert queue.wait(2).state == jobs.SUCCEEDED


def test_a_killed_process_interrupts_its_job_which_resumes_with_the_same_result(queue, tmp_path):
    request = PracticeRequest(steps=100, pause=0.02, total=str(tmp_path / "sum.txt"))
    start(queue, request)
    wait_for_step(queue, 20)
    kill(queue.get(1).pid)
    job = queue.wait(1)
    assert job.state == jobs.INTERRUPTED
    assert "died" in job.message
    assert list(tmp_path.glob(".sum.txt.*")) == []
    queue.resume(1)
    events = []
    job = queue.wait(1, events.append)
    assert (job.state, job.attempt, job.result.summary["total"]) == (jobs.SUCCEEDED, 2, 5050)
    begins = [int(event["text"].split()[-1].rstrip(".")) for event in events if event["event"] == "message"]
    assert begins[0] == 0
    assert begins[1] >= 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_kills_at_any_moment_do_not_change_the_result(queue, seed):
    moments = random.Random(seed)
    queue.submit(PracticeRequest(steps=100, pause=0.02))
    for _ in range(6):
        queue.ensure_worker()
        time.sleep(moments.uniform(0, 0.8))
        victims = [*queue.processes("long"), queue.supervisor()]
        kill(moments.choice(victims))
        time.sleep(0.1)
        queue.settle()
        if queue.get(1).state == jobs.INTERRUPTED:
            queue.resume(1)
    job = queue.wait(1)
    while job.state == jobs.INTERRUPTED:
        queue.resume(1)
        job = queue.wait(1)
    assert (job.state, job.result.summary["total"]) == (jobs.SUCCEEDED, 5050)


def test_a_killed_supervisor_leaves_a_process_that_ends_its_job_alone(queue):
    start(queue, PracticeRequest(steps=100, pause=0.02))
    child = queue.get(1).pid
    kill(queue.supervisor())
    queue.submit(PracticeRequest())
    queue.wait_until(lambda: queue.get(1).ended)
    assert (queue.get(1).state, queue.get(1).result.summary["pid"]) == (jobs.SUCCEEDED, child)
    queue.wait_until(queue.deserted)
    assert queue.get(2).state == jobs.QUEUED


def test_a_new_supervisor_takes_over_without_running_a_job_twice(queue):
    start(queue, PracticeRequest(steps=100, pause=0.02))
    child = queue.get(1).pid
    kill(queue.supervisor())
    queue.submit(PracticeRequest())
    job = queue.wait(1)
    assert (job.state, job.attempt, job.result.summary) == (jobs.SUCCEEDED, 1, {"total": 5050, "pid": child})
    assert queue.wait(2).result.summary["pid"] == child
    assert queue.processes("long") == [child]


def test_a_new_supervisor_can_kill_the_process_of_the_old_one(make_queue):
    queue = make_queue(grace_s=0.5)
    start(queue, PracticeRequest(behaviour="stubborn"))
    kill(queue.supervisor())
    queue.request_cancel(1)
    assert queue.wait(1).state == jobs.CANCELLED


def test_waiting_goes_on_after_everything_was_killed(queue):
    start(queue, PracticeRequest(steps=500, pause=0.02))
    kill(queue.supervisor())
    kill(queue.get(1).pid)
    assert queue.wait(1).state == jobs.INTERRUPTED


def test_a_crash_in_native_code_leaves_its_stack_in_the_log(queue):
    queue.submit(PracticeRequest(behaviour="crash"))
    assert queue.wait(1).state == jobs.INTERRUPTED
    assert "Fatal Python error: Aborted" in log(queue)
    assert "in practise" in log(queue)


def test_the_log_holds_what_each_job_printed_by_any_way(queue):
    queue.submit(PracticeRequest(behaviour="noisy"))
    queue.submit(PracticeRequest(steps=1))
    queue.wait(2)
    for text in ("printed by Python", "written by native code", "native error", "printed by a child", "step 3"):
        assert text in log(queue, 1)
        assert text not in log(queue, 2)
        assert text not in (queue.home / "worker.log").read_text()
    assert "step 1" in log(queue, 2)


def test_an_error_of_the_user_is_told_as_it_is(queue):
    queue.submit(PracticeRequest(behaviour="bad input"))
    job = queue.wait(1)
    assert (job.state, job.message) == (jobs.FAILED, "a.tif is not a raster; choose a GeoTIFF.")


@pytest.mark.parametrize(("behaviour", "trace"), [("bug", "ZeroDivisionError: a bug"), ("not json", "TypeError")])
def test_a_bug_is_one_sentence_and_a_log(queue, behaviour, trace):
    queue.submit(PracticeRequest(behaviour=behaviour))
    job = queue.wait(1)
    assert job.state == jobs.FAILED
    assert job.message == "The job failed unexpectedly; its log has the details (geofm jobs show 1)."
    assert trace in log(queue)


def test_a_request_of_another_version_fails_with_a_sentence(queue):
    queue.submit(PracticeRequest())
    queue._connection.execute("""UPDATE jobs SET request = '{"kind": "future"}'""")
    job = queue.wait(1)
    assert job.state == jobs.FAILED
    assert "kind 'future' are not known" in job.message


def test_a_process_that_cannot_start_fails_the_job_instead_of_trying_forever(home, monkeypatch):
    from engine.jobs.paths import prepare_home
    from engine.jobs.store import JobStore
    from engine.worker import Supervisor

    monkeypatch.setattr("engine.worker.was_replaced", lambda: False)  # somebody may work on it while this process tests
    with JobStore(prepare_home(home)) as store:
        store.submit(PracticeRequest())
        Supervisor(store.home, [sys.executable, "-c", "raise SystemExit('no torch')"], idle_s=0).run()
        job = store.get(1)
    assert job.state == jobs.FAILED
    assert "worker.log says why" in job.message
    assert (store.home / "worker.log").read_text().count("no torch") == 3


def test_a_lane_has_one_process_only(queue):
    start(queue, PracticeRequest(steps=100_000))
    assert lane_lock(queue.home, "long").is_held_by_someone()
    second = subprocess.run(
        [sys.executable, str(WORKER), "--lane", "long"],
        env={**os.environ, "GEOFM_HOME": str(queue.home), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert second.returncode == 0
    assert queue.get(1).attempt == 1


def test_all_leave_when_their_database_is_set_aside_and_others_serve_the_next(queue, make_queue):
    def set_aside(event):
        if not list(queue.home.glob("*damaged*.sqlite")):
            _set_aside(queue.home / "jobs.sqlite")

    queue.submit(PracticeRequest(steps=150))
    with pytest.raises(JobError, match="was replaced; job 1 is not in the new one"):
        queue.wait(1, set_aside)
    following = make_queue()
    job = following.wait(following.submit(PracticeRequest()).id)
    assert (job.id, job.state) == (2, jobs.SUCCEEDED)
