"""What torchrun says, in the environment, of the processes that it starts a command as."""

from __future__ import annotations

import os

__all__ = ["processes", "rank"]


def processes() -> int:
    """How many there are; 1 without torchrun."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))
