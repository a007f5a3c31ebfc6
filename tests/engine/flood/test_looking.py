"""What is said of the images of a flood before its map is asked for: nothing is refused, what is odd is a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affine import Affine
from constructed import AFTER, BEFORE, backscatter, image
from maps import TRANSFORM

from engine.flood.looking import look
from engine.jobs.report import QuietReport
from engine.jobs.requests import LookRequest


def seen(post: tuple[str, ...], *pre: tuple[str, ...], **said: Any) -> dict[str, Any]:
    return look(LookRequest(post, pre, **said), QuietReport(Path())).summary


def put(folder: Path, name: str, *, east_km: float = 0, **how: Any) -> str:
    place = TRANSFORM @ Affine.translation(east_km * 100, 0)
    return image(folder / name, backscatter(AFTER if "0530" in name else BEFORE), transform=place, **how)


def test_what_an_image_is(tmp_path: Path) -> None:
    path = put(tmp_path, "S1A_IW_GRDH_1SDV_20240530T165000_20240530T165025_054100_069C5A_1234.tif")
    told = seen((path,))
    facts = told["images"][path]
    assert facts["acquired"] == "2024-05-30T16:50:00+00:00" and not facts["day_alone"]
    assert facts["orbit"] == {"direction": None, "number": (54100 - 73) % 175 + 1}
    assert facts["polarisations"] == ["VV", "VH"] and facts["pixels"] == [AFTER.shape[1], AFTER.shape[0]]
    west, south, east, north = facts["box"]
    assert 13 < west < east < 14 and 49 < south < north < 50
    assert told["dates"] == [[path]] and told["notes"] == []


def test_dates_are_sorted_as_the_map_sorts_them(tmp_path: Path) -> None:
    old, new = put(tmp_path, "S1_20240518.tif"), put(tmp_path, "S1_20240530.tif")
    assert seen((old, new))["dates"] == [[new], [old]]
    swapped = seen((old,), (new,))
    assert swapped["dates"] == [[old], [new]] and swapped["swapped"]
    assert [note["date"] for note in swapped["notes"]] == [1]


def test_images_that_lie_apart(tmp_path: Path) -> None:
    here, there = put(tmp_path, "a_20240530.tif"), put(tmp_path, "b_20240530.tif", east_km=150)
    (note,) = seen((here, there))["notes"]
    told = "b_20240530.tif lies 150 km from a_20240530.tif: files of one date lie side by side; take one of them out."
    assert note == {"date": 0, "text": told}
    before = put(tmp_path, "c_20240518.tif", east_km=150)
    (note,) = seen((here,), (before,))["notes"]
    assert note["date"] == 1 and "lies 150 km from the image after the flood" in note["text"]
    beside = put(tmp_path, "d_20240530.tif", east_km=2)
    assert seen((here, beside))["notes"] == []


def test_what_cannot_be_read_or_told_apart_is_a_note(tmp_path: Path) -> None:
    post, letter = put(tmp_path, "S1_20240530.tif"), tmp_path / "letter.tif"
    letter.write_text("This is a letter.")
    unnamed = image(tmp_path / "pre_20240518.tif", backscatter(BEFORE)[:1] - 20, names=("",))
    told = seen((post,), (str(letter),), (unnamed,))
    texts = {note["date"]: note["text"] for note in told["notes"]}
    assert "letter.tif is not a raster" in texts[1]
    assert "does not say whether it is VV or VH" in texts[2] and "“Bands”" in texts[2]
    mixed = seen((post,), (put(tmp_path, "S1_20240506.tif"), put(tmp_path, "S1_20240518.tif"), put(tmp_path, "x.tif")))
    assert "x.tif does not say of which date it is" in mixed["notes"][0]["text"]
    assert mixed["dates"][1][2].endswith("x.tif")  # they stay as they were given


def test_before_an_image_after_the_flood_is_chosen(tmp_path: Path) -> None:
    old, older = put(tmp_path, "S1_20240518.tif"), put(tmp_path, "S1_20240506.tif")
    told = seen((), (older, old))
    assert told["dates"] == [[], [old], [older]] and told["notes"] == []
