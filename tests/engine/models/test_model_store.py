"""Models on disk: written whole or not at all, read only if they are what their cards say."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from model_cards import make_card

from engine.cards.card import CARD, read_card
from engine.errors import InputError, OutputError
from engine.models import store
from engine.models.store import (
    GOLDEN,
    load_into,
    read_golden,
    read_tensors,
    read_weights,
    write_model,
)


def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {"weight": torch.randn(2, 3, generator=generator), "bias": torch.zeros(2), "count": torch.tensor(3)}


def contents(folder: Path) -> dict[str, bytes]:
    """All there is, hidden things too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    golden = (np.ones((1, 3, 8, 8), np.float32), np.zeros((1, 2, 8, 8), np.float32))
    card = write_model(tmp_path / "new" / "model", make_card(), tensors=weights(), golden=golden)
    assert read_card(tmp_path / "new" / "model") == card
    assert len(card.sha256) == 64
    tensors = read_tensors(tmp_path / "new" / "model", card)
    assert {name: (value.dtype, value.shape) for name, value in tensors.items()} == {
        name: (value.dtype, value.shape) for name, value in weights().items()
    }
    assert all(torch.equal(tensors[name], value) for name, value in weights().items())
    read = read_golden(tmp_path / "new" / "model", card)
    assert read is not None
    assert all(np.array_equal(a, b) for a, b in zip(read, golden, strict=True))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["model"]


def test_a_graph_is_kept_as_it_is(tmp_path: Path) -> None:
    card = write_model(tmp_path / "model", make_card(weights="model.onnx"), onnx=b"graph")
    assert read_weights(tmp_path / "model", card) == b"graph"
    assert read_golden(tmp_path / "model", card) is None
    with pytest.raises(InputError, match=r"holds a graph \(model\.onnx\) and no tensors"):
        read_tensors(tmp_path / "model", card)


def test_tensors_that_share_memory_are_written_apart(tmp_path: Path) -> None:
    one = torch.arange(6.0).reshape(2, 3)
    given = {"one": one, "same": one, "turned": one.T, "part": one[:, 1:]}
    card = write_model(tmp_path / "model", make_card(), tensors=given)
    read = read_tensors(tmp_path / "model", card)
    assert all(torch.equal(read[name], value) for name, value in given.items())


def test_an_older_model_is_replaced_with_all_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_model(folder, make_card(weights="model.onnx"), onnx=b"graph")
    write_model(folder, make_card(), tensors=weights())
    assert sorted(contents(tmp_path)) == ["model/card.json", "model/weights.safetensors"]


def test_other_peoples_files_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="holds other files and is no model"):
        write_model(tmp_path / "folder", make_card(), tensors=weights())
    with pytest.raises(OutputError, match=r"thesis\.txt is a file; choose another folder"):
        write_model(tmp_path / "folder" / "thesis.txt", make_card(), tensors=weights())
    assert contents(tmp_path) == {"folder/thesis.txt": b"years of work"}
    (tmp_path / "empty").mkdir()
    write_model(tmp_path / "empty", make_card(), tensors=weights())


@pytest.mark.parametrize("fault", ["open", "rename"])
def test_a_failure_leaves_the_older_model(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    write_model(folder, make_card(), tensors=weights())
    before = contents(tmp_path)
    real = getattr(Path, fault)

    def fail(path: Path, *words: Any) -> Any:
        # The hidden folder's last step, or the last of its files.
        if path.name == CARD or (fault == "rename" and (path / CARD).exists() and path.name.startswith(".")):
            monkeypatch.setattr(Path, fault, real)  # putting the older one back works
            raise OSError(5, "Input/output error")
        return real(path, *words)

    monkeypatch.setattr(Path, fault, fail)
    with pytest.raises(OutputError, match=r"could not be written: .*Input/output error"):
        write_model(folder, make_card(), tensors={"weight": torch.ones(5)})
    monkeypatch.undo()
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_the_older_model(tiny_disk: Path) -> None:
    folder = tiny_disk / "model"
    write_model(folder, make_card(), tensors=weights())
    before = contents(tiny_disk)
    with pytest.raises(OutputError, match="the disk is full"):
        write_model(folder, make_card(), tensors={"weight": torch.ones(1_000_000)})
    assert contents(tiny_disk) == before


def test_a_changed_or_missing_file_is_refused(tmp_path: Path) -> None:
    card = write_model(tmp_path, make_card(), tensors=weights())
    path = tmp_path / card.weights
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="its SHA-256 is another"):
        read_tensors(tmp_path, card)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_tensors(tmp_path, card)


def put(folder: Path, content: bytes) -> Any:
    """A model with any weights file, its hash right."""
    import hashlib

    card = replace(make_card(), sha256=hashlib.sha256(content).hexdigest())
    folder.mkdir(exist_ok=True)
    (folder / card.weights).write_bytes(content)
    return card


@pytest.mark.parametrize("keep", [0, 4, 8, 40, -1])
def test_a_cut_file_is_refused(tmp_path: Path, keep: int) -> None:
    whole = safetensors.torch.save(weights())
    card = put(tmp_path, whole[:keep])
    with pytest.raises(InputError, match="is no whole safetensors file"):
        read_tensors(tmp_path, card)


class Trap:
    """What a pickle can do: this one makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_unopened(tmp_path: Path, protocol: int) -> None:
    card = put(tmp_path / "model", pickle.dumps(Trap(tmp_path / "sprung"), protocol))
    with pytest.raises(InputError, match=r"is a pickle .* save the weights as safetensors"):
        read_tensors(tmp_path / "model", card)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_torchs_own_files_are_refused_whatever_they_are_called(tmp_path: Path, zipped: bool) -> None:
    torch.save(weights(), tmp_path / "saved", _use_new_zipfile_serialization=zipped)
    card = put(tmp_path / "model", (tmp_path / "saved").read_bytes())
    with pytest.raises(InputError, match="is a pickle"):
        read_tensors(tmp_path / "model", card)


def test_a_header_of_any_length_is_no_pickle(tmp_path: Path) -> None:
    """The first bytes of a safetensors file are the header's length; some look like a pickle's."""
    first = set()
    for length in range(500, 700, 8):
        content = safetensors.torch.save({"a": torch.ones(1)}, {"fill": "x" * length})
        first.add(content[:2])
        assert list(read_tensors(tmp_path, put(tmp_path, content))) == ["a"]
    assert b"\x80\x02" in first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tensors: tensors.pop("bias"), "the tensor 'bias' is missing"),
        (lambda tensors: tensors.update(other=torch.ones(1)), "the tensor 'other' belongs to another network"),
        (lambda tensors: tensors.update(bias=torch.ones(3)), r"the tensor 'bias' is of the shape \[3\], not \[2\]"),
    ],
)
def test_weights_of_another_shape_do_not_go_in(tmp_path: Path, change: Any, words: str) -> None:
    network = torch.nn.Linear(3, 2)
    tensors = {name: value.clone() for name, value in network.state_dict().items()}
    load_into(network, tensors, tmp_path)
    change(tensors)
    with pytest.raises(InputError, match=words):
        load_into(network, tensors, tmp_path)


def test_a_damaged_golden_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / GOLDEN).write_bytes(b"golden")
    with pytest.raises(InputError, match="is damaged"):
        read_golden(tmp_path, make_card())
    (tmp_path / GOLDEN).write_bytes(safetensors.torch.save({"input": torch.ones(3), "output": torch.ones(3)}))
    with pytest.raises(InputError, match="holds no float32 input"):
        read_golden(tmp_path, make_card())
    shutil.rmtree(tmp_path)
    assert read_golden(tmp_path, make_card()) is None


def test_the_suffix_and_what_is_given_go_together(tmp_path: Path) -> None:
    for given in ({}, {"onnx": b"graph"}, {"onnx": b"graph", "tensors": weights()}):
        with pytest.raises(ValueError, match="as its suffix says"):
            write_model(tmp_path / "model", make_card(), **given)
    assert store.GOLDEN == "golden.safetensors"
    assert not (tmp_path / "model").exists()
