"""Balanced and Best: networks that learn from chips around the labels."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..cards.card import BandSpec
from ..cards.classes import NODATA
from ..cpu import threads
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import PRESETS, Preset, Tiling
from ..models.architectures.network import Start
from ..training.augmentation import Augmentation
from ..training.devices import learning_device
from ..training.distributed import process_group
from ..training.metrics import ConfusionMatrix
from ..training.mixing import Mixing
from ..training.objectives.segmentation import Segmentation, class_weights, combine
from ..training.sampling import Chips, Window
from ..training.settings import Settings
from ..training.trainer import Outcome, Trainer
from .examples import Example, Examples, Place, normalised
from .features import discriminant, fit_features
from .labels import LabelSet
from .learned import Learned
from .pretrained import Prepared, prepare
from .splits import Side
from .validating import Predict, classes_of, probabilities

__all__ = ["learn"]

Floats = NDArray[np.float32]

LEARNING_RATE = 2e-3
PRETRAINED_FACTOR = 0.1  # the rate of an encoder that starts from pre-trained weights, in terms of the decoder's
GAIN, OFFSET = 0.02, 0.02
MARGIN = 5.0  # of the logits of a labelled pixel's first two classes when a network begins, at most, in the median
# Windows looked at after each epoch, each of them twice; all of the validation ground counts at the end.
MOST_JUDGED = 24
LOSS_SHARE = 0.5  # of the validation loss in what epochs are chosen by
NO_VALIDATION = (
    "No ground is left for validation: the best epoch is chosen by the training polygons, and nobody knows how "
    "accurate the model is; draw more polygons, away from each other."
)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A window that is looked at after each epoch."""

    place: Place
    image: Floats
    labels: NDArray[np.uint8]


def learn(examples: Examples, request: TrainRequest, report: Report) -> Learned:
    """Teach a network on chips around the labels; a pre-trained encoder learns slowly, or stays as it is."""
    preset, device = PRESETS[request.preset], learning_device(request.device)
    # As the map does: what ran in this process before must not decide, since sums depend on it in their last digits.
    torch.set_num_threads(max(1, threads() // process_group().local_size))
    places = examples.places(2 * preset.chip, preset.chip // 2)
    split = examples.split
    with torch.random.fork_rng(["cuda"] if device == "cuda" else []):
        torch.manual_seed(request.seed)
        prepared = prepare(examples, request)  # settles which bands there are
        seen = [example for _, example in examples.load(places, split.train, report, request.seed)]
        specs = prepared.scaled(seen, request.seed)
        network = prepared.network
    windows = [Window(normalised(example.image, specs), example.labels) for example in seen]
    classes = len(examples.labels.classes)
    network.start(_start(windows, specs, classes))
    judging = preset.judging or preset.tiling
    near = examples.places(preset.chip, judging.overlap)
    judged = _judged(examples, near, split.validation, specs, request.seed)
    warnings = [] if judged else [NO_VALIDATION]
    judged = judged or _judged(examples, near, split.train, specs, request.seed)
    judged += _edged(judged, request.seed)
    steps = max(preset.least_steps, math.ceil(sum(examples.labels.polygons) / preset.batch))
    chips = Chips(windows, side=preset.chip, batch=preset.batch, steps=steps, seed=request.seed)
    # Classes that no polygon of the training side shows have no weight.
    pixels = [*chips.pixels, *[0] * (classes - len(chips.pixels))]
    settings = Settings(
        epochs=request.epochs or preset.epochs or 0,
        batch=preset.batch,
        learning_rate=LEARNING_RATE,
        encoder_rate_factor=PRETRAINED_FACTOR if prepared.pretrained else 1.0,
        patience=preset.patience,
        seed=request.seed,
    )
    trainer = Trainer(
        network,
        Segmentation(combine({"ce": 1.0, "dice": 1.0}, class_weights(pixels, 0.25))),
        chips,
        lambda current: _judge(current, judged, judging, classes, device, report),
        settings,
        device,
        report,
        augment=_augmentation(specs),
        identity=_identity(request, prepared, [*windows, *judged]),
    )
    outcome = trainer.run()
    return _learned(network, outcome, prepared, specs, preset, device, warnings)


def _start(windows: Sequence[Window], specs: tuple[BandSpec, ...], classes: int) -> Start:
    """Which sums of the bands describe the labelled pixels best, and which class they speak for.

    The sums are those of the preset Quick; the verdict on them is that of linear discriminant analysis with all classes
    as likely. It is held back to a margin that the network can overrule: within a few polygons pixels differ less than
    their class does, so the verdict would be far too sure.
    """
    known = [(window.labels != NODATA) & ~np.isnan(window.image).all(axis=0) for window in windows]
    x = np.concatenate([window.image[:, here] for window, here in zip(windows, known, strict=True)], axis=1)
    y = np.concatenate([window.labels[here] for window, here in zip(windows, known, strict=True)])
    present = np.unique(y)
    if len(present) < 2:
        raise InputError(
            "The training labels cover observed pixels of fewer than two classes; draw polygons of other classes on "
            "the image."
        )
    fitted = fit_features(specs, x.T, y)
    sums = fitted.sums(x).T
    verdict, offset = discriminant(sums, y)
    runner_up, best = np.sort(sums @ verdict.T + offset, axis=1)[:, -2:].T
    held = min(MARGIN / max(float(np.median(best - runner_up)), 1e-6), 1.0)
    # Classes without a labelled pixel stay below the mean of the others, and so below the best.
    weights = np.tile(held * verdict.mean(axis=0), (classes, 1)).astype(np.float32)
    bias = np.full(classes, held * offset.mean() - MARGIN, np.float32)
    weights[present], bias[present] = held * verdict, held * offset
    scale = fitted.scaling
    return Start(
        scale.mean,
        scale.std,
        scale.added,
        scale.logarithms,
        fitted.weights,
        fitted.bias,
        verdict=weights,
        verdict_bias=bias,
    )


def _augmentation(specs: tuple[BandSpec, ...]) -> Callable[[Tensor, Tensor, Sequence[int]], tuple[Tensor, Tensor]]:
    """Small changes of bands, since large ones hide what tells crops apart; then edges."""
    change, mix = Augmentation(specs, gain=GAIN, offset=OFFSET), Mixing()
    return lambda images, labels, seed: mix(*change(images, labels, seed), (*seed, 1))


def _learned(
    network: nn.Module,
    outcome: Outcome,
    prepared: Prepared,
    specs: tuple[BandSpec, ...],
    preset: Preset,
    device: str,
    warnings: list[str],
) -> Learned:
    network.load_state_dict(outcome.state_dict)

    def raw(images: Floats) -> Floats:
        with torch.inference_mode():
            scores: Floats = network.eval().to("cpu")(torch.from_numpy(images)).float().numpy()
        return scores

    return Learned(
        architecture=prepared.architecture,
        parameters=prepared.parameters,
        specs=specs,
        tiling=preset.tiling,
        predict=_predict(network, device),
        raw=raw,
        tensors=outcome.state_dict,
        best_epoch=outcome.best_epoch,
        epochs=len(outcome.history),
        facts={
            **prepared.facts,
            "epochs": len(outcome.history),
            "best_epoch": outcome.best_epoch,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        },
        warnings=warnings,
    )


def _identity(request: TrainRequest, prepared: Prepared, seen: Sequence[Window | _Judged]) -> str:
    """A hash of all that is learned from and judged by, and of what the network begins with."""
    digest = hashlib.sha256(json.dumps([request.seed, prepared.parameters, prepared.facts], sort_keys=True).encode())
    for window in seen:
        digest.update(np.ascontiguousarray(window.image).data)
        digest.update(np.ascontiguousarray(window.labels).data)
    return digest.hexdigest()


def _judged(
    examples: Examples, places: Sequence[Place], side: Side | LabelSet, specs: Sequence[BandSpec], seed: int
) -> list[_Judged]:
    """Windows with labels of a side, at most so many, chosen by chance."""
    judged: list[_Judged] = []
    for index in np.random.default_rng([seed, 7]).permutation(len(places)).tolist():
        if len(judged) == MOST_JUDGED:
            break
        if examples.labelled(places[index], side):
            example: Example = examples.read(places[index], side)
            if (example.labels != NODATA).any():
                judged.append(_Judged(places[index], normalised(example.image, specs), example.labels))
    return judged


def _edged(judged: Sequence[_Judged], seed: int) -> list[_Judged]:
    """The same windows with patches of each other: validation polygons, too, were drawn inside of things."""
    source, moved = np.random.default_rng([seed, 8]), []
    for own, other in zip(judged, [*judged[1:], *judged[:1]], strict=True):
        height, width = np.minimum(own.labels.shape, other.labels.shape)
        both = np.s_[..., :height, :width]
        image, labels = own.image.copy(), own.labels.copy()
        foreign = Mixing().patches((height, width), source)
        image[both] = np.where(foreign, other.image[both], image[both])
        labels[both] = np.where(foreign, other.labels[both], labels[both])
        moved.append(_Judged(own.place, image, labels))
    return moved


def _judge(
    network: nn.Module, judged: Sequence[_Judged], tiling: Tiling, classes: int, device: str, report: Report
) -> dict[str, float]:
    """Loss and macro F1 over the pixels of the judged windows, pooled; and the score, by which epochs are chosen.

    A few polygons are soon all recognised: of epochs with about the same F1 the one that is surer of the truth counts
    as better.
    """
    confusion, loss, pixels = ConfusionMatrix(classes), 0.0, 0
    predict = _predict(network, device)
    for window in judged:
        report.check_cancelled()
        shares = probabilities(window.image, window.place, predict, tiling, classes)
        known = (window.labels != NODATA) & ~np.isnan(shares[0])
        truth = window.labels[known].astype(np.intp)
        own = np.take_along_axis(shares[:, known], truth[np.newaxis], axis=0)
        loss -= float(np.log(np.maximum(own, 1e-7), dtype=np.float64).sum())
        pixels += truth.size
        confusion.add(window.labels, classes_of(shares))
    mean = loss / max(pixels, 1)
    return {
        "score": confusion.macro_f1 - LOSS_SHARE * mean,
        "validation loss": mean,
        "validation F1": confusion.macro_f1,
    }


def _predict(network: nn.Module, device: str) -> Predict:
    def predict(tiles: Floats) -> Floats:
        images = torch.from_numpy(np.nan_to_num(tiles, nan=0.0, posinf=0.0, neginf=0.0)).to(device)
        with torch.inference_mode():
            shares: Floats = network.eval().to(device)(images).float().softmax(dim=1).cpu().numpy()
        return shares

    return predict
