"""kill -9 at random moments: whoever dies, the job goes on and ends with the map of the unbroken one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import end, run, start, start_python
from counts import count, scaled
from live_queue import Queue, workers_of
from moments import Moment, wait_until
from results import Outcome, only_outputs, words_of

from engine.jobs import job as jobs

COMMANDS, KILLS_OF_COMMANDS = scaled((1, 2), (5, 5))
QUEUES, KILLS_IN_QUEUES = scaled((1, 4), (15, 5))
CLIENT = Path(__file__).with_name("client.py")
VICTIMS = ("supervisor", "lane process", "lane process", "geofm flood --queue", "client")


def assert_whole(out: Path, unbroken: Outcome) -> None:
    Outcome.of(out).assert_same(unbroken)
    assert only_outputs(out)


@pytest.mark.parametrize("seed", range(COMMANDS))
def test_the_command_itself(scene, unbroken, tmp_path, seed):
    """It is given again and goes on from where it died."""
    source = random.Random(f"command {seed}")
    killed, maps = 0, 0
    while killed < KILLS_OF_COMMANDS:
        out = tmp_path / f"map{maps}"
        process = start(*words_of(scene, out))
        Moment.draw(source).of_command(process)
        process.kill()
        done = end(process)
        if done.status == 0:  # it was faster
            assert_whole(out, unbroken)
            maps += 1
        else:
            assert (done.status, done.err) == (-signal.SIGKILL, "")
            killed += 1
            count("kill -9", "geofm flood")
    done = run(*words_of(scene, tmp_path / f"map{maps}"))
    assert (done.status, done.err) == (0, "")
    assert_whole(tmp_path / f"map{maps}", unbroken)
    count("flood jobs that were killed and came out the same", "alone", maps + 1)


class Stage:
    """One queue with all who may die on it; they are brought back before each next death."""

    def __init__(self, queue: Queue, scene: Path, folder: Path) -> None:
        self.queue, self._scene, self._folder = queue, scene, folder
        self.job_id = 0
        self._submitter: subprocess.Popen[str] | None = None
        self._client: subprocess.Popen[str] | None = None

    @property
    def out(self) -> Path:
        return self._folder / f"map{self.job_id}"

    def next_job(self) -> None:
        """Let the next job be submitted, which is numbered one higher."""
        self._leave()
        self.job_id += 1

    def is_unborn(self) -> bool:
        """Whether the job was not submitted yet."""
        return len(self.queue.list()) < self.job_id

    def submit(self) -> None:
        """Give the command that submits the job, unless it was submitted."""
        if self.is_unborn() and not _lives(self._submitter):
            self._submitter = start(*words_of(self._scene, self.out), "--queue", home=self.queue.home)

    def bring_back(self) -> None:
        """See to it that the job can go on and everybody is there to be killed."""
        self.submit()
        wait_until(lambda: len(self.queue.list()) == self.job_id)
        self.queue.settle()
        if self.queue.get(self.job_id).state == jobs.INTERRUPTED:
            done = run("jobs", "resume", self.job_id, home=self.queue.home)
            assert (done.status, done.err) == (0, "")
        if not _lives(self._client):
            self._client = start_python(CLIENT, self.job_id, home=self.queue.home)
        self.queue.ensure_worker()

    def cast(self) -> list[str]:
        """Who can be killed now."""
        absent = {"geofm flood --queue": not _lives(self._submitter), "client": not _lives(self._client)}
        return [victim for victim in VICTIMS if not absent.get(victim)]

    def kill(self, victim: str) -> bool:
        """Kill one of them and wait until it is dead; False if it left by itself before."""
        if victim in ("geofm flood --queue", "client"):
            process = self._client if victim == "client" else self._submitter
            process.kill()
            return end(process).status == -signal.SIGKILL
        lane = victim == "lane process"
        pids = [pid for pid, command in workers_of(self.queue.home) if ("--lane" in command) == lane]
        if not pids:
            return False
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: pids[0] not in dict(workers_of(self.queue.home)))
        return True

    def finish(self) -> jobs.Job:
        """Resume the job as often as it takes."""
        while True:
            self.bring_back()
            job = self.queue.wait(self.job_id)
            if job.state != jobs.INTERRUPTED:
                self._leave()
                return job

    def _leave(self) -> None:
        """Those who waited for the job leave without a trace of Python's, whatever became of it."""
        for process in (self._submitter, self._client):
            if process is not None and process.stdout and not process.stdout.closed:
                done = end(process)
                assert done.status in (0, 1), done
                assert "Traceback" not in done.err
        self._submitter = self._client = None


def _lives(process: subprocess.Popen[str] | None) -> bool:
    return process is not None and process.poll() is None


@pytest.mark.parametrize("seed", range(QUEUES))
def test_everybody_on_a_queue(queue, scene, unbroken, tmp_path, seed):
    """Supervisor, lane process, the command that submits and a client that waits."""
    source = random.Random(f"queue {seed}")
    stage = Stage(queue, scene, tmp_path)
    stage.next_job()
    killed = 0
    while killed < KILLS_IN_QUEUES:
        early = stage.is_unborn() and source.random() < 0.5
        if early:  # the command may die before it has submitted anything
            stage.submit()
            time.sleep(source.uniform(0, 1))
        else:
            stage.bring_back()
        victim = "geofm flood --queue" if early else source.choice(stage.cast())
        if not early:
            Moment.draw(source).of_job(queue, stage.job_id)
        if stage.kill(victim):
            killed += 1
            count("kill -9", victim)
        if not stage.is_unborn() and queue.get(stage.job_id).state == jobs.SUCCEEDED:
            assert_whole(stage.out, unbroken)
            count("flood jobs that were killed and came out the same", "queued")
            stage.next_job()
    job = stage.finish()
    assert job.state == jobs.SUCCEEDED, job
    assert_whole(stage.out, unbroken)
    count("flood jobs that were killed and came out the same", "queued")
    assert [job.id for job in queue.list()] == list(range(1, stage.job_id + 1))
    queue.wait_until(lambda: not (queue.folder(stage.job_id) / "checkpoints").exists())  # just after the end
