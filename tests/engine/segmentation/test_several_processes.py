"""`geofm train` in two processes that a real torchrun starts, against one that does all the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import practice_landcover
import pytest
from command import wait_for
from plots import ground, pixels, write_image, write_polygons

from engine.cards.card import read_card
from engine.jobs.report import QuietReport
from engine.jobs.requests import TrainRequest
from engine.jobs.requests.networks import PRESETS
from engine.segmentation import networks
from engine.segmentation.training import train

SIDE = 128
SMALL = {"preset": "best", "network": "fpn", "encoder": "tu-tf_mobilenetv3_small_minimal_100", "device": "cpu"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An image and polygons."""
    folder = tmp_path_factory.mktemp("place")
    write_image(folder / "s2.tif", pixels(ground(SIDE, SIDE), noise=0.015))
    write_polygons(folder / "polygons.gpkg", ground(SIDE, SIDE))
    return folder


@contextmanager
def torchrun(*words: object, out: Path) -> Iterator[subprocess.Popen[str]]:
    """Two processes of the command, with small chips, whose output goes to files in `out`."""
    started = ("torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2")
    command = [sys.executable, "-m", *started, practice_landcover.__file__, *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    out.mkdir(exist_ok=True)
    with (out / "out").open("w") as told, (out / "err").open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=errors, env=environment)
        try:
            yield process
            process.wait()
        finally:
            process.kill()
            process.wait()


def words(place: Path, out: Path, *more: object, epochs: int = 2, field: str = "class") -> list[object]:
    layers = ("--image", place / "s2.tif", "--labels", place / "polygons.gpkg", "--class-field", field)
    small = [word for name, value in SMALL.items() for word in (f"--{name}", value)]
    return [*layers, *small, "--epochs", epochs, "--out", out, *more]


def said(folder: Path) -> list[str]:
    """What GeoFM itself, and not torchrun, wrote to stderr."""
    return [line for line in (folder / "err").read_text().splitlines() if line.startswith(("geofm", "Cancelled"))]


class Curves(QuietReport):
    """Remembers the points of the curves."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        checkpoints.mkdir()
        self.points: list[tuple[str, int, float]] = []

    def metric(self, name: str, step: int, value: float) -> None:
        self.points.append((name, step, value))


def test_two_processes_lose_what_one_loses_on_the_whole_batch(place, tmp_path, monkeypatch):
    out = tmp_path / "models" / "two"
    with torchrun(*words(place, out, "--json"), out=tmp_path / "told") as process:
        pass
    assert process.returncode == 0, (tmp_path / "told" / "err").read_text()
    events = [json.loads(line) for line in (tmp_path / "told" / "out").read_text().splitlines()]
    assert sum(event["event"] == "result" for event in events) == 1  # the second process is silent
    assert [path.name for path in out.parent.iterdir()] == ["two"]
    assert said(tmp_path / "told") == []
    assert read_card(out).training["epochs"] == 2

    # One process, which takes each batch in two parts: statistics of a batch are those of its parts in both.
    settings = networks.Settings
    monkeypatch.setitem(PRESETS, "best", practice_landcover.PRESET)
    monkeypatch.setattr(networks, "Settings", lambda **values: replace(settings(**values), batch=values["batch"] // 2))
    monkeypatch.setattr(networks, "threads", lambda: 1)
    report = Curves(tmp_path / "alone")
    layers = {"images": ((str(place / "s2.tif"),),), "labels": str(place / "polygons.gpkg"), "class_field": "class"}
    train(TrainRequest(**layers, **SMALL, epochs=2, model=str(tmp_path / "one")), report)
    alone = [value for name, _, value in report.points if name == "loss"]
    together = [event["value"] for event in events if event["event"] == "metric" and event["name"] == "loss"]
    assert len(alone) == 2
    assert together == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize("victim", [0, 1])
def test_if_one_process_is_killed_the_other_tells_it_and_ends(place, tmp_path, victim):
    with torchrun(*words(place, tmp_path / "model", "--json", epochs=5000), out=tmp_path / "told") as process:
        wait_for(lambda: '"metric"' in (tmp_path / "told" / "out").read_text(), process)
        os.kill(children(process)[victim], signal.SIGKILL)
    assert process.returncode == 1
    (sentence,) = said(tmp_path / "told")
    assert "Another process of this training has ended" in sentence
    assert not (tmp_path / "model").exists()


def children(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task").glob("*/children")
    return sorted(int(number) for file in listed for number in file.read_text().split())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (lambda place, out: words(place, out, field="klass"), "has no field 'klass'"),
        (lambda place, out: words(place, out, "--preset", "quick"), "start geofm train without torchrun"),
        (lambda place, out: words(place, out, "--queue"), "start geofm train without torchrun"),
    ],
)
def test_what_is_wrong_is_told_once(
    place: Path, tmp_path: Path, changed: Callable[[Path, Path], list[object]], sentence: str
) -> None:
    with torchrun(*changed(place, tmp_path / "model"), out=tmp_path / "told") as process:
        pass
    assert process.returncode == 1
    (told,) = said(tmp_path / "told")
    assert sentence in told
