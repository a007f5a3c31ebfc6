"""Many use one queue at the same time; the last test, because the traffic runs beside all others."""

from __future__ import annotations

from counts import count
from live_queue import Queue

from engine.jobs import job as jobs
from engine.jobs.events import EventFollower


def test_no_job_is_lost_or_done_twice(traffic):
    told = traffic.finish()
    assert traffic.complaints == []
    ids = [row["id"] for rows in told for row in rows]
    with Queue(traffic.home) as queue:
        assert sorted(ids) == [job.id for job in queue.list()] == list(range(1, len(ids) + 1))
        for row in (row for rows in told for row in rows):
            events = EventFollower(queue.folder(row["id"]) / "events.jsonl").read()
            starts = [event for event in events if event["event"] == "message"]
            # A job that was cancelled just after it was taken has said nothing yet.
            silent = row["state"] == jobs.CANCELLED and not starts
            assert len(starts) == (0 if silent else row["attempt"]) and row["attempt"] <= 1
            wanted = not (row["cancelled"] or row["id"] in traffic.cancelled)
            assert row["state"] == jobs.SUCCEEDED if wanted else row["state"] in (jobs.SUCCEEDED, jobs.CANCELLED)
            assert row["right"] == (row["state"] == jobs.SUCCEEDED)
            count(f"jobs of {len(told)} clients and a terminal in {traffic.seconds:.0f} s", row["state"])
    assert min(map(len, told)) > 1
    count("commands of the terminal meanwhile", "without a complaint", traffic.commands)
