"""kill -9 on a build at random moments: given again, it ends with the index of the unbroken one, byte by byte."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from command import end, start_python
from counts import count, scaled

sys.path.insert(0, str(Path(__file__).parents[1] / "engine" / "search" / "indexing"))

import practice_indexing
from ground import quarters, write_image

from engine.cards.index_files import is_index
from engine.search.index.store import open_index

ROUNDS, KILLS = scaled((1, 4), (3, 10))  # each is a start of Python: 20 minutes are for all of these tests
LONGEST_S = 0.8  # of most steps, once the process is ready
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def project_on_the_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Four squares side by side, the last of which is changed later."""
    folder = tmp_path_factory.mktemp("images")
    return [
        write_image(
            folder / f"ground{number}.tif",
            np.roll(quarters(256), 30 * number, axis=2),
            transform=Affine(1, 0, 500_000 + 1000 * number, 0, -1, 5_000_000),
        )
        for number in range(4)
    ]


@pytest.fixture(scope="module")
def unbroken(images, tmp_path_factory):
    """What the index consists of after each step, when nobody disturbs."""
    index = tmp_path_factory.mktemp("unbroken") / "index"
    states = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        for action, names in steps(images):
            done = end(start_python(practice_indexing.__file__, action, index, *names))
            assert (done.status, done.out, done.err) == (0, "ready\n", "")
            states.append(content(index))
    return states


def steps(images: list[Path]) -> list[tuple[str, list[Path]]]:
    """Removing most of the images makes what is left be copied into new segments."""
    return [("build", images[:3]), ("add", images[3:]), ("remove", images[:2]), ("refresh", [])]


def content(index: Path) -> dict[str, bytes]:
    """All but the GeoPackage, which holds the time it was written at."""
    return {
        str(path.relative_to(index)): path.read_bytes()
        for path in sorted(index.rglob("*"))
        if path.is_file() and path.suffix != ".gpkg"
    }


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_killed_build_ends_with_the_same_index(images, unbroken, tmp_path, seed):
    source = random.Random(f"index {seed}")
    index = tmp_path / "index"
    shares = source.choices(range(len(unbroken) - 1), k=KILLS)  # in which step each kill falls
    for number, ((action, names), expected) in enumerate(zip(steps(images), unbroken, strict=True)):
        kills = shares.count(number)
        while True:
            process = start_python(practice_indexing.__file__, action, index, *names)
            if kills > 0:
                kills -= 1
                assert process.stdout.readline() == "ready\n"
                time.sleep(source.uniform(0, LONGEST_S))
                os.kill(process.pid, signal.SIGKILL)
            done = end(process)
            if done.status == 0:  # also where it was faster
                break
            assert (done.status, done.err) == (-signal.SIGKILL, "")
            count("kill -9", f"index, {action}")
            if is_index(index):  # what is left can be searched
                assert not open_index(index).verified().damage
        assert content(index) == expected
        assert {path.name for path in index.parent.iterdir()} == {"index"}
        count("indexes that were killed and came out the same", action)
