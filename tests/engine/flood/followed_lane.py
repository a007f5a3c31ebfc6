"""Serves a lane as a worker does, and notes which module hands a job's data to which.

followed_lane.py HOME TARGET TYPE ...: the types are names of the engine's classes. TARGET gets JSON lines: giver,
taker, types given. It goes on as long as somebody holds the queue's lock.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType

from engine.worker import serve_lane


def main(home: Path, target: Path, types: frozenset[str]) -> None:
    with target.open("w", encoding="utf-8") as notes:

        def follow(frame: FrameType, event: str, _: object) -> None:
            taker = module_of(frame)
            if event != "call" or taker is None:
                return
            code = frame.f_code
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            # A method is no new place for its own object.
            values = [frame.f_locals[name] for name in names if name in frame.f_locals and name != "self"]
            given = {type(value).__name__ for value in values if type(value).__module__.startswith("engine.")} & types
            giver = nearest_module(frame.f_back)
            if given and giver not in (None, taker):
                print(json.dumps([giver, taker, sorted(given)]), file=notes)

        sys.setprofile(follow)
        serve_lane(home, "long")
        sys.setprofile(None)


def module_of(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__", ""))
    return name if name.startswith("engine.") else None


def nearest_module(frame: FrameType | None) -> str | None:
    """The engine's module that called, be it through a library."""
    while frame is not None and module_of(frame) is None:
        frame = frame.f_back
    return None if frame is None else module_of(frame)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), frozenset(sys.argv[3:]))
