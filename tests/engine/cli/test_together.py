"""Commands that torchrun starts as several processes, though they work in one."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("words", [("doctor",), ("train-encoder", "--data", "/none", "--out", "/none/model")])
def test_the_first_process_says_that_it_works_alone(geofm, monkeypatch, words):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    done = geofm(*words)
    assert (done.status, done.out) == (1, "")
    assert "works in one process, and torchrun started 2: start it without torchrun" in done.err
    monkeypatch.setenv("RANK", "1")
    done = geofm(*words)
    assert (done.status, done.out, done.err) == (0, "", "")


def test_one_process_of_torchrun_is_one_that_nobody_started_otherwise(geofm, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "1")
    monkeypatch.setenv("RANK", "0")
    assert "torchrun" not in geofm("jobs", "list").err
