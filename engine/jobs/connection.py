"""A connection to the job database that threads may share: reads jobs, and writes in transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from .database import database_error, open_database
from .job import Job, is_foreign
from .paths import DATABASE, prepare_home
from .rows import COLUMNS, to_job

__all__ = ["JobConnection"]


class JobConnection:
    """What `JobStore` stands on.

    Parameters
    ----------
    home : Path
        The folder of the database.
    """

    def __init__(self, home: Path) -> None:
        self.home = prepare_home(home)
        self._mutex = threading.RLock()
        self._connection = open_database(self.home)
        self._connection.create_function("is_foreign", 3, is_foreign)
        self._file = (self.home / DATABASE).stat()
        self._data_version = 0

    def close(self) -> None:
        """Close the connection; jobs go on."""
        with self._mutex:
            self._connection.close()

    def changed(self) -> bool:
        """Whether another connection wrote since the last call of this method; takes microseconds."""
        with self._mutex, self._errors():
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        before, self._data_version = self._data_version, version
        return version != before

    def is_current(self) -> bool:
        """Whether the database file is still the one that was opened, not deleted or set aside since."""
        try:
            return os.path.samestat(self._file, (self.home / DATABASE).stat())
        except OSError:
            return False

    def _read(self, where: str, *values: object) -> tuple[Job, ...]:
        """The jobs to which a condition applies."""
        query = f"SELECT {COLUMNS} FROM jobs WHERE {where}"  # nosec B608 # texts of our own
        with self._mutex, self._errors():
            return tuple(to_job(row) for row in self._connection.execute(query, values))

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the database's one write lock; an inner one is part of the outer one."""
        with self._mutex, self._errors():
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise database_error(self.home / DATABASE, error) from error
