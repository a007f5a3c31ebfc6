"""Somebody sets the clock while jobs run: hours forward, hours back."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

import pytest
from command import end, start_python
from counts import count, scaled
from moments import Moment, wait_until
from practice import PracticeRequest
from results import Outcome, only_outputs, request_of

from engine.jobs import job as jobs

JOBS, JUMPS = scaled((1, 2), (8, 4))
SKEWED = Path(__file__).with_name("skewed.py")
HOUR = 3600.0


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """By how much it is wrong."""
    path = tmp_path / "clock"
    set_clock(path, 0)
    return path


@pytest.fixture
def worker_program(clock):
    return sys.executable, str(SKEWED), str(clock), "worker"


def set_clock(clock: Path, seconds: float) -> None:
    part = clock.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(clock)


def listed(queue, clock: Path) -> dict:
    """The first job as `jobs list` shows it on this computer: as JSON, with its row in the table."""
    rows = [
        end(start_python(SKEWED, clock, "geofm", "jobs", "list", *more, home=queue.home)) for more in (["--json"], [])
    ]
    assert all((done.status, done.err) == (0, "") for done in rows)
    return {**json.loads(rows[0].out.splitlines()[0]), "row": rows[1].out.splitlines()[1]}


@pytest.mark.parametrize("seed", range(JOBS))
def test_a_flood_job_does_not_mind(queue, clock, scene, unbroken, tmp_path, seed):
    source = random.Random(f"clock {seed}")
    queue.submit(request_of(scene, tmp_path / "map"))
    queue.ensure_worker()
    for moment in sorted((Moment(source.uniform(0, 0.9), 0) for _ in range(JUMPS)), key=lambda moment: moment.share):
        moment.of_job(queue, 1)
        set_clock(clock, source.uniform(-48, 48) * HOUR)
        assert queue.get(1).state in (jobs.RUNNING, jobs.SUCCEEDED)
        count("clock jumps", "beside a flood job")
    job = queue.wait(1)
    assert (job.state, job.attempt) == (jobs.SUCCEEDED, 1)
    Outcome.of(tmp_path / "map").assert_same(unbroken)
    assert only_outputs(tmp_path / "map")


def test_a_job_is_not_silent_for_long_because_of_a_jump(queue, clock):
    """Its process gives a sign of life by the new clock; nobody takes it for dead before."""
    queue.submit(PracticeRequest(steps=100_000))
    queue.ensure_worker()
    wait_until(lambda: queue.get(1).progress is not None)
    for hours in (5, -10, 30, 0):
        set_clock(clock, hours * HOUR)
        wait_until(lambda: abs(queue.get(1).heartbeat_at - (time.time() + hours * HOUR)) < HOUR)  # noqa: B023
        shown = listed(queue, clock)
        assert (shown["state"], shown["attempt"], shown["message"]) == ("running", 1, "Starts at step 0.")
        assert "no sign of life" not in shown["row"]
        assert "steps/s" in shown["row"]
        count("clock jumps", "beside a heartbeat")
    set_clock(clock, -100 * HOUR)
    queue.request_cancel(1)
    job = queue.wait(1)
    assert (job.state, job.attempt) == (jobs.CANCELLED, 1)
    assert queue.submit(PracticeRequest()).id == 2
    assert queue.wait(2).state == jobs.SUCCEEDED
    assert listed(queue, clock)["state"] == "cancelled"
