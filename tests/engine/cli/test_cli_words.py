"""What the words behind options stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cards.shelf import models_folder
from engine.cli import imagery
from engine.cli.tables import aligned, figure


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a folder of models of its own."""
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (models_folder() / "Meadows").mkdir(parents=True)
    return tmp_path / "work"


def test_a_model_is_an_installed_name_or_a_folder(here):
    (here / "mine").mkdir()
    (here / "meadows").mkdir()
    assert imagery.model("mine") == str(here / "mine")
    assert imagery.model(str(Path("..") / "work" / "mine")) == str(here / ".." / "work" / "mine")
    # As `cards.shelf.find` has it: the installed one comes first.
    assert imagery.model("meadows") == "meadows"
    assert imagery.model("no such model") == "no such model"


def test_a_layer_keeps_its_name_behind_the_whole_path(here):
    assert imagery.layer("a.gpkg|layername=fields") == f"{here / 'a.gpkg'}|layername=fields"
    assert imagery.layer("a.gpkg") == str(here / "a.gpkg")


def test_columns_are_as_wide_as_their_widest_text():
    assert aligned([("a", "b"), ("long", ""), ("", "c")]) == ["a     b", "long", "      c"]


def test_a_number_that_there_is_not_is_a_dash():
    assert (figure(None, 3), figure(0.12345, 3)) == ("-", "0.123")
