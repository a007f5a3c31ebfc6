"""No name and no message of a stranger steers the terminal, whatever command prints it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command import run
from model_cards import make_card, put_model

from engine.cards.card import ClassSpec
from engine.cards.shelf import models_folder
from engine.cli import index, landcover, search, tables
from engine.jobs.job import FAILED
from engine.jobs.printable import ERASE_LINE, controls_in
from engine.jobs.requests import SamplesRequest
from engine.jobs.store import JobStore

EVIL = "a\x1b[2J\x9b31m\x7f\u202egpj.\u2066b\u2028"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of GeoFM."""
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def controls(text: str) -> set[str]:
    return set(controls_in(text)) - {"\n"}


def test_names_of_files_in_errors(geofm, tmp_path):
    for name in (EVIL, "a\n\rb\tc"):
        done = geofm("models", "show", tmp_path / name)
        assert (done.status, controls(done.out + done.err)) == (1, set())
        assert len(done.err.splitlines()) == 1
    done = geofm("models", "show", tmp_path / "\udcff")  # no text at all
    assert (done.status, controls(done.out + done.err)) == (2, set())
    done = geofm("flood", "--post", tmp_path / f"{EVIL}_VV.tif", "--out", tmp_path / "out")
    assert (done.status, controls(done.out + done.err)) == (1, set())


def test_words_that_the_command_does_not_know(geofm):
    done = geofm("jobs", "list", EVIL)
    assert (done.status, controls(done.err)) == (2, set())
    assert r"\u001b[2J" in done.err


def test_what_a_model_says_of_itself(geofm, home):
    put_model(
        models_folder() / f"m{EVIL}",
        make_card(
            title=f"A title {EVIL}\nwith two lines",
            limits=EVIL,
            source=EVIL,
            training={EVIL: EVIL},
            classes=(ClassSpec(0, EVIL, "#ffcc00"), ClassSpec(1, "b", "#006600")),
        ),
    )
    (models_folder() / f"n{EVIL}").mkdir()
    listed, shown = geofm("models", "list"), geofm("models", "show", f"m{EVIL}")
    assert controls(listed.out + shown.out) == set()
    assert sum(line.startswith("ma\\u001b[2J") for line in listed.out.splitlines()) == 1
    assert r"A title a\u001b[2J\u009b31m" in shown.out and r"\nwith two lines" in shown.out
    for done in (geofm("models", "list", "--json"), geofm("models", "show", f"m{EVIL}", "--json")):
        assert controls(done.out) == set()
        (card,) = (line["card"] for line in done.lines if line["name"] == f"m{EVIL}")
        assert card["geofm:title"] == f"A title {EVIL}\nwith two lines"
    assert controls(geofm("models", "remove", f"m{EVIL}").out) == set()


def test_what_jobs_say(geofm, home):
    with JobStore(home, lambda home: None) as store:
        job = store.submit(SamplesRequest(folder=f"/{EVIL}", width=64, height=64))
        claimed = store.claim(job.lane)
        store.end(claimed, FAILED, message=f"{EVIL}\nand more")
        (store.folder(job.id) / "log.txt").write_text(f"{EVIL}\r50 %\nTraceback: {EVIL}\n")
    listed, shown = geofm("jobs", "list"), geofm("jobs", "show", job.id)
    assert controls(listed.out + shown.out) == set()
    assert len(listed.out.splitlines()) == 2
    assert r"Traceback: a\u001b[2J" in shown.out
    done = geofm("jobs", "show", job.id, "--json")
    assert controls(done.out) == set()
    assert json.loads(done.out)["message"] == f"{EVIL}\nand more"


def test_names_in_tables_are_one_line():
    name = f"{EVIL}\nnext"
    areas = {name: {"pixels": 1, "km2": 1.0, "ha": 1.0, "share": 0.5}}
    mapped = {"areas": areas, "share_observed": 0.5, "model": name, "device": "cpu", "seconds": {}}
    hit = {"rank": 1, "score": 1.0, "lon": 1.0, "lat": 1.0, "date": "", "source": name}
    found = {"found": 1, "query": name, "searched": 1, "hits": [hit]}
    stale = {"tiles": 1, "images": 1, "bytes": 1, "added": 0, "stale": [{"files": [name], "state": "missing"}]}
    for text, count in (
        (landcover._describe(mapped), 3),
        (search._describe(found), 3),
        (index._describe(stale), 2),
        ("\n".join(tables.aligned([(name, name)])), 1),
    ):
        assert (controls(text), len(text.splitlines())) == (set(), count)


def test_progress_still_has_its_line_of_a_terminal(tmp_path):
    """In a true terminal: the only control is our own erasing of the line."""
    main, other = pty.openpty()
    command = [sys.executable, "-m", "engine", "samples", str(tmp_path / EVIL), "--size", "512"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=other, stderr=other) as process:
        os.close(other)
        told = b""
        try:
            while piece := os.read(main, 65536):
                told += piece
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(main)
    text = told.decode().replace("\r\n", "\n")
    assert process.returncode == 0, text
    assert ERASE_LINE in text
    assert controls(text.replace(ERASE_LINE, "")) == set()


def test_an_old_terminal_gets_what_it_can_show(monkeypatch, home):
    put_model(models_folder() / "wälder", make_card(title="Wälder"))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run("models", "list", home=home)
    assert (done.status, done.err) == (0, "")
    assert "w?lder" in done.out
