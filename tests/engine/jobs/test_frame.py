"""What surrounds the work of a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import Cancelled
from engine.jobs.frame import JobFrame
from engine.jobs.report import QuietReport
from engine.jobs.requests import SamplesRequest


class Heard(QuietReport):
    """Keeps what it is told; says to stop once it is told to."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        self.texts: list[str] = []
        self.cancelled = False

    def send(self, event: dict[str, Any]) -> None:
        self.texts.append(event["text"])

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled("Cancelled.")


@pytest.fixture
def report(tmp_path: Path) -> Heard:
    return Heard(tmp_path)


@pytest.fixture
def request_(tmp_path: Path) -> SamplesRequest:
    return SamplesRequest(str(tmp_path))


def test_stages_add_up(request_: SamplesRequest, report: Heard) -> None:
    with JobFrame(request_, report) as job:
        for name in ("opening", "writing", "opening"):
            with job.stage(name):
                pass
    assert list(job.seconds) == ["opening", "writing", "total"]
    assert job.seconds["total"] == pytest.approx(job.seconds["opening"] + job.seconds["writing"])


def test_a_stage_of_a_cancelled_job_is_not_begun(request_: SamplesRequest, report: Heard) -> None:
    report.cancelled, begun = True, False
    with pytest.raises(Cancelled), JobFrame(request_, report) as job, job.stage("writing"):
        begun = True
    assert not begun


def test_a_warning_is_said_once(request_: SamplesRequest, report: Heard) -> None:
    with JobFrame(request_, report) as job:
        job.tell(["one"])
        job.tell(["one", "two"])
        job.tell(["one", "two"])
    assert report.texts == ["one", "two"]


def test_a_report_begins_with_what_was_asked(request_: SamplesRequest, report: Heard) -> None:
    with JobFrame(request_, report) as job:
        about = job.about()
    assert list(about) == ["software", "created", "request"]
    assert about["request"]["kind"] == "samples"
