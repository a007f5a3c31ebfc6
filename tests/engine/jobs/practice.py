"""A kind of job to practise with: it counts slowly, and behaves as badly as it is told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from engine.cpu import LIBRARY_THREADS
from engine.errors import InputError
from engine.jobs.report import Report
from engine.jobs.requests import Request
from engine.jobs.requests._declared import output
from engine.jobs.result import Output, Result


@dataclass(frozen=True)
class PracticeRequest(Request):
    """Count to `steps`, `pause` seconds each; `behaviour` names what else happens."""

    kind: ClassVar[str] = "practice"
    title: ClassVar[str] = "practice"
    task: ClassVar[str] = "practice:practise"
    subject: ClassVar[str] = "total"

    steps: int = 3
    pause: float = 0.01
    behaviour: str = "good"
    total: str | None = output("table", "Total", "total.json", "The sum.")


@dataclass(frozen=True)
class QuickPracticeRequest(PracticeRequest):
    """The same in the interactive lane."""

    kind: ClassVar[str] = "quick-practice"
    lane: ClassVar[str] = "interactive"


@dataclass(frozen=True)
class ShelfPracticeRequest(PracticeRequest):
    """The same in the lane of the models."""

    kind: ClassVar[str] = "shelf-practice"
    lane: ClassVar[str] = "models"


def _cpu_use() -> dict[str, Any]:
    """The priority of this process, and how many threads its libraries use."""
    import cv2

    variables = {name: os.environ.get(name) for name in LIBRARY_THREADS}
    return {"niceness": os.getpriority(os.PRIO_PROCESS, 0), "variables": variables, "cv2": cv2.getNumThreads()}


def practise(request: PracticeRequest, report: Report) -> Result:
    """The sum of 1 to `steps`, with a checkpoint after each step; each step's number is also printed."""
    checkpoint = report.checkpoints / "sum.txt"
    step, total = map(int, checkpoint.read_text().split()) if checkpoint.exists() else (0, 0)
    report.message(f"Starts at step {step}.")
    if request.total:
        Path(request.total).with_name(f".{Path(request.total).name}.{os.getpid()}.part.txt").write_text("half")
    if request.behaviour == "stubborn":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        time.sleep(600)
    if request.behaviour == "bad input":
        raise InputError("a.tif is not a raster; choose a GeoTIFF.")
    if request.behaviour == "bug":
        raise ZeroDivisionError("a bug")
    if request.behaviour == "crash":
        os.abort()
    if request.behaviour == "noisy":
        print("printed by Python")
        os.write(1, b"written by native code\n")
        os.write(2, b"native error\n")
        subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    if request.behaviour == "cpu use":
        print("cpu use", json.dumps(_cpu_use()))
    if request.behaviour == "talkative":
        for _ in range(request.steps):
            os.write(2, b"a warning of native code\n" * 2000)
    while step < request.steps and not report.stop_wanted():
        report.check_cancelled()
        time.sleep(request.pause)
        step, total = step + 1, total + step + 1
        part = checkpoint.with_suffix(".part")
        part.write_text(f"{step} {total}")
        part.replace(checkpoint)
        print("step", step)
        report.metric("total", step, total)
        report.progress(step, request.steps, "steps")
    summary = {"total": {1, 2} if request.behaviour == "not json" else total, "pid": os.getpid()}
    return Result((Output("/nowhere.tif", "raster", "Nowhere"),), "Practice", summary)
