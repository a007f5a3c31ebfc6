"""What cannot be divided is gathered: loss and gradients are those of the whole batch, whatever the parts."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from command import end, start_python
from practice_training import SETTINGS, Watched, assert_same_weights, cancel_at
from safetensors.torch import load_file, save_file
from torch import nn

from engine.errors import Cancelled
from engine.training.accumulation import Accumulation
from engine.training.distributed import process_group
from engine.training.objectives.contrast import Contrast
from engine.training.objectives.regression import Regression
from engine.training.state import Progress
from engine.training.trainer import Trainer

ROOT = Path(__file__).parents[3]
PAIRS = 7


class Towers(nn.Module):
    """Two views of different widths; one tower draws (dropout), one has running statistics of its own."""

    def __init__(self, *, statistics=False):
        super().__init__()
        norm = nn.BatchNorm1d(12) if statistics else nn.LayerNorm(12)
        self.first = nn.Sequential(nn.Linear(5, 12), norm, nn.Tanh(), nn.Linear(12, 8))
        self.second = nn.Linear(3, 8)
        self.largest = 0

    def forward(self, first, second):
        if torch.is_grad_enabled():
            self.largest = max(self.largest, len(first))
        return self.first(first), self.second(second)


def towers(**options):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return Towers(**options).double()


def pairs(seed=0):
    source = torch.Generator().manual_seed(seed)
    inputs = tuple(torch.randn(PAIRS, width, generator=source, dtype=torch.float64) for width in (5, 3))
    return inputs, torch.arange(PAIRS)


def gradients(tmp_path, micro, **options):
    network, objective = towers(**options).train(), Contrast().double()
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    settings = network, objective, scaler, torch.float32, process_group(), 0, Watched(tmp_path)
    terms = Accumulation(*settings).backward(pairs(), Progress(micro))
    weights = {**dict(network.named_parameters()), **dict(objective.named_parameters())}
    return (
        terms,
        {name: torch.zeros_like(weight) if weight.grad is None else weight.grad for name, weight in weights.items()},
        network,
    )


@pytest.mark.parametrize("micro", [1, 2, 3, 6, 7, 20])
def test_loss_and_gradients_are_those_of_the_undivided_batch(tmp_path, micro):
    network, objective = towers(), Contrast().double()
    inputs, shown = pairs()
    loss = objective(network(*inputs), shown)
    loss.sum().backward()
    terms, ours, parts = gradients(tmp_path, micro)
    torch.testing.assert_close(terms, loss.detach(), rtol=1e-12, atol=1e-12)
    for name, weight in {**dict(network.named_parameters()), **dict(objective.named_parameters())}.items():
        torch.testing.assert_close(ours[name], weight.grad, rtol=1e-10, atol=1e-12)
    assert parts.largest == min(micro, PAIRS)  # no graph of more


def test_running_statistics_count_each_sample_once(tmp_path):
    _, _, network = gradients(tmp_path, 4, statistics=True)
    assert network.first[1].num_batches_tracked == 2


def in_a_group(folder, rank):
    """One of two processes: what both have together, written by the first."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    terms, own, _ = gradients(folder, 2)
    process_group().all_reduce_sum([terms, *own.values()])
    if rank == 0:
        save_file({"terms": terms, **own}, folder / "sums.safetensors")
    torch.distributed.destroy_process_group()


def test_two_processes_have_the_gradients_of_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'engine'}")
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    done = [end(process) for process in [start_python(__file__, tmp_path, rank) for rank in (0, 1)]]
    assert [process.status for process in done] == [0, 0], done
    terms, own, _ = gradients(tmp_path, 20)
    torch.testing.assert_close(
        load_file(tmp_path / "sums.safetensors"), {"terms": terms, **own}, rtol=1e-10, atol=1e-12
    )


class Pairs:
    steps = 3

    def batch(self, epoch, step):
        return pairs(10 * epoch + step)


def trained(report, micro=3):
    settings = replace(SETTINGS, epochs=3, batch=micro)
    return Trainer(towers(), Contrast().double(), Pairs(), [pairs(5), pairs(6)], settings, "cpu", report).run()


def test_a_contrast_is_trained_judged_and_goes_on_where_it_was(tmp_path):
    report = Watched(tmp_path / "whole")
    whole = trained(report)
    assert set(report.curve("validation recall at 1")) == {1, 2, 3}
    with pytest.raises(Cancelled):
        trained(Watched(tmp_path / "broken", cancel_at(20)))
    resumed = trained(Watched(tmp_path / "broken"))
    assert_same_weights(resumed.state_dict, whole.state_dict)
    assert resumed.history == whole.history
    torch.testing.assert_close(trained(Watched(tmp_path / "undivided"), micro=9).state_dict, whole.state_dict)


class Numbers:
    """Three times as much as what goes in."""

    steps = 4

    def batch(self, epoch, step):
        source = torch.Generator().manual_seed(100 * epoch + step)
        values = torch.randn(8, 1, generator=source)
        return values, 3 * values


def test_without_validation_the_last_epoch_is_kept_and_the_last_may_be_short(tmp_path):
    network = nn.Linear(1, 1)
    report = Watched(tmp_path)
    settings = replace(SETTINGS, epochs=9, steps=10, learning_rate=0.1, ema_decay=0.0, warmup_start=0.5)
    outcome = Trainer(network, Regression(), Numbers(), (), settings, "cpu", report).run()
    assert (outcome.best_epoch, len(outcome.history), outcome.stopped_early) == (3, 3, False)
    assert_same_weights(outcome.state_dict, network.state_dict())
    assert report.curve("best epoch") == {}
    progress = [event for event in report.events if event["event"] == "progress"]
    assert (progress[-1]["done"], progress[-1]["total"]) == (3, 3)


if __name__ == "__main__":
    in_a_group(Path(sys.argv[1]), int(sys.argv[2]))
