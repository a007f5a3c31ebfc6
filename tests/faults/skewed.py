"""The engine under a clock that is wrong by the seconds in a file: `skewed.py FILE worker …`, `skewed.py FILE geofm …`.

Only the clock of the computer is replaced, before anything of GeoFM is imported.
"""

import sys
import time
from pathlib import Path

offset = Path(sys.argv[1])
right = time.time


def wrong() -> float:
    """What a computer says whose clock somebody has moved."""
    return right() + float(offset.read_text())


time.time = wrong

sys.path.append(str(Path(__file__).parents[1] / "engine" / "jobs"))

import practice  # noqa: E402 - after the clock is moved

from engine import cli, worker  # noqa: E402

assert practice.PracticeRequest  # known from now on
if sys.argv[2] == "worker":
    sys.exit(worker.main(sys.argv[3:], command=[sys.executable, *sys.argv[:3]]))
sys.exit(cli.main(sys.argv[3:]))
