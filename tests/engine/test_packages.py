"""What GeoFM says that it needs is what its requirement files bring."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from engine.packages import CORE, LEARN

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(lines: list[str]) -> set[str]:
    """Names of distributions that are wanted on this system."""
    found = map(Requirement, lines)
    return {plain(one.name) for one in found if one.marker is None or one.marker.evaluate()}


def lines_of(*files: str) -> list[str]:
    text = "\n".join((ROOT / "requirements" / file).read_text() for file in files)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


def brought(modules: tuple[str, ...]) -> set[str]:
    """Names of the distributions that bring these modules here."""
    known = packages_distributions()
    return {plain(name) for module in modules for name in known[module]}


@pytest.mark.parametrize(("modules", "files"), [(CORE, ["core.in"]), (LEARN, ["learn.in", "text.in"])])
def test_modules_are_those_of_the_requirement_files(modules, files):
    assert brought(modules) == wanted(lines_of(*files))


def test_the_project_wants_what_the_requirement_files_want():
    assert wanted(PROJECT["dependencies"]) == wanted(lines_of("core.in"))
    assert wanted(PROJECT["optional-dependencies"]["learn"]) == wanted(lines_of("learn.in"))
