"""How a network is trained."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the trainer is told.

    Parameters
    ----------
    epochs : int
        At most so many; an epoch is `batches.steps` optimiser steps.
    steps : int, optional
        At most so many optimiser steps in all, where they are no whole number of epochs: the last one is shorter then.
    batch : int
        Samples that go through the network at once, in each process. Halved while they do not fit into memory; a step
        is of all samples that `batches` yields for it, whatever the parts and processes it is done in.
    learning_rate : float
        The highest, after the warm-up.
    encoder_rate_factor : float
        The encoder learns at `learning_rate` times this (discriminative rates: Howard and Ruder 2018).
    optimiser : {"adamw", "adam", "sgd"}
    momentum : float
        Of SGD.
    weight_decay : float
        Of AdamW (Loshchilov and Hutter 2019): biases, norms and weights of the objective are not decayed. Of Adam and
        SGD the factor of a term of the loss, the square of all weights.
    decay : {"cosine", "epochs: cosine", "epochs: linear"}
        How the rate falls after the warm-up: as half a cosine to zero, step by step or epoch by epoch, or by the same
        amount after each of E epochs, to 1 - e / (E + 1) after e.
    warmup_share : float
        Share of all steps in which the rate rises linearly.
    warmup_start : float, optional
        Share of the rate at the first step, from which it rises by 1 / (steps of the warm-up) a step. By default both
        are 1 / (steps of the warm-up + 1).
    clip : float
        The largest norm of the gradient of all the network's weights together.
    ema_decay : float
        Of the exponential moving average of the weights, which is what is validated and kept; 0 keeps the weights
        themselves.
    ema_warmup : int
        The decay of step n (from 1) is at most n / (n + this), since the weights at the start are arbitrary.
    patience : int
        Epochs without a better score after which training ends.
    checkpoint_s : float
        Seconds between checkpoints.
    seed : int
        Of everything random.
    precision : {"auto", "fp32", "bf16", "fp16"}
        "auto": bf16 on a GPU that has it, else fp16 on CUDA; fp32 elsewhere.
    """

    epochs: int = 50
    steps: int | None = None
    batch: int = 8
    learning_rate: float = 1e-3
    encoder_rate_factor: float = 0.1
    optimiser: str = "adamw"
    momentum: float = 0.9
    weight_decay: float = 1e-2
    decay: str = "cosine"
    warmup_share: float = 0.05
    warmup_start: float | None = None
    clip: float = 1.0
    ema_decay: float = 0.99
    ema_warmup: int = 9
    patience: int = 10
    checkpoint_s: float = 120.0
    seed: int = 0
    precision: str = "auto"
