"""Checkpoints: whole or not at all, the one before stays, nothing is ever unpickled."""

from __future__ import annotations

import math
import os
import pickle
import re
from pathlib import Path

import pytest
import torch
from disks import fill

from engine.errors import InputError, OutputError
from engine.training.checkpoints import Checkpoint, load_latest, save


def state(number: float, size: int = 100) -> Checkpoint:
    tensors = {
        "weight": torch.full((size,), number),
        "half": torch.arange(6, dtype=torch.bfloat16).reshape(2, 3).T,
        "count": torch.tensor(7),
    }
    return Checkpoint(tensors, {"number": number, "nested": [{"loss": 0.1 + 0.2, "score": -math.inf}], "none": None})


def assert_is(found: Checkpoint | None, number: float) -> None:
    assert found is not None
    expected = state(number)
    assert found.facts == expected.facts
    assert found.tensors.keys() == expected.tensors.keys()
    for name in ("half", "count"):
        assert torch.equal(found.tensors[name], expected.tensors[name])
        assert found.tensors[name].dtype == expected.tensors[name].dtype
    assert found.tensors["weight"][0] == number


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_comes_back_to_the_bit(tmp_path):
    assert load_latest(tmp_path / "new") is None
    save(tmp_path / "new", state(1))
    assert_is(load_latest(tmp_path / "new"), 1)


def test_two_are_kept(tmp_path):
    for number in range(1, 6):
        save(tmp_path, state(number))
    assert names(tmp_path) == ["00000004.json", "00000004.safetensors", "00000005.json", "00000005.safetensors"]
    assert_is(load_latest(tmp_path), 5)


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 3)


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)


def _pickled(file: Path) -> None:
    file.write_bytes(pickle.dumps({"facts": {}}))


@pytest.mark.parametrize("damage", [_cut, _flip, _pickled, Path.unlink, lambda file: file.write_text("{}")])
@pytest.mark.parametrize("suffix", ["safetensors", "json"])
def test_of_a_damaged_one_the_one_before_is_taken(tmp_path, damage, suffix):
    save(tmp_path, state(1))
    save(tmp_path, state(2))
    damage(tmp_path / f"00000002.{suffix}")
    if (suffix, damage) == ("json", _flip):  # a digit of a fact, or what holds the text together
        assert load_latest(tmp_path) is not None
    else:
        assert_is(load_latest(tmp_path), 1)
    save(tmp_path, state(3))
    assert_is(load_latest(tmp_path), 3)


def test_all_damaged_is_an_error(tmp_path):
    save(tmp_path, state(1))
    save(tmp_path, state(2))
    for file in tmp_path.glob("*.safetensors"):
        _cut(file)
    with pytest.raises(InputError, match=f"checkpoints in {re.escape(str(tmp_path))} are damaged; remove the folder"):
        load_latest(tmp_path)


def test_what_a_killed_process_left_is_cleared(tmp_path):
    save(tmp_path, state(1))
    for left in (".00000002.safetensors.0123abcd.part.safetensors", "00000002.safetensors", ".00000002.json.89.part"):
        (tmp_path / left).write_bytes(b"half")
    assert_is(load_latest(tmp_path), 1)
    save(tmp_path, state(2))
    assert names(tmp_path) == ["00000001.json", "00000001.safetensors", "00000002.json", "00000002.safetensors"]
    assert_is(load_latest(tmp_path), 2)


@pytest.mark.parametrize("left", [0, 4096, 300_000])
def test_a_full_disk_leaves_the_last_good_one(tiny_disk, left):
    """Full from the start, in the first bytes, and in the middle of the tensors."""
    folder = tiny_disk / "training"
    save(folder, state(1))
    ballast = fill(tiny_disk, left)
    before = names(folder)
    with pytest.raises(OutputError, match=r"00000002.safetensors could not be written: the disk is full"):
        save(folder, state(2, size=100_000))
    assert names(folder) == before
    assert_is(load_latest(folder), 1)
    ballast.unlink()
    save(folder, state(2, size=100_000))
    assert_is(load_latest(folder), 2)


def test_a_full_disk_without_any_checkpoint(tiny_disk):
    fill(tiny_disk)
    with pytest.raises(OutputError, match="the disk is full"):
        save(tiny_disk / "training", state(1))
    assert load_latest(tiny_disk / "training") is None


def test_a_folder_that_cannot_be_written(read_only_disk):
    with pytest.raises(OutputError, match="read-only"):
        save(read_only_disk / "training", state(1))


def test_tensors_that_share_memory(tmp_path):
    weight = torch.arange(6.0)
    save(
        tmp_path, Checkpoint({"one": weight.clone(), "part": weight[2:].clone(), "turned": weight.reshape(2, 3).T}, {})
    )
    found = load_latest(tmp_path)
    assert torch.equal(found.tensors["turned"], weight.reshape(2, 3).T)
