"""Cards: what they hold, how they are written and read, what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cards import make_card

from engine.cards.card import CARD, TASKS, UNITS, BandSpec, Card, ClassSpec, read_card
from engine.errors import InputError

finite = st.floats(allow_nan=False, allow_infinity=False)
above_0 = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(words, json_values, max_size=3)


@st.composite
def any_card(draw: st.DrawFn) -> Card:
    names = draw(st.lists(words, min_size=1, max_size=5, unique_by=str.casefold))
    bands = [BandSpec(name, draw(st.sampled_from(UNITS)), draw(finite), draw(above_0)) for name in names]
    task = draw(st.sampled_from(sorted(TASKS)))
    labels = draw(st.lists(words, min_size=1, max_size=5, unique=True)) if task == "segmentation" else []
    values = draw(st.permutations(range(255)))
    classes = [
        ClassSpec(value, name, f"#{draw(st.integers(0, 0xFFFFFF)):06x}")
        for value, name in zip(values, labels, strict=False)
    ]
    tile = draw(st.integers(1, 16384))
    return Card(
        *(draw(words), draw(words), task, draw(words), draw(objects)),
        draw(st.sampled_from(("weights.safetensors", "model.onnx"))),
        draw(st.sampled_from(("", "0" * 64, "f" * 64))),
        tuple(bands),
        tuple(classes),
        gsd_m=draw(st.none() | above_0),
        tile=tile,
        overlap=draw(st.integers(0, tile - 1)),
        **{name: draw(words) for name in ("licence", "attribution", "source", "limits", "version")},
        training=draw(objects),
        metrics=draw(objects),
        tolerance=draw(st.floats(0, allow_infinity=False)),
    )


@settings(max_examples=60, deadline=None)
@given(any_card())
def test_json_keeps_everything(card: Card) -> None:
    assert Card.from_json(card.to_json()) == card


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=50) | json_values.map(json.dumps))
def test_what_is_no_card_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"^The card cannot be used: .*\.$"):
        Card.from_json(text)


def test_the_terms_are_those_of_mlm() -> None:
    values = json.loads(make_card().to_json())
    assert values["mlm:name"] == "forest"
    assert values["mlm:tasks"] == ["semantic-segmentation"]
    assert values["mlm:input"][0]["bands"] == [{"name": "B04"}, {"name": "B03"}, {"name": "B02"}]
    assert values["mlm:input"][0]["value_scaling"][0] == {"type": "z-score", "mean": 0.1, "stddev": 0.05}
    assert values["mlm:input"][0]["input"]["shape"] == [-1, 3, 256, 256]
    assert values["mlm:output"][0]["result"]["shape"] == [-1, 2, 256, 256]
    assert values["mlm:output"][0]["classification:classes"][1] == {
        "value": 1,
        "name": "forest",
        "title": "forest",
        "color_hint": "006600",
    }


def test_a_class_in_any_script_has_a_short_name_for_stac() -> None:
    card = make_card(classes=(ClassSpec(3, "лес", "#00AA00"), ClassSpec(4, "Wiese & Weide", "#00bb00")))
    classes = json.loads(card.to_json())["mlm:output"][0]["classification:classes"]
    assert [item["name"] for item in classes] == ["class-3", "Wiese-Weide"]
    assert Card.from_json(card.to_json()).classes == card.classes


def test_numbers_of_other_libraries_and_tuples_become_plain() -> None:
    card = make_card(
        bands=(BandSpec("B04", "reflectance", np.float32(0.5), np.float32(0.25)),), parameters={"sides": (1, 2)}
    )
    assert Card.from_json(card.to_json()) == card
    assert card.parameters == {"sides": [1, 2]}


def missing(name: str) -> Any:
    return lambda values: values.pop(name)


def other(name: str, value: Any) -> Any:
    return lambda values: values.update({name: value})


def inside(name: str, *path: Any, value: Any) -> Any:
    def change(values: dict[str, Any]) -> None:
        at: Any = values[name][0]
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


CLASSES = "classification:classes"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (missing("mlm:name"), "mlm:name is missing"),
        (other("mlm:name", 3), "mlm:name is not a text"),
        (other("mlm:name", " "), "name is blank"),
        (other("mlm:name", "\ud800"), "mlm:name is not a text"),
        (missing("mlm:input"), "mlm:input is missing"),
        (other("mlm:input", []), "mlm:input has 0 entries"),
        (other("mlm:input", [3]), "mlm:input is no JSON object"),
        (missing("geofm:task"), "geofm:task is missing"),
        (other("geofm:task", "divination"), "the task 'divination' is not known"),
        (other("geofm:weights", "../../weights.onnx"), "not a plain file name"),
        (other("geofm:weights", "C:\\weights.onnx"), "not a plain file name"),
        (other("geofm:weights", "weights.pt"), "not a plain file name"),
        (other("geofm:weights", ".safetensors"), "not a plain file name"),
        (other("geofm:sha256", "abc"), "sha256 is not 64 hexadecimal digits"),
        (other("geofm:parameters", [1]), "geofm:parameters is not an object"),
        (other("geofm:tile", 0), "tile is 0"),
        (other("geofm:tile", 2.5), "geofm:tile is not a whole number"),
        (other("geofm:tile", True), "geofm:tile is not a whole number"),
        (other("geofm:overlap", 256), "overlap is 256"),
        (other("geofm:gsd_m", -1), "gsd_m is not a number of metres"),
        (other("geofm:gsd_m", 10**400), "geofm:gsd_m is not a finite number"),
        (other("geofm:tolerance", "small"), "geofm:tolerance is not a number"),
        (inside("mlm:input", "value_scaling", 0, "stddev", value=0), "standard deviation of band B04"),
        (inside("mlm:input", "value_scaling", 0, "type", value="min-max"), "type 'min-max', not z-score"),
        (inside("mlm:input", "value_scaling", value=[]), "3 bands, 0 value_scaling"),
        (inside("mlm:input", "geofm:units", 0, value="feet"), "the units of band B04 are 'feet'"),
        (inside("mlm:input", "bands", 1, value={"name": "b04"}), "band B04 stands twice"),
        (inside("mlm:output", CLASSES, 1, "value", value=0), "the class value 0 stands twice"),
        (inside("mlm:output", CLASSES, 1, "value", value=255), "the class value 255 is not within"),
        (inside("mlm:output", CLASSES, 1, "title", value="field"), "the class name 'field' stands twice"),
        (inside("mlm:output", CLASSES, 1, "color_hint", value="red"), "the colour of class 1"),
        (inside("mlm:output", CLASSES, value=[]), "it has 0 classes"),
        (other("geofm:task", "encoder"), "it has classes, which no model of the task encoder has"),
    ],
)
def test_each_fault_has_its_sentence(change: Any, words: str) -> None:
    values = json.loads(make_card().to_json())
    change(values)
    with pytest.raises(InputError) as caught:
        Card.from_json(json.dumps(values))
    assert words in str(caught.value)
    assert str(caught.value).startswith("The card cannot be used: ")


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"mlm:name": NaN}', "[" * 100_000, "null"])
def test_no_json_object_is_no_card(text: str) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        Card.from_json(text)


def test_what_json_cannot_hold_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="metrics holds something that JSON cannot"):
        make_card(metrics={"f1": float("nan")})


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no model: it holds no card\.json"):
        read_card(tmp_path)
    with pytest.raises(InputError, match="is no model"):
        read_card(tmp_path / "nowhere")


def test_a_card_that_is_no_text_or_has_no_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / CARD).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_card(tmp_path)
    (tmp_path / CARD).write_text(make_card().to_json(), encoding="utf-8")
    with pytest.raises(InputError, match="sha256 is missing"):
        read_card(tmp_path)
