"""Opens the job database: makes it, checks its version, and sets a damaged one aside."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from ..errors import JobError
from .locks import FileLock
from .paths import DATABASE, JOBS
from .rows import COLUMNS

__all__ = ["database_error", "open_database"]

VERSION = 1
BUSY_S = 30.0
SECONDS_BETWEEN_TRIES = 0.02
MOST_DIGITS = 15  # of the number of a job

SCHEMA = (
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        lane TEXT NOT NULL,
        request TEXT NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
        created_at REAL NOT NULL,
        started_at REAL,
        finished_at REAL,
        cancel_requested_at REAL,
        heartbeat_at REAL,
        attempt INTEGER NOT NULL DEFAULT 0,
        pid INTEGER,
        progress TEXT,
        message TEXT,
        result TEXT,
        engine_version TEXT
    )
    """,
    "CREATE INDEX jobs_by_state ON jobs (state, lane, id)",
)
# Errors of the kind that a full disk or a lock makes, but which those two do not make.
SIGNS_OF_DAMAGE = ("unsupported file format", "no such table", "no such column")


def open_database(home: Path) -> sqlite3.Connection:
    """A connection to the job database in `home`, in autocommit mode, that threads may share under a lock.

    Raises
    ------
    JobError
        If a newer GeoFM wrote the database, if it cannot be opened, or if it is damaged. A damaged one is set aside
        and the error says so; the next call makes a new one.
    """
    path = home / DATABASE
    try:
        return _open_patiently(path)
    except sqlite3.DatabaseError as error:
        if _is_locked(error):
            raise database_error(path, error) from error
    # Two clients may meet the damage at once: the second must not set the first one's new database aside.
    lock = FileLock(home / "repair.lock")
    if not lock.try_acquire(BUSY_S):
        raise JobError(f"The job database {path} is being repaired by another process; try again.")
    try:
        return _open_patiently(path)
    except sqlite3.OperationalError as error:
        raise database_error(path, error) from error
    except sqlite3.DatabaseError as error:
        kept = _set_aside(path)
        raise JobError(
            f"The job database was damaged ({error}). It is kept as {kept}, and an empty one takes its place from now "
            "on. The files that jobs have written are not touched."
        ) from error
    finally:
        lock.release()


def database_error(path: Path, error: sqlite3.Error) -> JobError:
    """What to say when the database cannot be used and is not known to be damaged."""
    if _is_locked(error):
        return JobError(f"The job database {path} is held by another program; close that program, then try again.")
    return JobError(f"The job database {path} cannot be used ({error}); check that the disk is not full.")


def _is_locked(error: sqlite3.Error) -> bool:
    return "locked" in str(error)


def _open_patiently(path: Path) -> sqlite3.Connection:
    # The switch to write-ahead logging does not heed the busy timeout when two open a new database at once.
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return _open(path)
        except sqlite3.OperationalError as error:  # noqa: PERF203 - this loop is a wait
            if not _is_locked(error) or time.monotonic() >= deadline:
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.text_factory = _text
    try:
        # A state that is none spoils one job, not the list of all.
        connection.execute("PRAGMA ignore_check_constraints = ON")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        if _is_new(connection):
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            _create(connection, path.parent)
        version = _version(connection)
        if version < 1:
            raise sqlite3.DatabaseError(f"it is of version {version}, but not empty")
        if version > VERSION:
            raise JobError(
                f"{path} was written by a newer GeoFM (version {version} of the job database, this GeoFM knows "
                f"{VERSION}); install that one, or set the environment variable GEOFM_HOME to another folder."
            )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"SELECT {COLUMNS} FROM jobs LIMIT 0").fetchall()  # nosec B608 # a constant of ours
    except UnicodeDecodeError as error:  # in the name of a table or in a message that quotes one
        connection.close()
        raise sqlite3.DatabaseError("its names are no text") from error
    except sqlite3.OperationalError as error:
        connection.close()
        if any(words in str(error) for words in SIGNS_OF_DAMAGE):
            raise sqlite3.DatabaseError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def _text(data: bytes) -> str:
    # Damage that SQLite does not see spoils one text, not the list of all jobs.
    return data.decode("utf-8", "replace")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_new(connection: sqlite3.Connection) -> bool:
    # In this order: whoever makes the database gives it tables and version at once.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return tables == 0 and _version(connection) == 0


def _create(connection: sqlite3.Connection, home: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_new(connection):
            for statement in SCHEMA:
                connection.execute(statement)
            # Folders outlive a damaged database: numbers go on after them, so that no job finds another's files.
            names = [folder.name for folder in (home / JOBS).glob("[0-9]*")]
            numbers = [int(name) for name in names if name.isdecimal() and len(name) <= MOST_DIGITS]
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (max(numbers, default=0),))
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _set_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    try:
        path.rename(kept)
        for ending in ("-wal", "-shm"):
            log = path.with_name(path.name + ending)
            if log.exists():
                log.rename(kept.with_name(kept.name + ending))
    except OSError as error:
        raise JobError(
            f"The job database {path} is damaged and cannot be set aside while another program uses it; "
            "close QGIS and try again."
        ) from error
    return kept
