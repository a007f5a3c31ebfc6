"""kill -9 on a training at random moments: given again, it ends with the weights of the unbroken one, to the bit."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest
from command import end, start_python
from counts import count, scaled
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parents[1] / "engine" / "training"))

import practice_training

TRAININGS, KILLS = scaled((1, 4), (3, 8))
SCRIPT = practice_training.__file__
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def project_on_the_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(scope="module")
def unbroken_weights(tmp_path_factory):
    """Of a training that nobody disturbs, in a process of its own."""
    folder = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        done = end(start_python(SCRIPT, folder, folder / "weights.safetensors"))
    assert (done.status, done.out.split(), done.err) == (0, ["ready"], "")
    return load_file(folder / "weights.safetensors")


@pytest.mark.parametrize("seed", range(TRAININGS))
def test_a_killed_training_ends_with_the_same_weights(unbroken_weights, tmp_path, seed):
    """With a checkpoint after almost every step, so that many die in the middle of writing one."""
    source = random.Random(f"training {seed}")
    killed, finished = 0, 0
    folder = tmp_path / "checkpoints0"
    while True:
        folder.mkdir(exist_ok=True)
        out = tmp_path / f"weights{finished}.safetensors"
        process = start_python(SCRIPT, folder, out)
        if killed < KILLS:
            assert process.stdout.readline() == "ready\n"
            # A step takes 10 to 20 ms; now and then nothing has happened yet, or it is over.
            time.sleep(source.choice([source.uniform(0, 0.1), source.uniform(0.1, 0.6)]))
            os.kill(process.pid, signal.SIGKILL)
        done = end(process)
        if done.status == -signal.SIGKILL:
            out.unlink(missing_ok=True)  # perhaps half-written
            killed += 1
            count("kill -9", "training" if any(folder.rglob("*.json")) else "training before its first checkpoint")
            continue
        # It said nothing of damaged or foreign checkpoints.
        assert (done.status, done.out.removeprefix("ready"), done.err) == (0, "\n" * (killed >= KILLS), "")
        practice_training.assert_same_weights(load_file(out), unbroken_weights)
        count("trainings that were killed and came out the same", "alone")
        finished += 1
        folder = tmp_path / f"checkpoints{finished}"
        if killed >= KILLS:
            return
