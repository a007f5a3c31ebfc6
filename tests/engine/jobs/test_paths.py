from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from engine.errors import JobError
from engine.jobs import paths


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "here"))
    assert paths.home_folder() == tmp_path / "here"


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms have other folders")
def test_the_default_is_the_local_data_folder(monkeypatch):
    monkeypatch.delenv("GEOFM_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert paths.home_folder() == Path("/data/geofm")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert paths.home_folder() == Path.home() / ".local/share/geofm"


def test_only_the_user_can_read_the_folder(tmp_path):
    home = paths.prepare_home(tmp_path / "a" / "b")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_an_empty_folder_is_closed_to_others(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(paths.prepare_home(folder).stat().st_mode) == 0o700


def test_a_shared_folder_is_refused_and_left_alone(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "theirs.txt").touch()
    with pytest.raises(JobError, match="GEOFM_HOME to a folder of its own"):
        paths.prepare_home(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777, 0o1777])
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_folder_of_another_user_is_refused_and_left_alone(tmp_path, mode, through_a_link):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / paths.DATABASE).touch()
    os.chown(folder, 2002, 2002)
    folder.chmod(mode)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(JobError, match=r"theirs, which belongs to another user; set .* GEOFM_HOME to"):
        paths.prepare_home(tmp_path / "link" if through_a_link else folder)
    assert stat.S_IMODE(folder.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_database_that_another_user_put_into_an_open_folder_is_not_taken(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / paths.DATABASE).touch()
    folder.chmod(0o777)
    os.chown(folder / paths.DATABASE, 2002, 2002)
    with pytest.raises(JobError, match="GEOFM_HOME to a folder of its own"):
        paths.prepare_home(folder)
    os.chown(folder / paths.DATABASE, 0, 0)
    assert stat.S_IMODE(paths.prepare_home(folder).stat().st_mode) == 0o700


def test_a_link_to_a_folder_of_the_user_is_followed(tmp_path):
    (tmp_path / "true").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "true")
    assert paths.prepare_home(tmp_path / "link") == tmp_path / "true"


def test_a_file_in_the_way_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="GEOFM_HOME"):
        paths.prepare_home(tmp_path / "file" / "home")


MOUNTS = [
    ("/", "ext4"),
    ("/home", "nfs4"),
    ("/home/me/local", "ext4"),
    ("/mnt/share", "cifs"),
    ("/mnt/ssh", "fuse.sshfs"),
    ("/auto", "autofs"),
    ("/auto", "nfs"),
    ("/over", "nfs"),
    ("/over", "tmpfs"),
    ("/mnt/c", "drvfs"),
    ("/host", "virtiofs"),
    ("/mnt/hgfs", "fuse.vmhgfs-fuse"),
    ("/media/psf", "prl_fs"),
    ("/scratch", "panfs"),
    ("/orange", "orangefs"),
    ("/cloud", "fuse.juicefs"),
    ("/box", "fuse.mergerfs"),
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/geofm", None),
        ("/home/me/.local/share/geofm", "nfs4"),
        ("/home", "nfs4"),
        ("/homeless/geofm", None),
        ("/home/me/local/geofm", None),
        ("/mnt/share/geofm", "cifs"),
        ("/mnt/ssh/geofm", "fuse.sshfs"),
        ("/auto/geofm", "nfs"),
        ("/over/geofm", None),
        ("/mnt/c/geofm", "drvfs"),
        ("/host/geofm", "virtiofs"),
        ("/mnt/hgfs/geofm", "fuse.vmhgfs-fuse"),
        ("/media/psf/geofm", "prl_fs"),
        ("/scratch/geofm", "panfs"),
        ("/orange/geofm", "orangefs"),
        ("/cloud/geofm", "fuse.juicefs"),
        ("/box/geofm", None),
    ],
)
def test_network_file_systems_are_known(path, kind):
    assert paths.network_file_system(Path(path), MOUNTS) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_mounts_of_this_machine_are_read():
    points = dict(paths._linux_mounts())
    assert "/" in points
    assert points["/proc"] == "proc"
    assert paths._unescape(r"/mnt/my\040disk") == "/mnt/my disk"


def test_a_network_folder_is_refused_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_linux_mounts", lambda: [("/", "nfs")])
    with pytest.raises(JobError, match=r"network file system \(nfs\); set the environment variable GEOFM_HOME"):
        paths.prepare_home(tmp_path / "home")
    assert not (tmp_path / "home").exists()
