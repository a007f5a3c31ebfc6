"""How many rows of a flood map are worked on at a time."""

from __future__ import annotations

from ..jobs.report import Report
from ..mapping import memory_is_short, memory_may_not_do
from ..memory import budget_bytes, fitting_rows, refuse_beyond_all
from ..raster.stream import READ_ROWS
from .inputs import Inputs
from .tiles import bytes_per_column

__all__ = ["band_rows"]

# What a job takes whatever the image's size: libraries, GDAL's caches, pieces that are counted (measured: 475 MiB).
BASE = 512 * 2**20
# Bytes per pixel of a band and plane that is read: float32 copies that live at the same time (measured: 16 to 21).
PER_PIXEL = 24
# Bytes per pixel of a band that this filter takes for its windows.
REFINED_LEE = 80
LEAST_ROWS = 16
# Bands that take less than this are not cut further: it would save little beside the base, and cost much time.
SMALL = 64 * 2**20


def band_rows(inputs: Inputs, speckle_filter: str, report: Report, before: int | None = None) -> int:
    """`READ_ROWS`, or a half, a quarter ... of that where memory is short, which the report then says.

    The map is the same at any number of rows.

    Parameters
    ----------
    inputs : Inputs
    speckle_filter : str
    report : Report
    before : int, optional
        What an earlier look said: there will be no more, and nothing is said again.

    Raises
    ------
    InputError
        If the image is so wide that not even the fewest rows fit into the computer's memory.
    """
    most = before or READ_ROWS
    budget = budget_bytes()
    base, per_row = _needs(inputs, speckle_filter)
    height = inputs.grid.height
    refuse_beyond_all(base + min(LEAST_ROWS, height) * per_row, inputs.grid.width)
    if budget is None:
        return most
    room = max(budget - base, SMALL)
    rows = most if height * per_row <= room else fitting_rows(most, LEAST_ROWS, per_row, room)
    if rows < most:
        instead = f"the map is made {rows} rows at a time instead of {most}"
        report.message(memory_is_short(budget, f"{instead}, which may take longer and gives the same result"))
    needed = base + min(rows, height) * per_row
    if needed > budget and (rows < most or before is None):
        report.message(memory_may_not_do(needed, budget, "smaller"))
    return rows


def _needs(inputs: Inputs, speckle_filter: str) -> tuple[int, int]:
    """Bytes that a job takes at any number of rows, and for each row of a band."""
    width, statistics = inputs.grid.width, bytes_per_column(len(inputs.polarisations)) * min(inputs.dates, 2)
    per_pixel = PER_PIXEL * inputs.planes + (REFINED_LEE if speckle_filter == "refined-lee" else 0)
    return BASE + statistics * width, per_pixel * width
