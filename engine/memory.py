"""How much memory there is, and how many rows of an image fit into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import InputError

__all__ = [
    "BUDGET",
    "available_bytes",
    "budget_bytes",
    "fitting_rows",
    "held_bytes",
    "refuse_beyond_all",
    "stated_bytes",
    "total_bytes",
]

BUDGET = "GEOFM_MEMORY_MB"
# Of what the system has left: it goes on with other programs, and what a job takes is known to some 10 %.
SHARE = 0.7
MEGABYTE = 2**20
CONTROL_GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def fitting_rows(most: int, least: int, per_row: float, room: float) -> int:
    """The greatest of `most`, `most` / 2, `most` / 4 ... rows that fit into `room` bytes; no fewer than `least`."""
    rows = most
    while rows > least and rows * per_row > room:
        rows //= 2
    return rows


def budget_bytes() -> int | None:
    """What this process may hold altogether: what the environment variable says, or a share of what the system has.

    None where nobody knows.
    """
    stated = stated_bytes()
    if stated is not None:
        return stated
    left = available_bytes()
    return None if left is None else int(SHARE * left) + held_bytes()


def refuse_beyond_all(needed: float, width: int) -> None:
    """Refuse what not even all memory of the computer could hold.

    Parameters
    ----------
    needed : float
        Bytes, at the fewest rows at a time.
    width : int
        Of the image, in pixels: what the need grows with.

    Raises
    ------
    InputError
        If it is more than the computer has.
    """
    total = total_bytes()
    if total is not None and needed > total:
        raise InputError(
            f"The image is {width:,} pixels wide: a map of it needs about {needed / MEGABYTE:,.0f} MB of memory, and"
            f" this computer has {total / MEGABYTE:,.0f} MB; map a narrower area by an AOI."
        )


def stated_bytes() -> int | None:
    """What `GEOFM_MEMORY_MB` says; None if it says nothing, or nothing that is a number."""
    try:
        megabytes = float(os.environ.get(BUDGET, ""))
    except ValueError:
        return None
    return int(megabytes * MEGABYTE) if 0 < megabytes < sys.maxsize else None


def available_bytes() -> int | None:
    """What is left for this process before the system swaps or kills; None where nobody knows."""
    if sys.platform == "win32":
        return _windows()[1]
    if sys.platform == "darwin":
        total = total_bytes()
        return total and total // 2  # macOS presses and swaps what is not in use; half of all is to be had at any time
    known = [left for left in (_available_of_linux(), *_left_in_groups(), _left_in_address_space()) if left is not None]
    return max(min(known), 0) if known else None


def held_bytes() -> int:
    """What this process holds now; 0 where nobody knows."""
    if sys.platform == "win32":
        return _held_on_windows()
    return (_number(Path("/proc/self/status"), "VmRSS:", 1024) or 0) if sys.platform == "linux" else 0


def total_bytes() -> int | None:
    """The memory that the computer has; None where nobody knows."""
    if sys.platform == "win32":
        return _windows()[0]
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _windows() -> tuple[int, int]:
    """All memory and what is free of it."""
    import ctypes

    class Status(ctypes.Structure):  # MEMORYSTATUSEX, sysinfoapi.h
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "available", "page", "free_page", "virtual", "free")),
            ("extended", ctypes.c_ulonglong),
        )

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.total), int(status.available)


def _held_on_windows() -> int:
    import ctypes

    class Counters(ctypes.Structure):  # PROCESS_MEMORY_COUNTERS, psapi.h
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("faults", ctypes.c_ulong),
            *((name, ctypes.c_size_t) for name in ("peak", "held", *"abcdef")),
        )

    counters = Counters(length=ctypes.sizeof(Counters))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)
    kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), ctypes.sizeof(counters))
    return int(counters.held)


def _available_of_linux() -> int | None:
    return _number(Path("/proc/meminfo"), "MemAvailable:", 1024)


def _left_in_groups() -> Iterator[int]:
    """What the limit of each control group leaves that this process is in: containers and clusters have such."""
    try:
        lines = [line.split(":", 2) for line in OWN_GROUPS.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return
    for _, controllers, name in (line for line in lines if len(line) == 3):
        if not controllers:
            root, files = CONTROL_GROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = CONTROL_GROUPS / "memory"
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        folder = root / name.strip("/")
        # Inside a container the name may be that of the outside; its own group is then the root.
        for place in dict.fromkeys([folder, *folder.parents]):
            if place.is_relative_to(root):
                yield from _left_in(place, *files)


def _left_in(group: Path, limit: str, usage: str, idle: str) -> Iterator[int]:
    most, used = _number(group / limit), _number(group / usage)
    if most is not None and used is not None:
        # Pages of files that nobody reads any more are given up before anybody is killed.
        yield most - used + (_number(group / "memory.stat", idle) or 0)


def _left_in_address_space() -> int | None:
    """What `ulimit -v` leaves."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = _number(Path("/proc/self/statm"))
    return None if limit == resource.RLIM_INFINITY or pages is None else limit - pages * resource.getpagesize()


def _number(path: Path, name: str = "", unit: int = 1) -> int | None:
    """The number behind a name in a file of the kernel's, or the first one in it; "max" is none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        words = next(line.split() for line in lines if not name or line.split()[:1] == [name])
        return int(words[1 if name else 0]) * unit
    except (OSError, ValueError, IndexError, StopIteration):
        return None
