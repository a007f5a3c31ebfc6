"""ConvLSTM: the dates one after the other through recurrent cells at three scales, and back up.

Shi et al., "Convolutional LSTM network", NeurIPS 2015, as the encoder and forecaster that Kuro Siwo's authors use.
Written from a description of the layers, with two repairs: the published decoder gets no input but its state, so that
most of its weights never learn; and the classes leave it through a leaky ReLU.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .dated import DatedNetwork

__all__ = ["ConvLstm"]

SLOPE = 0.2
KERNEL, GROUP = 5, 32
# Of the stages of the encoder: what its convolution gives, and its cell. The decoder goes the other way.
STAGES = ((16, 64), (64, 96), (96, 96))


class ConvLstm(DatedNetwork):
    """x[N, T*C, H, W] -> logits[N, K, H, W] for the newest date, H and W multiples of 8; any number of dates.

    Parameters
    ----------
    channels, classes
        See `DatedNetwork`. The oldest date is looked at first.
    """

    side_multiple = 2 ** len(STAGES)

    def __init__(self, channels: Sequence[Sequence[int]], classes: int) -> None:
        super().__init__(channels, classes)
        self.encoder, inputs = nn.ModuleList(), self.bands
        for width, features in STAGES:
            shrink = nn.Sequential(nn.Conv2d(inputs, width, 3, stride=2, padding=1), nn.LeakyReLU(SLOPE))
            self.encoder.append(nn.ModuleList([shrink, _Cell(width, features)]))
            inputs = features
        self.decoder = nn.ModuleList()
        for width, features in ((96, 96), (96, 96), (96, 64)):
            self.decoder.append(_Cell(width, features))
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
            for inputs, outputs in ((96, 96), (96, 96), (64, classes))
        )

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        steps = self.apart(x)[::-1]
        states = []
        for stage in self.encoder:
            shrink, cell = stage.children()
            steps, state = _through(cell, [shrink(step) for step in steps], None)
            states.append(state)
        # The coarsest cell of the decoder is given nothing; it goes on from what the encoder remembers.
        steps = [torch.zeros_like(steps[-1])] * len(steps)
        last = self.ups[-1]
        for cell, up, state in zip(self.decoder, self.ups, reversed(states), strict=True):
            steps, _ = _through(cell, steps, state)
            if up is not last:
                steps = [nn.functional.leaky_relu(up(step), SLOPE) for step in steps]
        logits: Tensor = last(steps[-1])
        return logits


State = tuple[Tensor, Tensor]


def _through(cell: nn.Module, steps: Sequence[Tensor], state: State | None) -> tuple[list[Tensor], State]:
    """What a cell gives at each step, of which there is one at least, and its state after the last."""
    states: list[State] = []
    for step in steps:
        state = cell(step, state)
        states.append(state)
    return [hidden for hidden, _ in states], states[-1]


class _Cell(nn.Module):
    """x[N, C, h, w] and the state before, two of [N, F, h, w] -> the state after."""

    def __init__(self, inputs: int, features: int) -> None:
        super().__init__()
        self.features = features
        self.gates = nn.Sequential(
            nn.Conv2d(inputs + features, 4 * features, KERNEL, padding=KERNEL // 2),
            nn.GroupNorm(4 * features // GROUP, 4 * features),
        )

    def forward(self, x: Tensor, state: State | None) -> State:
        if state is None:
            none = x.new_zeros(x.shape[0], self.features, *x.shape[2:])
            state = none, none
        hidden, memory = state
        enter, keep, new, leave = self.gates(torch.cat([x, hidden], dim=1)).chunk(4, dim=1)
        memory = torch.sigmoid(keep) * memory + torch.sigmoid(enter) * torch.tanh(new)
        return torch.sigmoid(leave) * torch.tanh(memory), memory
