from __future__ import annotations

from dataclasses import replace

from practice import PracticeRequest

from engine.jobs.job import Job
from engine.jobs.leftovers import remove_leftovers


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
