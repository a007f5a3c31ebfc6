"""The library onnxruntime, which would otherwise report to its maker, and run any graph without an end."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from types import ModuleType
from typing import Any

from ..cpu import threads
from ..errors import InputError
from ..memory import budget_bytes, stated_bytes

__all__ = ["limit_memory", "one_run_at_a_time", "onnxruntime", "run_watched", "trial", "watched"]

FATAL = 4
# What the values of one run may take on the CPU, beside the weights: some 100 planes of 2048 x 2048 pixels.
ROOM_BYTES = 1200 * 2**20
LONGEST_RUN_S = 600.0
# One tile of up to so many pixels a side on one core: what takes longer maps nothing in a day.
LONGEST_TRIAL_S, TRIAL_SIDE = 20.0, 512
BUSY = 10  # times as long by the clock, where other programs take the processor
LOOK_S = 0.1  # how soon a cancel is seen
LEAVE_S = 5.0  # an operator that has begun cannot be ended
Watch = tuple[Callable[[], None], float]
_watches: list[Watch] = []
_memory_lock = threading.Lock()
_memory_is_limited = False
# Threads that wait for a run. They are reused, since on a GPU the first run of a thread costs.
_idle: list[SimpleQueue[tuple[Future[Any], Callable[[], Any]]]] = []


def onnxruntime() -> ModuleType:
    """The library, loaded without its telemetry, which uploads what models run where.

    Raises
    ------
    ImportError
        If it is not set up.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    library = importlib.import_module("onnxruntime")
    library.set_default_logger_severity(FATAL)  # its errors come as exceptions; its log would repeat a graph's names
    return library


@contextmanager
def watched(check: Callable[[], None], longest_run_s: float = LONGEST_RUN_S) -> Iterator[None]:
    """While this lasts, runs of any graph in any thread end when `check` raises, with what it raised.

    Parameters
    ----------
    check : callable
        Called several times a second from the threads that wait for runs, such as `Report.check_cancelled`.
    longest_run_s : float
        How long one run may take before it ends with an InputError.
    """
    watch = (check, longest_run_s)
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)


def trial(side: int = TRIAL_SIDE) -> AbstractContextManager[None]:
    """While this lasts, a run may take as long as the first tile of `side` pixels of an unknown graph is worth."""
    seconds = LONGEST_TRIAL_S * max(1.0, (side / TRIAL_SIDE) ** 2)
    return watched(lambda: None, min(seconds, LONGEST_RUN_S))


def one_run_at_a_time() -> None:
    """Let graphs have memory for one run alone from now on; without effect once a graph has been opened."""
    limit_memory(1)


def limit_memory(runs: int = 0) -> None:
    """Give all sessions of this process one store of memory on the CPU, with a limit; onnxruntime makes it once.

    Parameters
    ----------
    runs : int
        For how many at a time; 0: one for each thread that runs tiles.
    """
    global _memory_is_limited
    with _memory_lock:
        if _memory_is_limited:
            return
        ort = onnxruntime()
        room = (runs or max(threads(), 2)) * ROOM_BYTES
        most = stated_bytes() or min(room, budget_bytes() or room)
        place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
        ort.create_and_register_allocator(place, ort.OrtArenaCfg({"max_mem": most}))
        _memory_is_limited = True


def run_watched(work: Callable[[], Any], end: Callable[[], None]) -> Any:
    """What `work` gives, which runs in a thread of its own; `end` is called if it takes too long or a watch raises.

    Raises
    ------
    InputError
        If it takes too long.
    Exception
        What `work` or a check of `watched` raises.
    """
    watches = [*_watches]
    longest = min((seconds for _, seconds in watches), default=LONGEST_RUN_S)
    began, spent = time.monotonic(), time.process_time()
    future = _begun(work)
    try:
        while not wait([future], LOOK_S).done:
            for check, _ in watches:
                check()
            passed = time.monotonic() - began
            # A busy computer gives a run little of its time: what it got counts, unless it waits without end.
            if min(passed, time.process_time() - spent) > longest or passed > BUSY * longest:
                raise InputError(
                    f"One run of the model takes longer than {longest:.0f} s and was ended: it is too large for "
                    "this computer, or has no end; choose another model."
                )
        return future.result()
    finally:
        if not future.done():
            end()
            wait([future], LEAVE_S)


def _begun(work: Callable[[], Any]) -> Future[Any]:
    """`work` in a thread of its own, so that the thread that waits hears signals; it does not outlive the process."""
    future: Future[Any] = Future()
    try:
        tasks = _idle.pop()
    except IndexError:
        tasks = SimpleQueue()
        threading.Thread(target=_serve, args=(tasks,), name="graph", daemon=True).start()
    tasks.put((future, work))
    return future


def _serve(tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]]]) -> None:
    while True:
        future, work = tasks.get()
        try:
            result = work()
        except BaseException as error:
            _idle.append(tasks)
            future.set_exception(error)
        else:
            _idle.append(tasks)
            future.set_result(result)
            del result
        del future, work  # which hold a session and arrays
