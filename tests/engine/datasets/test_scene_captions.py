"""Files of phrases as others write them, and which class or picture their names mean."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.datasets.captions import by_class, by_picture, fitting, read_captions
from engine.datasets.scenes import SceneFolder, scene_folder
from engine.errors import InputError


@pytest.fixture
def same_names(tmp_path: Path) -> SceneFolder:
    """Pictures whose names tell nothing without their folders, and one whose name does."""
    for name in ("airport/001.png", "airport/002.png", "beach/001.png", "beach/002.png", "beach/dunes.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.zeros((16, 16, 3), np.uint8))
    return scene_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "river_lake\tflowing water\nforest\twoods, dark ones\n"),
        ("a.csv", 'class,caption\nriver_lake,flowing water\nforest,"woods, dark ones"\n'),
        ("b.txt", "river_lake: flowing water\nforest: woods, dark ones\n"),
        ("c.txt", "# phrases\n\nriver_lake|flowing water\nforest|woods, dark ones\n"),
        ("d.csv", "class;caption\nriver_lake;flowing water\nforest;woods, dark ones\n"),
        ("e.csv", 'id,filename,caption\n0,river_lake,flowing water\n1,forest,"woods, dark ones"\n'),
        (
            "a.jsonl",
            '{"class": "river_lake", "caption": "flowing water"}\n{"class": "forest", "caption": "woods, dark ones"}',
        ),
        (
            "b.json",
            '[{"filename": "river_lake", "captions": ["flowing water"]}, '
            '{"image": "forest", "text": "woods, dark ones"}]',
        ),
        ("a.json", '{"river_lake": "flowing water", "forest": ["woods, dark ones"]}'),
    ],
)
def test_captions_of_several_forms(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_captions(tmp_path / name) == [("river_lake", "flowing water"), ("forest", "woods, dark ones")]


def test_captions_of_pictures_count_for_their_class(colour_scenes: Path, tmp_path: Path) -> None:
    scenes = scene_folder(colour_scenes)
    images = [{"filename": "river_02.png", "sentences": [{"raw": "blue water"}, {"raw": "a stream"}]}]
    (tmp_path / "set.json").write_text(json.dumps({"images": images}))
    pairs = read_captions(tmp_path / "set.json")
    assert by_class(pairs, scenes)[0] == {"river": ["blue water", "a stream"]}
    (place,) = by_picture(pairs, scenes)[0]
    assert scenes.pictures[place].name == "river/river_02.png"


@pytest.mark.parametrize(
    "text",
    [
        "river\tflowing water\twide stream\nforest\twoods\n",
        "river|flowing water|wide stream\nforest|woods\n",
        "river: flowing water; wide stream\nforest: woods\n",
        "river,flowing water,wide stream\nforest,woods\n",
        "class,caption_1,caption_2\nriver,flowing water,wide stream\nforest,woods\n",
        "class,caption\nriver,flowing water, wide stream\nforest,woods\n",
    ],
)
def test_a_line_may_hold_several_phrases(tmp_path: Path, text: str) -> None:
    (tmp_path / "words.txt").write_text(text)
    pairs = [("river", "flowing water"), ("river", "wide stream"), ("forest", "woods")]
    assert read_captions(tmp_path / "words.txt") == pairs


def test_the_mark_that_comes_first_parts_the_name(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("airport: jets, planes\nforest: woods, trees\n")
    assert read_captions(tmp_path / "words.txt") == [("airport", "jets, planes"), ("forest", "woods, trees")]
    (tmp_path / "words.txt").write_text("C:\\a\\1.jpg\tjets: two\nC:\\a\\2.jpg\ta plane\n")
    assert read_captions(tmp_path / "words.txt")[0] == ("C:\\a\\1.jpg", "jets: two")


@pytest.mark.parametrize(
    "text", ["", "words without a mark", "[3]", "# none\\n", '{"label": 3, "caption": "x"}', 'a,"b']
)
def test_a_file_without_captions_is_refused(tmp_path: Path, text: str) -> None:
    for name in ("x.txt", "x.json"):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match="holds no captions"):
            read_captions(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("beach/001.png", "beach/001.png"),
        ("BEACH\\001.PNG", "beach/001.png"),
        ("/data/set/beach/001.png", "beach/001.png"),
        ("beach/001", "beach/001.png"),
        ("beach/001.tif", "beach/001.png"),
        ("dunes.png", "beach/dunes.png"),
        ("images/dunes.jpg", "beach/dunes.png"),
        ("dunes", "beach/dunes.png"),
        ("airport/dunes.png", None),
        ("003.png", None),
    ],
)
def test_pictures_are_found_by_their_folder_and_name(same_names: SceneFolder, name: str, found: str | None) -> None:
    phrases, fit = by_picture([(name, "x")], same_names)
    assert [same_names.pictures[place].name for place in phrases] == ([found] if found else [])
    assert fit == ({name} if found else set())


@pytest.mark.parametrize("name", ["001.png", "001", "images/001.png"])
def test_a_name_of_several_pictures_is_refused(same_names: SceneFolder, name: str) -> None:
    for order in (by_class, by_picture):
        with pytest.raises(
            InputError, match=r"any of 2 pictures \(airport/001\.png, beach/001\.png\); write the folder"
        ):
            order([(name, "planes")], same_names)


def test_classes_are_found_in_other_spellings(same_names: SceneFolder) -> None:
    pairs = [("Airports", "jets"), ("Beach", "sand"), ("airport", "jets"), ("glacier", "ice")]
    phrases, fit = by_class(pairs, same_names)
    assert phrases == {"airport": ["jets"], "beach": ["sand"]}
    (note,) = fitting(pairs, fit, "words.tsv", "class and no picture of the set")
    assert note == "3 of 4 names in words.tsv fit; no class and no picture of the set is glacier."
    assert fitting(pairs[:3], fit, "words.tsv", "class") == []
    with pytest.raises(InputError, match=r"words\.tsv names no class \(glacier\); check the names"):
        fitting(pairs[3:], fit, "words.tsv", "class")
