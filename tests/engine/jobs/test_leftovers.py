from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from practice import PracticeRequest

from engine.jobs.job import Job
from engine.jobs.leftovers import clear, remove_cleared, remove_leftovers

FILES = 2000
CLEAR = """
import sys
from pathlib import Path
from engine.jobs.leftovers import clear
print("ready", flush=True)
clear(Path(sys.argv[1]))
"""


def job_with(total):
    return Job(1, "practice", "long", PracticeRequest(total=str(total)).to_json(), "running", 0.0)


def test_temporary_files_and_folders_of_the_outputs_go_and_all_else_stays(tmp_path):
    target = tmp_path / "flood [1].tif"
    gone = [".flood [1].tif.ab12.part.tif", ".flood [1].tif.7.part", ".flood [1].tif.part"]
    stay = ["flood [1].tif", ".flood [1].tif", ".flood [1].tif.aux.xml", ".flood.tif.ab12.part.tif", "x.part.tif"]
    for name in gone + stay:
        (tmp_path / name).touch()
    folder = tmp_path / ".flood [1].tif.folder.part"
    folder.mkdir()
    (folder / "inside").touch()
    remove_leftovers(job_with(target))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)


def test_a_folder_that_is_gone_or_a_request_that_is_not_known_does_not_matter(tmp_path):
    remove_leftovers(job_with(tmp_path / "gone" / "flood.tif"))
    remove_leftovers(replace(job_with("/a"), request='{"kind": "of another version"}'))


@pytest.mark.parametrize("delay", [0, 0.001, 0.003, 0.01, 0.03])
def test_who_is_killed_while_he_clears_leaves_all_or_nothing_to_go_on_with(tmp_path, delay):
    folder = tmp_path / ".geofm-1"
    folder.mkdir()
    for number in range(FILES):
        (folder / str(number)).touch()
    process = subprocess.Popen([sys.executable, "-c", CLEAR, str(folder)], stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(delay)
    process.kill()
    process.communicate()
    assert not folder.exists() or len(list(folder.iterdir())) == FILES
    clear(folder)
    remove_cleared(tmp_path, ".geofm-")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_cleared_where_one_was_killed_while_he_cleared_it_before(tmp_path):
    for name in ("checkpoints", ".clearedcheckpoints"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    clear(tmp_path / "checkpoints")
    clear(tmp_path / "checkpoints")
    assert not list(tmp_path.iterdir())
