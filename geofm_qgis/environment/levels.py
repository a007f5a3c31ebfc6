"""How much of the engine is set up: what flood maps need, or all of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple, Optional

from ..translation import tr

__all__ = ["CORE", "LEARN", "Level", "levels", "named", "pinned", "smallest_for"]

CORE = "core"
LEARN = "learn"  # what training and search need, whatever the graphics card
GIGABYTE = 1000  # in MB
MB_A_MINUTE = 250  # of a usual line, the unpacking of packages beside it
ALWAYS = ("tools.txt", "plugin.txt")


class Level(NamedTuple):
    """What one can choose to set up.

    Attributes
    ----------
    name : str
    title : str
        For people.
    packages : str
        The requirement file of the engine's packages.
    torch : str, optional
        The build of torch and torchvision that uv's `--torch-backend` brings; such builds lie outside the package index
        and in no lock file, so these two are pinned by version and not by hash. None: what the index has is right, or
        none is needed.
    needed_bytes : int
        Room on the disk that it takes while it is made, beside the one that it replaces.
    download_mb : int
        About how much is downloaded.
    """

    name: str
    title: str
    packages: str
    torch: Optional[str]
    needed_bytes: int
    download_mb: int = 0

    @property
    def cost(self) -> str:
        """How much there is to download and about how long that takes, such as "200 MB, about 1 min"."""
        size = tr("{size} MB") if self.download_mb < GIGABYTE else tr("{size} GB")
        count = self.download_mb if self.download_mb < GIGABYTE else round(self.download_mb / GIGABYTE)
        minutes = max(1, round(self.download_mb / MB_A_MINUTE))
        return tr("{size}, about {minutes} min").format(size=size.format(size=count), minutes=minutes)

    @property
    def files(self) -> tuple[str, ...]:
        """All requirement files."""
        return (*ALWAYS, self.packages) if self.name == CORE else (*ALWAYS, self.packages, "text.txt")


def levels(platform: str = sys.platform) -> tuple[Level, ...]:
    """What can be set up on a system, the smallest first.

    The package index has torch for NVIDIA cards on Linux, and for the processor (or Apple's graphics) elsewhere.
    """
    floods = Level(CORE, tr("Flood maps (200 MB to download; needs 2 GB free)"), "core.txt", None, 2_000_000_000, 200)
    if platform == "darwin":
        everything = tr("Flood maps, training and search (800 MB to download; needs 6 GB free)")
        return floods, Level("learn", everything, "learn.txt", None, 6_000_000_000, 800)
    linux = platform.startswith("linux")
    processor = tr("Flood maps, training and search, on the processor (1 GB to download; needs 7 GB free)")
    card = tr("Flood maps, training and search, on an NVIDIA graphics card (4 GB to download; needs 16 GB free)")
    return (
        floods,
        Level(
            "learn-cpu", processor, *(("learn-cpu.txt", "cpu") if linux else ("learn.txt", None)), 7_000_000_000, 1000
        ),
        Level("learn-gpu", card, *(("learn.txt", None) if linux else ("learn-cpu.txt", "auto")), 16_000_000_000, 4000),
    )


def named(name: str) -> Level:
    """The level of a name; the smallest where it is not known here."""
    known = levels()
    return next((level for level in known if level.name == name), known[0])


def smallest_for(needs: str) -> Level:
    """The level with the least to download that has what is needed: `CORE` or `LEARN`."""
    return levels()[0 if needs == CORE else 1]


def pinned(file: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The lines `name==version` of some packages in a requirement file."""
    lines = (line.split(" ")[0] for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line.split("==")[0] in names)
