"""The moving average of weights and packed optimisers, against torch's own."""

from __future__ import annotations

import copy

import torch
from practice_training import assert_same_weights, small
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.training.ema import EMA
from engine.training.packing import load_optimizer, pack, part


def learn(network, optimizer, seed):
    torch.manual_seed(seed)
    optimizer.zero_grad()
    network.train()(torch.randn(4, 2, 8, 8)).square().mean().backward()
    optimizer.step()


def test_it_is_the_exponential_mean_of_torch():
    network = small(dropout=0.0)
    mean = EMA(network)
    # Torch's begins with a copy of the weights at its first update.
    torchs = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.8), use_buffers=True)
    torchs.update_parameters(network)
    optimizer = torch.optim.AdamW(network.parameters(), 0.1)
    for step in range(5):
        learn(network, optimizer, step)
        mean.update(0.8)
        torchs.update_parameters(network)
    for name, value in torchs.module.named_parameters():
        torch.testing.assert_close(dict(mean.network.named_parameters())[name], value)
    counts = {name: value for name, value in mean.network.state_dict().items() if not value.is_floating_point()}
    assert {name: int(value) for name, value in counts.items()} == {"encoder.1.num_batches_tracked": 5}
    assert not mean.network.training


def test_an_optimiser_goes_on_from_what_was_packed():
    network = small(dropout=0.0)
    optimizer = torch.optim.AdamW(network.parameters(), 0.1)
    learn(network, optimizer, 0)
    packed = {name: value.clone() for name, value in pack({"a": network.state_dict()}, optimizer).items()}
    kept = copy.deepcopy(packed)
    learn(network, optimizer, 1)

    other = small(dropout=0.0)
    other.load_state_dict(part(packed, "a"))
    second = torch.optim.AdamW(other.parameters(), 0.1)
    load_optimizer(second, packed)
    learn(other, second, 1)
    assert_same_weights(other.state_dict(), network.state_dict())
    assert_same_weights(packed, kept)  # what was packed can be used again
