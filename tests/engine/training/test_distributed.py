"""Two processes that meet by a file, against one that does all the work."""

from __future__ import annotations

from pathlib import Path

import practice_training
import pytest
import torch
from command import end, start_python
from practice_training import Watched
from safetensors.torch import load_file

from engine.training.distributed import ProcessGroup, process_group


def start_pair(folder: Path):
    """Two processes of one training; where their weights go."""
    return [
        start_python(
            practice_training.__file__,
            *(folder, folder / f"weights{rank}.safetensors"),
            *("--processes", 2, "--rank", rank, "--meet", folder / "meeting"),
        )
        for rank in (0, 1)
    ]


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    done = [end(process) for process in start_pair(tmp_path)]
    assert [process.status for process in done] == [0, 0], done
    # Both were cancelled by the second; only the first reports and writes.
    assert [process.out.split() for process in done] == [["Cancelled.", "True"], ["Cancelled.", "False"]]
    assert (tmp_path / "0" / "training").is_dir()
    assert not (tmp_path / "1" / "training").exists()
    one, other = (load_file(tmp_path / f"weights{rank}.safetensors") for rank in (0, 1))
    practice_training.assert_same_weights(one, other)
    alone = practice_training.shared(Watched(tmp_path / "alone")).run()
    torch.testing.assert_close(one, alone.state_dict, rtol=1e-4, atol=1e-5)


def test_alone_nothing_changes():
    device, group = torch.device("cpu"), process_group()
    assert group == ProcessGroup(0, 1)
    weight = torch.ones(3)
    group.all_reduce_sum([weight])
    group.broadcast([weight])
    assert weight.tolist() == [1, 1, 1]
    assert (
        group.all_reduce_max(2, device),
        group.broadcast_number(0.1, device),
        group.broadcast_checkpoint(None, device),
    ) == (2, 0.1, None)


@pytest.mark.parametrize("number", [0, 1, 7, 8])
def test_shares_of_a_batch_are_all_of_it(number):
    shares = [ProcessGroup(rank, 3).share_of(number) for rank in range(3)]
    assert [place for start, stop in shares for place in range(start, stop)] == list(range(number))
