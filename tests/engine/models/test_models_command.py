"""`geofm models` as its users type it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from command import Done
from model_cards import make_card, put_model
from small_models import pixelwise, put_network

from engine.cards.card import BandSpec, ClassSpec, Head, Quantity
from engine.cards.catalogue.mirror import MIRROR
from engine.cards.shelf import models_folder, shelf
from engine.models.store import write_model


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)
    return tmp_path / "home" / "models"


@pytest.fixture
def galileo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that has Galileo-nano."""
    folder = os.environ.get("GEOFM_TEST_DATA")
    if not folder:
        pytest.skip("GEOFM_TEST_DATA does not name the folder of the test data")
    monkeypatch.setenv(MIRROR, str(Path(folder) / "models" / "galileo_nano"))


def own() -> list[str]:
    return [model.name for model in shelf() if not model.built_in]


def put(folder: Path) -> Path:
    write_model(folder, make_card(), tensors={"weight": torch.ones(2, 3)})
    return folder


def test_the_list_has_installed_models_and_the_catalogues(geofm: Callable[..., Done], shelf_folder: Path) -> None:
    put(shelf_folder / "forest")
    (shelf_folder / "broken").mkdir()
    done = geofm("models", "list")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line}
    assert done.status == 0
    assert "installed" in rows["forest"] and "Fields and forest" in rows["forest"]
    assert "unusable" in rows["broken"]
    assert "broken: " in done.out and "holds no card.json" in done.out
    assert "4 MB" in rows["galileo-nano"]
    assert "mirror only" in rows["dynamic-world"]
    assert "to install (605 MB)" in rows["remoteclip-b32"]
    assert "by hand" in rows["farslip-b32"]


def test_the_list_as_json(geofm: Callable[..., Done], shelf_folder: Path) -> None:
    put(shelf_folder / "forest")
    models = {item["name"]: item for item in map(json.loads, geofm("models", "list", "--json").out.splitlines())}
    assert models["forest"]["installed"] is True
    assert models["forest"]["folder"] == str(shelf_folder / "forest")
    assert models["galileo-nano"]["installed"] is False
    assert models["galileo-nano"]["card"]["geofm:licence"] == "MIT"


def test_heads_values_and_dates_are_told(geofm: Callable[..., Done], shelf_folder: Path) -> None:
    card = make_card(
        task="multi-task",
        classes=(),
        heads=(
            Head("cover", "segmentation", (ClassSpec(0, "field", "#ffcc00"),)),
            Head("height", "regression", quantities=(Quantity("canopy height", "m"),)),
        ),
        bands=tuple(BandSpec(name, "db", date=date) for date in (0, 1) for name in ("VV", "VH")),
    )
    put_model(shelf_folder / "forest", card)
    (row,) = [line for line in geofm("models", "list").out.splitlines() if line.startswith("forest")]
    assert "multi-task" in row and "VV VH, 2 dates" in row
    shown = geofm("models", "show", "forest").out
    assert (
        "output:     cover, segmentation: 0 field" in shown
        and "output:     height, regression: canopy height (m)" in shown
    )
    assert "bands:      VV (db), VH (db)\n" in shown and "dates:      2, the newest first" in shown


def test_show_tells_licence_and_origin(geofm: Callable[..., Done], shelf_folder: Path) -> None:
    done = geofm("models", "show", "ssl4eo-resnet18-s2")
    assert "CC-BY-4.0" in done.out and "https://huggingface.co/" in done.out and "44.9 MB" in done.out
    put(shelf_folder / "forest")
    for name in ("forest", shelf_folder / "forest"):
        done = geofm("models", "show", name)
        assert "0 field, 1 forest" in done.out and str(shelf_folder / "forest") in done.out
        values = json.loads(geofm("models", "show", name, "--json").out)
        assert values["card"]["mlm:name"] == "forest"
    done = geofm("models", "show", "oracle")
    assert (done.status, done.out) == (1, "")
    assert "There is no model 'oracle'" in done.err


def test_a_model_without_a_known_hash_tells_how_it_is_taken_in(geofm: Callable[..., Done]) -> None:
    done = geofm("models", "show", "farslip-b32")
    assert "by hand:    download FarSLIP2_ViT-B-32.pt" in done.out and "licence:    MIT" in done.out
    assert "size:" not in done.out
    assert json.loads(geofm("models", "show", "farslip-b32", "--json").out)["by_hand"].endswith("--sha256 DIGITS")
    done = geofm("models", "install", "farslip-b32")  # nobody is asked for what cannot be done
    assert (done.status, done.out) == (1, "")
    assert "the SHA-256 of its file is not known here: download" in done.err


def test_installing_shows_the_licence_and_wants_a_yes(
    geofm: Callable[..., Done], galileo: None, shelf_folder: Path
) -> None:
    done = geofm("models", "install", "galileo-nano")
    assert done.status == 1
    assert "Licence: MIT" in done.out and "G. Tseng et al." in done.out and "4.2 MB" in done.out
    assert "add --yes" in done.err
    assert own() == []
    done = geofm("models", "install", "galileo-nano", "--yes")
    assert done.status == 0, done.err
    assert f"  Galileo nano (Sentinel-1 and Sentinel-2): {shelf_folder / 'galileo-nano'}" in done.out
    assert own() == ["galileo-nano"]
    assert [path.name for path in shelf_folder.iterdir()] == ["galileo-nano"]


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("YES", 0), ("n", 130), ("", 130)])
def test_a_person_is_asked(
    geofm: Callable[..., Done], galileo: None, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    import io
    import sys

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    done = geofm("models", "install", "galileo-nano")
    assert done.status == status
    assert "Install it under this licence? [y/N]" in done.err
    assert own() == (["galileo-nano"] if status == 0 else [])


def test_json_stays_json(geofm: Callable[..., Done], galileo: None) -> None:
    done = geofm("models", "install", "galileo-nano", "--yes", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert events[-1]["event"] == "result"
    assert events[-1]["outputs"][0]["kind"] == "model"
    assert "Licence: MIT" in done.err


def test_models_go_in_and_are_removed(geofm: Callable[..., Done], tmp_path: Path, shelf_folder: Path) -> None:
    put_network(tmp_path / "given", tile=32)
    done = geofm("models", "import", tmp_path / "given", "--name", "Mine")
    assert done.status == 0, done.err
    assert own() == ["Mine"]
    assert "There is a model Mine already" in geofm("models", "import", tmp_path / "given", "--name", "mine").err
    assert geofm("models", "remove", "Mine").out == "Removed Mine.\n"
    assert own() == []
    done = geofm("models", "remove", "Mine")
    assert (done.status, done.out) == (1, "")
    assert "There is no installed model 'Mine'" in done.err
    assert list(shelf_folder.iterdir()) == []


def test_an_onnx_file_goes_in_and_out_by_its_names(geofm: Callable[..., Done], tmp_path: Path) -> None:
    """As a newcomer would: import, list, show, export, remove; each also as JSON."""
    (tmp_path / "roads.onnx").write_bytes(pixelwise(channels=4))
    done = geofm("models", "import", tmp_path / "roads.onnx")
    assert done.status == 1
    assert "has no metadata that say what it is; name its bands in order" in done.err
    done = geofm("models", "import", tmp_path / "roads.onnx", "--bands", "B02, B03,B04,B08", "--json")
    assert done.status == 0, done.err
    result = [json.loads(line) for line in done.out.splitlines()][-1]
    assert result["summary"]["bands"] == ["B02", "B03", "B04", "B08"]
    assert "roads" in geofm("models", "list").out
    assert "It takes B02 (reflectance), B03 (reflectance), B04 (reflectance), B08 (reflectance)." in done.out
    assert "B02 (reflectance)" in geofm("models", "show", "roads").out
    done = geofm("models", "export", "roads", tmp_path / "out.onnx", "--json")
    result = [json.loads(line) for line in done.out.splitlines()][-1]
    assert [output["path"] for output in result["outputs"]] == [
        str(tmp_path / name) for name in ("out.onnx", "out.json")
    ]
    item = json.loads((tmp_path / "out.json").read_text())
    assert item["assets"]["model"]["href"] == "out.onnx"
    assert json.loads(geofm("models", "remove", "ROADS", "--json").out) == {"removed": "ROADS"}
    assert own() == []


def test_an_export_that_is_no_onnx_file_is_refused(geofm: Callable[..., Done], tmp_path: Path) -> None:
    done = geofm("models", "export", "roads", tmp_path / "out.json")
    assert done.status == 1
    assert "does not end with .onnx" in done.err
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("models",),
        ("models", "install"),
        ("models", "import", "x", "--name", " "),
        ("models", "import", "x", "--bands", "B02,,B04"),
        ("models", "export", "x"),
    ],
)
def test_bad_arguments(geofm: Callable[..., Done], words: tuple[str, ...]) -> None:
    done = geofm(*words)
    assert done.status == 2
    assert done.err.startswith("usage: ")


def test_a_missing_model_cannot_be_exported(geofm: Callable[..., Done], tmp_path: Path) -> None:
    pytest.importorskip("engine.models.exporting")
    done = geofm("models", "export", "oracle", tmp_path / "out.onnx")
    assert done.status == 1
    assert "There is no model 'oracle'" in done.err
    assert not models_folder().exists()
    assert [path.name for path in tmp_path.iterdir()] in ([], ["home"])
