"""The tasks `evaluate-scene` and `evaluate-retrieval`: how good an encoder is at naming and finding pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...datasets.captions import Pairs, by_class, by_picture, fitting, read_captions
from ...datasets.scenes import SceneFolder, scene_folder
from ...jobs.report import Report
from ...jobs.requests import EvaluateRetrievalRequest, EvaluateScenesRequest, Request
from ...jobs.result import Result
from ...mapping import MapJob
from .. import load_encoder
from .retrieval import evaluate_retrieval
from .stored import evaluate_features
from .zero_shot import evaluate_scenes

__all__ = ["evaluate_recall", "evaluate_scene"]

K = TypeVar("K")


def evaluate_scene(request: EvaluateScenesRequest, report: Report) -> Result:
    """Zero-shot scores of an encoder, or of stored features: top-1, mean average precision, precision at 10.

    Raises
    ------
    GeoFMError
        If the model, the pictures or the captions cannot be used.
    """
    if request.features is not None:
        return _told(request, report, evaluate_features(request.features), Path(request.features).stem)
    scenes = scene_folder(str(request.data))
    phrases, notes = _captions(request.captions, scenes, by_class, f"class and no picture of {request.data}")
    if phrases and len(phrases) < len(scenes.classes):
        left = len(scenes.classes) - len(phrases)
        notes.append(f"{left} of {len(scenes.classes)} classes have no phrases there and keep their own prompts.")
    encoder = load_encoder(str(request.model), device=request.device)
    scores = evaluate_scenes(encoder, scenes, phrases=phrases, progress=_progress(report))
    scores = {"model": encoder.card.name, **scores, "notes": [*notes, *scores["notes"]]}
    return _told(request, report, scores, encoder.card.title)


def evaluate_recall(request: EvaluateRetrievalRequest, report: Report) -> Result:
    """Recall at K of an encoder, by labels, and with captions also by instances.

    Raises
    ------
    GeoFMError
        As for `evaluate_scene`.
    """
    scenes = scene_folder(request.data)
    captions, notes = _captions(request.captions, scenes, by_picture, f"picture of {request.data}")
    encoder = load_encoder(request.model, device=request.device)
    ranks = sorted(set(request.ranks))
    scores = evaluate_retrieval(encoder, scenes, captions=captions, ranks=ranks, progress=_progress(report))
    scores = {"model": encoder.card.name, **scores, "notes": [*notes, *scores["notes"]]}
    return _told(request, report, scores, encoder.card.title)


def _captions(
    path: str | None,
    scenes: SceneFolder,
    order: Callable[[Pairs, SceneFolder], tuple[dict[K, list[str]], set[str]]],
    wanted: str,
) -> tuple[dict[K, list[str]] | None, list[str]]:
    """The phrases of a file, if there is one, as `order` finds them for the set, and notes on names in it."""
    if not path:
        return None, []
    pairs = read_captions(path)
    phrases, fit = order(pairs, scenes)
    return phrases, fitting(pairs, fit, path, wanted)


def _progress(report: Report) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        report.check_cancelled()
        report.progress(done, total, "images")

    return tell


def _told(request: Request, report: Report, scores: dict[str, Any], group: str) -> Result:
    with MapJob(request, report) as job:
        job.hidden_outputs()
        return job.finish({**job.about(), **scores, "warnings": list(scores.get("notes", ()))}, group)
