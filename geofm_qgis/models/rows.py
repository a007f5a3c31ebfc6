"""What the models dialog lists: models on the shelf, those of the catalogue, and what jobs are doing with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from ..engine.cards.card import Card
from ..engine.cards.catalogue import CATALOGUE, Entry
from ..engine.cards.catalogue.mirror import mirror_folder, mirrored
from ..engine.cards.shelf import shelf
from ..engine.errors import GeoFMError
from ..engine.jobs.job import Job
from ..engine.jobs.requests import ExportModelRequest, ImportModelRequest, InstallModelRequest, Request

__all__ = ["KINDS", "ModelRow", "all_rows", "is_used_by", "rows_with"]

# Jobs that the dialog sends off.
KINDS = (InstallModelRequest.kind, ImportModelRequest.kind, ExportModelRequest.kind)


@dataclass(frozen=True)
class ModelRow:
    """One model.

    Attributes
    ----------
    name : str
        On the shelf or in the catalogue; of an import, what it will probably be called.
    title : str
        For people.
    card : Card, optional
        None if it cannot be read, or not yet.
    size : int, optional
        Bytes on the disk or to download.
    folder : Path, optional
        None if it is not installed.
    entry : Entry, optional
        Of the catalogue, if it can be installed from there.
    problem : str, optional
        Why the installed model cannot be used.
    mirror : Path, optional
        The folder that has the files of the catalogue's model; else they are downloaded.
    built_in : bool
    job : Job, optional
        The job that installs, imports or exports it now.
    """

    name: str
    title: str
    card: Optional[Card] = None
    size: Optional[int] = None
    folder: Optional[Path] = None
    entry: Optional[Entry] = None
    problem: Optional[str] = None
    mirror: Optional[Path] = None
    built_in: bool = False
    job: Optional[Job] = None

    @property
    def key(self) -> tuple[str, int]:
        """The same for the same model when the list is made anew."""
        return self.name.casefold(), 0 if self.folder or self.entry or self.job is None else self.job.id

    @property
    def installed(self) -> bool:
        """Whether it is on the shelf and can be used."""
        return self.folder is not None and self.problem is None

    @property
    def obtainable(self) -> bool:
        """Whether its files are published, or lie in the mirror."""
        return self.entry is not None and (self.entry.downloadable or self.mirror is not None)


def all_rows(home: Path) -> tuple[ModelRow, ...]:
    """The models on the shelf of a folder of GeoFM's by title, then the rest of the catalogue; reads their cards."""
    entries = {entry.name.casefold(): entry for entry in CATALOGUE}
    rows = []
    for model in shelf(home):
        entry = entries.pop(model.name.casefold(), None)
        rows.append(
            ModelRow(
                name=model.name,
                title=model.card.title if model.card else model.name,
                card=model.card,
                size=_size_of(model.folder),
                folder=model.folder,
                entry=entry,
                problem=model.problem,
                mirror=_mirror_of(entry) if entry else None,
                built_in=model.built_in,
            )
        )
    rows.sort(key=lambda row: (row.title.casefold(), row.key))
    others = (
        ModelRow(entry.name, entry.title, entry.card, entry.size or None, entry=entry, mirror=_mirror_of(entry))
        for entry in entries.values()
    )
    return (*rows, *others)


def rows_with(rows: Sequence[ModelRow], jobs: Iterable[Job]) -> tuple[ModelRow, ...]:
    """What is being imported, and all rows with the jobs that do something with them now.

    Parameters
    ----------
    rows : sequence of ModelRow
        As `all_rows` gave them.
    jobs : iterable of Job
        Of any kind and state; those count that install, import or export a model and have not ended.
    """
    imports, with_jobs = [], list(rows)
    for job in jobs:
        request = None if job.ended or job.kind not in KINDS else _request_of(job)
        if isinstance(request, ImportModelRequest):
            name = request.name or Path(request.path).stem
            imports.append(ModelRow(name, name, job=job))
        elif request is not None:
            with_jobs = [replace(row, job=job) if _is_about(request, row) else row for row in with_jobs]
    return (*imports, *with_jobs)


def is_used_by(row: ModelRow, job: Job) -> bool:
    """Whether a job that has not ended needs an installed model."""
    request = None if job.ended else _request_of(job)
    return request is not None and (_is_about(request, row) or request.uses(str(row.folder)))


def _mirror_of(entry: Entry) -> Optional[Path]:
    """The mirror, if it has all files of a model."""
    return mirror_folder() if entry.files and all(mirrored(entry, file) for file in entry.files) else None


def _request_of(job: Job) -> Optional[Request]:
    try:
        return job.load_request()
    except GeoFMError:  # of another version of GeoFM
        return None


def _is_about(request: Request, row: ModelRow) -> bool:
    """Whether a request names this model; `geofm` takes names where the window gives folders."""
    if isinstance(request, InstallModelRequest):
        return request.name.casefold() == row.name.casefold()
    named = {str(getattr(request, field, None) or "").casefold() for field in ("model", "encoder")}
    return row.folder is not None and bool(named & {row.name.casefold(), str(row.folder).casefold()})


def _size_of(folder: Path) -> Optional[int]:
    try:
        return sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) or None
    except OSError:  # it has just been deleted
        return None
