"""Where jobs are kept: a folder on a local disk that only its user can read."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from ..errors import JobError

__all__ = ["home_folder", "network_file_system", "prepare_home"]

DATABASE = "jobs.sqlite"
JOBS = "jobs"
# A file in a running job's folder: its user wants it to end early with the best it has.
STOP = "stop"
WORKER_LOG = "worker.log"

# SQLite's write-ahead log shares memory between processes, which no network file system offers (sqlite.org/wal.html),
# and file locks come late or not at all there. So it is with folders that a virtual machine shares with its host: 9p
# and drvfs are how WSL shows the disks of Windows.
# Each may also be named with "fuse." before it.
NETWORK_FILE_SYSTEMS = {
    "9p", "acfs", "afp", "afpfs", "afs", "beegfs", "blobfuse", "blobfuse2", "ceph", "ceph-fuse", "cifs", "coda",
    "curlftpfs", "cvmfs2", "davfs", "davfs2", "drvfs", "fakeowner", "fhgfs", "ftp", "gcsfuse", "gfs2", "glusterfs",
    "goofys", "gpfs", "grpcfuse", "gvfsd-fuse", "juicefs", "lizardfs", "lustre", "macfuse", "mfs", "moosefs",
    "mount-s3", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "osxfs", "osxfuse", "panfs", "prl_fs", "prl_fsd", "pvfs2",
    "quobyte", "rclone", "s3fs", "seaweedfs", "smb2", "smb3", "smbfs", "smbnetfs", "sshfs", "vboxsf", "virtiofs",
    "vmhgfs", "vmhgfs-fuse", "webdav", "wekafs",
}  # fmt: skip
DRIVE_REMOTE = 4  # GetDriveTypeW, winbase.h


def home_folder() -> Path:
    """The folder that `GEOFM_HOME` names, or else `geofm` in the user's local, non-roaming data folder."""
    named = os.environ.get("GEOFM_HOME")
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "geofm"


def prepare_home(home: Path) -> Path:
    """Make the folder if needed, for its user alone, and give its absolute path.

    Raises
    ------
    JobError
        If it lies on a network file system, cannot be made, belongs to somebody else, or is shared with others.
    """
    home = home.expanduser().resolve()
    kind = _network_file_system_of(home)
    if kind:
        raise JobError(
            f"GeoFM cannot keep its jobs in {home}, which is on a network file system ({kind}); "
            "set the environment variable GEOFM_HOME to a folder on a local disk."
        )
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(home)
    except OSError as error:
        raise JobError(
            f"GeoFM cannot keep its jobs in {home} ({error.strerror}); set the environment variable GEOFM_HOME "
            "to a folder of yours on a local disk."
        ) from error
    return home


def _close_to_others(home: Path) -> None:
    # On Windows the profile's access list does this already.
    if sys.platform == "win32":
        return
    status = home.stat()
    if status.st_uid != os.geteuid():
        raise JobError(
            f"GeoFM cannot keep its jobs in {home}, which belongs to another user; "
            "set the environment variable GEOFM_HOME to a folder of its own."
        )
    if not status.st_mode & 0o077:
        return
    # Taking a folder such as /tmp away from everybody else would be worse than to refuse it.
    if any(home.iterdir()) and not _is_own_file(home / DATABASE):
        raise JobError(
            f"GeoFM cannot keep its jobs in {home}: it holds other files and other users can read it; "
            "set the environment variable GEOFM_HOME to a folder of its own."
        )
    home.chmod(0o700)


def _is_own_file(path: Path) -> bool:
    """Whether this is a file of this user's, which nobody else has put there."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()


def network_file_system(path: Path, mounts: Iterable[tuple[str, str]]) -> str | None:
    """The type of the network file system that an absolute `path` lies on, or None if it is local.

    Parameters
    ----------
    mounts : iterable of (mount point, type)
        In the order in which they were mounted: a later one hides an earlier one.
    """
    parts = path.parts
    innermost, depth = "", 0
    for point, kind in mounts:
        point_parts = Path(point).parts
        if len(point_parts) >= depth and parts[: len(point_parts)] == point_parts:
            innermost, depth = kind, len(point_parts)
    return innermost if innermost.lower().removeprefix("fuse.") in NETWORK_FILE_SYSTEMS else None


def _network_file_system_of(path: Path) -> str | None:
    if sys.platform == "win32":
        import ctypes

        remote = path.drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == DRIVE_REMOTE
        return "network drive" if remote else None
    mounts = _macos_mounts() if sys.platform == "darwin" else _linux_mounts()
    return network_file_system(path, mounts)


def _linux_mounts() -> list[tuple[str, str]]:
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    rows = (line.split(" ") for line in text.splitlines())
    return [(_unescape(row[1]), row[2]) for row in rows if len(row) > 2]


def _unescape(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)


def _macos_mounts() -> list[tuple[str, str]]:
    # Here, so that other systems do not pay for it at every start.
    import subprocess  # nosec B404 # runs macOS's own mount(8), without a shell

    try:
        listing = subprocess.run(["/sbin/mount"], capture_output=True, timeout=10)  # nosec B603 # a fixed command
    except (OSError, subprocess.SubprocessError):
        return []
    lines = os.fsdecode(listing.stdout).splitlines()
    return [(match[1], match[2]) for match in (re.match(r".+? on (.+) \((\w+)[,)]", line) for line in lines) if match]
