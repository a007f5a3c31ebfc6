"""ONNX files of strangers: one sentence, within bounded memory and time, whatever the graph does."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hostile_graphs import BOMBS, ENDLESS, TOO_LARGE
from peaks import peak_kibibytes
from small_models import pixelwise

from engine.errors import Cancelled, InputError
from engine.models import onnx_library
from engine.models.importing import import_onnx
from engine.models.onnx_library import trial, watched
from engine.models.runtime import Session

IMPORTING = """
import sys
from engine.errors import InputError
from engine.models.importing import import_onnx
from pathlib import Path
for path in sys.argv[1:]:
    try:
        import_onnx(Path(path), None, None)
    except InputError as error:
        print(error, file=sys.stderr)
    else:
        sys.exit(path)
"""
X = {"x": np.ones((1, 3, 32, 32), np.float32)}


def put(folder: Path, name: str, make: Callable[[], onnx.ModelProto]) -> Path:
    path = folder / f"{name}.onnx"
    path.write_bytes(make().SerializeToString())
    return path


def test_bombs_take_no_more_than_a_run_may(tmp_path: Path) -> None:
    paths = [put(tmp_path, name, make) for name, make in BOMBS.items()]
    peak, said = peak_kibibytes(tmp_path, sys.executable, "-c", IMPORTING, *paths)
    sentences = said.splitlines()
    assert [line.split(" cannot be taken")[0] for line in sentences] == list(map(str, paths))
    assert all("it takes too much memory for a tile of 256 x 256 pixels" in line for line in sentences)
    assert peak < 1500 * 1024


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_grows_when_it_is_opened_is_not(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"sparse constants|more than 10,000 operations"):
        import_onnx(put(tmp_path, name, TOO_LARGE[name]), None, None)


def test_a_graph_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_library, "LONGEST_TRIAL_S", 0.5)
    with pytest.raises(InputError, match="takes longer than 0 s and was ended"):
        import_onnx(put(tmp_path, "loop", ENDLESS["loop"]), None, None)


def test_a_cancel_reaches_a_run() -> None:
    session = Session(ENDLESS["loop"]().SerializeToString())
    cancelled = threading.Event()

    def check() -> None:
        if cancelled.is_set():
            raise Cancelled("Cancelled.")

    with watched(check), pytest.raises(Cancelled):
        threading.Timer(0.3, cancelled.set).start()
        session.run(X)


def test_a_cancel_reaches_an_import(tmp_path: Path) -> None:
    cancelled = threading.Event()

    def check() -> None:
        if cancelled.is_set():
            raise Cancelled("Cancelled.")

    path = put(tmp_path, "loop", ENDLESS["loop"])
    threading.Timer(0.3, cancelled.set).start()
    with watched(check), pytest.raises(Cancelled):
        import_onnx(path, None, None)


def test_runs_of_several_threads_and_sessions_do_not_disturb_each_other() -> None:
    first, second = (Session(pixelwise(activation=activation)) for activation in ("Softmax", None))
    expected = [session.run(X)[0] for session in (first, second)]
    found: list[np.ndarray] = []

    def run() -> None:
        found.extend(session.run(X)[0] for session in (first, second) * 5)

    with trial():
        workers = [threading.Thread(target=run) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(found) == 40
    assert all(any(np.array_equal(one, other) for other in expected) for one in found)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("../weights.bin", "lies outside the model's folder"),
        ("/etc/passwd", "lies outside the model's folder"),
        ("\\\\host\\share\\weights.bin", "lies outside the model's folder"),
        ("long.bin", r"more than 2,147,483,647 bytes"),
        ("pipe.bin", "is no plain file"),
    ],
)
def test_weights_beside_are_asked_for_their_kind_and_size_first(tmp_path: Path, location: str, words: str) -> None:
    with (tmp_path / "long.bin").open("wb") as file:
        file.truncate(60 * 10**9)
    os.mkfifo(tmp_path / "pipe.bin")
    model = onnx.load_model_from_string(pixelwise(metadata={"model_type": "Segmentor"}))
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    path = put(tmp_path, "model", lambda: model)
    with pytest.raises(InputError, match=words) as caught:
        import_onnx(path, None, None)
    assert re.fullmatch(r"[^\n]+\.", str(caught.value))
