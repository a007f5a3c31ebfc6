"""The worked example of CONTRIBUTING.md: a kind of work, added by its own files and three lines, and an option."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processing_fixtures import PLUGINS
from queue_home import ENGINE_PYTHON, MS, end_workers_of
from real_maps import write_scene

ROOT = Path(__file__).resolve().parents[2]
# Where the three lines go: before the first line that begins so.
THREE_LINES = (
    ("engine/jobs/requests/__init__.py", "from .flood "),
    ("engine/cli/__init__.py", '    "flood",'),
    ("geofm_qgis/kinds.py", "    Tab("),
)


def example(heading: str) -> list[tuple[str, str]]:
    """The blocks of code below a heading, each with the text before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    parts = re.split(r"```(?:python|text)\n(.*?)```\n", section, flags=re.DOTALL)
    return list(zip(parts[::2], parts[1::2]))


def in_plugin(plugin: Path, path: str) -> Path:
    """A file of the project in a staged plugin, which holds the engine."""
    return plugin / (path.partition("/")[2] if path.startswith("geofm_qgis/") else path)


def put(path: Path, before: str, lines: str) -> None:
    """Put lines before the first one that begins so."""
    text = path.read_text(encoding="utf-8")
    place = re.search(f"^{re.escape(before)}", text, flags=re.MULTILINE)
    assert place is not None, (path, before)
    path.write_text(text[: place.start()] + lines + text[place.start() :], encoding="utf-8")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the plugin with the kind of the example."""
    plugin = tmp_path / "plugins" / "geofm_qgis"
    shutil.copytree(PLUGINS / "geofm_qgis", plugin)
    blocks = example("Adding a kind of work")
    for words, code in blocks[:-3]:
        path = in_plugin(plugin, re.findall(r"`([\w/]+/\w+\.py)`", words)[-1])
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(code, encoding="utf-8")
    for (path, before), (_, line) in zip(THREE_LINES, blocks[-3:]):
        assert line.count("\n") == 1
        put(in_plugin(plugin, path), before, line)
    return plugin


def add_the_option(plugin: Path) -> None:
    (_, field), (_, lines) = example("Adding an option")
    put(plugin / "engine/jobs/requests/bright.py", "    name: ", field)
    put(plugin / "engine/bright/mapping.py", "            counted += ", lines)


def run(*words: object, plugin: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (plugin.parent, plugin))),
        "GEOFM_HOME": str(home),
        "HOME": str(home.parent),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [*map(str, words)]
    return subprocess.run(
        command, env=environment, cwd=home.parent, capture_output=True, text=True, timeout=MS / 1000, check=False
    )


@pytest.mark.slow
def test_a_kind_and_an_option_are_added_as_the_guide_says(plugin: Path, tmp_path: Path) -> None:
    scene, home = write_scene(tmp_path / "scene"), tmp_path / "home"
    image = scene / "dem.tif"
    try:
        command = [ENGINE_PYTHON, "-P", "-m", "engine", "bright", "--image", image, "--least", "100", "--out"]
        done = run(*command, tmp_path / "by command", plugin=plugin, home=home)
        assert done.returncode == 0, done.stderr
        pixels = int(re.match(r"(\d+) bright pixels", done.stdout)[1])
        assert "Bright places: " in done.stdout and (tmp_path / "by command" / "bright.tif").is_file()

        add_the_option(plugin)
        done = run(*command, tmp_path / "less", "--most", "100.5", plugin=plugin, home=home)
        assert done.returncode == 0, done.stderr
        assert int(re.match(r"(\d+) bright pixels", done.stdout)[1]) < pixels

        script = Path(__file__).with_name("bright_in_qgis.py")
        done = run(sys.executable, script, ENGINE_PYTHON, image, tmp_path / "maps", plugin=plugin, home=home)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
    finally:
        end_workers_of(home)
    assert told["options"] == {
        "IMAGE": "Image",
        "LEAST": "Least brightness",
        "MOST": "Most brightness",
        "NAME": "Name of the map",
        "MAP": "Bright places",
    }
    assert Path(told["made"]).is_file()
    assert (told["state"], told["group"], told["layers"]) == ("succeeded", "Bright places", {"Bright places": True})
    assert told["finding"] == f"{pixels} bright pixels"
    assert told["rows"] == ["least", "most"]
    assert "Parameter least: 100.0" in told["history"]
