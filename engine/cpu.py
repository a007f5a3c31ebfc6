"""Cores, threads and priority of this process."""

from __future__ import annotations

import contextlib
import os
import sys

__all__ = ["cores", "job_threads", "run_in_background", "threads"]

# Read by OpenMP, OpenBLAS, MKL, OpenCV and GDAL when they are loaded.
LIBRARY_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "GDAL_NUM_THREADS",
)
NICENESS = 10
BELOW_NORMAL = 0x00004000  # BELOW_NORMAL_PRIORITY_CLASS, winbase.h


def cores() -> int:
    """How many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads() -> int:
    """How many threads may compute at a time: as many as GDAL may use, which the worker sets in its environment."""
    given = os.environ.get("GDAL_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else cores()


def job_threads(wanted: int) -> int:
    """How many cores a job may use: as many as wanted, or for 0 all but the one that the window needs."""
    return wanted if wanted > 0 else max(1, cores() - 1)


def run_in_background(wanted: int) -> None:
    """Leave cores, and the first turn on all of them, to others; called before any library is loaded.

    Parameters
    ----------
    wanted : int
        Threads that the libraries of this process may use; 0 for all cores but one.
    """
    for name in LIBRARY_THREADS:
        os.environ[name] = str(job_threads(wanted))
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL)
    else:
        # Some containers forbid it, and a job that is in a hurry is better than none.
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
