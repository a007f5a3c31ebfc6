"""Disks that fill up at random moments: one sentence or the whole map, nothing half-written, no job lost."""

from __future__ import annotations

import random
import re
import time

import pytest
from command import end, run, start, tree
from counts import count, scaled
from disks import fill
from moments import Moment
from results import Outcome, only_outputs, request_of, words_of

from engine.errors import JobError
from engine.jobs import job as jobs

MOMENTS = scaled(1, 15)
NO_ROOM = r"could not be written: .*(free some space|the disk is full)|cannot be (made|written to) \(No space left"


def draw(seed: str) -> tuple[random.Random, Moment, int]:
    """A moment, and how many bytes are left on the disk then."""
    source = random.Random(seed)
    return source, Moment.draw(source), source.choice([0, 0, 5_000, 50_000, 200_000])


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_the_disk_of_the_outputs(scene, unbroken, tmpfs, seed):
    _, moment, left = draw(f"outputs {seed}")
    disk = tmpfs("size=24m")
    out = disk / "map"
    process = start(*words_of(scene, out))
    moment.of_command(process)
    ballast = fill(disk, left)
    done = end(process)
    ballast.unlink()
    if done.status == 0:
        Outcome.of(out).assert_same(unbroken)
        assert only_outputs(out)
    else:
        assert (done.status, len(done.err.splitlines())) == (1, 1), done.err
        line = done.err
        assert line.startswith("geofm: ")
        assert re.search(NO_ROOM, line), line
        assert tree(disk) == set()
    count("full disks of outputs", "one sentence" if done.status else "whole map")


class TestTheDiskOfTheJobDatabase:
    @pytest.fixture
    def home(self, tmpfs):
        return tmpfs("size=24m,mode=700")

    @pytest.mark.parametrize("seed", range(MOMENTS))
    def test_no_job_is_lost(self, queue, scene, small_scene, unbroken, tmp_path, seed):
        """What was submitted before, and what could be submitted meanwhile, is done when there is room again."""
        source, moment, left = draw(f"database {seed}")
        queue.submit(request_of(scene, tmp_path / "map1"))
        queue.submit(request_of(small_scene, tmp_path / "map2"))
        queue.ensure_worker()
        moment.of_job(queue, 1)
        ballast = fill(queue.home, left)
        submitted = 2 + submits(queue, request_of(small_scene, tmp_path / "map3"))
        listed = run("jobs", "list", home=queue.home)
        assert (listed.status, listed.err) == (0, "") or (listed.status, len(listed.err.splitlines())) == (1, 1)
        time.sleep(source.uniform(0, 1.5))
        ballast.unlink()
        assert [job.id for job in queue.list()] == list(range(1, submitted + 1))
        outcomes = [succeed(queue, job.id) for job in queue.list()]
        Outcome.of(tmp_path / "map1").assert_same(unbroken)
        assert all(only_outputs(tmp_path / f"map{job.id}") for job in queue.list())
        (verdict,) = queue._connection.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok"
        for outcome in outcomes:
            count("jobs on a full disk of the job database", outcome)
        count("full disks of the job database", "no job lost")


def submits(queue, request) -> bool:
    """Whether a request could be submitted; if not, one sentence says why."""
    try:
        queue.submit(request)
    except JobError as error:
        assert re.search(r"disk is (not )?full|No space left", str(error)), error
        return False
    return True


def succeed(queue, job_id: int) -> str:
    """Resume a job until it succeeds; how it fared before."""
    fared = "went on"
    for _ in range(5):
        job = queue.wait(job_id)
        if job.state == jobs.SUCCEEDED:
            return fared
        assert job.state in (jobs.FAILED, jobs.INTERRUPTED)
        assert job.message
        assert len(job.message.splitlines()) == 1
        fared = f"{job.state} and resumed"
        queue.resume(job_id)
    raise AssertionError(f"It does not succeed: {job}")
