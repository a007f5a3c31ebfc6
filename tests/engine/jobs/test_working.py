"""Working folders that lie in an output folder are gone on with only where this user's GeoFM made them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from engine.jobs.working import make_working_folder, open_working_file, own_working_folders


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_own_folders_are_found_again(out):
    folders = sorted(make_working_folder(out) for _ in range(3))
    assert own_working_folders(out) == folders
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders)


def test_one_that_was_killed_before_it_was_marked_is_cleared_up(out):
    (out / ".geofm-early").mkdir(mode=0o700)
    assert own_working_folders(out) == [out / ".geofm-early"]


@pytest.mark.parametrize("way", ["copied", "moved", "link", "open to others", "unmarked", "forged", "marked by a link"])
def test_others_are_left_alone(out, tmp_path, way):
    own = make_working_folder(out)
    (own / "observed.npz").write_bytes(b"what decides the map")
    elsewhere = tmp_path / "elsewhere"
    if way == "copied":  # as in an archive that somebody made of a folder with a killed command's files
        shutil.copytree(own, out / ".geofm-copy")
        shutil.rmtree(own)
    elif way == "moved":
        elsewhere.mkdir()
        own.rename(elsewhere / own.name)
        assert own_working_folders(elsewhere) == []
    elif way == "link":
        own.rename(elsewhere)
        own.symlink_to(elsewhere)
    elif way == "open to others":
        own.chmod(0o755)
    elif way == "unmarked":
        (own / "mark").unlink()
    elif way == "forged":
        (own / "mark").write_bytes(b"0" * 64)
    else:
        (own / "mark").rename(elsewhere)
        (own / "mark").symlink_to(elsewhere)
    assert own_working_folders(out) == []


def test_another_user_cannot_mark_a_folder(out, tmp_path, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home of another"))
    make_working_folder(out)
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    assert own_working_folders(out) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_left_alone(out):
    own = make_working_folder(out)
    os.chown(own, 12345, 12345)
    assert own_working_folders(out) == []


def test_links_are_not_followed(out, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    (out / "filtered.i16").symlink_to(notes)
    for mode in ("rb", "wb", "ab", "r+b"):
        with pytest.raises(OSError), open_working_file(out / "filtered.i16", mode):
            pass
    assert notes.read_text() == "mine"


def test_without_a_home_there_is_a_folder_that_nobody_goes_on_with(out, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "file" / "home"))
    (make_working_folder(out) / "observed.npz").write_bytes(b"")
    assert own_working_folders(out) == []
