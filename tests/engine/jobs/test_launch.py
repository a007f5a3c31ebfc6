from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from practice import PracticeRequest

from engine.errors import JobError
from engine.jobs.launch import ensure_worker, worker_command
from engine.jobs.paths import prepare_home
from engine.jobs.processes import worker_environment

STARTER = """
import sys; sys.path[:0] = {path!r}
from pathlib import Path
from engine.jobs.launch import ensure_worker
ensure_worker(Path({home!r}), [sys.executable, {worker!r}])
"""


def test_a_worker_survives_its_starter(queue):
    queue.submit(PracticeRequest(steps=5, pause=0.1))
    worker = str(Path(__file__).with_name("practice_worker.py"))
    program = STARTER.format(path=sys.path, home=str(queue.home), worker=worker)
    starter = subprocess.run([sys.executable, "-c", program], start_new_session=True, check=True)
    assert starter.returncode == 0
    supervisor = queue.supervisor()
    assert os.getsid(supervisor) == supervisor
    queue.wait_until(lambda: queue.get(1).ended)
    assert queue.get(1).result.summary["total"] == 15


def test_a_worker_that_serves_is_not_started_again(queue):
    queue.ensure_worker()
    supervisor = queue.supervisor()
    queue.ensure_worker()
    assert queue.supervisor() == supervisor


def test_the_real_command_starts_a_worker(home):
    home = prepare_home(home)
    command = [*worker_command(sys.executable), "--idle-s", "0.2"]
    ensure_worker(home, command)
    assert "serves" in (home / "worker.log").read_text()


def test_a_worker_that_dies_at_once_is_reported(home):
    with pytest.raises(JobError, match=r"ended at once with status 7; .*worker\.log says why"):
        ensure_worker(prepare_home(home), [sys.executable, "-c", "raise SystemExit(7)"])


def test_a_python_that_is_not_there_is_reported(home):
    with pytest.raises(JobError, match="cannot be started with /no/python"):
        ensure_worker(prepare_home(home), worker_command("/no/python"))


def test_the_environment_of_qgis_does_not_reach_the_worker(monkeypatch, home):
    for name in ("PYTHONHOME", "PYTHONPATH", "PROJ_LIB", "GDAL_DATA", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/usr/share/qgis")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    environment = worker_environment(home)
    assert "/usr/share/qgis" not in environment.values()
    assert environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert environment["GEOFM_HOME"] == str(home)
