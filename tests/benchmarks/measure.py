"""Runs a command and tells how long it took and how much memory it held."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "bar", "machine", "measure", "peak_mebibytes", "python"]


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes
    ----------
    seconds : float
        By the clock on the wall, the start of the interpreter included.
    processor : float
        Seconds of all cores together, in the program and in the kernel on its behalf.
    mebibytes : float
        The most resident memory that one of its processes held; the programs measured here are one process each.
    """

    seconds: float
    processor: float
    mebibytes: float


def measure(command: Sequence[str]) -> Cost:
    """Run a command to its end; its output is shown only if it fails."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        # Not Popen.wait: only wait4 gives what this one child used.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")
            sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak_mebibytes(usage))


def peak_mebibytes(usage: resource.struct_rusage) -> float:
    """The most resident memory that a process held."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, kilobytes elsewhere


def python(program: str, *words: object) -> list[str]:
    """The command that runs a Python program of this folder."""
    return [sys.executable, str(Path(__file__).with_name(program)), *map(str, words)]


def bar(
    what: str, figure: float, limit: float, unit: str, stretch: float | None = None, *, least: bool = False
) -> None:
    """Print a figure beside what it must not exceed, or with `least` must reach, and whether it keeps to that."""

    def keeps_to(value: float) -> bool:
        return figure >= value if least else figure <= value

    verdict = "met" if keeps_to(limit) else "MISSED"
    if stretch is not None and keeps_to(stretch):
        verdict = "stretch met"
    aim = f"at {'least' if least else 'most'} {limit:g}" + ("" if stretch is None else f", stretch {stretch:g}")
    print(f"{what:<58}{figure:>9.3f} {unit:<8} {aim:<26} {verdict}", flush=True)


def machine() -> str:
    """Processor, cores and load, without which no figure means much."""
    name = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        lines = cpu.read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}, Python {platform.python_version()}"
