"""Whatever a file, a word or a stored request holds: a map or one sentence, no trace of Python's, nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from counts import count, scaled

CASES, BATCH = scaled((40, 20), (300, 25))
LONGEST_SENTENCE = 1200  # some quote what was given


def complaint_about(done: dict[str, Any]) -> str:
    """What is wrong with how a case was answered, if anything."""
    lines = done["err"].splitlines()
    if "Traceback" in done["err"] or done["status"] not in (0, 1, 2):
        return "no sentence"
    if done["left"]:
        return "something is left"
    if done.get("wrong"):
        return "not answered well"
    if done["status"] == 0 and lines and done["kind"] != "request":
        return "complains and goes on"
    if done["status"] == 1 and len(lines) != 1:
        return "not one line"
    if done["status"] == 1 and len(lines[0]) > LONGEST_SENTENCE:
        return "too long"
    if done["status"] == 2 and not (lines[-1].startswith("geofm") and ": error: " in lines[-1]):
        return "no usage"
    return ""


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_malformed_inputs(small_scene, tmp_path, first):
    """In a process of their own, which native code may crash."""
    words = [str(tmp_path), str(small_scene), str(first), str(min(BATCH, CASES - first))]
    batch = [sys.executable, str(Path(__file__).with_name("malformed_batch.py")), *words]
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    done = subprocess.run(batch, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (said[-2:], done.stderr)
    ends = [case for case in said if "status" in case]
    assert [case["seed"] for case in ends] == list(range(first, first + len(ends)))
    words_by_seed = dict(
        zip([case["seed"] for case in ends], [case["words"] for case in said if "words" in case], strict=True)
    )
    bad = [
        f"{complaint}: seed {case['seed']}, {str(words_by_seed[case['seed']])[:600]}\n{case}"
        for case in ends
        if (complaint := complaint_about(case))
    ]
    for case in ends:
        count("malformed inputs", {0: "used", 1: "one sentence", 2: "usage"}.get(case["status"], "bad"))
        count("kinds of malformed inputs", case["kind"])
    assert not bad, "\n\n".join(bad)
    assert done.stderr == ""
