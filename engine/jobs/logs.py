"""Logs that others go on writing: kept short, and read from their end."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

__all__ = ["MOST_BYTES", "end_of_log", "keep_short"]

MOST_BYTES = 1_000_000  # of a log, and of its predecessor


def keep_short(log: Path) -> None:
    """Move what stands in a log to its predecessor, `NAME.old.SUFFIX`, if it has grown too long.

    It is copied and cut, not renamed: others may have it open, to append to, and Windows renames no such file. What is
    written between the two is lost. Of a longer log only the end is kept.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size <= MOST_BYTES:
            return
        with contextlib.suppress(OSError):  # on a full disk the log is cut all the same
            _predecessor(log).write_bytes(_end(log, MOST_BYTES))
        os.truncate(log, 0)
        if sys.platform == "win32":
            # Native code there goes on writing where it was, and would leave a hole.
            for descriptor in (1, 2):
                with contextlib.suppress(OSError):
                    os.lseek(descriptor, 0, os.SEEK_END)


def end_of_log(log: Path, most: int) -> str:
    """The last `most` bytes of a log, or fewer if there are no more; its predecessor's end comes first."""
    end = _end(log, most)
    if len(end) < most:
        end = _end(_predecessor(log), most - len(end)) + end
    return end.decode("utf-8", errors="replace")


def _predecessor(log: Path) -> Path:
    return log.with_name(f"{log.stem}.old{log.suffix}")


def _end(log: Path, most: int) -> bytes:
    try:
        with log.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return file.read(most)
    except OSError:
        return b""
