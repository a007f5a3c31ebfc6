"""A process that is stopped for a minute, as by a sleeping laptop, is not dead."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import end, run, start_python
from counts import FULL, count, scaled
from live_queue import Queue
from moments import Moment, wait_until
from results import Outcome, only_outputs, request_of

from engine.jobs import job as jobs

STOPPED_S = scaled(3.0, 60.0)
HERE = Path(__file__).parent


def threads_stand(pid: int) -> bool:
    states = [
        (thread / "stat").read_text().rpartition(")")[2].split()[0] for thread in Path(f"/proc/{pid}/task").iterdir()
    ]
    return all(state == "T" for state in states)


@contextmanager
def suspended(queue: Queue, scene: Path, folder: Path, share: float) -> Iterator[int]:
    """The number of a job whose process stands still; another is tried if one ended before."""
    for job_id in range(1, 6):
        queue.submit(request_of(scene, folder / f"map{job_id}"))
        queue.ensure_worker()
        Moment(share, 0).of_job(queue, job_id)
        (pid,) = queue.processes("long")
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: threads_stand(pid))  # noqa: B023 - called at once
            if queue.get(job_id).state == jobs.RUNNING:
                yield job_id
                return
        finally:
            os.kill(pid, signal.SIGCONT)
    raise AssertionError("All jobs were too fast.")


@pytest.mark.parametrize("share", scaled([0.2], [0.0, 0.4]))
def test_a_suspended_lane_process_goes_on(queue, scene, unbroken, tmp_path, share):
    with suspended(queue, scene, tmp_path, share) as job_id:
        client = start_python(HERE / "client.py", job_id, home=queue.home)
        time.sleep(STOPPED_S)
        assert queue.settle() == ()
        row = listed(queue.home, tmp_path).splitlines()[job_id]
        assert row.split()[:2] == [str(job_id), "running"]
        assert "no sign of life for" in row
        assert client.poll() is None
    job = queue.wait(job_id)
    assert (job.state, job.attempt) == (jobs.SUCCEEDED, 1)
    assert end(client).out == "succeeded\n"
    Outcome.of(tmp_path / f"map{job_id}").assert_same(unbroken)
    assert only_outputs(tmp_path / f"map{job_id}")
    count("suspended processes", f"went on after {STOPPED_S:.0f} s")


def listed(home: Path, folder: Path) -> str:
    """What `geofm jobs list` prints; in the short version a minute later by the clock."""
    if FULL:
        return run("jobs", "list", home=home).out
    clock = folder / "clock"
    clock.write_text("60")
    return end(start_python(HERE / "skewed.py", clock, "geofm", "jobs", "list", home=home)).out
