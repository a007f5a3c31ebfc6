"""The shelf of models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from model_cards import make_card, put_model

from engine.cards import shelf as shelf_module
from engine.cards.card import CARD
from engine.cards.catalogue import CATALOGUE
from engine.cards.shelf import check_name, find, models_folder, remove, shelf
from engine.errors import InputError


@pytest.fixture(autouse=True)
def no_models_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of those that come with GeoFM, which vary; and a home for the user's."""
    monkeypatch.setattr(shelf_module, "resource", lambda name: tmp_path / "ours" / name)
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "ours" / "models"


def test_a_shelf_that_is_not_there_is_empty() -> None:
    assert shelf() == []
    with pytest.raises(InputError, match=r"There is no model 'forest'.*\(none\)"):
        find("forest")


def test_models_are_listed_with_what_is_wrong(tmp_path: Path) -> None:
    put_model(models_folder() / "whole", make_card())
    put_model(models_folder() / "no weights", make_card())
    (models_folder() / "no weights" / "weights.safetensors").unlink()
    put_model(models_folder() / "broken", make_card())
    (models_folder() / "broken" / CARD).write_text("{", encoding="utf-8")
    (models_folder() / "empty").mkdir()
    (models_folder() / ".hidden.12345678.part").mkdir()
    (models_folder() / "file").touch()
    models = {model.name: model for model in shelf()}
    assert sorted(models) == ["broken", "empty", "no weights", "whole"]
    assert models["whole"].problem is None
    assert models["whole"].card is not None
    assert models["broken"].card is None
    assert "it is no JSON" in str(models["broken"].problem)
    assert "holds no card.json" in str(models["empty"].problem)
    assert "holds no weights.safetensors" in str(models["no weights"].problem)


def test_a_model_is_found_by_name_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_model(models_folder() / "Forest", make_card())
    put_model(tmp_path / "elsewhere", make_card())
    assert find("forest") == models_folder() / "Forest"
    assert find(str(tmp_path / "elsewhere")) == tmp_path / "elsewhere"
    monkeypatch.chdir(tmp_path)
    assert find("elsewhere") == tmp_path / "elsewhere"
    with pytest.raises(InputError, match=r"it holds no card\.json"):
        find(str(tmp_path))
    for name in ("nowhere", "x" * 5000, "a\0b"):
        with pytest.raises(InputError, match=r"installed model \(Forest\)"):
            find(name)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("named.onnx", r"import it first \('geofm models import .*named\.onnx'\)"),
        ("NAMED.ONNX", "import it first"),
        ("evil.pt", r"evil\.pt is a pickle, which could run any program when it is opened, so it is never loaded"),
        ("evil.pth", "is a pickle"),
        ("evil.pkl", "is a pickle"),
        ("weights.safetensors", r"is a file, and a model is a folder with a card\.json; give that folder"),
    ],
)
def test_a_file_is_told_from_a_model(tmp_path: Path, file: str, words: str) -> None:
    (tmp_path / file).write_bytes(b"content")
    with pytest.raises(InputError, match=words):
        find(str(tmp_path / file))


def test_a_model_of_the_catalogue_can_be_installed(tmp_path: Path) -> None:
    put_model(models_folder() / "Forest", make_card())
    words = r"galileo-nano is not installed: install it with 'geofm models install galileo-nano'.*\(Forest\)"
    with pytest.raises(InputError, match=words):
        find("Galileo-Nano")
    by_hand = next(item for item in CATALOGUE if not item.files)
    with pytest.raises(InputError, match=r"farslip-b32 is not installed: download .* and run: geofm models import"):
        find(by_hand.name)
    put_model(models_folder() / "galileo-nano", make_card())
    assert find("galileo-nano") == models_folder() / "galileo-nano"


def test_another_home_has_another_shelf(tmp_path: Path) -> None:
    put_model(models_folder(tmp_path / "other") / "forest", make_card())
    assert shelf() == []
    assert [model.name for model in shelf(tmp_path / "other")] == ["forest"]
    assert find("forest", tmp_path / "other") == tmp_path / "other" / "models" / "forest"
    remove("forest", tmp_path / "other")
    assert shelf(tmp_path / "other") == []


def test_the_users_model_hides_ours_of_the_same_name(no_models_of_ours: Path) -> None:
    put_model(no_models_of_ours / "forest", make_card(title="Ours"))
    put_model(no_models_of_ours / "water", make_card(title="Ours too"))
    put_model(models_folder() / "Forest", make_card(title="Mine"))
    assert [(model.name, model.built_in) for model in shelf()] == [("Forest", False), ("water", True)]
    assert find("forest") == models_folder() / "Forest"
    with pytest.raises(InputError, match="comes with GeoFM and cannot be deleted"):
        remove("water")
    remove("forest")
    assert find("forest") == no_models_of_ours / "forest"


@pytest.mark.skipif(os.path.normcase("A") == "a", reason="names differ in capitals only where files' names do")
def test_two_models_whose_names_differ_in_capitals_are_two() -> None:
    put_model(models_folder() / "Forest", make_card(title="one"))
    put_model(models_folder() / "forest", make_card(title="two"))
    assert [model.name for model in shelf()] == ["Forest", "forest"]
    assert find("forest").name == "forest"
    assert find("Forest").name == "Forest"
    remove("forest")
    assert [model.name for model in shelf()] == ["Forest"]


def test_a_removed_model_is_gone_and_a_broken_one_can_be_removed() -> None:
    (models_folder() / "broken").mkdir(parents=True)
    remove("broken")
    assert list(models_folder().iterdir()) == []
    with pytest.raises(InputError, match="There is no installed model 'broken'"):
        remove("broken")


def test_removing_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    put_model(tmp_path / "elsewhere", make_card())
    models_folder().mkdir(parents=True)
    (models_folder() / "forest").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    remove("forest")
    assert shelf() == []
    assert (tmp_path / "elsewhere" / CARD).exists()


@pytest.mark.parametrize(
    "name", ["forest", "Land cover 2024", "Wälder und Äcker", "a", "model.v2", "x" * 80, "می‌خواهم"]
)
def test_names_that_can_be(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", "../forest", "a/b", "a\\b", "C:", "a:b", 'a"b', "a*", "a?", "a|b", "a\0b", "a\nb"),
        *(".hidden", "-rf", " a", "a ", "a.", "con", "NUL", "com1", "aux.txt", "x" * 81, "\udcff"),
        *("a\u202egpj", "a\u2066b", "a\u200fb", "a\u2028b", "a\x1b[2Jb", "a\x9bb", "a\x7f", "a\u200bb", "\ufeffa"),
    ],
)
def test_names_that_are_no_names_of_folders(name: str) -> None:
    with pytest.raises(InputError, match=r"^A model cannot be called (?s:.*); choose another\.$"):
        check_name(name)
