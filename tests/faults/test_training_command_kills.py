"""kill -9 on `geofm train` at random steps: given again, it makes the model of the unbroken one, to the bit."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path

import pytest
from command import end, start_python, tree
from counts import count, scaled
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parents[1] / "engine" / "training"))

from plots import ground, pixels, write_image, write_polygons
from practice_training import assert_same_weights

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "engine" / "segmentation" / "practice_landcover.py"
TRAININGS, KILLS = scaled((1, 1), (3, 4))
SIDE, EPOCHS = 128, 3


@pytest.fixture(autouse=True)
def project_on_the_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """The command, but for the folder of the model."""
    folder = tmp_path_factory.mktemp("place")
    image = write_image(folder / "s2.tif", pixels(ground(SIDE, SIDE), noise=0.015))
    labels = write_polygons(folder / "polygons.gpkg", ground(SIDE, SIDE))
    names = ("--preset", "best", "--network", "fpn", "--encoder", "tu-tf_mobilenetv3_small_minimal_100")
    return ("--image", image, "--labels", labels, "--class-field", "class", *names, "--epochs", EPOCHS, "--json")


@pytest.fixture(scope="module")
def unbroken(words, tmp_path_factory):
    """The weights of a training that nobody disturbs."""
    model = tmp_path_factory.mktemp("unbroken") / "model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        done = end(start_python(SCRIPT, *words, "--out", model))
    assert done.status == 0, done.err
    return load_file(model / "weights.safetensors")


def killed_after(process, epochs):
    """Kill a training when it says that it is so far; tells whether it was still there."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["unit"] == "epochs" and event["done"] >= epochs:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.communicate()
    return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("seed", range(TRAININGS))
def test_a_killed_command_makes_the_same_model(words, unbroken, tmp_path, seed):
    source = random.Random(f"train {seed}")
    model, before = tmp_path / "models" / "model", 0.0
    for _ in range(KILLS):
        before = source.uniform(before, EPOCHS - 0.2)
        if killed_after(start_python(SCRIPT, *words, "--out", model), before):
            count("kill -9", "geofm train")
            assert not model.exists()
    done = end(start_python(SCRIPT, *words, "--out", model))
    assert done.status == 0, done.err
    assert_same_weights(load_file(model / "weights.safetensors"), unbroken)
    assert {path.name for path in tree(tmp_path / "models")} == {
        "model", "card.json", "weights.safetensors", "golden.safetensors", "report.json", "errors.gpkg",
    }  # fmt: skip
    losses = [event["step"] for event in done.lines if event.get("name") == "loss"]
    assert before < 1.2 or len(losses) < EPOCHS  # it did not begin again
    count("trainings that were killed and came out the same", "geofm train")
