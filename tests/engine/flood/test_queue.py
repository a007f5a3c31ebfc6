"""Flood maps through the queue, as clients in processes of their own see them."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from command import end, run, start, tree, wait_for
from live_queue import Queue
from results import OUTPUTS, Outcome, only_outputs, request_of, words_of

from engine.jobs import job as jobs


@contextmanager
def standing_still(queue: Queue) -> Iterator[None]:
    """The process that runs the job is suspended meanwhile, so that the job cannot be over too early."""
    (pid,) = queue.processes("long")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.slow
def test_two_clients_at_once(queue, scene, unbroken, tmp_path):
    """Each gets its own map, once, and the events of its own job alone."""
    outs = [tmp_path / "one", tmp_path / "two"]
    clients = [start(*words_of(scene, out), "--queue", home=queue.home) for out in outs]
    dones = [end(client) for client in clients]
    for out, done in zip(outs, dones, strict=True):
        assert (done.status, done.err) == (0, "")
        result = done.lines[-1]
        assert result["event"] == "result"
        assert {output["path"] for output in result["outputs"]} == {str(out / name) for name in OUTPUTS.values()}
        Outcome.of(out).assert_same(unbroken)
        assert only_outputs(out)
    assert [(job.id, job.state, job.attempt) for job in queue.list()] == [(1, "succeeded", 1), (2, "succeeded", 1)]
    first, second = sorted(queue.list(), key=lambda job: job.started_at)
    assert first.finished_at <= second.started_at


@pytest.mark.slow
def test_what_a_client_and_the_terminal_see_of_a_job(queue, scene, tmp_path):
    client = start(*words_of(scene, tmp_path / "map"), "--queue", home=queue.home)
    wait_for(lambda: bool(queue.list()) and queue.get(1).progress is not None, client)
    with standing_still(queue):
        (row,) = [json.loads(line) for line in run("jobs", "list", "--json", home=queue.home).out.splitlines()]
        assert (row["id"], row["kind"], row["state"]) == (1, "flood", "running")
        assert row["progress"]["unit"] == "Mpx"
        assert "running" in run("jobs", "list", home=queue.home).out
    done = end(client)
    assert (done.status, done.err) == (0, "")
    progress = [event for event in done.lines if event["event"] == "progress"]
    shares = [event["done"] / event["total"] for event in progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert done.lines[-1]["summary"] == json.loads((tmp_path / "map" / "report.json").read_text(encoding="utf-8"))
    shown = run("jobs", "show", "1", home=queue.home).out
    assert "state:     succeeded" in shown
    assert all(str(tmp_path / "map" / name) in shown for name in OUTPUTS.values())
    summary = json.loads(run("jobs", "show", "1", "--json", home=queue.home).out)["result"]["summary"]
    assert summary == done.lines[-1]["summary"]


@pytest.mark.slow
def test_a_client_that_leaves_takes_nothing_from_the_job(queue, scene, unbroken, tmp_path):
    """Ctrl+C ends the wait; the job still finds the folder that the client made."""
    out = tmp_path / "map"
    client = start(*words_of(scene, out), "--queue", home=queue.home)
    wait_for(lambda: bool(queue.list()) and queue.get(1).progress is not None, client)
    with standing_still(queue):
        client.send_signal(signal.SIGINT)
        done = end(client)
        assert (done.status, "Job 1 goes on" in done.err) == (130, True)
        assert not queue.get(1).ended
    assert queue.wait(1).state == jobs.SUCCEEDED
    Outcome.of(out).assert_same(unbroken)


def test_a_cancelled_job_ends_its_client(queue, scene, tmp_path):
    client = start(*words_of(scene, tmp_path / "new" / "map"), "--queue", home=queue.home)
    wait_for(lambda: bool(queue.list()) and queue.get(1).progress is not None, client)
    with standing_still(queue):
        assert run("jobs", "cancel", "1", home=queue.home).out == "Job 1 is stopping.\n"
    done = end(client)
    assert (done.status, done.err) == (130, "Job 1 was cancelled.\n")
    assert not (tmp_path / "new").exists()


def test_a_job_that_fails_is_one_sentence_for_its_client(queue, small_scene, tmp_path):
    bad = tmp_path / "letter.tif"
    bad.write_text("This is a letter.")
    done = run("flood", "--post", bad, "--out", tmp_path / "new" / "map", "--json", "--queue", home=queue.home)
    assert done.status == 1
    assert done.err.startswith(f"geofm: Job 1 failed: {bad} is not a raster in a format that GeoFM reads")
    assert done.err.count("\n") == 1
    assert [event["event"] for event in done.lines] == ["message"]
    assert tree(tmp_path / "new") == set()
    assert not (tmp_path / "new").exists()


def test_one_warm_process_maps_one_scene_after_another(queue, small_scene, tmp_path):
    for name in ("one", "two"):
        queue.submit(request_of(small_scene, tmp_path / name))
    logs = []
    for job_id in (1, 2):
        assert queue.wait(job_id).state == jobs.SUCCEEDED
        logs.append((queue.folder(job_id) / "log.txt").read_text().splitlines()[0])
    assert logs[0].split()[-1] == logs[1].split()[-1]  # the process that ran it
    Outcome.of(tmp_path / "one").assert_same(Outcome.of(tmp_path / "two"))
