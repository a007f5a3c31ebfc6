"""Cards: what they hold, how they are written and read, what is wrong with them."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cards import make_card

from engine.cards.card import CARD, UNITS, BandSpec, Card, ClassSpec, Head, Quantity, read_card
from engine.cards.tasks import TASKS
from engine.errors import InputError

finite = st.floats(-1e30, 1e30)
above_0 = st.floats(1e-30, 1e30)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)


def within_each_other(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
    )


json_values = within_each_other(st.none() | st.booleans() | st.integers() | finite | words)
bounded_values = within_each_other(st.booleans() | st.integers(-(2**20), 2**20) | st.floats(-1e6, 1e6) | words)
objects = st.dictionaries(words, json_values, max_size=3)


@st.composite
def some_classes(draw: st.DrawFn) -> tuple[ClassSpec, ...]:
    labels, values = draw(st.lists(words, min_size=1, max_size=5, unique=True)), draw(st.permutations(range(255)))
    colours = [f"#{draw(st.integers(0, 0xFFFFFF)):06x}" for _ in labels]
    return tuple(ClassSpec(*item) for item in zip(values, labels, colours, strict=False))


some_quantities = st.lists(
    st.builds(Quantity, words, words), min_size=1, max_size=5, unique_by=lambda item: item.name
).map(tuple)


@st.composite
def some_outputs(draw: st.DrawFn, task: str) -> dict[str, Any]:
    """What a card of a task has to say of its outputs."""
    gives = TASKS[task].gives
    if gives == "heads":
        heads = []
        for name in draw(st.lists(words, min_size=1, max_size=3, unique=True)):
            own = draw(st.sampled_from([task for task in TASKS if TASKS[task].gives in ("classes", "quantities")]))
            heads.append(Head(name, own, **draw(some_outputs(own))))
        return {"heads": tuple(heads)}
    if gives == "classes":
        return {"classes": draw(some_classes())}
    return {"quantities": draw(some_quantities)} if gives == "quantities" else {}


@st.composite
def any_card(draw: st.DrawFn) -> Card:
    names = draw(st.lists(words, min_size=1, max_size=5, unique_by=str.casefold))
    bands = [
        BandSpec(name, draw(st.sampled_from(UNITS)), draw(finite), draw(above_0), date)
        for date in range(draw(st.integers(1, 3)))
        for name in names
    ]
    task = draw(st.sampled_from(sorted(TASKS)))
    tile = draw(st.integers(1, 2000))  # in 30 bands and classes
    parameters = draw(st.dictionaries(words, bounded_values, max_size=3))
    return Card(
        *(draw(words), draw(words), task, draw(words), parameters),
        draw(st.sampled_from(("weights.safetensors", "model.onnx"))),
        draw(st.sampled_from(("", "0" * 64, "f" * 64))),
        tuple(bands),
        gsd_m=draw(st.none() | above_0),
        tile=tile,
        overlap=draw(st.integers(0, tile - 1)),
        **{name: draw(words) for name in ("licence", "attribution", "source", "limits", "version")},
        training=draw(objects),
        metrics=draw(objects),
        tolerance=draw(st.floats(0, allow_infinity=False)),
        **draw(some_outputs(task)),
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


PAIR = tuple(BandSpec(name, "db", -12.0, 4.0, date) for date in (0, 1) for name in ("VV", "VH"))


def test_bands_of_several_dates_are_said_beside_their_units() -> None:
    card = make_card(bands=PAIR)
    assert (card.dates, card.band_names) == (2, ("VV", "VH"))
    given = json.loads(card.to_json())["mlm:input"][0]
    assert [band["name"] for band in given["bands"]] == ["VV", "VH", "VV", "VH"]
    assert given["geofm:dates"] == [0, 0, 1, 1]
    assert given["input"] == {
        "shape": [-1, 4, 256, 256],
        "dim_order": ["batch", "bands", "height", "width"],
        "data_type": "float32",
    }
    assert Card.from_json(card.to_json()) == card


def test_a_card_of_an_earlier_version_is_of_one_date() -> None:
    card = make_card()
    assert "dates" not in card.to_json()
    assert Card.from_json(card.to_json()).dates == 1


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ([0, 0, 2, 2], "not in the order of their dates"),
        ([1, 1, 2, 2], "not in the order of their dates"),
        ([1, 1, 0, 0], "not in the order of their dates"),
        ([0, 1, 1, 0], "not in the order of their dates"),
        ([0, 0, 0, 0], "band VV stands twice"),
        ([0, 0, 1, -1], "the date of band VH is not a whole number"),
        ([0, 0, 1, True], "the date of band VH is not a whole number"),
        ([0, 0, 1, "1"], "the date of band VH is not a whole number"),
        ([0, 0, 1], "3 geofm:dates, which do not match"),
        ("newest", "geofm:dates is not a list"),
    ],
)
def test_dates_that_cannot_be(dates: Any, words: str) -> None:
    values = json.loads(make_card(bands=PAIR).to_json())
    values["mlm:input"][0]["geofm:dates"] = dates
    with pytest.raises(InputError, match=words):
        Card.from_json(json.dumps(values))


HEIGHT = (Quantity("canopy height", "m"), Quantity("cover", "1"))
TWO = (ClassSpec(0, "field", "#ffcc00"), ClassSpec(1, "forest", "#006600"))


@pytest.mark.parametrize(
    ("task", "outputs", "mlm", "shape"),
    [
        ("segmentation", {"classes": TWO}, "semantic-segmentation", [-1, 2, 256, 256]),
        ("classification", {"classes": TWO}, "scene-classification", [-1, 2]),
        ("multi-label", {"classes": TWO}, "classification", [-1, 2]),
        ("regression", {"quantities": HEIGHT}, "regression", [-1, 2]),
        ("pixelwise-regression", {"quantities": HEIGHT}, "regression", [-1, 2, 256, 256]),
        ("encoder", {}, "similarity-search", [-1, -1]),
        ("dual-encoder", {}, "similarity-search", [-1, -1]),
        ("recognition", {}, "similarity-search", [-1, -1]),
    ],
)
def test_each_task_in_the_terms_of_mlm(task: str, outputs: dict[str, Any], mlm: str, shape: list[int]) -> None:
    card = make_card(task=task, **{"classes": (), **outputs})
    values = json.loads(card.to_json())
    (made,) = values["mlm:output"]
    assert values["mlm:tasks"] == made["tasks"] == [mlm]
    assert (made["name"], made["result"]["shape"], values["geofm:task"]) == (task, shape, task)
    assert len(made["result"]["dim_order"]) == len(shape)
    assert Card.from_json(card.to_json()) == card


def test_several_heads_are_several_outputs() -> None:
    heads = (
        Head("cover", "segmentation", TWO),
        Head("height", "regression", (), HEIGHT),
        Head("kinds", "multi-label", TWO),
    )
    card = make_card(task="multi-task", classes=(), heads=heads)
    values = json.loads(card.to_json())
    assert values["mlm:tasks"] == ["semantic-segmentation", "regression", "classification"]
    assert [(made["name"], made["geofm:task"], made["result"]["shape"]) for made in values["mlm:output"]] == [
        ("cover", "segmentation", [-1, 2, 256, 256]),
        ("height", "regression", [-1, 2]),
        ("kinds", "multi-label", [-1, 2]),
    ]
    assert values["mlm:output"][1]["geofm:quantities"][0] == {"name": "canopy height", "units": "m"}
    assert card.outputs == heads and card.channels == 6
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "regression"}, "it has classes, which no model of the task regression has"),
        ({"task": "regression", "classes": ()}, "it has 0 quantities, not 1 to 255"),
        ({"task": "multi-label", "classes": ()}, "it has 0 classes, not 1 to 255"),
        ({"task": "multi-task", "classes": ()}, "it has 0 heads, not 1 to 100"),
        ({"heads": (Head("a", "segmentation", TWO),)}, "it has heads, which no model of the task segmentation has"),
        ({"task": "multi-task", "heads": (Head("a", "segmentation", TWO),)}, "do not stand in its heads"),
        (
            {"task": "multi-task", "classes": (), "heads": (Head("a", "encoder"),)},
            "'a' is for encoder, which stands alone",
        ),
        (
            {"task": "multi-task", "classes": (), "heads": (Head("a", "multi-task"),)},
            "for multi-task, which stands alone",
        ),
        ({"task": "multi-task", "classes": (), "heads": (Head("a", "multi-label", TWO),) * 2}, "'a' stands twice"),
        ({"task": "regression", "classes": (), "quantities": HEIGHT[:1] * 2}, "'canopy height' stands twice"),
        ({"parameters": {"output": {"segmentation": "prose"}}}, "output is not one of logits"),
    ],
)
def test_outputs_that_are_not_those_of_the_task(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_card(**changes)


def test_a_quantity_has_units() -> None:
    with pytest.raises(InputError, match="the quantity 'canopy height' has no units; of a share or count they are 1"):
        Quantity("canopy height", " ")


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


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values within a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


GOOD = {
    "network": "unet",
    "threshold": 0.5,
    "output": "logits",
    "encoder": {"depth": 3, "sides": [1, 2]},
}
wrong = st.one_of(
    json_values,
    # Copies: the test puts values into them.
    st.sampled_from(
        ["nan", "\ud800", "hf-hub:x", 10**30, -1, 1e300, True, {"a": 1}, [[]], [None] * 3, {"\udfff": 1}]
    ).map(copy.deepcopy),
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_wrong_types_anywhere_are_refused_in_a_sentence_or_do_no_harm(data: st.DataObject) -> None:
    values = json.loads(make_card(parameters=GOOD, training={"rows": [1, 2]}, gsd_m=10.0).to_json())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([place for place in places(values) if place]))
        inside = values
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = data.draw(wrong)
    try:
        card = Card.from_json(json.dumps(values))
    except InputError as error:
        assert str(error).startswith("The card cannot be used: ")
        str(error).encode()
    else:
        assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"threshold": {"a": 1}}, "threshold is not a number within 0 and 1"),
        ({"threshold": "nan"}, "threshold is not a number within 0 and 1"),
        ({"threshold": True}, "threshold is not a number within 0 and 1"),
        ({"threshold": 2}, "threshold is not a number within 0 and 1"),
        ({"output": "prose"}, "output is not one of logits"),
        ({"output": ["logits"]}, "output is not one of logits"),
        ({"in_channels": 2_000_000}, "parameters: in_channels is not a number within"),
        ({"encoder": {"sides": [1, 10**12]}}, "parameters: encoder: sides is not a number within"),
        ({"a": json.loads("[" * 30 + "]" * 30)}, "more than 20 things within each other"),
    ],
)
def test_parameters_have_types_and_bounds(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_card(parameters=parameters)


def test_a_tile_of_all_bands_has_a_bound() -> None:
    make_card(tile=4096)
    with pytest.raises(InputError, match="a tile of 16384 pixels in 3 bands and 2 classes takes too much memory"):
        make_card(tile=16384)


@pytest.mark.parametrize("kind", ["pipe", "zeros", "hole", "folder", "link"])
def test_a_card_is_a_plain_file_of_a_bounded_length(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model" / CARD
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "zeros":
        path.symlink_to("/dev/zero")
    elif kind == "hole":
        with path.open("wb") as file:
            file.truncate(60 * 10**9)
    elif kind == "folder":
        path.mkdir()
    else:
        (tmp_path / "elsewhere").write_text(make_card().to_json(), encoding="utf-8")
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"no plain file|more than the 2\.1 MB|Is a directory|is a link"):
        read_card(path.parent)
