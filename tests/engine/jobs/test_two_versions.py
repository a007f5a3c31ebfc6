"""Two versions of GeoFM and one queue: one replaces the other in place, or both are installed side by side."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from live_queue import Queue, end_workers_of, workers_of

import engine
from engine.jobs import job as jobs

PACKAGE = Path(engine.__file__).parent
OLD, NEW = engine.__version__, "99.2.0"  # this process is a client of the old one

# What does the jobs here: it says which version of what has run. If its folder is called "held", it waits for that;
# and imports something if its code is gone by then.
TASK = """
import time
from pathlib import Path
import engine
from engine.jobs.result import Result

VERSION = "{version}"

def write_samples(request, report):
    folder = Path(request.folder)
    if folder.name == "held":
        (folder.parent / "begun").touch()
        while not folder.exists():
            report.check_cancelled()
            time.sleep(0.02)
        if not Path(__file__).exists():
            from engine.samples import late
    return Result((), "Samples", {{"engine": engine.__version__, "task": VERSION}})
"""
EXPRESS = """

@dataclass(frozen=True)
class ExpressRequest(SamplesRequest):
    kind: ClassVar[str] = "express"
    lane: ClassVar[str] = "express"
"""
CLIENT = """
import json, sys
from engine.errors import JobError
from engine.jobs.requests import from_json
from engine.jobs.store import JobStore
with JobStore() as store:
    job = store.submit(from_json(sys.argv[1]))
    if sys.argv[2] == "wait":
        job = store.wait(job.id)
print(json.dumps(job.to_dict()))
"""


def put(folder: Path, version: str) -> Path:
    """An engine of a version in `folder`, in the place of the one that is there; the new one knows more."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "engine"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "samples"))
    (package / "samples").mkdir()
    change(package / "__init__.py", f'"{OLD}"', f'"{version}"')
    (package / "samples" / "__init__.py").touch()
    (package / "samples" / "late.py").touch()
    (package / "samples" / "writing.py").write_text(TASK.format(version=version))
    if version == NEW:
        requests = package / "jobs" / "requests"
        change(requests / "samples.py", "    optical: bool =", '    colour: str = "grey"\n    optical: bool =')
        (requests / "samples.py").write_text((requests / "samples.py").read_text() + EXPRESS)
        change(requests / "_base.py", '"interactive", "models")', '"interactive", "models", "express")')
    return folder


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def queue(home):
    """A client of the old version that starts no worker."""
    with Queue(home, lambda home: None) as queue:
        yield queue
    end_workers_of(home)


@pytest.fixture
def ask(home, tmp_path):
    """Submit as the client of the version in a folder; gives the job, or the process of a client that still waits."""

    def ask(folder: Path, kind: str = "samples", name: str = "f", then: str = "wait", background: bool = False, **more):
        request = json.dumps({"kind": kind, "folder": str(tmp_path / name), **more})
        words = [sys.executable, "-c", CLIENT, request, then]
        environment = {**os.environ, "GEOFM_HOME": str(home), "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        client = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
        if background:
            return client
        return json.loads(client.communicate()[0])

    return ask


def assert_done_by(job: dict, version: str) -> None:
    assert job["state"] == jobs.SUCCEEDED, job
    assert job["result"]["summary"] == {"engine": version, "task": version}
    assert job["engine_version"] == version


@pytest.mark.parametrize(("first", "then"), [(OLD, NEW), (NEW, OLD)])
def test_one_that_was_replaced_in_place_leaves_the_queue_to_the_other(queue, ask, tmp_path, first, then):
    plugin = put(tmp_path / "plugin", first)
    assert_done_by(ask(plugin), first)
    put(plugin, then)
    assert_done_by(ask(plugin), then)
    if then == NEW:
        assert_done_by(ask(plugin, colour="red"), then)
        assert_done_by(ask(plugin, "express"), then)


@pytest.mark.parametrize(("first", "then"), [(OLD, NEW), (NEW, OLD)])
def test_a_running_job_ends_as_it_began_and_those_behind_it_are_the_others(queue, ask, tmp_path, first, then):
    plugin = put(tmp_path / "plugin", first)
    running = ask(plugin, name="held", background=True)
    queue.wait_until(lambda: bool(queue.list()) and queue.get(1).state == jobs.RUNNING)
    queue.wait_until((tmp_path / "begun").exists)
    ask(plugin, then="leave")
    put(plugin, then)
    (tmp_path / "held").mkdir()
    assert_done_by(ask(plugin), then)
    assert_done_by(json.loads(running.communicate()[0]), first)
    if then == OLD:  # which cannot do what the new one asked for
        assert queue.get(2).state == jobs.QUEUED
        assert_done_by(ask(put(plugin, NEW)), NEW)
    queue.wait_until(lambda: queue.get(2).ended)
    assert_done_by(queue.get(2).to_dict(), NEW)


def test_a_job_that_fails_because_its_code_is_gone_is_done_by_the_next(queue, ask, tmp_path):
    plugin = put(tmp_path / "plugin", OLD)
    running = ask(plugin, name="held", background=True)
    queue.wait_until(lambda: bool(queue.list()) and queue.get(1).state == jobs.RUNNING)
    queue.wait_until((tmp_path / "begun").exists)
    shutil.rmtree(plugin)
    (tmp_path / "held").mkdir()
    queue.wait_until(lambda: queue.get(1).state == jobs.QUEUED)
    put(plugin, NEW)
    running.communicate()
    ask(plugin)
    queue.wait_until(lambda: queue.get(1).ended)
    assert_done_by(queue.get(1).to_dict(), NEW)


@pytest.mark.parametrize("asked", [{"kind": "express"}, {"colour": "red"}])
def test_two_installations_share_a_queue(queue, ask, tmp_path, asked):
    old, new = put(tmp_path / "old", OLD), put(tmp_path / "new", NEW)
    assert_done_by(ask(old), OLD)
    assert_done_by(ask(new, **asked), NEW)
    assert ask(old)["state"] == jobs.SUCCEEDED


def test_what_only_a_newer_one_knows_is_left_for_it_whoever_serves(queue, ask, tmp_path):
    old, new = put(tmp_path / "old", OLD), put(tmp_path / "new", NEW)
    assert ask(new, colour="red", then="leave")["state"] == jobs.QUEUED
    assert ask(new, "express", then="leave")["state"] == jobs.QUEUED
    assert_done_by(ask(old), OLD)
    queue.wait_until(lambda: not workers_of(queue.home))
    for number in (1, 2):
        job = queue.get(number)
        assert (job.state, job.engine_version) == (jobs.QUEUED, NEW)
        assert job.message.startswith(f"The job waits for GeoFM {NEW}, which submitted it")
        with pytest.raises(engine.errors.JobError, match=f"waits for GeoFM {NEW}"):
            queue.wait(number)
    started = []
    with Queue(queue.home, started.append) as client:
        client.ensure_worker()
        assert started == []  # it would leave at once
    assert_done_by(ask(new), NEW)
    queue.wait_until(lambda: all(job.ended for job in queue.list()))
    for number in (1, 2):
        assert_done_by(queue.get(number).to_dict(), NEW)


def test_what_only_a_newer_one_knows_can_be_cancelled_and_cleared(queue, ask, tmp_path):
    ask(put(tmp_path / "new", NEW), "express", then="leave")
    assert queue.request_cancel(1).state == jobs.CANCELLED
    assert queue.clear() == (1,)
