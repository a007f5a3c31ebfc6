from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys

import pytest
from practice import PracticeRequest

from engine.cli.jobs import add_parser, wait_for
from engine.errors import Cancelled, JobError
from engine.jobs import job as jobs
from engine.jobs.locks import lane_lock
from engine.jobs.requests import FloodRequest, SamplesRequest
from engine.jobs.result import Output, Result


@pytest.fixture
def geofm(queue, monkeypatch, capsys):
    """Run `geofm jobs …` on the test's queue; gives the exit status and what was printed."""
    monkeypatch.setenv("GEOFM_HOME", str(queue.home))
    parser = argparse.ArgumentParser("geofm")
    add_parser(parser.add_subparsers())

    def run(*words):
        args = parser.parse_args(["jobs", *map(str, words)])
        capsys.readouterr()
        status = args.run(args)
        return status, capsys.readouterr().out

    return run


def test_an_empty_queue(geofm):
    assert geofm("list") == (0, "There are no jobs.\n")
    assert geofm("list", "--json") == (0, "")


def test_list_is_a_table_for_people_and_lines_of_json_for_programs(geofm, queue):
    queue.submit(PracticeRequest())
    queue.submit(PracticeRequest(behaviour="bad input"))
    queue.wait(2)
    queue.submit(PracticeRequest())
    queue.wait(3)
    queue.submit(PracticeRequest(steps=10_000))
    queue.wait_until(lambda: (queue.get(4).progress or {}).get("done", 0) > 20)
    status, table = geofm("list")
    header, *rows = table.splitlines()
    assert status == 0
    assert header.split() == ["ID", "STATE", "KIND", "PROGRESS", "CREATED", "MESSAGE", "OUTPUT"]
    assert [row.split()[:3] for row in rows[1:3]] == [["2", "failed", "practice"], ["3", "succeeded", "practice"]]
    assert rows[1].endswith("a.tif is not a raster; choose a GeoTIFF.")
    assert "steps/s" in rows[3]
    assert "left" in rows[3]
    as_json = [json.loads(line) for line in geofm("list", "--json")[1].splitlines()]
    assert [job["id"] for job in as_json] == [1, 2, 3, 4]
    assert as_json[0]["result"]["summary"]["total"] == 6


def test_show_tells_all_and_the_end_of_the_log_of_a_failed_job(geofm, queue):
    queue.submit(PracticeRequest(behaviour="bug"))
    queue.wait(1)
    status, text = geofm("show", 1)
    assert status == 0
    assert "state:     failed" in text
    assert "ZeroDivisionError: a bug" in text
    assert str(queue.folder(1) / "log.txt") in text
    assert json.loads(geofm("show", 1, "--json")[1])["state"] == "failed"


@pytest.mark.parametrize(
    ("request_", "result", "shown"),
    [
        (PracticeRequest(total="/maps/sum.txt"), None, "/maps/sum.txt"),
        (FloodRequest(post=("/a.tif",), mask="/maps/inn/a.tif", polygons="/maps/inn/a.gpkg"), None, "/maps/inn"),
        (SamplesRequest("/maps/made up"), None, "/maps/made up"),
        (PracticeRequest(), ("/maps/inn/a.gpkg|layername=flood", "/maps/inn/a.gpkg|layername=aoi"), "/maps/inn/a.gpkg"),
        (PracticeRequest(), ("/maps/inn/a.gpkg|layername=flood", "/maps/inn/a.tif"), "/maps/inn"),
        (PracticeRequest(), None, None),
    ],
)
def test_the_last_column_tells_where_the_output_is(geofm, queue, request_, result, shown):
    queue.submit(request_)
    if result is not None:
        outputs = tuple(Output(path, "vector", "A layer") for path in result)
        queue.end(queue.claim("long"), jobs.SUCCEEDED, result=Result(outputs, "A group"))
    header, row = geofm("list")[1].splitlines()
    assert row[header.index("OUTPUT") :] == (shown or "")


def test_a_running_job_that_is_cancelled_is_shown_to_be_stopping(geofm, queue, monkeypatch):
    monkeypatch.setattr(jobs, "SECONDS_UNTIL_SILENT", math.inf)
    lock = lane_lock(queue.home, "long")
    assert lock.try_acquire()
    queue.submit(PracticeRequest())
    queue.claim("long")
    queue.request_cancel(1)
    (row,) = geofm("list")[1].splitlines()[1:]
    lock.release()
    assert "  stopping" in row


def test_cancelling_says_what_became_of_it(geofm, queue):
    queue.submit(PracticeRequest())
    assert geofm("cancel", 1) == (0, "Job 1 is cancelled.\n")
    queue.submit(PracticeRequest())
    queue.end(queue.claim("long"), jobs.SUCCEEDED)
    assert geofm("cancel", 2) == (0, "Job 2 has already ended (succeeded).\n")


def test_an_unknown_job_is_an_error(geofm):
    for command in ("show", "cancel", "stop", "resume", "clear"):
        with pytest.raises(JobError, match="There is no job 7"):
            geofm(command, 7)


def test_cancel_and_resume_and_clear(geofm, queue):
    queue.ensure_worker()
    queue.submit(PracticeRequest(steps=100))
    queue.wait_until(lambda: queue.get(1).state == jobs.RUNNING)
    assert geofm("cancel", 1) == (0, "Job 1 is stopping.\n")
    assert queue.wait(1).state == jobs.CANCELLED
    assert geofm("cancel", 1) == (0, "Job 1 has already ended (cancelled).\n")
    status, text = geofm("resume", 1, "--wait")
    assert status == 0
    assert text.splitlines()[0] == "Job 1 is queued again."
    assert text.splitlines()[-1] == "Job 1 succeeded."
    assert queue.get(1).result.summary["total"] == 5050
    assert geofm("clear") == (0, "Cleared 1 job.\n")
    assert geofm("clear") == (0, "Cleared 0 jobs.\n")


def test_a_job_that_is_asked_to_stop_ends_well_with_what_it_has(geofm, queue):
    queue.ensure_worker()
    queue.submit(PracticeRequest(steps=10_000))
    queue.wait_until(lambda: queue.get(1).progress)
    assert geofm("stop", 1)[0] == 0
    job = queue.wait(1)
    assert job.state == jobs.SUCCEEDED
    assert 0 < job.result.summary["total"] < sum(range(10_001))
    with pytest.raises(JobError, match="Job 1 is succeeded; only a running job"):
        geofm("stop", 1)


def test_a_job_that_was_asked_to_stop_and_is_resumed_runs_to_its_end(queue):
    queue.submit(PracticeRequest())
    job = queue.claim("long")
    queue.ask_to_stop(1)
    queue.end(job, jobs.CANCELLED, "Cancelled.")
    queue.resume(1)
    queue.ensure_worker()
    assert queue.wait(1).result.summary["total"] == 6


def test_a_job_whose_process_is_gone_is_not_shown_as_running(geofm, queue):
    queue.submit(PracticeRequest())
    queue.claim("long")
    assert "interrupted" in geofm("list")[1]


def test_waiting_ends_with_an_error_unless_the_job_succeeds(queue):
    queue.submit(PracticeRequest(behaviour="bad input"))
    with pytest.raises(JobError, match=r"Job 1 failed: a\.tif is not a raster"):
        wait_for(queue, 1, print)
    queue.submit(PracticeRequest())
    assert wait_for(queue, 2, print).state == jobs.SUCCEEDED
    queue.submit(PracticeRequest(steps=10_000))
    queue.request_cancel(3)
    with pytest.raises(Cancelled, match="Job 3 was cancelled"):
        wait_for(queue, 3, print)


def test_ctrl_c_ends_the_wait_and_not_the_job(queue):
    def press(event):
        raise KeyboardInterrupt

    queue.submit(PracticeRequest(steps=50))
    with pytest.raises(Cancelled, match="Job 1 goes on in the background"):
        wait_for(queue, 1, press)
    assert queue.wait(1).state == jobs.SUCCEEDED


def test_a_second_worker_command_leaves_at_once(geofm, queue):
    queue.ensure_worker()
    assert geofm("worker") == (0, "")


def test_the_parser_costs_no_heavy_import():
    program = "import sys, engine.cli.jobs; print([name for name in ('sqlite3', 'subprocess') if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
