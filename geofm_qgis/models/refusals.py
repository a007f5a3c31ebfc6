"""What cannot be done with a model, and why: one sentence, or nothing where it can."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from ..engine.cards.tasks import TASKS, VECTORS
from ..engine.jobs.job import Job
from ..jobs.words import title_of
from ..translation import tr
from .rows import ModelRow, is_used_by

__all__ = ["no_delete", "no_export", "no_import", "no_install"]


def no_import(learns: bool) -> str:
    """Why nothing can be imported; `learns` tells whether the engine has the packages for it."""
    return "" if learns else tr("The packages for training and search are not set up; see the options.")


def no_install(row: Optional[ModelRow], learns: bool) -> str:
    """Why a model cannot be installed from the catalogue."""
    if row is None or (row.entry is None and row.folder is None):
        return tr("Select a model of the catalogue.")
    if row.installed:
        return tr("“{title}” is installed.").format(title=row.title)
    if row.entry is None:
        return tr("“{title}” is not in the catalogue.").format(title=row.title)
    if row.job is not None:
        return _busy(row)
    if row.entry.by_hand:
        return tr("This model is taken in by hand: download its file, and choose Import.")
    if not row.obtainable:
        return tr("The files of this model come from a mirror only; see below.")
    return no_import(learns)


def no_export(row: Optional[ModelRow], learns: bool) -> str:
    """Why a model cannot be written as ONNX."""
    if row is None or row.card is None or not row.installed:
        return tr("Select a model that is installed.")
    if TASKS[row.card.task].gives == VECTORS:
        return tr("Only models that give classes or values can be exported.")
    return no_import(learns) if row.job is None else _busy(row)


def no_delete(row: Optional[ModelRow], jobs: Iterable[Job]) -> str:
    """Why a model cannot be deleted; jobs that have not ended may need it."""
    if row is None or row.folder is None:
        return tr("Select a model that is installed.")
    if row.built_in:
        return tr("“{title}” comes with GeoFM and cannot be deleted.").format(title=row.title)
    user = next((job for job in jobs if is_used_by(row, job)), None)
    if user is not None:
        return tr("Job {number} needs it: {job}.").format(number=user.id, job=title_of(user))
    return ""


def _busy(row: ModelRow) -> str:
    return tr("Something is being done with “{title}” already.").format(title=row.title)
