"""Runs a request for a command, here or through the queue, and tells the user about it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import JobError, OutputError
from ..files import part_of_file
from ..jobs.leftovers import clear, remove_cleared, remove_parts
from ..jobs.locks import FileLock
from ..jobs.printable import ERASE_LINE, printable
from ..jobs.report import ConsoleReport, JsonReport
from ..jobs.requests import Request
from ..jobs.result import Result
from ..jobs.working import WORKING, make_working_folder, own_working_folders

if TYPE_CHECKING:
    from ..jobs.store import JobStore

__all__ = [
    "absolute",
    "add_options",
    "exists",
    "print_result",
    "report_of",
    "run",
    "run_scores",
    "stopping",
]

CANCELLED = 130  # the shell's status for Ctrl+C
AFTER_TERMINATION_S, AFTER_TWO_SIGNALS_S = 10.0, 2.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that every command which runs a task has."""
    parser.add_argument("--json", action="store_true", help="events and the result as JSON lines on stdout")
    parser.add_argument("--queue", action="store_true", help="run in the background queue, and wait for it")


def absolute(path: str) -> str:
    """A path that means the same in another process's working folder; GDAL's /vsi paths stay as they are."""
    if path.startswith("/vsi"):
        return path
    if part := part_of_file(path):
        before, file, behind = part
        return before + absolute(file) + behind
    return str(Path(path).absolute())


def exists(text: str) -> bool:
    """Whether there is such a file or folder; what cannot be a path is none."""
    return os.path.exists(text)  # noqa: PTH110 - `Path` raises where a name is too long


def report_of(args: argparse.Namespace, working: Path) -> JsonReport | ConsoleReport:
    """What tells of a task's progress as the user wants it, `working` being the task's folder."""
    return JsonReport(working) if args.json else ConsoleReport(working)


def print_result(values: Mapping[str, Any]) -> None:
    """The last line of a command with `--json`."""
    print(json.dumps({"event": "result", **values}, ensure_ascii=False), flush=True)


def run_scores(request: Request, args: argparse.Namespace, describe: Callable[[dict[str, Any]], str]) -> int:
    """Run a request that scores something; as JSON the scores alone are the result."""
    paths = list(request.outputs().values())
    # Without outputs nothing is written: the folder is then one that is there anyway.
    folder = Path(paths[0]).parent if paths else Path(tempfile.gettempdir())
    return run(request, args, folder, describe, whole=False)


def run(
    request: Request,
    args: argparse.Namespace,
    folder: Path,
    describe: Callable[[dict[str, Any]], str],
    *,
    whole: bool = True,
) -> int:
    """Run the request and print its result: as JSON, or as `describe` says it of the summary.

    Parameters
    ----------
    request : Request
    args : Namespace
        With what `add_options` added.
    folder : Path
        Where the outputs go; it is made if it is not there.
    describe : callable
    whole : bool
        Whether the result as JSON is all of it, or its summary alone.

    Raises
    ------
    GeoFMError
        If the task fails or is cancelled.
    """
    if args.queue:
        with _output_folder(folder) as made:
            result = _run_queued(request, args, made)
    else:
        # Signals first: one that comes while folders are made must not leave them behind.
        with stopping() as stop, _output_folder(folder):
            result = _run_here(request, args, folder, stop)
    if args.json:
        print_result(result.to_dict() if whole else result.summary)
        return 0
    print(describe(result.summary))
    for output in result.outputs:
        print(f"  {output.name}: {printable(output.path)}")
    return 0


def _run_here(request: Request, args: argparse.Namespace, folder: Path, stop: _Stop) -> Result:
    from .. import tasks

    with _working_folder(request, folder) as working:
        report = report_of(args, working)
        stop.tell(report.cancel)
        return tasks.run(request, report)


def _run_queued(request: Request, args: argparse.Namespace, made: list[Path]) -> Result:
    from ..jobs.store import JobStore
    from .jobs import wait_for

    with JobStore() as store, tempfile.TemporaryDirectory() as unused:
        report = report_of(args, Path(unused))
        job = store.submit(request)
        report.message(f"Job {job.id} is in the queue; Ctrl+C leaves it there.")
        try:
            ended = wait_for(store, job.id, report.send)
        except BaseException:
            if not _has_ended(store, job.id):
                made.clear()  # the folder is the job's now
            raise
        if ended.result is None:
            raise OutputError(f"Job {job.id} ended without a result; see geofm jobs show {job.id}.")
        return ended.result


def _has_ended(store: JobStore, job_id: int) -> bool:
    with suppress(JobError):
        return store.get(job_id).ended
    return False


@contextmanager
def _output_folder(folder: Path) -> Iterator[list[Path]]:
    """Makes a folder and those above it; gives what was made, which goes again if the block fails and left it empty."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove_empty(made)
        raise OutputError(f"The folder {folder} cannot be made ({error.strerror}); choose another.") from error
    try:
        yield made
    except BaseException:
        _remove_empty(made)
        raise


def _remove_empty(folders: Sequence[Path]) -> None:
    for path in folders:
        with suppress(OSError):
            path.rmdir()


@contextmanager
def _working_folder(request: Request, folder: Path) -> Iterator[Path]:
    """A hidden folder for working files on the disk of the outputs, which has the room and is no memory disk.

    Who uses one holds the lock in it. One that a killed command of this user left is gone on with, as far as its
    checkpoints fit the request; what that command left half-written beside the outputs goes.
    """
    home = folder if os.access(folder, os.W_OK) else None
    folders = own_working_folders(folder) if home else []
    remove_cleared(folder, WORKING)
    held: dict[Path, FileLock | None] = {path: lock for path in folders if (lock := _lock_in(path))}
    if held and len(held) == len(folders):
        remove_parts(request.outputs().values())
    if not held:
        try:
            path = make_working_folder(home)
        except OSError as error:
            raise OutputError(f"{folder} cannot be written to ({error.strerror}); choose another folder.") from error
        held[path] = _lock_in(path)
    try:
        yield next(iter(held))
    finally:
        for path, lock in held.items():
            # Windows removes no file that is open; elsewhere nobody can take the folder while it vanishes.
            if lock and sys.platform == "win32":
                lock.release()
            clear(path)
            if lock:
                lock.release()


def _lock_in(folder: Path) -> FileLock | None:
    """The lock of a working folder, or None if another process holds it or the file system knows no locks."""
    lock = FileLock(folder / "lock")
    with suppress(JobError):
        return lock if lock.try_acquire() else None
    return None


class _Stop:
    """That the user wants the task to stop, known from before there is a task until after it."""

    def __init__(self) -> None:
        self._wanted = False
        self._listeners: list[Callable[[], None]] = []

    def ask(self) -> None:
        """Ask for it; safe in a signal handler."""
        self._wanted = True
        for listener in self._listeners:
            listener()

    def tell(self, listener: Callable[[], None]) -> None:
        """Call `listener` when it is asked for, or now if it has been."""
        self._listeners.append(listener)
        if self._wanted:
            listener()


@contextmanager
def stopping() -> Iterator[_Stop]:
    """Ctrl+C and a termination signal cancel the task, so that it cleans up; a second Ctrl+C stops it at once."""
    stop = _Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.ask()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _ending_native_code(stop):
            yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if sys.stderr.isatty():
            print(ERASE_LINE, end="", file=sys.stderr)


@contextmanager
def _ending_native_code(stop: _Stop) -> Iterator[None]:
    """Python's own handlers wait for the main thread; where that is lost in native code, another thread hears signals.

    The task is asked to stop. Where it does not, the process ends: some seconds after a termination signal, or soon
    after a second signal. Windows has no such descriptor that is no socket.
    """
    if sys.platform == "win32":
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    over = threading.Event()

    def listen() -> None:
        while heard := os.read(reader, 1):
            stop.ask()
            if asked.is_set() or heard[0] == signal.SIGTERM:
                patience = AFTER_TWO_SIGNALS_S if asked.is_set() else AFTER_TERMINATION_S
                threading.Thread(target=leave, args=(patience,), daemon=True).start()
            asked.set()
        os.close(reader)

    def leave(patience_s: float) -> None:
        if not over.wait(patience_s):
            os._exit(CANCELLED)

    asked = threading.Event()
    threading.Thread(target=listen, name="signals", daemon=True).start()
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(writer)
