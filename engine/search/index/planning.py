"""What a request for an index comes down to: which images are to be read, and which go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from ...cards.index_files import is_index
from ...cards.shelf import shelf
from ...encoders import DualEncoder
from ...errors import InputError
from ...jobs.requests import IndexRequest
from .checking import CHANGED, MISSING, Damage, lost_rows, staleness
from .manifest import About, Manifest, Planned, Source
from .named import is_named, note_on
from .reading import read_manifest
from .segments import FOLDER as SEGMENTS

__all__ = ["about_of", "adopt", "begun", "model_of", "planned", "refuse_other_model"]

LEAST_OBSERVED = 0.5
GONE = "{file} is gone since it was indexed; its tiles stay until it is taken out."


def about_of(request: IndexRequest, encoder: DualEncoder) -> About:
    """What a new index is made with."""
    card = encoder.card
    return About(
        name=request.name or Path(request.index or "").name,
        model=request.model,
        title=card.title,
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        side=encoder.side,
        model_gsd_m=card.gsd_m,
        window_m=tuple(sorted(set(request.window_m))),
        overlap=request.overlap,
        least_observed=LEAST_OBSERVED,
    )


def adopt(folder: Path, request: IndexRequest) -> tuple[Manifest | None, tuple[str, ...]]:
    """The manifest of the index that is there, or None where a new one is to be built; and what is damaged.

    Raises
    ------
    InputError
        If there is something else, or no index where one is needed.
    """
    if is_index(folder):
        if (folder / SEGMENTS).is_symlink():
            raise InputError(f"{folder / SEGMENTS} is a link, through which nothing is written; put the folder there.")
        return read_manifest(folder)
    if request.action != "build":
        raise InputError(f"{folder} holds no index to {request.action}; build one with geofm index first.")
    if folder.is_dir() and any(entry.name != "lock" for entry in folder.iterdir()):
        raise InputError(f"The folder {folder} holds other files; choose a new or empty folder for the index.")
    return None, ()


def model_of(folder: Path, about: About) -> str:
    """What to load as the model of an index: its folder on the shelf, or a folder that the user has named before.

    An index of somebody else may name any folder, even one in itself: no other is opened.

    Raises
    ------
    InputError
        If it is on no shelf.
    """
    installed = {model.name.casefold(): model.folder for model in shelf()}
    if about.model.casefold() in installed:
        return str(installed[about.model.casefold()])
    if Path(about.model).is_absolute() and is_named("model", about.model):
        return about.model
    name = PureWindowsPath(about.model).name  # of its path, with slashes of either kind: it may have been imported
    if name.casefold() in installed:
        return str(installed[name.casefold()])
    folders = f"; or name its folder {about.model} yourself and refresh the index" * (name != about.model)
    raise InputError(
        f"The index {folder} was made with {about.title or name}, and no model '{name}' is installed: install it,"
        f" or import it under that name{folders}."
    )


def refuse_other_model(folder: Path, about: About, encoder: DualEncoder) -> None:
    """See that an encoder is the one that an index was made with.

    Raises
    ------
    InputError
        If it is not.
    """
    if encoder.fingerprint != about.fingerprint:
        raise InputError(
            f"The index {folder} was made with {about.title or about.model} ({about.fingerprint[:12]}) and the model"
            f" that is installed as '{about.model}' is another ({encoder.fingerprint[:12]}): install that one, or build"
            " the index again."
        )
    if (encoder.dimension, encoder.side) != (about.dimension, about.side):
        raise InputError(
            f"The index {folder} is damaged: its vectors have {about.dimension} numbers of {about.side} pixels, and"
            f" those of its model {encoder.dimension} of {encoder.side}; build the index again."
        )


def planned(
    folder: Path, manifest: Manifest, request: IndexRequest, damage: Mapping[int, Damage]
) -> tuple[Manifest, list[str]]:
    """The manifest with the plan that the request means, and a sentence on each image that cannot be done.

    A request that was broken off and is given again comes down to what is left of it.

    Raises
    ------
    InputError
        If a build is asked for where there is another index, or images are to go that are not there.
    """
    if request.action == "remove":
        return _removed(folder, manifest, request.images), []
    manifest, notes = _repaired(replace(manifest, removed=()), damage)
    if request.action == "build":
        _refuse_other_index(folder, manifest, request)
        return manifest, notes
    plan = {item.files: item for item in manifest.plan}
    known = {source.files: source for source in manifest.sources if source.whole and source.id not in _replaced(plan)}
    wanted = tuple(dict.fromkeys(request.images))
    if request.action == "refresh":
        _refuse_unknown(folder, manifest, wanted)
        wanted = wanted or (*known, *(files for files, _ in manifest.failed))
        notes += note_on(wanted)
    for files in wanted:
        source = known.get(files)
        if source is None:
            plan.setdefault(files, Planned(files, request.bands))
        elif (state := staleness(source)) == MISSING:
            notes.append(GONE.format(file=files[0]))
        elif state == CHANGED:
            plan[files] = Planned(files, source.names, source.id)
    failed = tuple(item for item in manifest.failed if item[0] not in plan)
    return replace(manifest, plan=tuple(plan.values()), failed=failed), notes


def _repaired(manifest: Manifest, damage: Mapping[int, Damage]) -> tuple[Manifest, list[str]]:
    """The manifest with a plan to read again each image that has lost tiles."""
    plan, notes = {item.files: item for item in manifest.plan}, []
    for source in manifest.sources:
        if not any(lost_rows(run, damage) for run in source.runs) or source.id in _replaced(plan):
            continue
        if not source.whole:  # it is in the plan, and is read from its start again
            manifest = manifest.without({source.id})
        elif staleness(source) == MISSING:
            notes.append(GONE.format(file=source.files[0]))
        else:
            plan[source.files] = Planned(source.files, source.names, source.id)
    return replace(manifest, plan=tuple(plan.values())), notes


def _replaced(plan: Mapping[tuple[str, ...], Planned]) -> set[int | None]:
    """The sources that are read again anyway."""
    return {item.replaces for item in plan.values()}


def _refuse_other_index(folder: Path, manifest: Manifest, request: IndexRequest) -> None:
    there = {source.files for source in manifest.sources} | {item.files for item in manifest.plan}
    there |= {files for files, _ in manifest.failed}
    about = manifest.about
    settings = (tuple(sorted(set(request.window_m))), request.overlap)
    if there != set(request.images) or (about.window_m, about.overlap) != settings:
        raise InputError(f"{folder} holds another index already; add the images to it, or choose another folder.")


def _removed(folder: Path, manifest: Manifest, images: Sequence[tuple[str, ...]]) -> Manifest:
    gone = set(images)
    if gone == set(manifest.removed):  # a removal that was broken off
        return manifest
    _refuse_unknown(folder, manifest, images)
    ids = {source.id for source in manifest.sources if source.files in gone}
    kept = manifest.without(ids)
    return replace(
        kept,
        plan=tuple(item for item in kept.plan if item.files not in gone),
        failed=tuple(item for item in kept.failed if item[0] not in gone),
        removed=tuple(dict.fromkeys(images)),
    )


def _refuse_unknown(folder: Path, manifest: Manifest, images: Sequence[tuple[str, ...]]) -> None:
    there = {source.files for source in manifest.sources} | {item.files for item in manifest.plan}
    there |= {files for files, _ in manifest.failed}
    for files in images:
        if files not in there:
            raise InputError(f"{files[0]} is not in the index {folder}; footprints.gpkg there lists its images.")


def begun(manifest: Manifest, item: Planned) -> Source | None:
    """The source that was begun for a planned image, if its files are still the same."""
    for source in manifest.sources:
        if source.files == item.files and source.replaces == item.replaces:
            return source if staleness(source) is None else None
    return None
