"""Training the basic encoder: what it draws from, that it learns, and that a broken training goes on as if unbroken."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from command import Done, end, start
from torch.nn import functional as F

from engine.adaptation.basic import training
from engine.adaptation.basic.augmentation import Mixed, crops, jittered, mixed, turned
from engine.adaptation.basic.dataset import ConceptDataset, read_dataset
from engine.adaptation.basic.making import make_encoder
from engine.adaptation.basic.network import TileEncoder
from engine.adaptation.basic.release import Description
from engine.adaptation.basic.training import Recipe, train
from engine.cards.card import Card, read_card
from engine.datasets.concepts import AMBIGUOUS, CONCEPTS
from engine.encoders import load_encoder
from engine.errors import Cancelled, InputError
from engine.jobs.report import JsonReport

QUICK = Recipe(epochs=16, batch=12, sides=(64,), smallest_crop=0.6, learning_rate=2e-3, ema_decay=0.9)


class Stopping(JsonReport):
    """A report that is cancelled after some steps."""

    def __init__(self, checkpoints: Path, steps: int | None = None) -> None:
        super().__init__(checkpoints, io.StringIO())
        self.left = steps

    def check_cancelled(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled


@pytest.fixture(scope="module")
def dataset(colour_scenes: Path, search_home: Path) -> ConceptDataset:
    return read_dataset([colour_scenes], {"river": ["a wet ribbon"]}, 0.25)


@pytest.fixture(scope="module")
def made(colour_scenes: Path, search_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Card, dict]:
    """A model of three colours that was tried on a quarter of the pictures and then trained on all."""
    folder = tmp_path_factory.mktemp("basic")
    about = Description("colours", "Colours", "public domain", "nobody", "a test", (1.0, 4.0))
    card, scores = make_encoder(
        [colour_scenes],
        folder / "colours",
        Stopping(folder / "working"),
        held_out=0.25,
        then_all=True,
        recipe=QUICK,
        described=about,
    )
    return folder / "colours", card, scores


def test_datasets_leave_out_the_end_of_each_run_and_take_captions(dataset: ConceptDataset) -> None:
    assert dataset.concepts == ("beach", "forest", "river")
    assert (len(dataset.pictures), dataset.held_out) == (27, 9)
    assert dataset.weights.sum() == pytest.approx(1)
    assert "a wet ribbon" in dataset.phrases[2]
    assert [len(vectors) for vectors in dataset.vectors] == [len(own) for own in dataset.phrases]
    held = {phrase for concept in CONCEPTS for phrase in concept.held_out}
    assert not held & {phrase for own in dataset.phrases for phrase in own}


def test_mixtures_of_phrases_are_unit_vectors_within_their_concept(dataset: ConceptDataset) -> None:
    words = dataset.mixtures(0.5, np.random.default_rng(0))
    assert torch.allclose(words.norm(dim=1), torch.ones(3), atol=1e-5)
    assert ((words @ dataset.centroids().T).argmax(1) == torch.arange(3)).all()


def test_what_may_be_either_is_not_held_against_each_other(search_home: Path, tmp_path: Path) -> None:
    import cv2

    for name in ("river_lake", "river", "forest"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a_1.png"), np.zeros((64, 64, 3), np.uint8))
    found = read_dataset([tmp_path], {}, 0.0)
    pairs = {
        frozenset((found.concepts[first], found.concepts[second])) for first, second in found.masked.nonzero().tolist()
    }
    assert pairs == {frozenset(AMBIGUOUS[0])}


def test_tiles_are_turned_in_all_eight_ways() -> None:
    tile = torch.arange(16.0).view(1, 1, 4, 4)
    found = turned(tile.repeat(200, 1, 1, 1), np.random.default_rng(0))
    expected = {
        tuple(torch.rot90(part, k, (2, 3)).flatten().tolist()) for part in (tile, tile.flip(3)) for k in range(4)
    }
    assert {tuple(one.flatten().tolist()) for one in found} == expected
    assert len(expected) == 8


def test_crops_and_light_stay_within_the_picture() -> None:
    random = np.random.default_rng(0)
    picture = np.full((96, 80, 3), 120, np.uint8)
    assert (crops([picture] * 20, 48, 0.3, random) == 120).all()
    tiles = jittered(torch.full((64, 3, 8, 8), 120.0), 1.0, random)
    assert tiles.min() >= 0 and tiles.max() <= 255
    assert tiles.std() > 10


def test_mixtures_of_pictures_weigh_the_first_most() -> None:
    random = np.random.default_rng(0)
    tiles = torch.arange(4.0).view(4, 1, 1, 1)
    plain, both = mixed(tiles, None, random), mixed(tiles, 0.4, random)
    assert torch.equal(plain.tiles, tiles) and (plain.share == 1).all()
    assert (both.share >= 0.5).all()
    expected = both.share * tiles.flatten() + (1 - both.share) * tiles.flatten()[both.other]
    assert torch.allclose(both.tiles.flatten(), expected)


def test_the_tower_is_small_and_takes_any_side() -> None:
    network = TileEncoder(384).eval()
    assert sum(weight.numel() for weight in network.parameters()) < 4e6
    for side in (64, 96, 130):
        vectors = network(torch.zeros(2, 3, side, side))
        assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)


@pytest.mark.slow
def test_a_broken_training_goes_on_to_the_same_weights(dataset: ConceptDataset, tmp_path: Path) -> None:
    recipe = replace(QUICK, epochs=3, checkpoint_s=0)
    whole = train(dataset, recipe, Stopping(tmp_path / "whole"))
    with pytest.raises(Cancelled):
        train(dataset, recipe, Stopping(tmp_path / "broken", 3))
    broken = train(dataset, recipe, Stopping(tmp_path / "broken"))
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, broken.state_dict()[name]), name
    # Another training finds nothing of this one.
    other = train(dataset, replace(recipe, seed=1), Stopping(tmp_path / "broken"))
    assert not torch.equal(other.head.weight, whole.head.weight)


def test_the_end_of_a_training_mixes_no_pictures(
    dataset: ConceptDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float | None] = []

    def recorded(tiles: torch.Tensor, alpha: float | None, random: np.random.Generator) -> Mixed:
        seen.append(alpha)
        return mixed(tiles, alpha, random)

    monkeypatch.setattr(training, "mixed", recorded)
    train(dataset, replace(QUICK, epochs=4, mixup_share=1.0), Stopping(tmp_path))
    assert seen == [0.2] * 7 + [None] * 2  # of nine steps, those from 6.75 on


@pytest.mark.slow
def test_it_tells_pictures_that_it_never_saw(made: tuple[Path, Card, dict], colour_scenes: Path) -> None:
    _, card, scores = made
    assert scores["colours"]["images"] == 9
    assert scores["colours"]["top1"] >= 8 / 9
    assert scores["colours"]["wordings"]["top1"] >= 8 / 9
    assert card.metrics["held_out"] == scores
    assert "trained on all" in card.metrics["held_out_of"]
    assert card.training["held_out"] == 0 and card.training["pictures"] == 36


@pytest.mark.slow
def test_the_card_says_what_the_model_is(made: tuple[Path, Card, dict]) -> None:
    path, card, _ = made
    assert read_card(path) == card
    assert sorted(file.name for file in path.iterdir()) == ["card.json", "golden.safetensors", "model.onnx"]
    assert (path / "model.onnx").stat().st_size < 4.5e6
    assert card.licence == "public domain"
    assert card.gsd_m == 2.0 and card.parameters["gsd_range_m"] == [1.0, 4.0]
    assert card.limits.startswith("A basic model: it knows 3 concepts") and "1 to 4 m a pixel" in card.limits
    assert [concept["name"] for concept in card.parameters["concepts"]] == ["beach", "forest", "river"]
    assert card.metrics["cosine_of_eight_bits"] > 0.97


@pytest.mark.slow
def test_eight_bits_give_nearly_the_vectors_of_the_network(
    made: tuple[Path, Card, dict], colour_scenes: Path, dataset: ConceptDataset
) -> None:
    encoder = load_encoder(str(made[0]))
    tiles = np.random.default_rng(0).integers(0, 256, (70, 3, 128, 128)).astype(np.uint8)
    vectors = encoder.images(tiles)
    assert vectors.shape == (70, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.allclose(encoder.images(tiles[:1]), vectors[:1], atol=1e-5)  # whatever stands beside a tile
    words = torch.from_numpy(encoder.texts(dataset.concepts))
    assert (F.normalize(words, dim=1) @ dataset.centroids().T).argmax(1).tolist() == [0, 1, 2]


@pytest.mark.slow
def test_the_command_trains_and_scores(
    geofm: Callable[..., Done], colour_scenes: Path, search_home: Path, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("forest\tthe greenwood\n")
    done = geofm(
        *("train-encoder", "--data", colour_scenes, "--captions", words, "--epochs", 2, "--hold-out", 0.25),
        *("--out", tmp_path / "mine", "--json"),
    )
    assert done.status == 0, done.err
    assert done.lines[-1]["event"] == "result"
    assert done.lines[-1]["summary"]["concepts"] == ["beach", "forest", "river"]
    assert done.lines[-1]["summary"]["scores"]["colours"]["images"] == 9
    card = read_card(tmp_path / "mine")
    assert "the greenwood" in card.parameters["concepts"][1]["phrases"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert "is a finished model" in geofm("train-encoder", "--data", colour_scenes, "--out", tmp_path / "mine").err
    done = geofm("train-encoder", "--data", colour_scenes, "--then-all", "--out", tmp_path / "other")
    assert (done.status, done.err) == (
        1,
        "geofm: A model is trained on all pictures after a trial; say which share of them the trial leaves out "
        "(--hold-out).\n",
    )


@pytest.mark.slow
def test_a_killed_command_goes_on_and_the_queue_trains_as_well(
    geofm: Callable[..., Done], colour_scenes: Path, search_home: Path, tmp_path: Path
) -> None:
    words = ("train-encoder", "--data", colour_scenes, "--epochs", 4, "--hold-out", 0.25, "--then-all", "--json")
    process = start(*words, "--out", tmp_path / "mine")
    for line in process.stdout or ():
        if "Training on all pictures." in line:
            process.kill()
            break
    assert end(process).status == -signal.SIGKILL
    done = geofm(*words, "--out", tmp_path / "mine")
    assert done.status == 0, done.err
    # The trial was finished: it is not trained again.
    progress = [place for place, event in enumerate(done.lines) if event["event"] == "progress"]
    (second,) = (place for place, event in enumerate(done.lines) if event.get("text") == "Training on all pictures.")
    assert progress and min(progress) > second
    assert done.lines[progress[-1]]["unit"] == "epochs" and done.lines[progress[-1]]["rate"] is not None
    queued = geofm(*words, "--queue", "--out", tmp_path / "queued")
    assert queued.status == 0, queued.err
    assert [output["kind"] for output in queued.lines[-1]["outputs"]] == ["model"]
    assert queued.lines[-1]["summary"]["scores"] == done.lines[-1]["summary"]["scores"]


def test_a_finished_model_is_not_trained_again(geofm: Callable[..., Done], colour_scenes: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    done = geofm("train-encoder", "--data", colour_scenes, "--out", out)
    assert (done.status, done.err) == (
        1,
        f"geofm: {out} holds other files and is no model; choose another folder.\n",
    )
    (out / "card.json").write_text("{}")
    done = geofm("train-encoder", "--data", colour_scenes, "--out", out)
    assert (done.status, done.err) == (
        1,
        f"geofm: {out} is a finished model; delete it, or choose another folder.\n",
    )
    done = geofm("train-encoder", "--data", colour_scenes, "--out", out / "notes.txt")
    assert (done.status, done.err) == (1, f"geofm: {out / 'notes.txt'} is a file; choose another folder.\n")


def test_captions_of_other_classes_are_refused(colour_scenes: Path, search_home: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.json"
    words.write_text(json.dumps({"glacier": "ice"}))
    about = Description("x", "X", "", "", "")
    with pytest.raises(InputError, match="names no class and no picture"):
        make_encoder([colour_scenes], tmp_path / "x", Stopping(tmp_path / "w"), captions=words, described=about)


def test_too_few_pictures_are_refused(colour_scenes: Path, search_home: Path, tmp_path: Path) -> None:
    about = Description("x", "X", "", "", "")
    with pytest.raises(InputError, match="Only 3 pictures are left"):
        make_encoder([colour_scenes], tmp_path / "x", Stopping(tmp_path / "w"), held_out=0.9, described=about)
