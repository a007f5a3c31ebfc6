"""Kills, cancels and full disks in the middle of a flood map: the same result afterwards, or none, and no litter."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import end, run, start, suspend, tree, wait_for
from disks import fill
from live_queue import Queue
from results import CLUTTER, CLUTTER_WORDS, Outcome, only_outputs, request_of, words_of

from engine.jobs import job as jobs
from engine.jobs.events import EventFollower
from engine.jobs.locks import queue_lock

ROWS_PER_BLOCK = 512
FIRST_PASS_SHARE = 0.6


class Progress:
    """Follows how far a queued job says it is."""

    def __init__(self, queue: Queue, job_id: int) -> None:
        self._follower = EventFollower(queue.folder(job_id) / "events.jsonl")
        self.shares: list[float] = []

    def read(self) -> list[float]:
        """Shares of the way that were told since `forget`."""
        events = [event for event in self._follower.read() if event["event"] == "progress"]
        self.shares += [event["done"] / event["total"] for event in events]
        return self.shares

    def reached(self, share: float) -> bool:
        return max(self.read(), default=-1.0) >= share

    def forget(self) -> None:
        """Begin anew with what comes from now on."""
        self.read()
        self.shares = []


def rows_done(share: float, height: int = 2048) -> int:
    """How many rows had been read when the first pass told this share of the way."""
    return round(share / FIRST_PASS_SHARE * height)


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def is_running(queue: Queue, job_id: int = 1) -> bool:
    return queue.get(job_id).state == jobs.RUNNING


def kill_lane_at(queue: Queue, progress: Progress, share: float) -> None:
    """Kill the process that works on job 1 when it has come so far."""
    queue.ensure_worker()
    queue.wait_until(lambda: progress.reached(share))
    kill(queue.get(1).pid)
    assert queue.wait(1).state == jobs.INTERRUPTED
    progress.forget()


# Kills ----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_kills_at_random_moments_do_not_change_the_map(queue, scene, unbroken, tmp_path):
    """Of the process that works, of the supervisor, and of both at once."""
    moments = random.Random(1)
    queue.submit(request_of(scene, tmp_path))
    progress = Progress(queue, 1)
    for victims in moments.sample(["lane", "lane", "lane", "supervisor", "both"], 5):
        # A negative share is a moment before the first sign of progress, while the process still imports.
        share, late = moments.uniform(-0.3, 0.9), moments.uniform(0, 0.1)
        queue.ensure_worker()
        queue.wait_until(lambda: is_running(queue))
        queue.wait_until(lambda share=share: share < 0 or progress.reached(share))
        time.sleep(late)
        lane, supervisor = queue.get(1).pid, queue.supervisor()
        kill(*{"lane": [lane], "supervisor": [supervisor], "both": [lane, supervisor]}[victims])
        if victims != "lane":
            queue.wait_until(lambda: not queue_lock(queue.home).is_held_by_someone())  # dead to the kernel too
        if victims != "supervisor":
            assert queue.wait(1).state == jobs.INTERRUPTED
            assert not list(tmp_path.glob(".*"))
            progress.forget()
            queue.resume(1)
    job = queue.wait(1)
    assert (job.state, job.attempt) == (jobs.SUCCEEDED, 5)
    Outcome.of(tmp_path).assert_same(unbroken)
    assert not list(tmp_path.glob(".*"))
    queue.wait_until(lambda: not (queue.folder(1) / "checkpoints").exists())  # removed just after the job has ended


@pytest.mark.slow
def test_a_resumed_job_goes_on_where_it_was_killed(queue, scene, unbroken, tmp_path):
    queue.submit(request_of(scene, tmp_path / "map"))
    progress = Progress(queue, 1)
    kill_lane_at(queue, progress, 0.2)
    queue.resume(1)
    job = queue.wait(1)
    assert (job.state, job.attempt) == (jobs.SUCCEEDED, 2)
    rows = rows_done(progress.read()[0])
    assert rows >= ROWS_PER_BLOCK
    assert rows % ROWS_PER_BLOCK == 0
    Outcome.of(tmp_path / "map").assert_same(unbroken)


@pytest.mark.slow
def test_a_checkpoint_of_other_images_is_not_used(queue, scene, tmp_path):
    """The file that was given has been replaced by another of the same name and size before the job is resumed."""
    copy, out = tmp_path / "copy", tmp_path / "map"
    copy.mkdir()
    for name in ("post.tif", "pre1.tif", "pre2.tif"):
        shutil.copy(scene / name, copy)
    queue.submit(request_of(copy, out))
    progress = Progress(queue, 1)
    kill_lane_at(queue, progress, 0.2)
    shutil.copy(scene / "pre1.tif", copy / "post.tif")
    queue.resume(1)
    assert queue.wait(1).state == jobs.SUCCEEDED
    assert progress.read()[0] == 0
    assert run(*words_of(copy, tmp_path / "fresh")).status == 0
    Outcome.of(out).assert_same(Outcome.of(tmp_path / "fresh"))


@pytest.mark.slow
def test_a_killed_command_that_is_run_again_gives_the_same_map(scene, unbroken, tmp_path):
    """It goes on where the killed one was, and clears away what that left."""
    moments = random.Random(0)
    out = tmp_path / "map"
    for share in (0.3, moments.uniform(0.5, 1), moments.uniform(0, 1)):
        process = start(*words_of(scene, out))
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress" and event["done"] >= share * event["total"]:
                break
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        end(process)
        assert list(out.glob(".geofm-*")), "The command was killed too late."
    done = run(*words_of(scene, out))
    assert (done.status, done.err) == (0, "")
    first = next(event for event in done.lines if event["event"] == "progress")
    assert rows_done(first["done"] / first["total"]) >= ROWS_PER_BLOCK
    Outcome.of(out).assert_same(unbroken)
    assert only_outputs(out)


@pytest.mark.slow
def test_a_command_leaves_the_working_files_of_another_that_runs(scene, unbroken, tmp_path):
    first = start(*words_of(scene, tmp_path))
    wait_for(lambda: bool(list(tmp_path.glob(".geofm-*/observed.npz"))), first)
    suspend(first)
    (tmp_path / ".cleared.geofm-of-one-who-was-killed").mkdir()
    second = run(*words_of(scene, tmp_path))
    os.kill(first.pid, signal.SIGCONT)
    assert (second.status, end(first).status) == (0, 0)
    Outcome.of(tmp_path).assert_same(unbroken)
    assert only_outputs(tmp_path)


# Cancel ---------------------------------------------------------------------------------------------------------------

# Which file tells that a stage has begun: in the folder for working files, or beside the outputs.
STAGES: dict[str, tuple[str, str]] = {
    "start": ("", r""),
    "reading": ("working", r"observed\.npz"),
    "classes": ("beside", r"\.flood\.tif\..+\.raw"),
    "polygons": ("beside", r"\.flood\.tif\.\w{8}\.part\.tif"),
}


def has_begun(stage: str, working: Callable[[], list[Path]], out: Path) -> bool:
    where, pattern = STAGES[stage]
    if not where:
        return out.exists()
    folders = working() if where == "working" else [out]
    return any(re.fullmatch(pattern, path.name) for folder in folders if folder.exists() for path in folder.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "number"),
    [
        *((stage, signal.SIGINT) for stage in STAGES),
        ("reading", signal.SIGTERM),
        ("polygons", signal.SIGTERM),
    ],
)
def test_a_command_that_is_told_to_stop(scene, tmp_path, stage, number):
    out = tmp_path / "new" / "map"
    process = start(*words_of(scene, out), *CLUTTER_WORDS)
    wait_for(lambda: has_begun(stage, lambda: list(out.glob(".geofm-*")), out), process)
    process.send_signal(number)
    done = end(process)
    assert (done.status, done.err) == (130, "Cancelled.\n")
    assert all(event["event"] == "progress" for event in done.lines)
    assert tree(tmp_path) == set()


@pytest.mark.slow
def test_a_command_whose_reader_leaves(scene, tmp_path):
    """As in `geofm flood --json | head -1`: it stops quietly."""
    out = tmp_path / "map"
    process = start(*words_of(scene, out))
    wait_for(lambda: has_begun("classes", list, out), process)
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == ("", 1)
    process.stderr.close()
    assert tree(tmp_path) == set()


@pytest.mark.slow
def test_a_job_can_be_cancelled_at_every_stage_and_resumed(queue, scene, tmp_path):
    out = tmp_path / "map"
    queue.submit(request_of(scene, out, **CLUTTER))
    for stage in list(STAGES)[1:]:
        queue.ensure_worker()
        shutil.rmtree(queue.folder(1) / "checkpoints", ignore_errors=True)
        queue.wait_until(lambda stage=stage: has_begun(stage, lambda: [queue.folder(1) / "checkpoints"], out))
        queue.request_cancel(1)
        assert queue.wait(1, poll=0.01).state == jobs.CANCELLED
        assert list(out.iterdir()) == []
        queue.resume(1)
    assert queue.wait(1).state == jobs.SUCCEEDED
    assert only_outputs(out)
    (tmp_path / "checkpoints").mkdir()
    fresh = Outcome.undisturbed(request_of(scene, tmp_path / "fresh", **CLUTTER), tmp_path / "checkpoints")
    Outcome.of(out).assert_same(fresh)


# Full disks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", range(50_000, 1_550_000, 75_000))
def test_a_disk_without_room(geofm, small_scene, tmpfs, left):
    """Whichever file meets the end of the disk: the whole map, or one sentence and the old one."""
    disk = tmpfs("size=4m")
    (disk / "flood.tif").write_text("old")
    ballast = fill(disk, left)
    dates = ["--post", small_scene / "post.tif", "--pre", small_scene / "pre1.tif"]
    done = geofm("flood", *dates, "--out", disk)
    ballast.unlink()
    if done.status == 0:
        assert only_outputs(disk)
        assert left > 500_000
        return
    (line,) = done.err.splitlines()
    assert re.fullmatch(rf"geofm: {disk}/.+ could not be written: .*free some space or choose another folder\.", line)
    assert (done.status, done.out) == (1, "")
    assert (disk / "flood.tif").read_text() == "old"
    assert tree(disk) == {disk / "flood.tif"}
    assert left < 1_400_000


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["reading", "classes", "polygons"])
def test_a_disk_that_fills_up_meanwhile(scene, tmpfs, stage):
    disk = tmpfs("size=24m")
    out = disk / "map"
    process = start(*words_of(scene, out), *CLUTTER_WORDS)
    wait_for(lambda: has_begun(stage, lambda: list(out.glob(".geofm-*")), out), process)
    suspend(process)
    ballast = fill(disk)
    os.kill(process.pid, signal.SIGCONT)
    done = end(process)
    ballast.unlink()
    (line,) = done.err.splitlines()
    assert re.fullmatch(rf"geofm: {out}/.+ could not be written: .*free some space or choose another folder\.", line)
    assert done.status == 1
    assert tree(disk) == set()


@pytest.mark.slow
def test_a_job_without_room_for_its_outputs_can_be_resumed(queue, scene, unbroken, tmpfs):
    disk = tmpfs("size=4m")
    ballast = fill(disk, 500_000)
    queue.submit(request_of(scene, disk))
    job = queue.wait(1)
    assert job.state == jobs.FAILED
    assert re.match(r".*/flood\.tif could not be written: .* free some space", job.message)
    assert tree(disk) == {ballast}
    ballast.unlink()
    queue.resume(1)
    assert queue.wait(1).state == jobs.SUCCEEDED
    Outcome.of(disk).assert_same(unbroken)
    assert only_outputs(disk)


class TestAFullDiskUnderTheQueue:
    """The disk with the jobs' own folder fills up."""

    @pytest.fixture
    def home(self, tmpfs):
        return tmpfs("size=5m,mode=700")

    @pytest.mark.slow
    def test_a_job_without_room_for_its_working_files_fails_and_the_queue_lives(
        self, queue, scene, small_scene, unbroken, tmp_path
    ):
        queue.submit(request_of(scene, tmp_path / "map"))
        job = queue.wait(1)
        assert job.state in (jobs.FAILED, jobs.INTERRUPTED)
        assert "disk is full" in job.message
        assert tree(tmp_path / "map") == set()
        listed = run("jobs", "list", home=queue.home)
        assert "disk is full" in listed.out
        assert (listed.status, listed.err) == (0, "")
        assert run("jobs", "clear", home=queue.home).status == 0
        queue.submit(request_of(small_scene, tmp_path / "small"))
        assert queue.wait(2).state == jobs.SUCCEEDED
        assert only_outputs(tmp_path / "small")

    @pytest.mark.slow
    @pytest.mark.parametrize("left", [0, 20_000])
    def test_a_disk_that_fills_up_under_a_running_job(self, queue, small_scene, scene, tmp_path, left):
        queue.submit(request_of(scene, tmp_path / "map"))
        queue.ensure_worker()
        queue.wait_until(lambda: (queue.folder(1) / "checkpoints" / "observed.npz").exists())
        ballast = fill(queue.home, left)
        done = run("jobs", "list", home=queue.home)
        assert done.status in (0, 1)
        assert "Traceback" not in done.err
        queue.wait_until(lambda: queue.deserted() or queue.get(1).ended)
        ballast.unlink()
        job = queue.wait(1)
        assert job.state in (jobs.FAILED, jobs.INTERRUPTED)
        assert job.message
        assert tree(tmp_path / "map") == set()
        queue.submit(request_of(small_scene, tmp_path / "small"))
        assert queue.wait(2).state == jobs.SUCCEEDED
