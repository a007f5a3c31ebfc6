"""What is said about a job: its name, its state, how far it is, and when."""

from __future__ import annotations

import json
import time
from pathlib import PurePath
from typing import Any, Optional

from qgis.PyQt.QtCore import QDateTime, QLocale

from ..engine.jobs.job import CANCELLED, FAILED, INTERRUPTED, QUEUED, RUNNING, SUCCEEDED, Job
from ..engine.jobs.requests import kinds
from ..translation import tr

__all__ = [
    "fraction_of",
    "full_moment",
    "moment",
    "name_of",
    "progress_text",
    "span",
    "state_of",
    "time_left",
    "title_of",
]

MINUTE = 60


def title_of(job: Job) -> str:
    """Name and kind, such as "Valencia – flood map": the name comes first, so that a narrow column shows it."""
    known = kinds().get(job.kind)
    name, kind = name_of(job), job.kind if known is None else tr(known.title)
    return f"{name} – {kind}" if name else kind


def name_of(job: Job) -> str:
    """The name that the user gave or, failing that, the first file of a job."""
    if job.result is not None and job.result.group:
        return job.result.group
    values, known = _values_of(job), kinds().get(job.kind)
    labels = ("name",) if known is None else (n for n, option in known.options().items() if option.role == "label")
    for name in labels:
        if values.get(name):
            return str(values[name])
    subject = values.get("" if known is None else known.subject) or ""
    first = subject[0] if isinstance(subject, list) else subject
    return PurePath(str(first).partition("|")[0]).stem


def state_of(job: Job) -> str:
    """The state in a word or two."""
    if job.state == RUNNING:
        if job.cancel_requested_at is not None:
            return tr("Cancelling")
        return tr("Not responding") if job.silent_s() is not None else tr("Running")
    words = {
        QUEUED: lambda: tr("Waiting"),
        SUCCEEDED: lambda: tr("Done"),
        FAILED: lambda: tr("Failed"),
        CANCELLED: lambda: tr("Cancelled"),
        INTERRUPTED: lambda: tr("Interrupted"),
    }
    return words[job.state]()


def fraction_of(job: Job) -> Optional[float]:
    """How far a running job is, 0 to 1; None where that is not known yet."""
    progress = job.progress or {}
    if job.state != RUNNING or not progress.get("total"):
        return None
    return min(1.0, max(0.0, float(progress["done"]) / float(progress["total"])))


def progress_text(job: Job) -> str:
    """Percentage and time left of a running job, such as "62 % · 3 min left"."""
    fraction = fraction_of(job)
    if fraction is None:
        return tr("Starting…") if job.state == RUNNING else ""
    percent = tr("{percent} %").format(percent=int(100 * fraction))
    left = time_left(job)
    return f"{percent} · {left}" if left else percent


def time_left(job: Job) -> str:
    """Such as "3 min left"; empty where that is not known."""
    eta = (job.progress or {}).get("eta_s")
    if job.state != RUNNING or job.cancel_requested_at is not None or eta is None:
        return ""
    return tr("{time} left").format(time=span(eta))


def span(seconds: float) -> str:
    """A span of time in one or two units."""
    seconds = max(1, round(seconds))
    if seconds < MINUTE:
        return tr("{seconds} s").format(seconds=seconds)
    minutes = round(seconds / MINUTE)
    if minutes < MINUTE:
        return tr("{minutes} min").format(minutes=minutes)
    return tr("{hours} h {minutes:02d} min").format(hours=minutes // 60, minutes=minutes % 60)


def moment(seconds: float, now: Optional[float] = None) -> str:
    """A moment in few letters: the time today, the day before that, the date of another year."""
    then = QDateTime.fromSecsSinceEpoch(int(seconds))
    today = QDateTime.fromSecsSinceEpoch(int(time.time() if now is None else now)).date()
    if then.date() == today:
        return QLocale().toString(then.time(), tr("HH:mm"))
    if then.date().year() == today.year():
        return QLocale().toString(then.date(), tr("d MMM"))
    return QLocale().toString(then.date(), tr("d MMM yyyy"))


def full_moment(seconds: float) -> str:
    """A moment in the user's way of writing it."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)), QLocale.FormatType.ShortFormat)


def _values_of(job: Job) -> dict[str, Any]:
    # Not `load_request`: a job that a newer GeoFM wrote should have its name too.
    try:
        values = json.loads(job.request)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
