"""Where memory is short, a map is made in lower bands, says so, and is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from constructed import image
from maps import simulate
from peaks import peak_kibibytes

from engine import memory
from engine.flood import bands
from engine.flood.bands import LEAST_ROWS, band_rows
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.memory import BUDGET, available_bytes, budget_bytes, fitting_rows, held_bytes, stated_bytes, total_bytes
from engine.raster.grid import Grid
from engine.raster.stream import READ_ROWS
from engine.samples import Scene

GIGABYTE = 2**30


class Told(QuietReport):
    """Keeps what it is told."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        self.texts: list[str] = []

    def send(self, event: dict[str, Any]) -> None:
        if event["event"] == "message":
            self.texts.append(event["text"])


class Opened:
    """What of opened inputs the number of rows depends on."""

    polarisations = ("VV", "VH")
    dates, planes = 2, 4

    def __init__(self, width: int, height: int = 1000) -> None:
        self.grid = Grid(rasterio.CRS.from_epsg(32633), rasterio.Affine(10, 0, 0, 0, -10, 0), width, height)


@pytest.fixture
def rows_of(monkeypatch, tmp_path):
    """How many rows at a time an image of some width is worked on with so many megabytes, and what is said of it."""

    def choose(megabytes, width, height=1000, speckle_filter="median", before=None):
        monkeypatch.setenv(BUDGET, str(megabytes))
        report = Told(tmp_path)
        return band_rows(Opened(width, height), speckle_filter, report, before), report.texts

    return choose


# How many rows --------------------------------------------------------------------------------------------------------


def test_the_greatest_of_halves_that_fits():
    assert [fitting_rows(256, 16, 10, room) for room in (10_000, 2560, 2559, 640, 160, 159, -5)] == [
        *(256, 256, 128, 64, 16, 16, 16)
    ]


def test_the_rows_follow_the_memory(rows_of):
    assert rows_of(4000, 20_000) == (READ_ROWS, [])
    rows, (text,) = rows_of(850, 20_000)
    assert rows == 64
    assert "Memory is short (850 MB for this job)" in text and "64 rows at a time instead of 256" in text
    rows, texts = rows_of(300, 100_000)
    assert rows == LEAST_ROWS
    assert f"raise {BUDGET}" in texts[1] and "smaller area" in texts[1]


def test_what_takes_more_memory_gets_fewer_rows(rows_of):
    assert rows_of(1000, 20_000)[0] == 128
    assert rows_of(1000, 20_000, speckle_filter="refined-lee")[0] == 64
    assert rows_of(1000, 40_000)[0] < 64


def test_a_narrow_or_low_image_is_not_cut_for_nothing(rows_of):
    rows, (text,) = rows_of(300, 300)
    assert rows == READ_ROWS and "needs about" in text
    assert rows_of(900, 20_000, height=50)[0] == READ_ROWS


def test_memory_that_was_short_once_is_not_complained_of_again(rows_of):
    assert rows_of(900, 20_000, before=64) == (64, [])
    assert rows_of(400, 20_000, before=16) == (16, [])
    assert rows_of(4000, 20_000, before=64) == (64, [])
    assert rows_of(300, 300, before=READ_ROWS) == (READ_ROWS, [])


def test_where_nobody_knows_how_much_there_is_the_band_is_whole(monkeypatch, tmp_path):
    monkeypatch.delenv(BUDGET, raising=False)
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    report = Told(tmp_path)
    assert band_rows(Opened(1_000_000), "median", report) == READ_ROWS
    assert report.texts == []


# How much there is ----------------------------------------------------------------------------------------------------


def test_this_machine_tells_how_much_there_is(monkeypatch):
    monkeypatch.delenv(BUDGET, raising=False)
    total, available = total_bytes(), available_bytes()
    assert total is not None and available is not None
    assert 0 < available <= total
    assert held_bytes() < total
    assert 0 < (budget_bytes() or 0) < total


@pytest.mark.parametrize(
    ("text", "expected"), [("1000", 1000 * 2**20), ("0.5", 2**19), *((t, None) for t in ("", "x"))]
)
def test_the_variable_is_a_number_of_megabytes(monkeypatch, text, expected):
    monkeypatch.setenv(BUDGET, text)
    assert stated_bytes() == expected
    if expected:
        assert budget_bytes() == expected


@pytest.mark.parametrize("text", ["-5", "0", "nan", "inf", "1e400"])
def test_no_number_of_megabytes_is_passed_over(monkeypatch, text):
    monkeypatch.setenv(BUDGET, text)
    assert stated_bytes() is None
    assert budget_bytes() is None or budget_bytes() > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="control groups are Linux's")
def test_the_tightest_control_group_counts(tmp_path, monkeypatch):
    group = tmp_path / "outer" / "inner"
    group.mkdir(parents=True)
    for folder, most, used, idle in ((group, "max", 5, 1), (group.parent, 3 * 10**9, 2 * 10**9, 5 * 10**8)):
        (folder / "memory.max").write_text(f"{most}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text(f"anon 7\ninactive_file {idle}\nactive_file 9\n")
    listed = tmp_path / "cgroup"
    listed.write_text("5:cpu:/other\n0::/outer/inner\n")
    monkeypatch.setattr(memory, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_GROUPS", listed)
    assert list(memory._left_in_groups()) == [1_500_000_000]
    old = tmp_path / "memory" / "jobs"
    old.mkdir(parents=True)
    for name, text in (("limit_in_bytes", "1000"), ("usage_in_bytes", "900"), ("stat", "total_inactive_file 50")):
        (old / f"memory.{name}").write_text(text + "\n")
    listed.write_text("4:cpuset,memory:/jobs\n")
    assert list(memory._left_in_groups()) == [150]
    listed.write_text("nonsense\n")
    assert list(memory._left_in_groups()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits address space")
def test_a_limit_of_address_space_counts():
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, -1)); "
        "from engine.memory import available_bytes; print(available_bytes())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 2 * GIGABYTE


# The map --------------------------------------------------------------------------------------------------------------


def read(path: Path | str) -> np.ndarray:
    with rasterio.open(path) as file:
        return np.asarray(file.read(1))


def test_memory_that_gets_short_halfway_changes_nothing(tmp_path, monkeypatch):
    """Bands are whole in the first pass and low in the later ones."""
    strip = simulate(Scene(seed=5, width=320, height=600))
    post, pre = (image(tmp_path / f"{date}.tif", strip.radar[date], units="linear power") for date in ("post", "pre1"))
    monkeypatch.setattr(bands, "SMALL", 0)
    maps = []
    for name, budgets in (("whole", [4 * GIGABYTE] * 2), ("low", [4 * GIGABYTE, bands.BASE + 2_000_000])):
        folder = tmp_path / name
        folder.mkdir()
        left = iter(budgets)
        monkeypatch.setattr(bands, "budget_bytes", lambda left=left: next(left))
        report = Told(folder)
        map_flood(FloodRequest((post,), ((pre,),), mask=str(folder / "flood.tif")), report)
        assert any("rows at a time" in text for text in report.texts) == (name == "low")
        maps.append(read(folder / "flood.tif"))
    np.testing.assert_array_equal(*maps)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is counted in other units elsewhere")
def test_a_wide_map_stays_within_the_memory_that_it_is_given(tmp_path):
    """20,000 x 520 pixels of two dates."""
    strip = simulate(Scene(seed=2, width=1000, height=520))
    files = {}
    for date in ("post", "pre1"):
        files[date] = image(tmp_path / f"{date}.tif", np.tile(strip.radar[date], (1, 1, 20)), units="linear power")
    said, maps, peaks = {}, {}, {}
    for megabytes in (850, 8000):
        out = tmp_path / str(megabytes)
        words = ("flood", "--post", files["post"], "--pre", files["pre1"], "--out", str(out))
        command = (sys.executable, "-m", "engine", *words)
        peaks[megabytes], said[megabytes] = peak_kibibytes(tmp_path, *command, environment={BUDGET: str(megabytes)})
        maps[megabytes] = read(out / "flood.tif")
    assert "64 rows at a time instead of 256" in said[850]
    assert "rows at a time" not in said[8000]
    assert peaks[850] < 850 * 1024, peaks
    assert peaks[850] + 60 * 1024 < peaks[8000], peaks  # 192 rows of 20,000 pixels, 60 bytes each, are 230 MB
    np.testing.assert_array_equal(maps[850], maps[8000])
    areas = (
        json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8"))["areas"] for name in ("850", "8000")
    )
    assert next(areas) == next(areas)
