"""Runs malformed inputs one after another in this process: `malformed_batch.py FOLDER SCENE FIRST COUNT`.

Prints one JSON object before each case and one after it: so a crash of native code is known by its case.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from malformed import KINDS, request_text, words_of_case

from engine import worker
from engine.cli import main
from engine.jobs.store import JobStore
from engine.raster import _ogr  # noqa: F401 - the inputs are made with pyogrio, too, which starts as it does for jobs

SPOTS = (*KINDS, "request")


def told(call: Callable[[], int]) -> tuple[int, str, str]:
    """The status of a command and what it and native code print."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            status = call()
        except SystemExit as left:  # argparse
            status = int(left.code or 0)
        except BaseException as error:
            status = -1
            import traceback

            traceback.print_exception(error)
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return status, *texts


def tree(*folders: Path) -> set[str]:
    return {str(path) for folder in folders for path in folder.rglob("*")}


def flood(kind: str, source: random.Random, folder: Path, scene: Path) -> dict[str, Any]:
    """A malformed file or word, given to the command."""
    given, out = folder / "given", folder / "out"
    words = ["flood", *words_of_case(kind, source, given, scene), "--out", str(out), "--json"]
    say({"words": words})
    before = tree(given, scene)
    status, _, complaint = told(lambda: main(words))
    left = tree(given, scene) - before
    outputs = {str(out / name) for name in ("flood.tif", "flood.gpkg", "report.json")} if status == 0 else set()
    left |= tree(out) ^ outputs
    if status and out.exists():
        left.add(str(out))
    shutil.rmtree(out, ignore_errors=True)
    return {"status": status, "err": complaint, "left": sorted(left)}


def queued(source: random.Random, folder: Path, scene: Path) -> dict[str, Any]:
    """A malformed request in the job database: shown, run and cleared."""
    home, out = folder / "home", folder / "out"
    text = request_text(source, out, scene)
    say({"words": ["request", text]})
    os.environ["GEOFM_HOME"] = str(home)
    with JobStore(home) as store:
        connection = store._connection
        connection.execute(
            "INSERT INTO jobs (kind, lane, request, state, created_at) VALUES ('flood', 'long', ?, 'queued', 0)",
            (text,),
        )
        job = store.list()[-1]
        store.folder(job.id).mkdir(parents=True)
        errors = []
        for words in (["list"], ["show", str(job.id)]):
            status, _, complaint = told(lambda words=words: main(["jobs", *words]))
            errors += [f"{words}: {complaint}"] * bool(status or complaint)
        # As if its process had died once: then what lies beside its outputs is cleared away.
        died = store.claim("long")
        store.settle()
        store.resume(died.id)
        status, _, complaint = told(lambda: worker._run_job(store, store.claim("long")) or 0)
        job = store.get(job.id)
        errors += [complaint] * bool(status or complaint)
        if job.state not in ("succeeded", "failed") or (job.state == "failed" and not job.message):
            errors.append(f"{job.state}: {job.message}")
        if "unexpectedly" in (job.message or ""):
            errors.append((store.folder(job.id) / "log.txt").read_text())
        store.clear()
    left = [path for path in tree(out) if "/." in path.removeprefix(str(out))]
    shutil.rmtree(out, ignore_errors=True)
    wrong = "\n".join(errors)
    return {
        "status": 0 if job.state == "succeeded" else 1,
        "err": wrong or (job.message or ""),
        "left": left,
        "wrong": wrong,
    }


def say(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)


def run(folder: Path, scene: Path, first: int, number: int) -> None:
    """Cases number `first` and so on."""
    os.chdir(folder)
    for seed in range(first, first + number):
        kind = SPOTS[seed % len(SPOTS)]
        source = random.Random(f"malformed {seed}")
        say({"seed": seed, "kind": kind})
        before = tree(folder) | {str(folder / "given"), str(folder / "home")}
        done = queued(source, folder, scene) if kind == "request" else flood(kind, source, folder, scene)
        left = {path for path in tree(folder) - before if not path.startswith((f"{folder}/given/", f"{folder}/home/"))}
        done["left"] += sorted(left)
        say({"seed": seed, "kind": kind, **done})


run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
