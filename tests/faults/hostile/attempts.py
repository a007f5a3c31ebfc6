"""One attempt: the command in a process of its own, watched for memory, time, requests and what it writes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from .canary import calls
from .place import Case, Place, Words

__all__ = ["FINE", "attempt", "forked"]

FINE = ("one sentence", "used")
MORE_BYTES = 1_200_000_000  # than the process that it is forked from; GeoFM is told to take less
CPU_S = 30
STILL_S = 20.0  # without any use of the processor: it waits for what will never come
LOOK_S = 0.005
OWN = ("jobs.sqlite", "jobs.sqlite-wal", "jobs.sqlite-shm")  # which may go, too
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
# What terminals do not take for text: C0 but for blanks and the end of a line, DEL, C1, and what turns the direction.
_CONTROLS = (*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = {*map(chr, _CONTROLS)}


@dataclass(frozen=True)
class _Ended:
    status: int  # below zero: the signal
    out: str
    err: str
    over: str  # the limit that was gone over, if any
    bytes: int
    cpu_s: float


def attempt(case: Case, place: Place, log: Path) -> dict[str, Any]:
    """Make the input and let the command meet it; gives name, words, outcome, figures and, if it is not fine, why."""
    place.prepare()
    words = case.make()
    before, called = _state(place), len(calls(log))
    ended = _run(words, place)
    requests = calls(log)[called:]
    changed = _changes(before, _state(place), _allowed(case, place, ended.status == 0))
    outcome = _outcome(ended, words, requests, changed)
    found = {
        "name": case.name,
        "words": words,
        "outcome": outcome,
        "bytes": ended.bytes,
        "cpu_s": round(ended.cpu_s, 2),
    }
    if outcome in FINE:
        return {**found, "said": ended.err[-300:]}
    return {**found, "status": ended.status, "err": ended.err[-1500:], "requests": requests, "changed": changed[:20]}


def forked(make: Callable[[], None]) -> None:
    """Do something in a process of its own, so that this one stays as it was."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            make()
            status = 0
        except BaseException as error:
            traceback.print_exception(error)
        finally:
            os._exit(status)
    if os.waitpid(process, 0)[1]:
        raise RuntimeError("what is sound could not be made")


def _outcome(ended: _Ended, words: Words, requests: list[str], changed: list[str]) -> str:
    lines = ended.err.splitlines()
    if requests:
        return "request"
    if ended.over:
        return ended.over
    if changed:
        return "wrote elsewhere"
    if ended.status < 0:
        return "crash"
    if "Traceback" in ended.err or "unexpectedly" in ended.err or ended.status not in (0, 1, 2):
        return "traceback"
    if CONTROLS & {*ended.out, *ended.err}:
        return "control characters"
    if ended.status == 0:
        return "used"
    told = bool(lines) and (lines[-1].startswith("geofm: ") if ended.status == 1 else ": error: " in lines[-1])
    alone = ended.status == 2 or len(lines) == 1 or "--json" not in words
    return "one sentence" if told and alone else "no sentence"


def _allowed(case: Case, place: Place, done: bool) -> list[Path]:
    """What may change: results and models only where a command succeeds; of GeoFM's own folder all the rest."""
    own = [path for path in (*OWN, *(path.name for path in place.geofm.iterdir())) if path != "models"]
    # Torch keeps a folder for what it compiles, whether it does or not.
    made = [place.out.parent, place.geofm, *(place.root / "tmp").glob("torchinductor_*")] if done else []
    return [*case.may_change, *made, *(place.geofm / name for name in own)]


# What lies where ------------------------------------------------------------------------------------------------------


def _state(place: Place) -> dict[str, tuple[Any, ...]]:
    """Of all files and links what changes when they are written; of folders that they are there."""
    found: dict[str, tuple[Any, ...]] = {}
    watched = (place.root, place.good / "scene", place.good / "served")
    for folder, folders, files in chain.from_iterable(map(os.walk, watched)):
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 - names may be no text
            facts = os.lstat(path)
            is_folder = name in folders and not os.path.islink(path)  # noqa: PTH114
            found[path] = (facts.st_mode, *(() if is_folder else (facts.st_size, facts.st_mtime_ns)))
    return found


def _changes(before: dict[str, Any], after: dict[str, Any], allowed: list[Path]) -> list[str]:
    paths = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    roots = tuple(str(path) for path in allowed)
    return sorted(path for path in paths if not any(path == root or path.startswith(f"{root}/") for root in roots))


# The process ----------------------------------------------------------------------------------------------------------


def _run(words: Words, place: Place) -> _Ended:
    said = [place.root.with_name(f"{place.root.name}.{name}") for name in ("out", "err")]
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        _command(words, place, said)
    over, most = "", 0
    parent = _memory(os.getpid())
    moved, cpu = time.monotonic(), -1.0
    while True:
        ended, code, usage = os.wait4(process, os.WNOHANG)
        if ended:
            break
        most = max(most, _memory(process))
        if (now := _cpu(process)) != cpu:
            moved, cpu = time.monotonic(), now
        over = over or ("memory" if most > parent + MORE_BYTES else "time" if cpu > CPU_S else "")
        over = over or ("never ends" if time.monotonic() > moved + STILL_S else "")
        if over:
            os.killpg(process, signal.SIGKILL)
        time.sleep(LOOK_S)
    status = -os.WTERMSIG(code) if os.WIFSIGNALED(code) else os.WEXITSTATUS(code)
    out, err = (path.read_text(encoding="utf-8", errors="replace") for path in said)
    return _Ended(status, out, err, over, max(most - parent, 0), usage.ru_utime + usage.ru_stime)


def _command(words: Words, place: Place, said: list[Path]) -> None:
    """In the forked process: the command with these words, as if it had just been started."""
    status = 70
    try:
        os.setsid()
        for number, path in enumerate(said, start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(place.root / "work")
        from engine.cli import main

        status = main(words)
    except SystemExit as left:  # argparse
        status = int(left.code or 0)
    except BaseException as error:
        traceback.print_exception(error)
    finally:
        sys.stdout and sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _memory(process: int) -> int:
    """Bytes that are its own, without what is mapped from files."""
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{process}/statm").read_text().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * PAGE


def _cpu(process: int) -> float:
    try:
        numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / TICKS
