"""A copy of the vectors as a table of LanceDB with an approximate index, for an index beyond memory.

A query then reads the neighbourhood of what it looks for instead of a byte for every number of every tile. The table is
made from the segments, which stay the truth: it lies beside them in the folder `lance`, appears there as a whole, and
says what it was made of. One that was made of anything else than what the index holds now is not used.

The approximate index is an inverted file (Sivic and Zisserman 2003: vectors lie by the nearest of many centres, and a
query looks at the centres nearest to it) over codes of a byte per number. Codes of one bit (RaBitQ) would be an eighth
of that, but the best for a phrase score so alike that 4096 candidates of 200,000 gave less than 1024 of these do.
LanceDB is imported only here.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files import read_plain
from ...jobs.report import Report
from ...raster.sink import explained, output_error
from .store import Index, Piece

__all__ = [
    "FOLDER",
    "RECORD",
    "Table",
    "TableError",
    "fits",
    "needs_renewal",
    "open_table",
    "require_lance",
    "write_table",
]

FOLDER, RECORD, TABLE, VECTOR, POSITION = "lance", "made_of.json", "tiles", "vector", "position"
METRIC: Final = "cosine"  # ranks unit vectors as products do
FORMAT = 1
VERSIONS = "_versions"  # what LanceDB calls the folder of its own manifests
LONGEST_RECORD, LARGEST_VERSION, MOST_FOLDERS = 2**16, 2**26, 1000  # bytes; folders of a table
TILES_PER_CENTRE = 4096
SAMPLE, ITERATIONS = 64, 20  # vectors per centre and rounds to find the centres; LanceDB's own 256 and 50 take tenfold
FEWEST = 10 * TILES_PER_CENTRE  # fewer tiles are looked at one by one
# Centres that a query looks at, of all but at least so many; more where a filter leaves too few tiles there. Phrases
# lie apart from pictures (the modality gap), so that what is nearest to one is spread over many centres.
PROBED_SHARE, PROBES = 1 / 6, 64
CACHE_BYTES = 512 * 2**20  # that LanceDB may keep of the approximate index; its own 6 GB are not bound by our budget
GROWTH = 4
# What LanceDB raises where files are damaged or gone, by the step that meets it.
ERRORS = (OSError, RuntimeError, ValueError, KeyError)


class TableError(InputError):
    """The table cannot be read."""


class Table:
    """The table of an index that fits it."""

    def __init__(self, table: Any, index: Index) -> None:
        self._table, self._index = table, index

    def nearest(
        self, weights: NDArray[np.float32], count: int, chosen: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Positions of tiles whose product with the weights is among the highest, approximately, in no order.

        Filters come before the ranking: LanceDB looks at tiles of the chosen ones' images within their bounds alone,
        and as long as too many of what it gives are not chosen themselves, more are asked for.

        Parameters
        ----------
        weights : float32 [D]
        count : int
            At least so many are found, unless there are no more.
        chosen : int64 [N], optional
            Positions of the tiles to look at, rising. Default: all.

        Raises
        ------
        TableError
            If the table is damaged.
        """
        unit = weights / np.float32(np.linalg.norm(weights) or 1.0)
        where, wanted = None if chosen is None else self._where(chosen), count
        centres = len(self._index) / TILES_PER_CENTRE
        probes = max(PROBES, round(PROBED_SHARE * centres))
        while True:
            nearest = self._asked(unit, wanted, probes, where)
            kept = nearest if chosen is None else nearest[_among(nearest, chosen)]
            if len(kept) >= count:
                return kept
            if len(nearest) >= wanted:
                wanted *= GROWTH
            elif probes <= centres:
                probes *= GROWTH
            else:  # they are all
                return kept

    def _asked(self, unit: NDArray[np.float32], count: int, probes: int, where: str | None) -> NDArray[np.int64]:
        with _table_errors(self._index.folder):
            query = self._table.search(unit, vector_column_name=VECTOR).distance_type(METRIC)
            query = query.select([POSITION, "_distance"]).limit(count).nprobes(probes)
            if where is not None:
                query = query.where(where, prefilter=True)
            positions: NDArray[np.int64] = query.to_arrow()[POSITION].to_numpy()
        if len(positions) and not 0 <= positions.min() <= positions.max() < len(self._index):
            raise TableError(_damaged(self._index.folder, "it names tiles that there are not"))
        return positions

    def _where(self, chosen: NDArray[np.int64]) -> str:
        """The bounds of the chosen tiles' centres, and their images."""
        columns = self._index.columns
        centres = {"lon": columns.lon[chosen], "lat": columns.lat[chosen]}
        bounds = [
            f"{name} BETWEEN {float(values.min())!r} AND {float(values.max())!r}" for name, values in centres.items()
        ]
        sources = np.unique(columns.source[chosen])
        if len(sources) < len(self._index.sources):
            bounds.append(f"source IN ({', '.join(str(number) for number in sources)})")
        return " AND ".join(bounds)


def require_lance() -> None:
    """See that LanceDB can be imported.

    Raises
    ------
    InputError
        If it cannot.
    """
    try:
        import lancedb  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InputError(
            "LanceDB is not installed in the engine's Python; install requirements/lance.txt there, or make no table.",
            field="lance",
        ) from error


def open_table(index: Index) -> Table | None:
    """The table of an index; None where there is none, one that does not fit or leads elsewhere, or no LanceDB."""
    if not fits(index) or not _keeps_to_itself(index.folder / FOLDER):
        return None
    try:
        import lancedb

        session = lancedb.Session(index_cache_size_bytes=CACHE_BYTES)
        return Table(lancedb.connect(index.folder / FOLDER, session=session).open_table(TABLE), index)
    except (ImportError, *ERRORS):
        return None


def fits(index: Index) -> bool:
    """Whether there is a table that was made of just what the index holds."""
    try:
        record = json.loads(read_plain(index.folder / FOLDER / RECORD, LONGEST_RECORD))
        return bool(record == _made_of(index))
    except (OSError, ValueError, RecursionError):
        return False


def _keeps_to_itself(folder: Path) -> bool:
    """Whether a table consists of plain files that name no place elsewhere: LanceDB would fetch parts of it there."""
    try:
        for count, (root, folders, names) in enumerate(os.walk(folder)):
            paths = [Path(root, name) for name in names]
            links = any(Path(root, name).is_symlink() for name in (*folders, *names))
            if count > MOST_FOLDERS or links or not all(path.is_file() for path in paths):
                return False
            if Path(root).name == VERSIONS and any(b"://" in read_plain(path, LARGEST_VERSION) for path in paths):
                return False
    except OSError:
        return False
    return True


def needs_renewal(index: Index) -> bool:
    """Whether there is a table that does not fit."""
    return (index.folder / FOLDER).exists() and not fits(index)


def write_table(index: Index, report: Report) -> None:
    """Make the table of an index, or make it anew; until it is whole the old one stays.

    Vectors are read a segment at a time.

    Raises
    ------
    OutputError
        If it cannot be written.
    Cancelled
        When the report says so.
    """
    folder = index.folder / FOLDER
    part = folder.with_name(f".{FOLDER}.{secrets.token_hex(4)}.part")
    old = part.with_name(part.name + ".old")
    try:
        with explained(folder):
            part.mkdir()
        try:
            _fill(part, index, report)
        except ERRORS as error:  # LanceDB tells of a full disk by errors of its own
            raise output_error(folder, error) from error
        with explained(folder):
            (part / RECORD).write_text(json.dumps(_made_of(index)), encoding="utf-8")
            _flush(part)
            if folder.exists():
                folder.replace(old)
            part.replace(folder)
    finally:
        for path in (part, old):
            shutil.rmtree(path, ignore_errors=True)


def _fill(folder: Path, index: Index, report: Report) -> None:
    import lancedb
    import pyarrow as pa
    from lancedb.index import IvfSq

    fields = [(POSITION, pa.int64()), ("source", pa.uint32()), ("lon", pa.float64()), ("lat", pa.float64())]
    schema = pa.schema([*fields, (VECTOR, pa.list_(pa.float16(), index.about.dimension))])
    table = lancedb.connect(folder).create_table(TABLE, schema=schema)
    report.message("Copying the vectors into a table of LanceDB ...")
    for _, pieces in groupby(index.pieces, key=lambda piece: piece.segment):
        report.check_cancelled()
        table.add(pa.Table.from_batches([_batch(piece, schema) for piece in pieces], schema))
        report.progress(table.count_rows(), len(index), "tiles")
    if len(index) >= FEWEST:
        report.message("Sorting the vectors by what is alike ...")
        report.check_cancelled()
        config = IvfSq(METRIC, max_iterations=ITERATIONS, sample_rate=SAMPLE, target_partition_size=TILES_PER_CENTRE)
        table.create_index(VECTOR, config=config)


def _batch(piece: Piece, schema: Any) -> Any:
    import pyarrow as pa

    columns = [np.ascontiguousarray(piece.tiles[name]) for name in ("source", "lon", "lat")]
    positions = np.arange(piece.offset, piece.offset + len(piece))
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(piece.vectors.numpy().reshape(-1)), piece.vectors.shape[1])
    return pa.RecordBatch.from_arrays([*map(pa.array, (positions, *columns)), vectors], schema=schema)


def _made_of(index: Index) -> dict[str, Any]:
    """What tells the tiles of an index, and their order, from those of any other, and of this one at another time."""
    used = {piece.segment for piece in index.pieces}
    segments = [(part.number, part.count, part.crc) for part in index.manifest.segments if part.number in used]
    rows = [(piece.segment, piece.start, piece.stop) for piece in index.pieces]
    told = json.dumps([index.about.fingerprint, index.about.dimension, segments, rows], sort_keys=True)
    return {"format": FORMAT, "tiles": len(index), "sha256": hashlib.sha256(told.encode()).hexdigest()}


def _among(positions: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [n]: which of the positions are among the chosen ones, which rise."""
    places = np.minimum(np.searchsorted(chosen, positions), len(chosen) - 1)
    return np.asarray(chosen[places] == positions)


def _flush(folder: Path) -> None:
    """See that all files of a folder are on the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())


@contextmanager
def _table_errors(folder: Path) -> Iterator[None]:
    """Errors of LanceDB as `TableError`."""
    try:
        yield
    except ERRORS as error:
        raise TableError(_damaged(folder, str(error).strip().splitlines()[0])) from error


def _damaged(folder: Path, reason: str) -> str:
    return (
        f"The table {folder / FOLDER} cannot be read ({reason}), so all tiles were looked at; remove it, and refresh"
        " the index with a table."
    )
