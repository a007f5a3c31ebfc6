"""The one door to onnxruntime: it would otherwise report to its maker when it is loaded, and believe any graph."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from queue import SimpleQueue
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..memory import budget_bytes, stated_bytes
from ..raster.stream import threads
from .onnx_limits import check_graph

__all__ = ["Session", "is_out_of_memory", "one_run_at_a_time", "onnxruntime", "trial", "watched"]

CPU = "CPUExecutionProvider"
FATAL = 4
# What the values of one run may take on the CPU, beside the weights: some 100 planes of 2048 x 2048 pixels.
ROOM_BYTES = 1200 * 2**20
LONGEST_RUN_S = 600.0
# One tile of up to so many pixels a side on one core: what takes longer maps nothing in a day.
LONGEST_TRIAL_S, TRIAL_SIDE = 20.0, 512
LOOK_S = 0.1  # how soon a cancel is seen
LEAVE_S = 5.0  # an operator that has begun cannot be ended
OUT_OF_MEMORY = (
    *("out of memory", "can't allocate memory", "failed to allocate memory", "bad_alloc", "bad allocation"),
    "smaller than requested bytes",  # the limit below is reached
)

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
    _limit_memory(onnxruntime(), 1)


class Session:
    """A graph, opened so that it takes no more memory and time than a model may, whoever made it.

    Parameters
    ----------
    graph : bytes
    providers : sequence of str
    threads_of_a_run : int
        0: all cores.

    Attributes
    ----------
    inputs, outputs : list
        What onnxruntime says of them: `name`, `type`, `shape`.
    providers : list of str
        What runs it.

    Raises
    ------
    InputError
        If the graph is none that GeoFM opens (see `onnx_limits`), or onnxruntime does not take it.
    """

    def __init__(self, graph: bytes, *, providers: Sequence[str] = (CPU,), threads_of_a_run: int = 1) -> None:
        check_graph(graph)
        ort = onnxruntime()
        _limit_memory(ort, max(threads(), 2))
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads_of_a_run
        options.log_severity_level = 4
        options.add_session_config_entry("session.use_env_allocators", "1")
        self._run_options = ort.RunOptions
        try:
            # Constants are worked out beforehand without regard to that limit, each up to a gigabyte.
            self._session = ort.InferenceSession(
                graph, options, providers=list(providers), disabled_optimizers=["ConstantFolding"]
            )
        except Exception as error:  # onnxruntime's errors have no common root
            raise InputError(f"The graph cannot be run ({_line(error)}); give another model.") from error
        self.inputs, self.outputs = self._session.get_inputs(), self._session.get_outputs()
        self.providers = self._session.get_providers()

    def run(self, given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """All outputs for the inputs by name.

        Raises
        ------
        InputError
            If it takes too long.
        Exception
            onnxruntime's own, which have no common root; what a check of `watched` raises.
        """
        options = self._run_options()
        watches = [*_watches]
        longest = min((seconds for _, seconds in watches), default=LONGEST_RUN_S)
        ends = time.monotonic() + longest
        future = _begun(partial(self._session.run, None, dict(given), options))
        try:
            while not wait([future], LOOK_S).done:
                for check, _ in watches:
                    check()
                if time.monotonic() > ends:
                    raise InputError(
                        f"One run of the model takes longer than {longest:.0f} s and was ended: it is too large for "
                        "this computer, or has no end; choose another model."
                    )
            return [np.asarray(value) for value in future.result()]
        finally:
            if not future.done():
                options.terminate = True
                wait([future], LEAVE_S)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch's, onnxruntime's or numpy's error says that memory was short."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    # torch.OutOfMemoryError is a RuntimeError, as are onnxruntime's.
    return isinstance(error, Exception) and any(sign in text for sign in OUT_OF_MEMORY)


def _limit_memory(ort: ModuleType, runs: int) -> None:
    """Give all sessions of this process one store of memory on the CPU, with a limit; onnxruntime makes it once."""
    global _memory_is_limited
    with _memory_lock:
        if _memory_is_limited:
            return
        room = runs * ROOM_BYTES
        most = stated_bytes() or min(room, budget_bytes() or room)
        place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
        ort.create_and_register_allocator(place, ort.OrtArenaCfg({"max_mem": most}))
        _memory_is_limited = True


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


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
