from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from engine.errors import JobError
from engine.jobs.locks import FileLock, lane_lock

HOLD = """
import sys; sys.path[:0] = {path!r}
import os, subprocess, time
from pathlib import Path
from engine.errors import JobError
from engine.jobs.locks import FileLock, lane_lock
lock = FileLock(Path({lock!r}))
assert lock.try_acquire()
{start}
time.sleep(60)
"""
START_PROGRAM = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
print(child.pid, flush=True)
"""
FORK = """
if os.fork() == 0:
    print(os.getpid(), flush=True)
"""

NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def lock(tmp_path):
    return FileLock(tmp_path / "a.lock")


def test_one_holds_it_at_a_time(lock, tmp_path):
    other = FileLock(tmp_path / "a.lock")
    assert not lock.is_held_by_someone()
    assert lock.try_acquire()
    assert lock.try_acquire()
    assert lock.is_held_by_someone()
    assert other.is_held_by_someone()
    assert not other.try_acquire()
    lock.release()
    assert other.try_acquire()
    other.release()


def test_patience_outlasts_a_short_holder(lock, tmp_path):
    other = FileLock(tmp_path / "a.lock")
    assert other.try_acquire()
    timer = threading.Timer(0.1, other.release)
    timer.start()
    assert lock.try_acquire(patience_s=120)
    timer.join()
    lock.release()


def test_lookers_do_not_take_each_other_for_the_holder(lock, tmp_path):
    seen, enough = [], threading.Event()

    def look():
        mine = FileLock(tmp_path / "a.lock")
        while not enough.is_set():
            seen.append(mine.is_held_by_someone())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert lock.try_acquire(patience_s=120)
    lock.release()
    freed = len(seen)
    while len(seen) < freed + 100:
        time.sleep(0.001)
    enough.set()
    for thread in threads:
        thread.join()
    assert not any(seen[-10:])


@pytest.mark.parametrize("start", [START_PROGRAM, pytest.param(FORK, marks=NEEDS_FORK)])
def test_a_killed_holder_frees_it_even_if_its_child_lives(lock, tmp_path, start):
    program = HOLD.format(path=sys.path, lock=str(tmp_path / "a.lock"), start=start)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as holder:
        child = int(holder.stdout.readline())
        assert lock.is_held_by_someone()
        holder.kill()
        holder.wait()
        os.kill(child, 0)
        assert not lock.is_held_by_someone()
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a\0b", "a" * 300, "C:x", "Long"])
def test_the_lock_of_a_lane_lies_in_its_folder(tmp_path, name):
    with pytest.raises(JobError, match="The name of a lane is"):
        lane_lock(tmp_path, name)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed here")
def test_a_link_in_the_place_of_a_lock_makes_no_file_elsewhere(lock, tmp_path):
    (tmp_path / "a.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JobError, match="cannot be opened"):
        lock.try_acquire()
    assert not (tmp_path / "elsewhere").exists()
