"""Trains a flood network on the common trainer, and finds the temperature at which its probabilities are true."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...cards.card import BandSpec
from ...cards.classes import NODATA
from ...cards.floods import DISPLAY, NO_VH
from ...flood.backscatter import grey_to_db, to_db
from ...flood.level import offset
from ...flood.planes import levelled_db, network_input
from ...jobs.report import Report
from ...models.architectures.narrow_unet import BRIGHT, WIDTHS
from ...training.batches import Batch
from ...training.objectives.segmentation import Segmentation
from ...training.settings import Settings
from ...training.trainer import Trainer
from .augmentation import Seen, changed, land_of
from .chips import FLOOD, Chip
from .network import NarrowUNet, Released

__all__ = [
    "PAIR",
    "SINGLE",
    "Calibration",
    "Kind",
    "Recipe",
    "Source",
    "bands_of",
    "calibrated",
    "calibration_error",
    "either",
    "input_of",
    "leaning",
    "train",
]

Image = NDArray[np.float32]
POLARISATIONS = ("VV", "VH")
THINNED = 0.5  # share of the dry pixels of pairs of pictures that are not learned from
LEANS = tuple(step / 10 for step in range(-3, 9))
# dB: about the middle and the spread of land and water together, one scale for all images.
SCALES = {"VV": (-12.0, 6.0), "VH": (-19.0, 6.0)}


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two networks: its name, of how many dates it is, and what its classes are called, colours beside."""

    name: str
    title: str
    dates: int
    classes: tuple[tuple[int, str, str], ...]


DRY_LAND = (0, "dry", "#eee8d5")
PAIR = Kind(
    "geofm-flood-pair",
    "GeoFM flood, before and after",
    2,
    (DRY_LAND, (1, "permanent water", "#1f60a8"), (2, "flood", "#d62739")),
)
SINGLE = Kind("geofm-flood-single", "GeoFM water, one date", 1, (DRY_LAND, (3, "water", "#56aadc")))


@dataclass(frozen=True, slots=True)
class Source:
    """Chips, and which shares of all that is learned from are drawn from them.

    Attributes
    ----------
    name : str
    chips : sequence of Chip
    paired, alone : tuple of float
        In each stage of a training, as pairs and as single dates.
    """

    name: str
    chips: Sequence[Chip]
    paired: tuple[float, float]
    alone: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    steps : tuple of int
        Optimiser steps of each stage: first all kinds of images alike, then mostly what is hard.
    batch, side : int
        Chips of a step; side of a chip in pixels.
    learning_rate : float
    widths : tuple of int
        Of the network; see `NarrowUNet`.
    precision : str
    seed : int
    """

    steps: tuple[int, int] = (1300, 2600)
    batch: int = 8
    side: int = 128
    learning_rate: float = 2e-3
    widths: tuple[int, ...] = WIDTHS
    precision: str = "fp32"
    seed: int = 0


def bands_of(kind: Kind) -> tuple[BandSpec, ...]:
    """What the network's card says of its input."""
    flags = tuple(BandSpec(name, "dn") for name in (DISPLAY, NO_VH))
    radar = [[BandSpec(name, "db", *SCALES[name], date) for name in POLARISATIONS] for date in range(kind.dates)]
    return (*radar[0], *flags, *(band for bands in radar[1:] for band in bands))


def input_of(kind: Kind, seen: Seen) -> Image:
    """float32[C, H, W], as a map normalises it, 0 where nothing was observed."""
    bands = bands_of(kind)
    values = seen.values.reshape(-1, *seen.values.shape[2:])
    polarisations = POLARISATIONS[: seen.values.shape[1]]
    levels = [land if np.isfinite(land).all() else None for land in _in_db(seen)]
    offsets = [offset(level, polarisations, display=seen.display) for level in levels]
    decibels = levelled_db(values, polarisations, display=seen.display, offsets=offsets)
    given = network_input(bands, decibels[None], polarisations, display=seen.display)[0]
    for plane, band in zip(given, bands, strict=True):
        plane -= np.float32(band.mean)
        plane /= np.float32(band.std)
    return np.asarray(np.nan_to_num(given, copy=False), np.float32)


def _in_db(seen: Seen) -> Image:
    return grey_to_db(seen.land) if seen.display else to_db(seen.land)


def targets_of(kind: Kind, seen: Seen) -> NDArray[np.uint8]:
    """uint8[H, W]: places of the network's classes; 255 where unknown."""
    if kind.dates > 1:
        return seen.labels
    return np.where(seen.labels == NODATA, NODATA, seen.labels > 0).astype(np.uint8)


def either(logits: Tensor, target: Tensor) -> Tensor:
    """Mean of -log p[class], where class 3 is water of either kind, 1 or 2; 255 is left out."""
    known = logits.float().log_softmax(dim=1)
    known = torch.cat([known, known[:, 1:].logsumexp(dim=1, keepdim=True)], dim=1)
    total = torch.nn.functional.nll_loss(known, target, ignore_index=NODATA, reduction="sum")
    return total / (target != NODATA).sum().clamp_min(1)


def train(sources: Sequence[Source], recipe: Recipe, report: Report) -> NarrowUNet:
    """The trained network: the moving average of its weights, in evaluation mode.

    It learns from pairs and from single dates at once, whose place of the date before is filled (`network.BRIGHT`).
    """
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = NarrowUNet(len(bands_of(PAIR)), len(PAIR.classes), recipe.widths)
    for stage, steps in enumerate(recipe.steps):
        batches = _Drawn(sources, recipe, stage)
        settings = Settings(
            epochs=-(-steps // batches.steps),
            steps=steps,
            batch=recipe.batch,
            learning_rate=recipe.learning_rate,
            weight_decay=1e-2,
            warmup_share=0.03,
            clip=2.0,
            ema_decay=0.995,
            checkpoint_s=60.0,
            seed=recipe.seed + stage,
            precision=recipe.precision,
        )
        folder, identity = f"stage {stage + 1}", batches.identity
        trainer = Trainer(
            network, Segmentation(either), batches, (), settings, "cpu", report, identity=identity, folder=folder
        )
        network.load_state_dict(trainer.run().state_dict)
    return network.eval().requires_grad_(False)


class _Drawn:
    """Chips drawn by the shares of their sources, each as another image might show it; see `training.Batches`."""

    steps = 50

    def __init__(self, sources: Sequence[Source], recipe: Recipe, stage: int) -> None:
        self._recipe, self._seed = recipe, recipe.seed + stage
        drawn = [
            (kind, source, share)
            for source in sources
            for kind, share in _shares(source, stage)
            if share and source.chips
        ]
        self._ways = [(kind, source.chips) for kind, source, _ in drawn]
        self._land = {id(chip): land_of(chip) for source in sources for chip in source.chips}
        shares = np.array([share for _, _, share in drawn])
        self._shares = shares / shares.sum()
        digest = hashlib.sha256(repr(asdict(recipe)).encode())
        for kind, source, share in drawn:
            digest.update(f"{kind.name} {source.name} {share}".encode())
            for chip in source.chips:
                digest.update(chip.name.encode() + chip.labels.tobytes()[::97])
        self.identity = digest.hexdigest()

    def batch(self, epoch: int, step: int) -> Batch:
        """float32[N, C, S, S] and uint8[N, S, S]; of single dates, 3 is water of either kind."""
        recipe = self._recipe
        drawn = [self._one(np.random.default_rng([self._seed, epoch, step, n])) for n in range(recipe.batch)]
        inputs, targets = (torch.from_numpy(np.stack(arrays)) for arrays in zip(*drawn, strict=True))
        return inputs, targets

    def _one(self, source: np.random.Generator) -> tuple[Image, NDArray[np.uint8]]:
        """A chip with something that is known; of a part where nothing is, another one."""
        for _ in range(8):
            kind, chips = self._ways[int(source.choice(len(self._ways), p=self._shares))]
            chip = chips[int(source.integers(len(chips)))]
            seen = changed(chip, kind.dates, self._recipe.side, source, self._land[id(chip)])
            if (seen.labels != NODATA).any():
                break
        given, target = input_of(kind, seen), targets_of(kind, seen)
        if seen.display and kind is PAIR and chip.display:
            # Where a picture does not tell, as often as not, a map that is judged by F1 says flood.
            target = np.where((target == 0) & (source.random(target.shape) < THINNED), np.uint8(NODATA), target)
        if kind is SINGLE:
            given = np.concatenate([given, np.full_like(given[:2], BRIGHT)])
            target[target == 1] = 3
        return given, target


def _shares(source: Source, stage: int) -> tuple[tuple[Kind, float], ...]:
    return (PAIR, source.paired[stage]), (SINGLE, source.alone[stage])


@dataclass(frozen=True, slots=True)
class Calibration:
    """How true the probabilities of a network are.

    Attributes
    ----------
    temperature : float
        By which its logits are divided (Guo et al. 2017).
    error_before, error : float
        Expected calibration error of the most probable class in 15 bins, without it and with it, of the same pixels.
    pixels : int
    lean : float
        What is added to the flood's logit in pairs of pictures; see `leaning`.
    """

    temperature: float
    error_before: float
    error: float
    pixels: int
    lean: float


def leaning(network: NarrowUNet, pairs: Sequence[Chip]) -> float:
    """How much pairs of pictures must lean to flood for the highest F1, on pairs that the network has not learned from.

    A map that is judged by F1 calls flood what is less likely flood than not (Lipton et al. 2014), and masks hold flood
    that no picture shows. Of `LEANS` the best is taken; of all pixels, known or not, F1 counts as they are masked.
    """
    hits, called, true = np.zeros(len(LEANS)), np.zeros(len(LEANS)), 0
    released = Released(network).eval()
    for chip in pairs:
        seen = Seen(chip.values.astype(np.float32), chip.labels[0], True, land_of(chip))
        with torch.inference_mode():
            dry, permanent, flood = released(torch.from_numpy(input_of(PAIR, seen))[None])[0].numpy()
        water = seen.labels == FLOOD
        true += int(water.sum())
        for place, lean in enumerate(LEANS):
            called_flood = np.maximum(permanent, flood + lean) > dry
            hits[place] += (called_flood & water).sum()
            called[place] += called_flood.sum()
    return LEANS[int((2 * hits / np.maximum(called + true, 1)).argmax())]


def calibrated(
    kind: Kind, network: NarrowUNet, chips: Sequence[Chip], seed: int = 0, views: int = 2, lean: float = 0.0
) -> Calibration:
    """Fit a temperature on chips that the network has not learned from, by their cross-entropy."""
    released = Released(network, one_date=kind is SINGLE, lean=lean).eval()
    parts = list(_judged(kind, released, chips, seed, views))
    logits, truth = (torch.cat(column) for column in zip(*parts, strict=True))
    scale = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([scale], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits * scale.exp(), truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    temperature = float((-scale).detach().exp())
    before, after = (
        round(calibration_error((logits / t).softmax(1).numpy(), truth.numpy()), 5) for t in (1.0, temperature)
    )
    return Calibration(round(temperature, 4), before, after, len(truth), lean)


def _judged(
    kind: Kind, network: Released, chips: Sequence[Chip], seed: int, views: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits float32[M, K] and classes int64[M] of every so many known pixels."""
    for number, chip in enumerate(chips):
        side = min(256, *(length // 32 * 32 for length in chip.labels.shape[1:]))
        land = land_of(chip)
        for view in range(views):
            seen = changed(chip, kind.dates, side, np.random.default_rng([seed, number, view]), land)
            with torch.inference_mode():
                logits = network(torch.from_numpy(input_of(kind, seen))[None])[0].flatten(1).T
            truth = torch.from_numpy(targets_of(kind, seen)).flatten().long()
            known = (truth != NODATA).nonzero()[::29, 0]
            yield logits[known].clone(), truth[known]


def calibration_error(probabilities: Image, truth: NDArray[np.int64], bins: int = 15) -> float:
    """Distance of confidence and accuracy in bins of confidence, weighted by their pixels (Naeini et al. 2015)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins)
    gaps = np.bincount(places, confidence, bins) - np.bincount(places, right, bins)
    return float(np.abs(gaps).sum() / max(counts.sum(), 1))
