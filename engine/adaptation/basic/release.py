"""Makes a model's folder of a trained image tower: eight bits, calibrated, with a card that says what it can do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ...cards.card import BandSpec, Card
from ...datasets.concepts import CONCEPTS
from ...datasets.scenes import square
from ...encoders import TASK, minilm
from ...encoders.basic import ARCHITECTURE
from ...encoders.exporting import exported, quantised_by
from ...errors import InputError
from ...models.runtime import OnnxRuntime
from ...models.store import write_model
from .calibration import calibrate, examples, nearest
from .dataset import ConceptDataset
from .training import Recipe

__all__ = ["Description", "release"]

SIDE = 128
OVERLAP = 32
EXAMPLES = 256  # pictures from which the ranges of the activations are taken
LEAST_COSINE = 0.97  # between vectors of full precision and of eight bits, on average
LIMITS = (
    "A basic model: it knows {count} concepts and free wordings of them, and nothing else; a phrase for another thing "
    "is answered with whatever lies nearest. Taught on red-green-blue pictures from above{gsd}; weak on coarser "
    "imagery such as Sentinel-2, on small objects and on oblique views. It understands no negation, no numbers, and "
    "not where in a picture things are."
)


@dataclass(frozen=True, slots=True)
class Description:
    """What the card says of the model, beside what can be worked out.

    Attributes
    ----------
    name, title, licence, attribution, source : str
    gsd_m : tuple of float, optional
        The finest and the coarsest pixels, in metres, of pictures as the network sees them: shrunk to `SIDE`.
    """

    name: str
    title: str
    licence: str
    attribution: str
    source: str
    gsd_m: tuple[float, float] | None = None


def release(
    folder: Path,
    network: nn.Module,
    dataset: ConceptDataset,
    recipe: Recipe,
    described: Description,
    metrics: Mapping[str, Any],
) -> Card:
    """Write the model of a trained network.

    Raises
    ------
    InputError
        If eight bits change its vectors too much.
    OutputError
        If it cannot be written.
    """
    tiles = _examples(dataset)
    with torch.inference_mode():
        exact = network(torch.from_numpy(tiles)).numpy()
    onnx = quantised_by(_graph(network), "tiles", list(np.split(tiles, range(32, len(tiles), 32))))
    vectors = _run(onnx, tiles)
    cosine = float((exact * vectors).sum(1).mean())
    if not cosine >= LEAST_COSINE:
        raise InputError(
            f"Eight bits change the vectors of this network too much (mean cosine {cosine:.3f}); train it longer."
        )
    threshold, softness = _known(dataset)
    gsd = described.gsd_m
    card = Card(
        name=described.name,
        title=described.title,
        task=TASK,
        architecture=ARCHITECTURE,
        parameters={
            "dimension": exact.shape[1],
            "concepts": _concepts(dataset),
            "text": {"name": minilm.NAME, "sha256": minilm.SHA256, "licence": "Apache-2.0"},
            "known": {"threshold": threshold, "softness": softness},
            "vocabulary": "closed",
            "gsd_range_m": list(gsd) if gsd else None,
        },
        weights="model.onnx",
        sha256="",
        bands=tuple(BandSpec(name, "display") for name in ("red", "green", "blue")),
        gsd_m=round(math.sqrt(gsd[0] * gsd[1]), 3) if gsd else None,
        tile=SIDE,
        overlap=OVERLAP,
        licence=described.licence,
        attribution=described.attribution,
        source=described.source,
        training={"pictures": len(dataset.pictures), "held_out": dataset.held_out, **asdict(recipe)},
        metrics={**metrics, "cosine_of_eight_bits": cosine},
        limits=LIMITS.format(count=len(dataset.concepts), gsd=f" at {gsd[0]:g} to {gsd[1]:g} m a pixel" if gsd else ""),
        # Processors round sums of eight-bit products differently; the vectors have length 1.
        tolerance=0.02,
    )
    pattern = golden_tile()
    return write_model(folder, card, onnx=onnx, golden=(pattern, _run(onnx, pattern)))


def golden_tile() -> npt.NDArray[np.float32]:
    """float32[1, 3, S, S], 0 to 255: stripes and rings, since a picture of the training would be given away with it."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    waves = np.sin(2 * np.pi * np.stack([3 * rows + columns, 5 * rows * columns, 4 * (rows**2 + columns**2)]))
    return np.round(128 + 80 * waves[np.newaxis]).astype(np.float32)


def _examples(dataset: ConceptDataset) -> npt.NDArray[np.float32]:
    """float32[N, 3, S, S]: every so many pictures, so that all classes are there."""
    step = max(1, len(dataset.pictures) // EXAMPLES)
    chosen = [square(picture, SIDE) for picture in dataset.pictures[::step]]
    return np.ascontiguousarray(np.stack(chosen).transpose(0, 3, 1, 2), dtype=np.float32)


def _graph(network: nn.Module) -> bytes:
    plain = network.to(memory_format=torch.contiguous_format)
    return exported(plain, {"tiles": torch.zeros(2, 3, SIDE, SIDE)}, {"tiles": {0: "batch"}})


def _run(onnx: bytes, tiles: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    runtime = OnnxRuntime(onnx)
    return np.concatenate([runtime.run(tiles[start : start + 32]) for start in range(0, len(tiles), 32)])


def _known(dataset: ConceptDataset) -> tuple[float, float]:
    known, absent = examples(dataset.concepts)
    trained = np.concatenate([vectors.numpy() for vectors in dataset.vectors])
    # Sets of one's own may have none of the concepts that there are other wordings for.
    known = known or [f"a picture of {phrases[0]}" for phrases in dataset.phrases]
    tower = minilm.TextTower()
    return calibrate(nearest(tower(known), trained), nearest(tower(absent), trained))


def _concepts(dataset: ConceptDataset) -> list[dict[str, Any]]:
    classes = {concept.name: list(concept.classes) for concept in CONCEPTS}
    return [
        {"name": name, "classes": classes.get(name, [name]), "phrases": list(phrases)}
        for name, phrases in zip(dataset.concepts, dataset.phrases, strict=True)
    ]
