"""The protocol of `geofm evaluate scene`: against scikit-learn, published figures and what can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command import Done
from sklearn.metrics import average_precision_score

from engine.datasets.concepts import CONCEPTS, class_key, concept_of, spelt
from engine.datasets.scenes import hold_out, runs, scene_folder, square
from engine.encoders.evaluation import average_precision, class_vector, scores
from engine.encoders.evaluation.stored import evaluate_features
from engine.errors import InputError


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_is_scikit_learns(ties: bool) -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        similarity = random.normal(size=60)
        similarity = similarity.round(0) if ties else similarity
        right = random.random(60) < 0.2
        right[0] = True
        assert average_precision(similarity, right) == pytest.approx(average_precision_score(right, similarity))


def test_scores_of_a_ranking_counted_by_hand() -> None:
    similarity = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.7, 0.6, 0], [0.1, 0.5, 0]])
    found = scores(similarity, np.array([0, 0, 1, 1]), ("a", "b", "c"))
    assert found["top1"] == 0.5
    # a: ranked 1st and 3rd of four; b: 2nd and 3rd
    assert found["per_class"]["a"]["average_precision"] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert found["per_class"]["b"]["average_precision"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found["per_class"]["a"]["precision_at_10"] == 0.5  # among the first two: there are no more
    assert found["per_class"]["c"]["average_precision"] is None
    assert found["map"] == pytest.approx((5 / 6 + 7 / 12) / 2)
    assert found["chance"] == {"top1": pytest.approx(1 / 3), "map": 0.5, "precision_at_10": 0.5}


def test_prompts_weigh_the_same_whatever_their_length() -> None:
    assert np.allclose(class_vector(np.array([[5.0, 0.0], [0.0, 1.0]])), [0.5**0.5, 0.5**0.5])


@pytest.mark.parametrize(("model", "published"), [("CLIP", 0.813), ("GeoRSCLIP", 0.888), ("RemoteCLIP", 0.952)])
def test_stored_features_give_the_published_figures(shared_data: Path, model: str, published: float) -> None:
    folder = shared_data / "clip_features"
    names = (folder / "whurs19_class_names.txt").read_text().split()
    found = evaluate_features(folder / f"whurs19_{model}_ViT-B-32.npz", names)
    assert round(found["top1"], 3) == published
    assert list(found["per_class"]) == names


def test_features_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stored features"):
        evaluate_features(tmp_path / "none.npz")
    np.savez(tmp_path / "odd.npz", images=np.ones((2, 3)), classes=np.array([0, 7]), texts=np.ones((2, 3)))
    with pytest.raises(InputError, match="do not fit each other"):
        evaluate_features(tmp_path / "odd.npz")
    np.savez(tmp_path / "pickled.npz", images=np.array([{}], object), classes=[0], texts=[[1.0]])
    with pytest.raises(InputError, match="holds no stored features"):
        evaluate_features(tmp_path / "pickled.npz")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("river_lake", "river lake"),
        ("football_field", "football field"),
        ("dRiverLake", "river lake"),
        ("aGrass", "grass"),
        ("RiverLake", "river lake"),
        ("A-b", "a b"),
    ],
)
def test_class_names_are_spelt_as_words(name: str, words: str) -> None:
    assert spelt(name) == words


def test_every_class_of_both_shared_sets_means_a_concept(shared_data: Path) -> None:
    for name in ("rsscn7", "whu_rs19"):
        assert all(concept_of(child.name) for child in (shared_data / "scenes" / name).iterdir())


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        *(("aGrass", "meadow"), ("bField", "farmland"), ("cIndustry", "industrial area"), ("eForest", "forest")),
        *(("dRiverLake", "river or lake"), ("fResident", "residential area"), ("gParking", "parking lot")),
        *(("footballfield", "football field"), ("railwaystation", "railway station"), ("Beaches", "beach")),
        *(("Parking Lots", "parking lot"), ("Overpasses", "viaduct"), ("grass", "meadow"), ("Rivers", "river")),
    ],
)
def test_other_spellings_and_plurals_of_a_class_mean_its_concept(name: str, concept: str) -> None:
    found = concept_of(name)
    assert found is not None and found.name == concept


def test_a_spelling_means_one_concept_alone(shared_data: Path) -> None:
    keys = [key for found in CONCEPTS for key in {class_key(name) for name in (found.name, *found.classes)}]
    assert len(set(keys)) == len(keys)
    assert concept_of("glacier") is None
    names = (shared_data / "clip_features" / "whurs19_class_names.txt").read_text().split()
    assert all(concept_of(name) for name in names)


def test_no_phrase_is_both_taught_and_held_out_and_none_means_two_concepts() -> None:
    taught = [phrase for concept in CONCEPTS for phrase in concept.taught]
    held = [phrase for concept in CONCEPTS for phrase in concept.held_out]
    names = [name for concept in CONCEPTS for name in concept.classes]
    assert len(set(taught + held)) == len(taught) + len(held)
    assert len(set(names)) == len(names)


def test_runs_are_cut_where_the_numbers_jump() -> None:
    names = [f"a{number:03d}.jpg" for number in (1, 2, 3, 5, 101, 102, 351)] + ["other.jpg"]
    assert runs(names) == [[0, 1, 2, 3], [4, 5], [6, 7]]


def test_the_end_of_each_run_is_held_out(shared_data: Path) -> None:
    scenes = scene_folder(shared_data / "scenes" / "rsscn7")
    held = hold_out(scenes, 0.2)
    names = [picture.name for picture, out in zip(scenes.pictures, held, strict=True) if out and picture.label == 0]
    numbers = [int(Path(name).stem[1:]) for name in names]
    assert numbers == [start + number for start in (0, 100, 200, 300) for number in range(41, 51)]


def test_the_middle_square_is_taken() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 10:50] = 200
    assert (square(picture, 20) == 200).all()


def test_the_command_scores_stored_features(geofm: Callable[..., Done], shared_data: Path) -> None:
    done = geofm(
        "evaluate", "scene", "--features", shared_data / "clip_features" / "whurs19_CLIP_ViT-B-32.npz", "--json"
    )
    assert done.status == 0
    assert done.lines[-1]["event"] == "result"
    assert round(done.lines[-1]["top1"], 3) == 0.813
    done = geofm("evaluate", "scene", "--data", "somewhere")
    told = "An encoder is scored by model and data, or by stored features alone; give one of both."
    assert (done.status, done.err) == (1, f"geofm: {told}\n")
