"""The most memory that a command held at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["peak_kibibytes"]

# A process takes over the peak of the one that starts it; a small one between keeps that of the tests out.
BETWEEN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
with open(sys.argv[1], "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(done.returncode)
"""


def peak_kibibytes(folder: Path, *command: object, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a command to its end; its peak, as Linux counts it, and what it said."""
    peak = folder / "peak"
    done = subprocess.run(
        [sys.executable, "-c", BETWEEN, str(peak), *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stderr
    return int(peak.read_text()), done.stderr
