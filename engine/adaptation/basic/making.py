"""The task `train-encoder`: from folders of scenes to a model's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ...cards.card import CARD, Card
from ...cards.shelf import check_name
from ...datasets.captions import by_class, fitting, read_captions
from ...datasets.concepts import concept_of, spelt
from ...datasets.scenes import TAUGHT, SceneFolder, hold_out, scene_folder
from ...encoders import load_encoder
from ...encoders.evaluation.zero_shot import evaluate_scenes
from ...errors import InputError, OutputError
from ...jobs.report import Report
from ...jobs.requests import TrainEncoderRequest
from ...jobs.result import Result
from .dataset import ConceptDataset, read_dataset
from .release import Description, release
from .training import Recipe, train

__all__ = ["make_encoder", "train_encoder"]

BATCH_LEAST = 8
# Whose scores they are, on the card of a model that saw all pictures.
OF_A_TRIAL = "a model trained in the same way on the other pictures alone; this one was trained on all"


def train_encoder(request: TrainEncoderRequest, report: Report) -> Result:
    """Train a small image encoder and write the model.

    Returns
    -------
    Result
        The summary holds the model's folder, its concepts, and the scores that `make_encoder` gives.

    Raises
    ------
    GeoFMError
        If the inputs cannot be used or the model cannot be written; nothing is left behind then.
    """
    model = Path(str(request.model)).absolute()
    name = check_name(model.name)
    _check_free(model)
    title = request.name or name
    gsd_m = (min(request.gsd_m), max(request.gsd_m)) if request.gsd_m else None
    card, scores = make_encoder(
        [Path(folder) for folder in request.data],
        model,
        report,
        captions=Path(request.captions) if request.captions else None,
        held_out=request.hold_out,
        then_all=request.then_all,
        recipe=Recipe(epochs=request.epochs, seed=request.seed),
        described=Description(name, title, request.licence, request.attribution or "", "geofm train-encoder", gsd_m),
    )
    concepts = [concept["name"] for concept in card.parameters["concepts"]]
    return Result(request.written(), title, {"model": str(model), "concepts": concepts, "scores": scores})


def _check_free(model: Path) -> None:
    """A training takes hours, so what stands in its way is told before it."""
    if (model / CARD).is_file():
        raise OutputError(f"{model} is a finished model; delete it, or choose another folder.", field="model")
    if model.is_dir() and any(model.iterdir()):
        raise OutputError(f"{model} holds other files and is no model; choose another folder.", field="model")
    if not model.is_dir() and os.path.lexists(model):
        raise OutputError(f"{model} is a file; choose another folder.", field="model")


def make_encoder(
    folders: Sequence[Path],
    out: Path,
    report: Report,
    *,
    captions: Path | None = None,
    held_out: float = 0.0,
    then_all: bool = False,
    recipe: Recipe | None = None,
    described: Description,
) -> tuple[Card, dict[str, Any]]:
    """Train an image tower on sets of scenes and write the model.

    Parameters
    ----------
    folders : sequence of Path
        Folders of class folders, or that hold such a folder `train`.
    out : Path
        The model's folder.
    report : Report
    captions : Path, optional
        More phrases for classes, or for pictures of them; see `captions.read_captions`.
    held_out : float
        Share of the pictures, at the end of each run of numbers, that training does not see and the model is scored on.
    then_all : bool
        Whether that was a trial: its scores go on the card of a second model, which is trained on all pictures.
    recipe : Recipe, optional
    described : Description

    Returns
    -------
    card : Card
    scores : dict
        Per set, of the pictures held out: `top1`, `map`, `precision_at_10` with class names and paraphrases as prompts,
        and `wordings` with phrases that no training sees (where all classes have such). Empty if nothing was held out.

    Raises
    ------
    InputError, OutputError, Cancelled
    """
    recipe = recipe or Recipe()
    sets = [scene_folder(folder, TAUGHT) for folder in folders]
    for scenes in sets:
        if scenes.part:
            report.message(f"The pictures of {scenes.path.name} are those of {scenes.part}.")
    phrases = _phrases(captions, sets, report)
    if not held_out:
        network, dataset = _trained(folders, phrases, 0.0, recipe, report)
        return release(out, network, dataset, recipe, described, {}), {}
    report.message(f"Training on {1 - held_out:.0%} of the pictures.")
    network, dataset = _trained(folders, phrases, held_out, recipe, report)
    trial = report.checkpoints / "model"
    release(trial, network, dataset, recipe, described, {})
    report.message("Scoring the pictures that were held out.")
    scores = {scenes.path.name: _scores(trial, scenes, held_out) for scenes in sets}
    metrics: dict[str, Any] = {"held_out": scores}
    if then_all:
        report.message("Training on all pictures.")
        metrics["held_out_of"] = OF_A_TRIAL
        network, dataset = _trained(folders, phrases, 0.0, recipe, report)
    return release(out, network, dataset, recipe, described, metrics), scores


def _trained(
    folders: Sequence[Path], phrases: Mapping[str, Sequence[str]], held_out: float, recipe: Recipe, report: Report
) -> tuple[nn.Module, ConceptDataset]:
    report.message("Reading pictures and words.")
    dataset = read_dataset(folders, phrases, held_out)
    if len(dataset.pictures) < BATCH_LEAST:
        raise InputError(f"Only {len(dataset.pictures)} pictures are left to train on; give more, or hold out fewer.")
    return train(dataset, recipe, report, "trial" if held_out else "encoder"), dataset


def _phrases(captions: Path | None, sets: Sequence[SceneFolder], report: Report) -> dict[str, list[str]]:
    phrases: dict[str, list[str]] = {}
    if captions is None:
        return phrases
    pairs, fit = read_captions(captions), set[str]()
    for scenes in sets:
        fitted, fit_here = by_class(pairs, scenes)
        fit |= fit_here
        for name, own in fitted.items():
            phrases.setdefault(name, []).extend(own)
    for note in fitting(pairs, fit, captions, "class and no picture of the sets"):
        report.message(note)
    return phrases


def _scores(model: Path, scenes: SceneFolder, share: float) -> dict[str, Any]:
    encoder = load_encoder(str(model))
    held = hold_out(scenes, share)
    part = SceneFolder(
        scenes.path,
        scenes.classes,
        tuple(picture for picture, out in zip(scenes.pictures, held, strict=True) if out),
    )
    if not part.pictures:
        return {}
    figures = _short(evaluate_scenes(encoder, part))
    concepts = {spelt(name): concept_of(name) for name in scenes.classes}
    others = {name: concept.held_out for name, concept in concepts.items() if concept is not None}
    if len(others) == len(concepts):
        figures["wordings"] = _short(evaluate_scenes(encoder, part, phrases=others))
    return figures


def _short(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {key: figures[key] for key in ("images", "top1", "map", "precision_at_10")}
