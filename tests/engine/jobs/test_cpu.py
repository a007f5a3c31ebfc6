"""The worker's processes leave the first turn, and cores, to others."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live_queue import Queue
from practice import PracticeRequest

from engine.cpu import LIBRARY_THREADS, NICENESS, cores, job_threads, run_in_background
from engine.jobs import job as jobs
from engine.jobs.launch import ensure_worker

WORKER = str(Path(__file__).with_name("practice_worker.py"))
MOST_NICE = 19


@pytest.fixture
def cpu_use_of_a_job(home, make_queue):
    """What a job finds in a lane process whose worker was started with these words."""

    def find(*words):
        make_queue()  # ends the workers with the test
        with Queue(home, functools.partial(ensure_worker, command=[sys.executable, WORKER, *words])) as queue:
            queue.submit(PracticeRequest(steps=1, behaviour="cpu use"))
            job = queue.wait(1)
            assert job.state == jobs.SUCCEEDED
            lines = (queue.folder(1) / "log.txt").read_text(encoding="utf-8").splitlines()
            niceness = os.getpriority(os.PRIO_PROCESS, queue.supervisor())
        (printed,) = (line.removeprefix("cpu use ") for line in lines if line.startswith("cpu use "))
        return json.loads(printed), niceness

    return find


@pytest.mark.parametrize(("words", "expected"), [((), job_threads(0)), (("--threads", "3"), 3)])
def test_a_job_has_the_wanted_threads_and_comes_after_others(cpu_use_of_a_job, words, expected):
    of_job, of_supervisor = cpu_use_of_a_job(*words)
    assert of_job["niceness"] == min(of_supervisor + NICENESS, MOST_NICE)
    assert of_job["variables"] == dict.fromkeys(LIBRARY_THREADS, str(expected))
    assert of_job["cv2"] == expected


def test_the_supervisor_itself_answers_as_quickly_as_ever(cpu_use_of_a_job):
    _, of_supervisor = cpu_use_of_a_job()
    assert of_supervisor == os.getpriority(os.PRIO_PROCESS, 0)


def test_the_command_hands_the_number_of_threads_on(home, geofm, monkeypatch):
    given = []
    monkeypatch.setattr("engine.worker.main", lambda words: given.append(words) or 0)
    assert geofm("jobs", "worker").status == 0
    assert geofm("jobs", "worker", "--threads", 2).status == 0
    assert given == [["--threads", "0"], ["--threads", "2"]]


@pytest.mark.parametrize("wrong", ["-1", "many", "1.5"])
def test_what_is_no_number_of_threads_is_refused(geofm, wrong):
    done = geofm("jobs", "worker", "--threads", wrong)
    assert done.status == 2
    assert f"argument --threads: '{wrong}' does not fit; give a whole number of cores" in done.err


def test_all_cores_but_one_by_default_and_never_none(monkeypatch):
    assert job_threads(0) == max(1, cores() - 1)
    assert (job_threads(5), job_threads(-2)) == (5, job_threads(0))
    monkeypatch.setattr("engine.cpu.cores", lambda: 1)
    assert job_threads(0) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away here")
def test_cores_that_are_taken_away_do_not_count():
    program = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from engine.cpu import cores; "
    done = subprocess.run([sys.executable, "-c", program + "print(cores())"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_whoever_may_not_be_nicer_goes_on(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "nice", lambda step: (_ for _ in ()).throw(PermissionError("no")))
    run_in_background(2)
    assert os.environ["OMP_NUM_THREADS"] == "2"
