"""Optimisers and rates of the trainer, against torch's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from engine.training.optimiser import make_optimiser, schedule
from engine.training.settings import Settings

EPOCHS, STEPS = 7, 5  # of an epoch


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        (Settings(optimiser="adam", learning_rate=1e-2, weight_decay=1e-3),
         lambda weights: torch.optim.Adam(weights, 1e-2, weight_decay=1e-3)),
        (Settings(optimiser="sgd", learning_rate=1e-2, weight_decay=1e-3, momentum=0.99),
         lambda weights: torch.optim.SGD(weights, 1e-2, 0.99, weight_decay=1e-3)),
        (Settings(optimiser="sgd", learning_rate=1e-2, weight_decay=0, momentum=0),
         lambda weights: torch.optim.SGD(weights, 1e-2)),
        (Settings(optimiser="adamw", learning_rate=1e-2, weight_decay=0),
         lambda weights: torch.optim.AdamW(weights, 1e-2, weight_decay=0)),
    ],
    ids=["adam", "sgd", "plain sgd", "adamw"],
)  # fmt: skip
def test_steps_are_torchs(settings: Settings, theirs: Callable[..., torch.optim.Optimizer]) -> None:
    networks = []
    for _ in range(2):
        torch.manual_seed(3)
        networks.append(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)))
    optimisers = [make_optimiser(networks[0], nn.Identity(), settings), theirs(networks[1].parameters())]
    for step in range(5):
        x = torch.randn(6, 4, generator=torch.Generator().manual_seed(step))
        for network, optimiser in zip(networks, optimisers, strict=True):
            optimiser.zero_grad()
            network(x).square().mean().backward()
            optimiser.step()
    for ours, other in zip(*(network.parameters() for network in networks), strict=True):
        assert torch.allclose(ours, other, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("decay", "theirs"),
    [
        ("epochs: cosine", lambda optimiser: lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)),
        ("epochs: linear", lambda optimiser: lr_scheduler.LambdaLR(optimiser, lambda done: 1 - done / (EPOCHS + 1))),
    ],
)
def test_rates_fall_as_torchs_after_each_epoch(
    decay: str, theirs: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]
) -> None:
    settings = Settings(epochs=EPOCHS, decay=decay, warmup_share=0)
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)
    scheduler = theirs(optimiser)
    for epoch in range(EPOCHS):
        rates = {schedule(settings, epoch * STEPS + step, EPOCHS * STEPS) for step in range(STEPS)}
        assert [*rates] == pytest.approx([optimiser.param_groups[0]["lr"]], abs=1e-12)
        optimiser.step()
        scheduler.step()


def test_a_name_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no optimiser lion"):
        make_optimiser(nn.Linear(1, 1), nn.Identity(), Settings(optimiser="lion"))
    with pytest.raises(ValueError, match="no decay steps"):
        schedule(Settings(decay="steps", warmup_share=0), 0, 10)
