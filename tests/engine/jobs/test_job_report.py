from __future__ import annotations

import time

import pytest
from practice import PracticeRequest

from engine.errors import Cancelled
from engine.jobs.events import EventFollower, EventWriter
from engine.jobs.job_report import JobReport
from engine.jobs.report import Report
from engine.jobs.store import JobStore


class ListReport(Report):
    def __init__(self, checkpoints):
        super().__init__(checkpoints)
        self.events = []

    def send(self, event):
        self.events.append(event)

    def check_cancelled(self):
        pass


@pytest.fixture
def store(home):
    with JobStore(home) as store:
        yield store


@pytest.fixture
def job(store):
    store.submit(PracticeRequest())
    return store.claim("long")


def test_progress_has_a_rate_and_the_time_left(tmp_path):
    report = ListReport(tmp_path)
    begin = time.monotonic()
    report.progress(100, 200, "rows")
    time.sleep(0.25)
    report.progress(150, 200, "rows")
    first, second = report.events
    assert (first["rate"], first["eta_s"]) == (None, None)
    assert 50 / (time.monotonic() - begin) <= second["rate"] <= 50 / 0.25
    assert second["eta_s"] == pytest.approx(50 / second["rate"])


def test_progress_is_sent_five_times_a_second_and_at_the_end(tmp_path):
    report = ListReport(tmp_path)
    begin = time.monotonic()
    for done in range(501):
        report.progress(done, 500, "rows")
        time.sleep(0.001)
    assert len(report.events) <= 3 + (time.monotonic() - begin) / 0.2
    assert report.events[-1]["done"] == 500


def test_a_new_phase_has_a_rate_of_its_own(tmp_path):
    report = ListReport(tmp_path)
    for unit, pause in (("rows", 0.4), ("polygons", 0.25)):
        begin = time.monotonic()
        report.progress(0, 10, unit)
        time.sleep(pause)
        report.progress(10, 10, unit)
        assert 10 / (time.monotonic() - begin) <= report.events[-1]["rate"] <= 10 / pause


def test_events_are_kept_and_the_last_is_in_the_row(store, job):
    follower = EventFollower(store.folder(job.id) / "events.jsonl")
    assert follower.read() == []
    with JobReport(store, job) as report:
        report.message("Reads the Überblick.")
        report.progress(1, 4, "tiles")
        report.metric("loss", 3, 0.25)
        events = follower.read()
        assert [event["event"] for event in events] == ["message", "progress", "metric"]
        assert events[2]["value"] == 0.25
        assert events[0]["time"] == pytest.approx(time.time(), abs=60)
        report.progress(4, 4, "tiles")
        assert [event["done"] for event in follower.read()] == [4]
    now = store.get(job.id)
    assert now.message == "Reads the Überblick."
    assert (now.progress["done"], now.progress["total"], now.progress["unit"]) == (4, 4, "tiles")
    assert now.heartbeat_at > job.heartbeat_at


def test_a_flood_of_events_writes_the_row_five_times_a_second(store, job, home):
    writes = 0
    with JobStore(home) as other, JobReport(store, job) as report:
        other.changed()
        begin = time.monotonic()
        while writes < 5:
            report.message("again")
            writes += other.changed()
    assert time.monotonic() - begin > 0.7


def test_cancelling_is_noticed_but_not_asked_for_all_the_time(store, job, home):
    with JobReport(store, job) as report, JobStore(home) as other:
        report.check_cancelled()
        other.request_cancel(job.id)
        with pytest.raises(Cancelled):
            while True:
                report.check_cancelled()


def test_a_line_that_was_cut_by_a_kill_is_skipped(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "message", "text": "one"}\n{"event": "mess')
    follower = EventFollower(path)
    assert [event["text"] for event in follower.read()] == ["one"]
    writer = EventWriter(path)
    writer.write({"event": "message", "text": "two"})
    writer.close()
    assert [event["text"] for event in follower.read()] == ["two"]
