from __future__ import annotations

import io

import pytest
from practice import TASKS, PracticeRequest

from engine import tasks
from engine.errors import JobError
from engine.jobs.report import JsonReport


@pytest.fixture
def report(tmp_path):
    return JsonReport(tmp_path, io.StringIO())


def test_a_task_is_found_by_the_kind_of_its_request(monkeypatch, report):
    monkeypatch.setattr(tasks, "TASKS", TASKS)
    assert tasks.run(PracticeRequest(steps=4), report).summary["total"] == 10


def test_a_request_without_a_task_is_refused(report):
    with pytest.raises(JobError, match="no task for requests of kind 'practice'"):
        tasks.run(PracticeRequest(), report)


def test_every_task_in_the_table_has_a_request():
    from engine.jobs.requests._base import _kinds

    assert set(tasks.TASKS) <= set(_kinds)


@pytest.mark.parametrize("name", ["torch", "onnxruntime.capi"])
def test_a_task_says_what_to_set_up_where_its_packages_are_missing(monkeypatch, report, name):
    def task(request, report):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr("practice.practise", task)
    monkeypatch.setattr(tasks, "TASKS", TASKS)
    with pytest.raises(JobError, match=f"The package {name} is not set up"):
        tasks.run(PracticeRequest(), report)


def test_another_missing_module_is_a_bug(monkeypatch, report):
    monkeypatch.setattr(tasks, "TASKS", {"practice": "no_such_module:task"})
    with pytest.raises(ModuleNotFoundError):
        tasks.run(PracticeRequest(), report)
