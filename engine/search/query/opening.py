"""The task `open-index`: what an index holds, and all that a query needs brought into memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...cards.searching import reads_words
from ...encoders import DualEncoder
from ...jobs.report import Report
from ...jobs.requests import OpenIndexRequest
from ...jobs.result import Output, Result
from ..index.checking import stale
from ..index.manifest import bytes_of
from ..index.named import note_on
from ..index.store import Index
from .scanning import scan
from .warm import encoder_of, index_of

__all__ = ["open_for_search"]


def open_for_search(request: OpenIndexRequest, report: Report) -> Result:
    """Open an index and its model, and keep both for the queries that follow in this process.

    Raises
    ------
    InputError
        If there is no index, or its model is not installed or another one by now.
    """
    folder = Path(request.index)
    warm = index_of(folder, report.check_cancelled)
    report.check_cancelled()
    encoder = encoder_of(warm.index, request.device)
    report.check_cancelled()
    if len(warm.index):
        # The towers' first words and the first look at all vectors take longest.
        if reads_words(encoder.card):
            query = encoder.texts(["a place"])[0]
            encoder.known("a place")
        else:
            query = warm.index.vectors(np.array([0]))[0]
        if warm.table is None:
            scan(warm.index, query, codes=warm.large)
    summary = _summary(folder, warm.index, encoder, report)
    for warning in summary["warnings"]:
        report.message(warning)
    name = warm.index.about.name
    return Result((Output(str(folder), "index", name),), name, summary)


def _summary(folder: Path, index: Index, encoder: DualEncoder, report: Report) -> dict[str, Any]:
    about, columns = index.about, index.columns
    sources = index.sources.values()
    days = sorted((source.acquired or "")[:10] for source in sources)
    concepts = encoder.card.parameters.get("concepts")
    states = stale(sources, report.check_cancelled)
    extent = [columns.lon.min(), columns.lat.min(), columns.lon.max(), columns.lat.max()] if len(index) else None
    return {
        "index": str(folder),
        "name": about.name,
        "model": about.title or about.model,
        "model_name": about.model,
        "reads_words": reads_words(encoder.card),
        "concepts": [concept["name"] for concept in concepts] if concepts else None,
        "images": len(index.sources),
        "tiles": len(index),
        "windows_m": sorted({side for source in sources for side in source.window_m}),
        "first_day": next(filter(None, days), None),
        "last_day": (days or [""])[-1] or None,
        "undated": days.count(""),
        "extent": extent and [round(float(value), 7) for value in extent],
        "stale": [
            {"files": list(source.files), "state": states[source.id]} for source in sources if source.id in states
        ],
        "failed": [{"files": list(files), "reason": reason} for files, reason in index.manifest.failed],
        "unfinished": not index.manifest.whole,
        "bytes": bytes_of(folder),
        "warnings": [*index.damage, *note_on(source.files for source in sources)],
    }
