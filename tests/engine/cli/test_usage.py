"""Words that the command does not take: the usage, and one sentence that names the option and what it takes."""

from __future__ import annotations

import pytest
from command import tree

GOOD = ["flood", "--post", "a.tif", "--out", "map"]

# Words, and what is said of them behind the usage.
WORDS: list[tuple[list[str], str]] = [
    (["flood", "--out", "map"], "required: --post"),
    (["flood", "--post", "a.tif"], "required: --out"),
    ([*GOOD, "--units", "metres"], "argument --units: invalid choice"),
    ([*GOOD, "--min-area", "much"], "argument --min-area-ha: 'much' does not fit; give hectares, 0 or more"),
    ([*GOOD, "--min-area", "-1"], "argument --min-area-ha: '-1' does not fit; give hectares, 0 or more"),
    ([*GOOD, "--min-area", "nan"], "argument --min-area-ha: 'nan' does not fit"),
    ([*GOOD, "--min-area", "inf"], "argument --min-area-ha: 'inf' does not fit"),
    ([*GOOD, "--speckle-window", "4"], "argument --speckle-window: invalid choice: 4 (choose from 3, 5)"),
    (
        [*GOOD, "--dem", "d.tif", "--max-slope", "100"],
        "argument --max-slope-deg: '100' does not fit; give degrees above 0",
    ),
    ([*GOOD, "--dem", "d.tif", "--max-slope", "0"], "argument --max-slope-deg: '0' does not fit"),
    ([*GOOD, "--hand", "h.tif", "--max-hand", "0"], "argument --max-hand-m: '0' does not fit; give metres above 0"),
    ([*GOOD, "--max-slope", "5"], "--max-slope-deg needs --dem"),
    ([*GOOD, "--max-hand", "5"], "--max-hand-m needs --hand"),
    ([*GOOD, "--bands", "x,y"], "argument --bands: 'x' does not fit; give some of VV, VH, skip joined by commas"),
    ([*GOOD, "--bands", "VV,"], "argument --bands: '' does not fit"),
    (
        [*GOOD, "--post", "b.tif"],
        "argument --post: it stands once, for one date; join the files of that date by commas",
    ),
    ([*GOOD, "--pre", ","], "argument --pre: ',' names no file"),
    (["flood", "--post", "", "--out", "map"], "argument --post: '' names no file"),
    *(
        ([*GOOD, option, " "], f"argument {option}: it is blank")
        for option in ("--event", "--aoi", "--dem", "--hand", "--permanent-water", "--out")
    ),
    ([*GOOD, "--depth"], "unrecognized arguments: --depth"),
    (
        ["samples", "map", "--size", "10"],
        "argument --size: '10' does not fit; give a whole number of pixels, 64 to 100,000",
    ),
    (["samples", "map", "--size", "99.5"], "argument --size: '99.5' does not fit"),
    (["samples", "map", "--seed", "-1"], "argument --seed: '-1' does not fit"),
    (["evaluate", "flood", "--prediction", "a.tif"], "required: --truth"),
    (["evaluate", "flood", "--prediction", "a.tif", "--truth", "b.tif", "--ignore", "dry"], "argument --ignore"),
    (["evaluate", "fire"], "invalid choice: 'fire'"),
    (["jobs", "show", "one"], "invalid int value: 'one'"),
    (["drought"], "invalid choice: 'drought'"),
    ([], "required: COMMAND"),
]


@pytest.mark.parametrize(("words", "reason"), WORDS)
def test_words_that_the_command_does_not_know(geofm, tmp_path, monkeypatch, words, reason):
    monkeypatch.chdir(tmp_path)
    done = geofm(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("usage: geofm")
    assert reason in done.err.splitlines()[-1]
    assert tree(tmp_path) == set()


def test_names_that_are_no_text_are_refused(geofm):
    done = geofm("flood", "--post", "\udcff_VV.tif", "--out", "map")
    assert done.status == 2 and "is no text in UTF-8; rename the file" in done.err
