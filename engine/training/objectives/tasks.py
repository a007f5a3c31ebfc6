"""Several tasks at once: one network with a head for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ..batches import Tensors
from .objective import Objective

__all__ = ["Tasks"]


class Tasks(Objective):
    """Outputs and targets by the name of the task.

    Parameters
    ----------
    objectives : mapping of str to Objective
        By task.
    weights : mapping of str to float, optional
        Factor of each task's loss, 1 where none is named. Without them it is learned how uncertain a task is, by one
        weight s each, the logarithm of the variance of its errors: (exp(-s) loss + s) / 2 (Kendall et al. 2018).
    """

    def __init__(self, objectives: Mapping[str, Objective], weights: Mapping[str, float] | None = None) -> None:
        super().__init__()
        self.objectives = nn.ModuleDict(dict(objectives))
        self.terms = tuple(f"{name} {term}" for name, objective in objectives.items() for term in objective.terms)
        self.divisible = all(objective.divisible for objective in objectives.values())
        self._weights = weights
        self.log_variances = nn.ParameterDict(
            {name: nn.Parameter(torch.zeros(())) for name in (objectives if weights is None else ())}
        )

    def counts(self, targets: Mapping[str, Tensors]) -> Tensor:
        """Those of the tasks' own terms."""
        return torch.cat([objective.counts(targets[name]) for name, objective in self._named()])

    def forward(self, outputs: Mapping[str, Tensors], targets: Mapping[str, Tensors]) -> Tensor:
        """The tasks' own terms, weighted."""
        return torch.cat(
            [self._weighted(name, objective(outputs[name], targets[name])) for name, objective in self._named()]
        )

    def judge(self, judged: Sequence[tuple[Mapping[str, Tensors], Mapping[str, Tensors]]]) -> dict[str, float]:
        """The weighted loss, by which epochs are chosen, and the figures of each task."""
        figures = super().judge(judged)
        for name, objective in self._named():
            own = objective.judge([(outputs[name], targets[name]) for outputs, targets in judged])
            figures |= {f"{name} {figure}": value for figure, value in own.items() if figure != "score"}
        return figures

    def _named(self) -> list[tuple[str, Objective]]:
        return list(self.objectives.items())  # type: ignore[arg-type]

    def _weighted(self, name: str, terms: Tensor) -> Tensor:
        if self._weights is not None:
            return terms * self._weights.get(name, 1.0)
        log_variance: Tensor = self.log_variances[name]
        return (torch.exp(-log_variance) * terms + log_variance / len(terms)) / 2
