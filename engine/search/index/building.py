"""The task `index`: from images to an index, or to one with other images in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ... import encoders
from ...cards.index_files import ABOUT, BACKUP, MANIFEST, is_index
from ...encoders import DualEncoder
from ...errors import Cancelled, InputError, JobError
from ...jobs.leftovers import remove_parts
from ...jobs.locks import FileLock
from ...jobs.report import Report
from ...jobs.requests import IndexRequest
from ...jobs.result import Output, Result
from ...raster.sink import check_writable
from ...raster.stamps import stamp
from .checking import Damage, damage_of, stale
from .compacting import compacted, join_runs, remove_unused
from .cutting import cut, read_ahead
from .footprints import FILE as FOOTPRINTS
from .footprints import LAYER, write_footprints
from .lance import FOLDER as TABLE
from .lance import fits, needs_renewal, require_lance, write_table
from .lattice import Lattice, coarsened, default_windows, fitting_windows, ground_sample_distance, working_factor
from .manifest import About, Manifest, Planned, Source, bytes_of, remove_index, without_dots, write_about
from .named import remember
from .pictures import Picture, open_picture
from .planning import about_of, adopt, begun, model_of, planned, refuse_other_model
from .segments import SegmentWriter
from .store import open_index

__all__ = ["BATCH", "build_index"]

BATCH = 128  # tiles that the encoder gets at a time; work is taken up again at the end of one
SECONDS_BETWEEN_COMMITS = 2.0
OUT_OF_STEP = (
    "The index's table of LanceDB does not hold what the index holds now and is not used; refresh the index with its"
    " table to make it anew."
)
COMMIT_SHARE = 10  # of the time, at most a tenth goes into commits, however large the manifest has become


def build_index(request: IndexRequest, report: Report) -> Result:
    """Build an index, or add, refresh or remove images.

    What is done is kept as it goes: a job that was cancelled or killed leaves an index that can be searched, and the
    same request given again goes on from there, with the same result as one that nobody disturbed.

    Raises
    ------
    GeoFMError
        If the images cannot be used or the index cannot be written.
    """
    request = replace(
        request,
        index=without_dots(request.index or ""),
        images=tuple(tuple(without_dots(file) for file in files) for files in request.images),
    )
    folder = Path(request.index or "")
    if request.action != "remove":
        remember("image", (file for files in request.images for file in files))
        remember("model", (request.model,))
    if request.lance:
        require_lance()
    adopt(folder, request)  # refused before anything is put into a folder that is somebody else's
    check_writable(folder / ABOUT)
    with _alone_in(folder):
        started = time.perf_counter()
        build = _Build(folder, request, report)
        build.run()
        return _result(build, time.perf_counter() - started)


class _Build:
    """One run: the manifest as it stands, and the rows that are being written."""

    def __init__(self, folder: Path, request: IndexRequest, report: Report) -> None:
        self.folder, self.request, self.report = folder, request, report
        manifest, damage = adopt(folder, request)
        self.new = manifest is None
        self.warnings = list(damage)
        self.encoder: DualEncoder | None = None
        if request.action != "remove":
            model = request.model if manifest is None else model_of(folder, manifest.about)
            self.encoder = encoders.load_encoder(model, device=request.device)
        if manifest is None:
            self.manifest = Manifest(about_of(request, self._encoder), _plan_of(request))
            self.damage: dict[int, Damage] = {}
            write_about(folder, self.manifest.about)
            self.manifest.write(folder, backup=True)
        else:
            if self.encoder:
                refuse_other_model(folder, manifest.about, self.encoder)
            self.damage = damage_of(folder, manifest, manifest.segments, check=report.check_cancelled)
            self.manifest, notes = planned(folder, manifest, request, self.damage)
            self.warnings += notes
        self.encoded = 0
        self._planned = len(self.manifest.plan)
        self._failed: list[str] = []
        self.seconds_encoding = 0.0
        self._total = self._before = 0
        self._committed = time.monotonic()

    def run(self) -> None:
        """Do what is planned."""
        for warning in self.warnings:
            self.report.message(warning)
        try:
            if self.request.action == "remove":  # what another request left to be read waits for that one
                self.manifest.write(self.folder)
            else:
                self._read_all()
            if self.new:
                self._refuse_nothing()
        except InputError:
            if self.new and not any(source.tiles for source in self.manifest.sources):
                remove_index(self.folder)
            raise
        self.manifest = compacted(self.folder, self.manifest, self.damage)
        self.manifest.write(self.folder, backup=True)
        write_about(self.folder, self.manifest.about)
        remove_unused(self.folder, self.manifest)
        write_footprints(self.folder, self.manifest.sources)
        self._keep_table()
        self._refuse_nothing()
        if self._failed:
            self._warn(f"{len(self._failed):,} of {self._planned:,} images could not be read.")

    def _keep_table(self) -> None:
        """See to the table of LanceDB, if there is or shall be one."""
        if not (self.request.lance or (self.folder / TABLE).exists()):
            return
        index = open_index(self.folder)
        if self.request.lance and len(index) and not fits(index):
            write_table(index, self.report)
        elif needs_renewal(index):
            self._warn(OUT_OF_STEP)

    def _warn(self, sentence: str) -> None:
        self.warnings.append(sentence)
        self.report.message(sentence)

    def _read_all(self) -> None:
        counts = self._survey()
        self._total = sum(counts.values())
        self.manifest.write(self.folder)
        remove_unused(self.folder, self.manifest)
        for item in self.manifest.plan:
            self._read(item)
            self._before += counts.get(item.files, 0)

    @property
    def _encoder(self) -> DualEncoder:
        if self.encoder is None:
            raise InputError("No model was loaded.")
        return self.encoder

    def _survey(self) -> dict[tuple[str, ...], int]:
        """How many windows each planned image has; those that cannot be opened leave the plan."""
        counts = {}
        for item in self.manifest.plan:
            self.report.check_cancelled()
            try:
                with open_picture(item.files, item.names) as picture:
                    counts[item.files] = len(self._layout(picture)[1])
            except InputError as error:
                self._give_up(item, str(error))
        return counts

    def _layout(self, picture: Picture) -> tuple[float, Lattice, int]:
        return _layout(self.manifest.about, picture, self.report.check_cancelled)

    def _read(self, item: Planned) -> None:
        try:
            with open_picture(item.files, item.names) as picture:
                self._index(item, picture)
        except InputError as error:
            self._give_up(item, str(error))

    def _index(self, item: Planned, picture: Picture) -> None:
        """Read one image, from where it was left if it was begun."""
        manifest = self.manifest
        source = begun(manifest, item)
        begun_before = {
            other.id for other in manifest.sources if other.files == item.files and other.replaces == item.replaces
        }
        manifest = manifest.without(begun_before - ({source.id} if source else set()))
        about = manifest.about
        _, lattice, factor = self._layout(picture)
        if source is None:
            source = _begin(manifest.next_source, item, picture, lattice, factor)
            manifest = replace(manifest, next_source=source.id + 1)
            for note in source.notes:
                self.report.message(note)
        picture.stretch = source.stretch
        self.manifest = manifest.with_source(source)
        segments, number = manifest.segments, manifest.next_segment
        with SegmentWriter(self.folder, segments, number, about.dimension, self.damage) as writer:
            how = lattice, factor, about.side, BATCH, about.least_observed, source.position, self.report.check_cancelled
            try:
                with closing(read_ahead(cut(picture, *how))) as ready:
                    for batch in ready:
                        source = self._append(source, writer, batch.tiles, batch.places, batch.position)
                        if not source.whole:
                            self.report.check_cancelled()
            except Cancelled:
                self._commit(writer)
                raise
            done = {item.replaces} if item.replaces is not None else set()
            plan = tuple(other for other in self.manifest.plan if other != item)
            self.manifest = replace(self.manifest.without(done), plan=plan)
            self._commit(writer, backup=True)

    def _append(
        self, source: Source, writer: SegmentWriter, tiles: NDArray[np.uint8], places: NDArray[Any], position: int
    ) -> Source:
        runs = source.runs
        if len(tiles):
            began = time.perf_counter()
            vectors = self._encoder.images(tiles)
            self.seconds_encoding += time.perf_counter() - began
            if not np.isfinite(vectors).all():
                raise InputError(f"The model gives no numbers for {source.files[0]}; install it again.")
            places["source"] = source.id
            runs = join_runs([*runs, *writer.append(vectors.astype(np.float16), places)])
            self.encoded += len(tiles)
        source = replace(source, position=position, runs=runs)
        self.manifest = self.manifest.with_source(source)
        self.report.progress(self._before + position, self._total, "tiles")
        if time.monotonic() - self._committed > SECONDS_BETWEEN_COMMITS:
            self._commit(writer)
        return source

    def _commit(self, writer: SegmentWriter, *, backup: bool = False) -> None:
        began = time.monotonic()
        writer.commit()
        self.manifest = replace(self.manifest, segments=writer.segments, next_segment=writer.next_segment)
        self.manifest.write(self.folder, backup=backup)
        now = time.monotonic()
        self._committed = now + max(COMMIT_SHARE * (now - began) - SECONDS_BETWEEN_COMMITS, 0)

    def _give_up(self, item: Planned, reason: str) -> None:
        """Go on without an image; what an earlier reading gave of it stays."""
        gone = {source.id for source in self.manifest.sources if source.files == item.files and not source.whole}
        kept = self.manifest.without(gone)
        plan = tuple(other for other in kept.plan if other != item)
        self.manifest = replace(kept, plan=plan, failed=(*kept.failed, (item.files, reason)))
        self._failed.append(reason)
        if self._planned > 1:  # else it is the error that this job ends with
            self._warn(reason)

    def _refuse_nothing(self) -> None:
        """Raise an error if nothing was indexed."""
        if self._failed and len(self._failed) == self._planned:
            if self._planned == 1:
                raise InputError(self._failed[0])
            raise InputError(f"None of the {self._planned:,} images could be read; of the first: {self._failed[0]}")
        if self.request.action == "build" and not any(source.tiles for source in self.manifest.sources):
            raise InputError(
                "The images hold nothing to index: of every window less than half was observed, or all is one single"
                " colour; give other images or smaller windows."
            )


def _plan_of(request: IndexRequest) -> tuple[Planned, ...]:
    return tuple(Planned(files, request.bands) for files in dict.fromkeys(request.images))


def _layout(about: About, picture: Picture, check: Callable[[], None]) -> tuple[float, Lattice, int]:
    """The image's ground sample distance, its windows on the working grid, and the working grid's factor.

    Raises
    ------
    InputError
        If the image is too small, or too coarse, for any window.
    """
    gsd = ground_sample_distance(picture.grid)
    wanted = about.window_m or default_windows(about.side, about.model_gsd_m, gsd)
    windows = fitting_windows(picture.grid, wanted)
    if not windows:
        raise InputError(
            f"{picture.image.label} has too few pixels for windows of {min(wanted):g} m; give another image or other"
            " windows."
        )
    factor = working_factor(picture.grid, windows, about.side)
    try:
        lattice = Lattice(coarsened(picture.grid, factor), windows, about.overlap, check)
    except InputError as error:
        raise InputError(f"{picture.image.label}: {error}") from error
    return gsd, lattice, factor


def _begin(number: int, item: Planned, picture: Picture, lattice: Lattice, factor: int) -> Source:
    """The source of an image of which nothing was read yet."""
    stamps = tuple(stamp(file) for file in item.files)
    picture.settle_stretch(lattice.grid)
    composite, grid = picture.composite, picture.grid
    code = grid.crs.to_epsg()
    code = code if code and CRS.from_epsg(code) == grid.crs else None
    notes = [*picture.image.notes, *([composite.note] if composite.note else [])]
    acquired = picture.image.acquired
    return Source(
        id=number,
        files=item.files,
        stamps=stamps,
        names=item.names,
        crs=f"EPSG:{code}" if code else grid.crs.to_wkt(),
        transform=tuple(grid.transform)[:6],
        width=grid.width,
        height=grid.height,
        gsd_m=ground_sample_distance(grid),
        acquired=acquired.isoformat() if acquired else None,
        composite=composite.names,
        bands=composite.bands,
        stretch=tuple(picture.stretch or ()),
        window_m=lattice.window_m,
        factor=factor,
        candidates=len(lattice),
        notes=tuple(notes),
        replaces=item.replaces,
    )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else changes the index meanwhile; a file system without locks is trusted."""
    lock, held = FileLock(folder / "lock"), True
    with suppress(JobError):
        held = lock.try_acquire()
    if not held:
        raise InputError(f"The index {folder} is being changed by another job; wait for its end or cancel it.")
    remove_parts(str(folder / name) for name in (MANIFEST, BACKUP, ABOUT, FOOTPRINTS, TABLE))  # of a killed build
    try:
        yield
    finally:
        lock.release()
        if not is_index(folder):
            remove_index(folder)  # only the lock, and the folder if it is empty


def _result(build: _Build, seconds: float) -> Result:
    manifest, folder = build.manifest, build.folder
    tiles = sum(source.tiles for source in manifest.sources)
    states = stale(manifest.sources)
    summary = {
        "index": str(folder),
        "name": manifest.about.name,
        "model": manifest.about.title or manifest.about.model,
        "action": build.request.action,
        "images": len(manifest.sources),
        "tiles": tiles,
        "added": build.encoded,
        "windows_m": sorted({side for source in manifest.sources for side in source.window_m}),
        "failed": [{"files": list(files), "reason": reason} for files, reason in manifest.failed],
        "stale": [
            {"files": list(source.files), "state": states[source.id]}
            for source in manifest.sources
            if source.id in states
        ],
        "bytes": bytes_of(folder),
        "tiles_per_s": round(build.encoded / seconds, 1) if build.encoded else None,
        "seconds": {"total": round(seconds, 3), "model": round(build.seconds_encoding, 3)},
        "warnings": build.warnings,
    }
    outputs = (
        Output(str(folder), "index", manifest.about.name),
        Output(f"{folder / FOOTPRINTS}|layername={LAYER}", "vector", "Indexed images", "aoi"),
    )
    return Result(outputs, manifest.about.name, summary)
