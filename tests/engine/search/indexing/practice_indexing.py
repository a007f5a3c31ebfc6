"""Changes an index with the encoder of colour statistics, as a process that other tests kill.

practice_indexing.py ACTION INDEX [IMAGE ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from statistics_encoder import StatisticsEncoder

from engine import encoders
from engine.jobs.report import QuietReport
from engine.jobs.requests import IndexRequest
from engine.search.index import building, segments

__all__ = ["change"]

WINDOWS = (16.0, 32.0)


def change(action: str, index: Path, images: list[Path]) -> None:
    """Run one request, with a commit after every batch and a new segment after every 500 tiles."""
    building.SECONDS_BETWEEN_COMMITS = building.COMMIT_SHARE = 0
    segments.SEGMENT_TILES = 500
    encoder = StatisticsEncoder()
    encoders.load_encoder = lambda name, device="auto": encoder
    request = IndexRequest(
        images=tuple((str(image),) for image in images), index=str(index), action=action, window_m=WINDOWS
    )
    building.build_index(request, QuietReport(index.parent))


if __name__ == "__main__":
    words = sys.argv[1:]
    print("ready", flush=True)
    change(words[0], Path(words[1]), [Path(word) for word in words[2:]])
