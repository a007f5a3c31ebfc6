"""The view of water, threshold by threshold: at each it shows what a map with that threshold says."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constructed import AFTER, BEFORE, SHAPE, Bench, backscatter, boxes
from maps import TRANSFORM

from engine.errors import GeoFMError
from engine.flood.viewing import STEP_DB, STEPS, view_water
from engine.jobs.report import QuietReport
from engine.jobs.requests import WaterViewRequest

HEIGHT, WIDTH = SHAPE
LEFT, TOP = TRANSFORM.c, TRANSFORM.f
WHOLE = (LEFT, TOP - 10 * HEIGHT, LEFT + 10 * WIDTH, TOP)


def asked(bench: Bench, **said: Any) -> WaterViewRequest:
    path = bench.folder / "report.json"
    path.write_text(json.dumps(bench.report))
    return WaterViewRequest(
        **{"report": str(path), "crs": "EPSG:32633", "bounds": WHOLE, "width": WIDTH, "height": HEIGHT, **said}
    )


def levels(bench: Bench, **said: Any) -> np.ndarray:
    told = view_water(asked(bench, **said), QuietReport(bench.folder)).summary
    packed = np.frombuffer(zlib.decompress(base64.b64decode(told["levels"])), np.uint8)
    return packed.reshape(told["height"], told["width"])


@pytest.fixture
def steps(bench: Bench) -> tuple[np.ndarray, ...]:
    """Images after and before: patches that are the brighter the further right, beside water and land."""
    picture = backscatter(AFTER)
    for number in range(6):
        patch = boxes((120, 5 + 33 * number, 30, 30))
        picture[:, patch] -= np.float32([[9.5 - 1.5 * number], [10.5 - 1.5 * number]])
    return picture, backscatter(BEFORE, seed=1)


@pytest.mark.parametrize("dates", [1, 2])
def test_at_each_threshold_it_shows_what_a_map_says(bench: Bench, steps: tuple[np.ndarray, ...], dates: int) -> None:
    bench.map(*steps[:dates])
    bands = bench.report["thresholds"]["after"]["polarisations"]
    seen = levels(bench)
    areas = set()
    for step in (-4, 1, 5):
        moved = {f"{name.lower()}_threshold_db": band["threshold_db"] + step * STEP_DB for name, band in bands.items()}
        classes = bench.map(*steps[:dates], **moved)
        areas.add(int((classes > 0).sum()))
        np.testing.assert_array_equal(seen <= STEPS + step, classes > 0)
        if step:  # and so it does beside a map with thresholds of one's own
            np.testing.assert_array_equal(levels(bench) <= STEPS, classes > 0)
    assert len(areas) >= 3


def test_a_view_of_another_size_and_coordinate_system(bench: Bench, steps: tuple[np.ndarray, ...]) -> None:
    bench.map(*steps)
    coarse = levels(bench, width=WIDTH // 4, height=HEIGHT // 4)
    assert coarse.shape == (HEIGHT // 4, WIDTH // 4)
    lake = coarse[7:18, 7:18]
    assert (lake <= STEPS).all() and (coarse[:4] > STEPS).all()
    fine = levels(bench, bounds=(LEFT, TOP - 500, LEFT + 500, TOP), width=1000, height=1000)
    assert fine.shape == (50, 50), "no finer than the image"
    degrees = levels(bench, crs="EPSG:4326", bounds=(13.6, 49.6, 13.65, 49.66), width=300, height=300)
    assert (degrees <= STEPS).any() and degrees.size < 300 * 300


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"bounds": (0.0, 0.0, 10.0, 10.0)}, "does not show the image"),
        ({"crs": "EPSG:99999999"}, "not known here"),
        ({"report": "/nowhere/report.json"}, "cannot be read"),
        ({"width": 0}, "give 1 to 4096 a side"),
        ({"bounds": (1.0, 0.0, 0.0, 1.0)}, "shows no part of a map"),
    ],
)
def test_what_cannot_be_shown_is_told(bench: Bench, said: dict[str, Any], words: str) -> None:
    bench.map(backscatter(AFTER))
    with pytest.raises(GeoFMError, match=words):
        levels(bench, **said)


@pytest.mark.parametrize("text", ["{}", "[", '{"request": {"kind": "flood"}, "thresholds": {}}', '{"request": []}'])
def test_a_file_that_is_no_report_is_told(bench: Bench, text: str) -> None:
    bench.map(backscatter(AFTER))
    request, path = asked(bench), Path(bench.folder / "report.json")
    path.write_text(text)
    with pytest.raises(GeoFMError, match="no report"):
        view_water(request, QuietReport(bench.folder))
