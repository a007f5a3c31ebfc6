"""Who is alive, told by locks that the operating system itself frees when their holder dies."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
import weakref
from pathlib import Path

from ..errors import JobError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["FileLock", "is_plain", "lane_lock", "queue_lock"]

SECONDS_BETWEEN_TRIES = 0.01
# Windows has no shared lock behind msvcrt, so two who look at once would take each other for the holder.
SECONDS_TO_LOOK = 0.03 if sys.platform == "win32" else 0.0


class FileLock:
    """An exclusive lock on a file, held until `release` or until the process ends, however it ends.

    Only the process that took it holds it: programs that it starts and processes that it forks do not.
    Looking at a lock (`is_held_by_someone`) can make an attempt to take it at the same moment fail; who must
    not be turned away by that gives `try_acquire` some patience.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self, patience_s: float = 0.0) -> bool:
        """Take the lock; False if another holds it, still after `patience_s` seconds."""
        deadline = time.monotonic() + patience_s
        while not self._take(shared=False):
            if time.monotonic() >= deadline:
                return False
            time.sleep(SECONDS_BETWEEN_TRIES)
        return True

    def release(self) -> None:
        """Let go of the lock, if this object holds it."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            # Closing alone would leave the lock to a process that is being forked at this moment.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)

    def is_held_by_someone(self) -> bool:
        """Whether any living process holds the lock, this one included."""
        if self._descriptor is not None:
            return True
        deadline = time.monotonic() + SECONDS_TO_LOOK
        while not self._take(shared=True):
            if time.monotonic() >= deadline:
                return True
            time.sleep(SECONDS_BETWEEN_TRIES)
        self.release()
        return False

    def _take(self, shared: bool) -> bool:
        if self._descriptor is not None:
            return True
        try:
            # Python's descriptors are closed in programs that it starts (PEP 446). A link would make a file elsewhere.
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise JobError(f"The lock {self._path} cannot be opened ({error.strerror}).") from error
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise JobError(
                f"The file system does not lock {self._path} ({error.strerror}); set the environment variable "
                "GEOFM_HOME to a folder on a local disk."
            ) from error
        self._descriptor = descriptor
        _held.add(self)
        return True

    def _forget(self) -> None:
        """Close the copy of the descriptor that a fork made; the lock stays with the parent."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_held):
        lock._forget()


# Data loaders fork. A lock of the kind that flock takes would live on in them after their parent was killed.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def queue_lock(home: Path) -> FileLock:
    """The lock of the one worker that serves the queue."""
    return FileLock(home / "queue.lock")


def lane_lock(home: Path, lane: str) -> FileLock:
    """The lock of the one process that runs the jobs of a lane."""
    if not is_plain(lane):
        raise JobError(f"The name of a lane is {lane[:40]!r}; give letters and digits.")
    return FileLock(home / f"lane-{lane}.lock")


def is_plain(lane: object) -> bool:
    """Whether this can be the name of a lane, which stands in the name of a file."""
    return isinstance(lane, str) and re.fullmatch("[a-z][a-z0-9-]{0,39}", lane) is not None
