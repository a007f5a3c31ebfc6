from __future__ import annotations

import pytest
from practice import PracticeRequest

from engine import tasks
from engine.errors import JobError
from engine.jobs.report import QuietReport


@pytest.fixture
def report(tmp_path):
    return QuietReport(tmp_path)


def test_a_task_is_found_by_its_request(report):
    assert tasks.run(PracticeRequest(steps=4), report).summary["total"] == 10


@pytest.mark.parametrize("name", ["torch", "onnxruntime.capi"])
def test_a_task_says_what_to_set_up_where_its_packages_are_missing(monkeypatch, report, name):
    def task(request, report):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr("practice.practise", task)
    with pytest.raises(JobError, match=f"The package {name} is not set up"):
        tasks.run(PracticeRequest(), report)


def test_another_missing_module_is_a_bug(monkeypatch, report):
    monkeypatch.setattr(PracticeRequest, "task", "no_such_module:task")
    with pytest.raises(ModuleNotFoundError):
        tasks.run(PracticeRequest(), report)
