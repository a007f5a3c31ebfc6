"""GeoFM basic, the model that comes with this project: what it is, what it says of itself, what it refuses."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import safetensors.numpy
from command import Done

from engine.adaptation.basic.calibration import ABSENT, calibrate
from engine.cards.card import CARD, read_card
from engine.cards.catalogue import entry
from engine.cards.catalogue.mirror import MIRROR
from engine.cards.shelf import shelf
from engine.datasets.concepts import CONCEPTS
from engine.datasets.scenes import scene_folder, square
from engine.encoders import DualEncoder, load_encoder, minilm
from engine.encoders.basic import certainty
from engine.encoders.evaluation import class_vector
from engine.encoders.evaluation.zero_shot import evaluate_scenes, prompts_for
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import InstallModelRequest
from engine.models import store
from engine.models.shelving import install
from engine.resources import resource

SCRIPTS = Path(__file__).parents[3] / "scripts"
MOST_BYTES = 30e6
# In nobody's list of phrases: neither those that the threshold was set by, nor those that were taught.
STRANGE = (
    *("a flooded village", "an aircraft carrier", "lava", "a mosque", "oil palm plantation", "ski slopes", "a cat"),
    *("a pipeline", "elephants", "sunken ship", "a birthday cake", "tornado damage", "beekeeping", "a rocket launch"),
)
FAMILIAR = ("an aeroplane at an airport", "a broad river", "green forest", "cars parked in rows", "sandy beach")


@pytest.fixture(scope="module")
def basic(search_home: Path) -> DualEncoder:
    return load_encoder("geofm-basic")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The model, to be damaged."""
    return Path(shutil.copytree(resource("models") / "geofm-basic", tmp_path / "geofm-basic"))


def _tiles(shared_data: Path, name: str, count: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Every so many pictures of a set at the model's side, their classes, and the names of the classes."""
    scenes = scene_folder(shared_data / "scenes" / name)
    chosen = scenes.pictures[:: len(scenes.pictures) // count]
    tiles = np.stack([square(picture.read(), 128) for picture in chosen]).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(tiles), np.array([picture.label for picture in chosen]), scenes.classes


def _with_a_remark(path: Path) -> bytes:
    """The same graph in other bytes."""
    graph = onnx.load(path)
    graph.doc_string = "another"
    return bytes(graph.SerializeToString())


def test_the_card_says_what_it_is_and_under_which_terms() -> None:
    card = read_card(resource("models") / "geofm-basic")
    assert card.title == "GeoFM basic"
    assert "research use" in card.licence.lower()
    assert "RSSCN7" in card.attribution and "WHU-RS19" in card.attribution
    names = [concept["name"] for concept in card.parameters["concepts"]]
    assert sorted(names) == sorted(concept.name for concept in CONCEPTS)
    assert card.parameters["vocabulary"] == "closed"
    assert f"knows {len(names)} concepts" in card.limits
    assert card.parameters["gsd_range_m"] and card.gsd_m


def test_the_card_has_figures_of_pictures_that_were_held_out() -> None:
    """Of a trial; the bars for WHU-RS19 (0.78 and 0.80) are for training on all, and no picture is left for that."""
    card = read_card(resource("models") / "geofm-basic")
    held_out = card.metrics["held_out"]
    assert held_out["rsscn7"]["top1"] >= 0.73 and held_out["rsscn7"]["map"] >= 0.75
    assert held_out["whu_rs19"]["top1"] >= 0.70 and held_out["whu_rs19"]["map"] >= 0.78
    assert all(values["wordings"]["top1"] >= 0.70 for values in held_out.values())
    assert card.training["held_out"] == 0 and "on the other pictures alone" in card.metrics["held_out_of"]


def test_no_phrase_that_tests_use_was_taught() -> None:
    card = read_card(resource("models") / "geofm-basic")
    taught = {phrase for concept in card.parameters["concepts"] for phrase in concept["phrases"]}
    assert not taught & {phrase for concept in CONCEPTS for phrase in concept.held_out}
    assert not taught & {*STRANGE, *FAMILIAR}


def test_both_towers_are_small(basic: DualEncoder, search_home: Path) -> None:
    basic.texts(["river"])
    image = resource("models") / "geofm-basic" / "model.onnx"
    (text,) = search_home.glob("cache/*/model.onnx")
    assert image.stat().st_size < 4.5e6
    assert image.stat().st_size + text.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("name", ["rsscn7", "whu_rs19"])
def test_it_names_what_it_was_taught(basic: DualEncoder, shared_data: Path, name: str) -> None:
    """On pictures that it saw in training: this tells a whole model from a broken one, and nothing more."""
    tiles, labels, classes = _tiles(shared_data, name, 100)
    words = np.stack([class_vector(basic.texts(prompts_for(basic, spoken))) for spoken in classes])
    assert ((basic.images(tiles) @ words.T).argmax(1) == labels).mean() > 0.7


def test_vectors_are_unit_vectors_whatever_stands_beside_them(basic: DualEncoder, shared_data: Path) -> None:
    tiles, _, _ = _tiles(shared_data, "rsscn7", 70)
    vectors = basic.images(tiles)
    assert vectors.dtype == np.float32 and vectors.shape[1] == basic.dimension == 384
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.allclose(basic.images(tiles[5:6]), vectors[5:6], atol=1e-5)
    assert basic.images(tiles[:0]).shape == (0, 384)
    assert basic.texts([]).shape == (0, 384)


@pytest.mark.parametrize("shape", [(1, 3, 96, 96), (1, 1, 128, 128), (3, 128, 128)])
def test_tiles_of_another_shape_are_refused(basic: DualEncoder, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"not uint8\[N, 3, 128, 128\]"):
        basic.images(np.zeros(shape, np.uint8))


def test_it_says_what_it_was_not_taught(basic: DualEncoder) -> None:
    for concept in CONCEPTS:
        assert (basic.known(concept.name) or 0) > 0.5, concept.name
    assert all((basic.known(phrase) or 0) > 0.5 for phrase in FAMILIAR)
    strange = [basic.known(phrase) or 0 for phrase in STRANGE]
    # Words that are near in another sense are taken for known: ski slopes for the slopes of a mountain.
    assert np.mean([value < 0.5 for value in strange]) > 0.7
    # Of the phrases that neither training nor calibration used.
    others = [phrase for concept in CONCEPTS for phrase in concept.held_out[1::2]]
    assert np.mean([(basic.known(phrase) or 0) > 0.5 for phrase in others]) > 0.8
    assert np.mean([(basic.known(phrase) or 0) < 0.5 for phrase in ABSENT[1::2]]) > 0.8


@pytest.mark.parametrize("phrase", ["", "   ", "лес", "森林", "\ud800", "river " * 5000, "🛶"])
def test_any_phrase_has_a_vector(basic: DualEncoder, phrase: str) -> None:
    vector = basic.texts([phrase])[0]
    assert np.isfinite(vector).all() and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert 0 <= (basic.known(phrase) or 0) <= 1


def test_the_fingerprint_is_that_of_weights_text_tower_and_side(basic: DualEncoder, copied: Path) -> None:
    card = read_card(copied)
    (copied / CARD).write_text(replace(card, title="Another title").to_json())
    assert load_encoder(str(copied)).fingerprint == basic.fingerprint  # a word on the card moves no vector
    golden = store.read_golden(copied, read_card(copied))
    store.write_model(copied, card, onnx=_with_a_remark(copied / "model.onnx"), golden=golden)
    assert load_encoder(str(copied)).fingerprint != basic.fingerprint


def test_damaged_files_are_refused(copied: Path) -> None:
    (copied / "model.onnx").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match=r"model\.onnx"):
        load_encoder(str(copied))


def test_a_graph_that_gives_other_vectors_is_refused(copied: Path) -> None:
    golden = store.read_golden(copied, read_card(copied))
    assert golden is not None
    other = {"input": golden[0], "output": -golden[1]}
    (copied / "golden.safetensors").write_bytes(safetensors.numpy.save(other))
    with pytest.raises(InputError, match="gives another vector than it gave when it was made"):
        load_encoder(str(copied))
    (copied / "golden.safetensors").unlink()
    with pytest.raises(InputError, match="has no golden vector"):
        load_encoder(str(copied))


def test_a_model_for_another_text_tower_is_refused(copied: Path) -> None:
    text = (copied / CARD).read_text().replace(minilm.SHA256, "0" * 64)
    (copied / CARD).write_text(text)
    with pytest.raises(InputError, match=r"made for another text tower \(all-MiniLM-L6-v2\)"):
        load_encoder(str(copied))


def test_a_card_that_lacks_the_threshold_is_refused(copied: Path) -> None:
    card = read_card(copied)
    parameters = {name: value for name, value in card.parameters.items() if name != "known"}
    (copied / CARD).write_text(replace(card, parameters=parameters).to_json())
    with pytest.raises(InputError, match="lacks what a basic encoder needs"):
        load_encoder(str(copied))


def test_the_threshold_lies_where_both_kinds_are_as_likely() -> None:
    random = np.random.default_rng(0)
    present, absent = (random.normal(mean, 0.05, 4000).astype(np.float32) for mean in (0.6, 0.5))
    threshold, softness = calibrate(present, absent[:1000])
    # Two normal distributions of one width: the logistic curve is exact, half-way, of the slope (m1 - m0) / s^2.
    assert threshold == pytest.approx(0.55, abs=0.005)
    assert softness == pytest.approx(0.05**2 / 0.1, rel=0.15)
    assert certainty(threshold, threshold, softness) == 0.5
    assert certainty(1.0, threshold, softness) > 0.99 > 0.01 > certainty(0.2, threshold, softness)


def test_it_comes_with_a_checkout_and_is_left_out_of_the_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [model.built_in for model in shelf(tmp_path) if model.name == "geofm-basic"] == [True]
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import stage_plugin

    monkeypatch.setattr(stage_plugin, "STAGED", tmp_path / "geofm_qgis")
    stage_plugin.stage()
    assert (tmp_path / "geofm_qgis" / "resources" / "icons").is_dir()
    assert (tmp_path / "geofm_qgis" / "engine" / "models").is_dir()
    assert not (tmp_path / "geofm_qgis" / "resources" / "models" / "geofm-basic").exists()
    sys.modules.pop("stage_plugin")


def test_the_catalogue_has_it_for_the_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, search_home: Path, shared_data: Path, basic: DualEncoder
) -> None:
    item, card = entry("geofm-basic"), read_card(resource("models") / "geofm-basic")
    assert (item.title, item.licence, item.card.weights) == (card.title, card.licence, card.weights)
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(MIRROR, str(resource("models")))
    (tmp_path / "checkpoints").mkdir()
    install(InstallModelRequest("geofm-basic"), QuietReport(tmp_path / "checkpoints"))
    folder = tmp_path / "home" / "models" / "geofm-basic"
    for file in (resource("models") / "geofm-basic").iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    assert load_encoder("geofm-basic").fingerprint == basic.fingerprint


@pytest.mark.slow
def test_the_command_scores_a_folder_of_class_folders(
    geofm: Callable[..., Done], colour_scenes: Path, search_home: Path, tmp_path: Path
) -> None:
    done = geofm("evaluate", "scene", "--model", "geofm-basic", "--data", colour_scenes, "--json")
    assert done.status == 0, done.err
    last = done.lines[-1]
    assert last["event"] == "result" and last["images"] == 36
    assert {"top1", "map", "precision_at_10", "per_class"} <= set(last)
    assert set(last["per_class"]) == {"beach", "forest", "river"}
    # The class names and the card's paraphrases, where no captions are given.
    assert last["prompts"]["river"][0] == "river" and len(last["prompts"]["river"]) > 5
    words = tmp_path / "words.txt"
    words.write_text("forest\ta wooded area\nbeach\tseaside\nriver\ta waterway with two banks\n")
    done = geofm("evaluate", "scene", "--model", "geofm-basic", "--data", colour_scenes, "--captions", words, "--json")
    assert done.lines[-1]["prompts"]["beach"] == ["seaside"]
    done = geofm("evaluate", "scene", "--model", "geofm-basic", "--data", colour_scenes)
    assert "top-1" in done.out and "by lots 0.333" in done.out


@pytest.mark.slow
def test_the_command_scores_retrieval(
    geofm: Callable[..., Done], colour_scenes: Path, search_home: Path, tmp_path: Path
) -> None:
    captions = {f"{name}_{number:02d}.png": [f"{name} {number}"] for name in ("beach", "river") for number in (1, 2, 3)}
    (tmp_path / "captions.json").write_text(json.dumps(captions))
    done = geofm(
        *("evaluate", "retrieval", "--model", "geofm-basic", "--data", colour_scenes),
        *("--captions", tmp_path / "captions.json", "--ranks", 1, 3, "--json"),
    )
    assert done.status == 0, done.err
    last = done.lines[-1]
    assert (last["by_label"]["labels"], last["by_label"]["trivial"]) == (3, [3])
    assert last["by_label"]["recall"]["3"] == 1.0
    assert (last["by_instance"]["images"], last["by_instance"]["captions"]) == (6, 6)
    assert last["by_instance"]["text_to_image"]["chance"]["3"] == 0.5


def test_notes_say_which_names_and_classes_captions_leave_out(
    geofm: Callable[..., Done], colour_scenes: Path, search_home: Path, tmp_path: Path
) -> None:
    words, data = tmp_path / "words.txt", ("--model", "geofm-basic", "--data", colour_scenes)
    words.write_text("# phrases\nforest\ta wooded area\twoods\nglacier\tice\n")
    done = geofm("evaluate", "scene", *data, "--captions", words, "--json")
    assert done.status == 0, done.err
    assert done.lines[-1]["prompts"]["forest"] == ["a wooded area", "woods"]
    notes = [
        f"1 of 2 names in {words} fit; no class and no picture of {colour_scenes} is glacier.",
        "2 of 3 classes have no phrases there and keep their own prompts.",
    ]
    assert done.lines[-1]["notes"] == notes
    assert geofm("evaluate", "scene", *data, "--captions", words).err.splitlines()[-2:] == notes
    done = geofm("evaluate", "retrieval", *data, "--captions", words)
    assert (done.status, done.err) == (
        1,
        f"geofm: {words} names no picture of {colour_scenes} (forest, glacier); check the names in it.\n",
    )


def test_the_folders_of_rsscn7_get_their_paraphrases_as_they_come(
    basic: DualEncoder, shared_data: Path, search_home: Path, tmp_path: Path
) -> None:
    names = {"grass": "aGrass", "field": "bField", "industry": "cIndustry", "river_lake": "dRiverLake"}
    names |= {"forest": "eForest", "residential": "fResident", "parking": "gParking"}
    for ours, theirs in names.items():
        for name in (f"ours/{ours}", f"theirs/{theirs}"):
            (tmp_path / name).mkdir(parents=True)
            for path in sorted((shared_data / "scenes" / "rsscn7" / ours).iterdir())[::10]:
                (tmp_path / name / path.name).symlink_to(path)
    found = {name: evaluate_scenes(basic, scene_folder(tmp_path / name)) for name in ("ours", "theirs")}
    assert all(len(prompts) > 5 for prompts in found["theirs"]["prompts"].values())
    assert found["ours"]["top1"] == found["theirs"]["top1"]


def test_glued_names_and_plurals_get_the_same_prompts(basic: DualEncoder) -> None:
    prompts = prompts_for(basic, "football_field")
    assert len(prompts) > 5 and prompts[0] == "football field"
    assert prompts == prompts_for(basic, "footballfield") == prompts_for(basic, "Football Fields")
    assert prompts_for(basic, "Glaciers") == ["glaciers"]


def test_classes_that_the_same_phrases_stand_for_are_named(
    basic: DualEncoder, tmp_path: Path, search_home: Path
) -> None:
    for name in ("aField", "bField", "forest"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a.png"), np.full((64, 64, 3), 90, np.uint8))
    notes = evaluate_scenes(basic, scene_folder(tmp_path))["notes"]
    assert notes == ["The same phrases stand for aField and bField: they cannot be told apart."]


def test_a_picture_in_grey_and_one_that_is_not_square_are_taken(
    basic: DualEncoder, tmp_path: Path, search_home: Path
) -> None:
    for name, shape in (("forest", (70, 200)), ("beach", (300, 90, 3))):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a.png"), np.full(shape, 90, np.uint8))
    assert evaluate_scenes(basic, scene_folder(tmp_path))["images"] == 2
