"""The client on a real queue with real workers, which are killed where that matters."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QTimer
from queue_home import ENGINE_PYTHON, MS, end_workers_of, is_open, samples, state_of, workers_of

from geofm_qgis.engine.jobs.job import FAILED, SUCCEEDED
from geofm_qgis.engine.jobs.requests import FloodRequest
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.engine.jobs.store import JobStore
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures",)

FOREVER = 10_000  # rows: most of a minute


@pytest.fixture
def ended(client):
    """The jobs that the client said have ended."""
    jobs = []
    client.job_ended.connect(jobs.append)
    return jobs


def test_a_job_runs_and_its_end_is_told_once(client, ended, tmp_path, qtbot):
    submitted, seen = [], []
    client.jobs_changed.connect(lambda jobs: seen.append([job.state for job in jobs]))
    client.submit(samples(tmp_path / "scene"), submitted.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=MS)
    (job,) = submitted
    assert (job.id, job.state) == (1, "queued")
    assert [(job.id, job.state) for job in ended] == [(1, SUCCEEDED)]
    assert [job.state for job in client.jobs] == [SUCCEEDED]
    assert ["queued"] in seen and ["running"] in seen and seen[-1] == [SUCCEEDED]
    assert (tmp_path / "scene" / "post.tif").exists()
    qtbot.wait(700)
    assert len(ended) == 1
    assert client.said == []


def test_whoever_submits_a_job_hears_its_number_before_its_end(client, ended, tmp_path, qtbot):
    client.submit(samples(tmp_path / "first"))
    qtbot.waitUntil(lambda: bool(ended), timeout=MS)
    order = []
    client.job_ended.connect(lambda job: order.append("ended"))
    client.submit(samples(tmp_path / "second"), lambda job: order.append("submitted"))
    with JobStore(client.folder, lambda home: None) as store:
        while [job.state for job in store.list()] != [SUCCEEDED] * 2:  # as where QGIS is busy drawing a large layer
            time.sleep(0.01)
    qtbot.waitUntil(lambda: "ended" in order, timeout=MS)
    assert order == ["submitted", "ended"]


def test_a_job_is_cancelled_resumed_and_deleted(client, ended, tmp_path, qtbot):
    client.submit(samples(tmp_path / "scene", FOREVER))
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)
    client.cancel(1)
    qtbot.waitUntil(lambda: state_of(client, 1) == "cancelled", timeout=MS)
    assert [job.id for job in ended] == [1]
    client.resume(1)
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)
    client.cancel(1)
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=MS)
    client.delete([1])
    qtbot.waitUntil(lambda: client.jobs == (), timeout=MS)
    assert client.said == []


def test_what_cannot_be_done_is_said(client, qtbot, tmp_path):
    client.cancel(7)
    qtbot.waitUntil(lambda: len(client.said) == 1, timeout=MS)
    assert "no job 7" in client.said[0]
    client.submit(FloodRequest(post=("a.tif",), mask="relative.tif"))
    qtbot.waitUntil(lambda: len(client.said) == 2, timeout=MS)
    assert "absolute" in client.said[1]
    assert client.jobs == ()


def test_a_killed_job_becomes_interrupted_and_goes_on_when_resumed(client, ended, home, tmp_path, qtbot):
    client.submit(samples(tmp_path / "scene", FOREVER))
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)
    end_workers_of(home)
    qtbot.waitUntil(lambda: bool(ended), timeout=MS)
    assert ended[0].state == "interrupted"
    client.resume(1)
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)


def test_a_killed_worker_is_replaced_while_jobs_wait(client, home, tmp_path, qtbot):
    client.submit(samples(tmp_path / "a", FOREVER))
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)
    client.submit(samples(tmp_path / "b"))
    qtbot.waitUntil(lambda: state_of(client, 2) == "queued", timeout=MS)
    end_workers_of(home)
    qtbot.waitUntil(lambda: state_of(client, 2) == SUCCEEDED, timeout=MS)
    assert state_of(client, 1) == "interrupted"


def test_jobs_that_ended_while_qgis_was_closed_are_told_at_the_next_start(make_client, outside, home, tmp_path, qtbot):
    old = outside.submit(samples(tmp_path / "old"))
    outside.end(old, FAILED, "No.")
    first = make_client()
    told = []
    first.job_ended.connect(told.append)
    qtbot.waitUntil(lambda: state_of(first, 1) == FAILED, timeout=MS)
    first.submit(samples(tmp_path / "new"))
    qtbot.waitUntil(lambda: state_of(first, 2) in ("queued", "running", SUCCEEDED), timeout=MS)
    first.close()
    before = [job.id for job in told]
    outside.wait(2)
    second = make_client()
    second.job_ended.connect(told.append)
    qtbot.waitUntil(lambda: is_open(second) and len(second.jobs) == 2, timeout=MS)
    qtbot.waitUntil(lambda: [job.id for job in told] == [2], timeout=MS)
    assert before in ([], [2]), "what ended before GeoFM was there is not told"
    second.close()
    third = make_client()
    third.job_ended.connect(told.append)
    qtbot.waitUntil(lambda: len(third.jobs) == 2, timeout=MS)
    qtbot.wait(600)
    assert len(told) == 1


def test_a_job_whose_process_died_while_qgis_was_closed_is_not_shown_as_running(make_client, outside, tmp_path, qtbot):
    outside.submit(samples(tmp_path / "scene"))
    assert outside.claim("long").state == "running"
    client = make_client()
    qtbot.waitUntil(lambda: state_of(client, 1) == "interrupted", timeout=MS)


def test_the_worker_gets_the_number_of_threads_and_the_chosen_python(client, home, tmp_path, qtbot):
    Settings().threads = 1
    Settings().engine_python = str(ENGINE_PYTHON)
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: state_of(client, 1) == SUCCEEDED, timeout=MS)
    for _, command in workers_of(home):
        assert command[0] == str(ENGINE_PYTHON)
        assert command[command.index("--threads") + 1] == "1"


def test_closing_at_once_loses_no_job(client, home, tmp_path, qtbot):
    client.submit(samples(tmp_path / "scene"))
    client.close()
    with JobStore(home, lambda home: None) as store:
        assert store.wait(1).state == SUCCEEDED


def test_what_other_programs_do_is_seen(client, outside, ended, tmp_path, qtbot):
    one, two = (outside.submit(samples(tmp_path / name)) for name in "ab")
    outside.end(one, FAILED, "A reason.")
    outside.end(two, FAILED, "Another reason.")
    qtbot.waitUntil(lambda: [job.id for job in ended] == [1, 2], timeout=MS)
    outside.clear([1])
    qtbot.waitUntil(lambda: [job.id for job in client.jobs] == [2], timeout=MS)


def test_without_an_engine_a_submission_is_refused_with_the_remedy(client, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("geofm_qgis.environment.worker.find_engine_python", lambda: None)
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: bool(client.said), timeout=MS)
    assert "Settings > Options > GeoFM" in client.said[0]
    assert client.jobs == ()


def test_a_waiting_job_that_nobody_can_serve_is_complained_about_once(client, outside, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("geofm_qgis.jobs.client.MS_AFTER_A_FAILED_ROUND", 50)
    Settings().engine_python = str(tmp_path / "no such python")
    outside.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: bool(client.said), timeout=MS)
    qtbot.wait(500)
    assert len(client.said) == 1 and "no such python" in client.said[0]
    Settings().engine_python = str(ENGINE_PYTHON)
    qtbot.waitUntil(lambda: state_of(client, 1) == SUCCEEDED, timeout=MS)


def test_a_database_that_cannot_be_opened_is_told_and_tried_again_by_the_next_job(make_client, home, tmp_path, qtbot):
    home.mkdir(mode=0o700)
    with sqlite3.connect(home / "jobs.sqlite") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    client = make_client()
    qtbot.waitUntil(lambda: bool(client.said), timeout=MS)
    assert "newer GeoFM" in client.said[0]
    qtbot.wait(600)
    assert len(client.said) == 1
    (home / "jobs.sqlite").unlink()
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: state_of(client, 1) == SUCCEEDED, timeout=MS)


def test_a_queue_that_was_deleted_is_opened_anew(client, outside, home, tmp_path, qtbot):
    outside.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: len(client.jobs) == 1, timeout=MS)
    end_workers_of(home)
    for file in home.glob("jobs.sqlite*"):
        file.unlink()
    qtbot.waitUntil(lambda: client.jobs == () and is_open(client), timeout=MS)


def test_another_job_folder_is_another_queue(client, outside, tmp_path, qtbot):
    outside.end(outside.submit(samples(tmp_path / "a")), FAILED, "No.")
    qtbot.waitUntil(lambda: len(client.jobs) == 1, timeout=MS)
    other = tmp_path / "other"
    Settings().job_folder = str(other)
    client.reopen()
    assert client.jobs == ()
    assert client.folder == other
    qtbot.waitUntil(lambda: is_open(client), timeout=MS)
    with JobStore(other, lambda home: None) as store:
        store.end(store.submit(samples(tmp_path / "b")), FAILED, "No.")
        qtbot.waitUntil(lambda: len(client.jobs) == 1, timeout=MS)
    Settings().job_folder = ""
    client.reopen()
    qtbot.waitUntil(lambda: "/a" in (client.jobs[0].request if client.jobs else ""), timeout=MS)


def test_the_log_of_a_job(client, outside, tmp_path, qtbot):
    job = outside.submit(samples(tmp_path / "scene"))
    assert client.log(job.id) == ""
    (outside.folder(job.id) / "log.txt").write_bytes(b"x" * 400_000 + "Überschwemmung\n".encode())
    assert client.log(job.id).endswith("xÜberschwemmung\n")
    assert len(client.log(job.id)) <= 300_000


def test_the_window_is_never_blocked(client, outside, tmp_path, qtbot):
    """With hundreds of jobs that ended, results and all, while jobs run."""
    histogram = {"histogram": list(range(10_000, 10_400))}
    summary = {"thresholds": {time: {"VV": histogram, "VH": histogram} for time in ("after", "before")}}
    text = json.dumps(Result((Output("/a.tif", "raster", "A"),), "A group", summary).to_dict())
    for number in range(300):
        outside.submit(samples(tmp_path / str(number)))
    with outside._write() as database:
        database.execute("UPDATE jobs SET state = 'succeeded', finished_at = 1, result = ?", (text,))
    qtbot.waitUntil(lambda: sum(job.ended for job in client.jobs) == 300, timeout=MS)
    beats = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(10)
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: state_of(client, 301) == SUCCEEDED, timeout=MS)
    timer.stop()
    longest = max(after - before for before, after in zip(beats, beats[1:]))
    print(f"longest block {1000 * longest:.0f} ms")
    assert longest < (beats[-1] - beats[0]) / 2


def test_the_client_keeps_nothing_but_when_it_told(client, ended, tmp_path, qtbot):
    client.submit(samples(tmp_path / "scene"))
    qtbot.waitUntil(lambda: bool(ended), timeout=MS)
    settings = QgsSettings()
    settings.beginGroup("geofm")
    assert [key.partition("/")[0] for key in settings.allKeys()] == ["told_until"]
