"""Each way to learn against a reference of another origin, and the contract that all keep."""

from __future__ import annotations

import copy
import math

import numpy as np
import open_clip
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchmetrics.functional.classification import multilabel_average_precision, multilabel_f1_score

from engine.training.batches import rows
from engine.training.objectives.concepts import ConceptChoice
from engine.training.objectives.contrast import Contrast
from engine.training.objectives.multilabel import MultiLabel
from engine.training.objectives.regression import Regression
from engine.training.objectives.segmentation import Segmentation, cross_entropy
from engine.training.objectives.tasks import Tasks
from engine.training.objectives.views import ViewContrast

SAMPLES, CLASSES, WIDTH = 6, 5, 8


def wave(rows, columns, phase=0.0):
    """Numbers that anybody can make again."""
    i, j = np.mgrid[:rows, :columns]
    return torch.from_numpy(np.sin(1.7 * i + 0.9 * j + 0.3 * i * j + phase).astype(np.float32))


def labels(share_unknown=0.3):
    drawn = torch.randint(0, 2, (SAMPLES, CLASSES), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    unknown = torch.rand(drawn.shape, generator=torch.Generator().manual_seed(1)) < share_unknown
    return torch.where(unknown, 255, drawn).to(torch.uint8)


def numbers():
    values = wave(SAMPLES, WIDTH, 2)
    values[0, :3] = torch.nan
    values[4] = torch.nan
    return values


def concepts():
    names = {"labels": torch.tensor([0, 1, 2, 2, 1, 0]), "other": torch.tensor([1, 1, 0, 2, 2, 0])}
    words = F.normalize(wave(3, WIDTH, 3), dim=1)
    return {**names, "share": torch.linspace(0.5, 1, SAMPLES), "words": words.expand(SAMPLES, 3, WIDTH)}


def concept_choice():
    masked = torch.zeros(3, 3, dtype=torch.bool)
    masked[0, 2] = masked[2, 0] = True
    return ConceptChoice(F.normalize(wave(3, WIDTH, 4), dim=1), masked, torch.tensor([0.2, 0.3, 0.5]), 0.7)


def two_tasks(weights=None):
    return Tasks({"kinds": MultiLabel(), "height": Regression("huber")}, weights)


# Per objective: itself, outputs and targets.
CASES = {
    "segmentation": (
        Segmentation(cross_entropy),
        wave(SAMPLES, CLASSES * 12).reshape(SAMPLES, CLASSES, 3, 4),
        torch.where(wave(SAMPLES, 12, 1) > 0.3, 255, 2).to(torch.uint8).reshape(SAMPLES, 3, 4),
    ),
    "multi-label": (MultiLabel([1.0, 2.0, 0.5, 3.0, 1.0]), wave(SAMPLES, CLASSES), labels()),
    "regression": (Regression("l1"), wave(SAMPLES, WIDTH), numbers()),
    "weighted tasks": (
        two_tasks({"kinds": 2.0}),
        {"kinds": wave(SAMPLES, CLASSES), "height": wave(SAMPLES, WIDTH)},
        {"kinds": labels(), "height": numbers()},
    ),
    "uncertain tasks": (
        two_tasks(),
        {"kinds": wave(SAMPLES, CLASSES), "height": wave(SAMPLES, WIDTH)},
        {"kinds": labels(), "height": numbers()},
    ),
    "concepts": (concept_choice(), F.normalize(wave(SAMPLES, WIDTH), dim=1), concepts()),
}


@pytest.mark.parametrize("case", CASES)
def test_the_parts_of_a_batch_add_up_to_the_whole(case):
    objective, outputs, targets = CASES[case]
    assert objective.divisible
    whole, counts = objective(outputs, targets), objective.counts(targets)
    assert whole.shape == counts.shape == (len(objective.terms),)
    total = torch.zeros_like(whole)
    for start, stop in ((0, 1), (1, 3), (3, 6)):
        part = rows(targets, start, stop)
        total = total + objective(rows(outputs, start, stop), part) * objective.counts(part) / counts
    torch.testing.assert_close(total, whole)


COMPARING = {
    name: (objective, (wave(6, 8), wave(6, 8, 1)), torch.arange(6))
    for name, objective in (("contrast", Contrast()), ("views", ViewContrast()))
}


@pytest.mark.parametrize("case", [*CASES, *COMPARING])
def test_half_precision_is_computed_in_full_and_judging_gives_a_score(case):
    objective, outputs, targets = {**CASES, **COMPARING}[case]

    def half(tensors):
        if isinstance(tensors, tuple):
            return tuple(map(half, tensors))
        return {key: half(one) for key, one in tensors.items()} if isinstance(tensors, dict) else tensors.bfloat16()

    assert objective(half(outputs), targets).dtype == torch.float32
    figures = objective.judge([(outputs, targets)])
    assert math.isfinite(figures["score"])
    assert figures["validation loss"] == pytest.approx(float(objective(outputs, targets).sum().detach()), rel=1e-5)


def test_what_is_not_known_teaches_nothing():
    for objective, unknown in (
        (MultiLabel(), torch.full((SAMPLES, WIDTH), 255, dtype=torch.uint8)),
        (Regression(), torch.full((SAMPLES, WIDTH), torch.nan)),
    ):
        outputs = wave(SAMPLES, WIDTH).requires_grad_()
        loss = objective(outputs, unknown).sum()
        loss.backward()
        assert (loss.item(), outputs.grad.any().item(), objective.counts(unknown).item()) == (0, False, 0)


def test_multi_label_is_the_binary_cross_entropy_of_torch():
    logits, targets = wave(SAMPLES, CLASSES), labels()
    known = targets != 255
    expected = F.binary_cross_entropy_with_logits(logits[known], targets[known].float())
    torch.testing.assert_close(MultiLabel()(logits, targets)[0], expected)


def test_multi_label_is_judged_as_torchmetrics_does():
    logits, targets = wave(60, CLASSES), (wave(60, CLASSES, 1) > 0.2).to(torch.uint8)
    logits[:30] = logits[:30].round(decimals=1)  # ties
    figures = MultiLabel().judge([(logits[:20], targets[:20]), (logits[20:], targets[20:])])
    expected = multilabel_average_precision(logits.sigmoid(), targets.int(), CLASSES, average="macro")
    assert figures["score"] == figures["validation mAP"] == pytest.approx(float(expected), rel=1e-5)
    f1 = multilabel_f1_score(logits.sigmoid(), targets.int(), CLASSES, average="macro")
    assert figures["validation F1"] == pytest.approx(float(f1), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "theirs"), [("l1", nn.L1Loss()), ("l2", nn.MSELoss()), ("huber", nn.HuberLoss(delta=0.5))]
)
def test_regression_is_that_of_torch(name, theirs):
    outputs, targets = wave(SAMPLES, WIDTH), numbers()
    known = targets.isfinite()
    torch.testing.assert_close(Regression(name, 0.5)(outputs, targets)[0], theirs(outputs[known], targets[known]))
    figures = Regression(name).judge([(outputs[:2], targets[:2]), (outputs[2:], targets[2:])])
    assert figures["validation RMSE"] == pytest.approx(float(F.mse_loss(outputs[known], targets[known]).sqrt()))
    assert figures["validation MAE"] == pytest.approx(float(F.l1_loss(outputs[known], targets[known])))
    with pytest.raises(ValueError, match="There is no loss l3"):
        Regression("l3")


def test_an_uncertain_task_is_the_gaussian_likelihood_of_torch():
    outputs, targets = wave(SAMPLES, WIDTH), wave(SAMPLES, WIDTH, 1)
    objective = Tasks({"height": Regression()})
    with torch.no_grad():
        objective.log_variances["height"].fill_(0.7)
    variance = torch.full_like(outputs, math.exp(0.7))
    ours = objective({"height": outputs}, {"height": targets})[0]
    torch.testing.assert_close(ours, nn.GaussianNLLLoss()(outputs, targets, variance))
    assert objective.terms == ("height loss",)
    assert [name for name, _ in objective.named_parameters()] == ["log_variances.height"]
    assert not list(Tasks({"height": Regression()}, {}).parameters())


@pytest.mark.parametrize(("scale", "expected"), [(1 / 0.07, 2.7304784), (100.0, 16.147943)])
def test_contrast_is_the_loss_of_open_clip(scale, expected):
    vectors = F.normalize(wave(8, 8), dim=1)
    first, second = vectors[:4].requires_grad_(), vectors[4:].clone().requires_grad_()
    ours = Contrast(scale)((first, second), torch.arange(4))[0]
    theirs = open_clip.ClipLoss()(first, second, torch.tensor(scale))
    assert ours.item() == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(ours, theirs)


def test_the_temperature_stays_within_bounds_and_what_is_the_same_is_not_held_against_each_other():
    objective = Contrast()
    with torch.no_grad():
        objective.log_scale.fill_(9.0)
    views = wave(4, 8), wave(4, 8, 1)
    objective(views, torch.arange(4))
    assert objective.log_scale.item() == pytest.approx(math.log(100))
    # Two rows that show the same: each is chosen among the other two alone.
    twins = objective(views, torch.tensor([0, 1, 2, 0]))
    logits = 100 * F.normalize(views[0], dim=1) @ F.normalize(views[1], dim=1).T
    logits[0, 3] = logits[3, 0] = -math.inf
    own = torch.arange(4)
    torch.testing.assert_close(twins[0], (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2)


def test_contrast_is_judged_by_the_nearest():
    views = torch.eye(4), torch.eye(4)[[1, 0, 2, 3]]
    halves = [
        ((views[0][:2], views[1][:2]), torch.tensor([0, 1])),
        ((views[0][2:], views[1][2:]), torch.tensor([2, 3])),
    ]
    assert Contrast().judge(halves)["score"] == 0.5


@pytest.mark.parametrize(
    ("temperature", "expected"), [(0.07, 3.7292355), (0.1, 2.9292311), (0.2, 2.1599388), (1.0, 1.8723009)]
)
def test_the_contrast_of_views_is_the_published_one(temperature, expected):
    vectors = wave(8, 8)
    loss = ViewContrast(temperature)((vectors[:4], vectors[4:]), torch.arange(4))
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_views_of_the_same_are_not_held_against_each_other():
    first, second = wave(3, 8), wave(3, 8, 1)
    twins = ViewContrast()((first, second), torch.tensor([0, 1, 0]))
    rows = F.normalize(torch.cat([first, second]), dim=1)
    logits = rows @ rows.T / 0.1
    logits.fill_diagonal_(-math.inf)
    for row, other in ((0, 2), (2, 0), (3, 5), (5, 3), (0, 5), (5, 0), (2, 3), (3, 2)):
        logits[row, other] = -math.inf
    torch.testing.assert_close(twins[0], F.cross_entropy(logits, torch.tensor([3, 4, 5, 0, 1, 2])))
    assert ViewContrast().judge([((first, first), torch.arange(3))])["score"] == 1


def test_the_choice_among_concepts_written_out():
    objective, vectors, targets = CASES["concepts"]
    objective = copy.deepcopy(objective)
    words, share = targets["words"][0], targets["share"]
    choice = distance = 0.0
    for row, vector in enumerate(vectors):
        for weight, label in ((share[row], targets["labels"][row]), (1 - share[row], targets["other"][row])):
            odds = {
                concept: float(objective.log_frequencies[concept].exp() * torch.exp(20 * vector @ words[concept]))
                for concept in range(3)
                if not objective.masked[label, concept]
            }
            choice -= float(weight) * math.log(odds[int(label)] / sum(odds.values())) / SAMPLES
            distance += 0.7 * float(weight * (1 - vector @ objective.centroids[label])) / SAMPLES
    assert objective(vectors, targets).tolist() == pytest.approx([choice, distance], rel=1e-4)
    with torch.no_grad():
        objective.log_scale.fill_(9.0)
    hot = objective(vectors, targets)[0]
    with torch.no_grad():
        objective.log_scale.fill_(math.log(60))
    torch.testing.assert_close(hot, objective(vectors, targets)[0])
