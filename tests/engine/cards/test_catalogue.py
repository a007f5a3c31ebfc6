"""The catalogue: nothing in it may be had unencrypted, unnamed or unchecked."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from engine.cards.card import Card
from engine.cards.catalogue import CATALOGUE, Entry, entry
from engine.cards.shelf import check_name
from engine.errors import InputError

# As bands.json of Galileo has them, by canonical names.
ORDER = ("VV", "VH", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12", "NDVI")


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("GEOFM_TEST_DATA")
    if not folder:
        pytest.skip("GEOFM_TEST_DATA does not name the folder of the test data")
    return Path(folder)


@pytest.mark.parametrize("item", CATALOGUE, ids=lambda item: item.name)
def test_every_entry_is_complete(item: Entry) -> None:
    assert check_name(item.name) == item.name
    assert item.licence and item.attribution and item.description and item.card.source
    assert Card.from_json(item.card.to_json()) == item.card
    assert bool(item.files) != bool(item.by_hand), "without files, it says what to do"
    for file in item.files:
        assert check_name(file.name) == file.name
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        if file.url is not None:
            assert re.fullmatch(r"https://[a-z.]+/[\w./-]+", file.url)
            pinned = re.search(r"/[0-9a-f]{40}/", file.url) or f"/{file.sha256}/" in file.url
            assert pinned, "a revision, or the hash itself, pins what the address means"
            assert file.url.endswith(f"/{file.name}")
        # The makers name their files by the first digits of the hash.
        if named := re.search(r"-([0-9a-f]{8})\.pth$", file.name):
            assert file.sha256.startswith(named[1])


def test_a_model_that_is_taken_in_by_hand_is_not_downloaded() -> None:
    item = entry("farslip-b32")
    assert (item.downloadable, item.size, item.files) == (False, 0, ())
    assert "geofm models import " in item.by_hand and "--like farslip-b32" in item.by_hand


def test_a_rounded_size_leaves_the_judgement_to_the_hash() -> None:
    (rounded,) = entry("georsclip-b32").files
    assert [rounded.may_have(size) for size in (604_400_000, 604_600_000, 605_400_000, 605_600_000)] == [
        *(False, True, True, False)
    ]
    (exact,) = entry("remoteclip-b32").files
    assert exact.may_have(605_208_421) and not exact.may_have(605_208_420)


def test_names_are_unique_and_found_in_any_capitals() -> None:
    assert len({item.name.casefold() for item in CATALOGUE}) == len(CATALOGUE)
    assert entry("Galileo-Nano").name == "galileo-nano"
    with pytest.raises(InputError, match="The catalogue has no model 'x'; it has galileo-nano, "):
        entry("x")


def test_galileos_files_and_figures_are_the_published_ones(real_data: Path) -> None:
    folder = real_data / "models" / "galileo_nano"
    item = entry("galileo-nano")
    (file,) = item.files
    content = (folder / file.name).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
    statistics = json.loads((folder / "normalization.json").read_text())["13"]
    means, stds = dict(zip(ORDER, statistics["mean"], strict=True)), dict(zip(ORDER, statistics["std"], strict=True))
    for band in item.card.bands:
        scale = 1 if band.units == "db" else 10_000
        assert band.mean * scale == pytest.approx(means[band.name] - 2 * stds[band.name], rel=1e-12)
        assert band.std * scale == pytest.approx(4 * stds[band.name], rel=1e-12)
    ndvi = item.card.parameters["ndvi"]
    assert ndvi["mean"] == pytest.approx(means["NDVI"] - 2 * stds["NDVI"])
    assert ndvi["std"] == pytest.approx(4 * stds["NDVI"])
    published = json.loads((folder / "config.json").read_text())["model"]["encoder"]
    mine = item.card.parameters
    assert mine["embedding_size"] == published["embedding_size"]
    assert (mine["depth"], mine["heads"], mine["mlp_ratio"]) == tuple(
        published[name] for name in ("depth", "num_heads", "mlp_ratio")
    )
    assert (mine["patch"], mine["timesteps"]) == (published["max_patch_size"], published["max_sequence_length"])


def test_dynamic_worlds_file_is_the_converted_one(real_data: Path) -> None:
    item = entry("dynamic-world")
    (file,) = item.files
    content = (real_data / "models" / "dynamicworld" / file.name).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
    notice = " ".join((real_data / "models" / "dynamicworld" / "NOTICE").read_text().split())
    assert item.attribution.split(" C. F. Brown")[0] in notice
    assert not item.downloadable
