"""What all requests have in common."""

from __future__ import annotations

import json
import os
import unicodedata

import pytest

from engine.errors import RequestError
from engine.jobs.requests import FloodRequest, TrainRequest, from_json


def flood(image, mask, **more):
    return FloodRequest((str(image),), ((str(image.with_name("pre.tif")),),), mask=str(mask), **more)


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "Post.tif"
    path.touch()
    return path


def hard_link(image):
    os.link(image, image.with_name("other.tif"))
    return image.with_name("other.tif")


def soft_link(image):
    image.with_name("other.tif").symlink_to(image)
    return image.with_name("other.tif")


def folder_link(image):
    image.with_name("folder").symlink_to(image.parent)
    return image.with_name("folder") / image.name


@pytest.mark.parametrize("other_name", [hard_link, soft_link, folder_link, lambda image: f"{image}|layername=a"])
def test_an_output_never_takes_the_place_of_an_input_whatever_it_is_called(image, other_name):
    other = other_name(image)
    with pytest.raises(RequestError, match="would be overwritten by a result"):
        flood(image, other)
    request = flood(image, image.with_name("new.tif"))
    assert request.uses(str(other))
    assert not request.uses(str(image.with_name("none.tif")))


@pytest.mark.parametrize("respell", [str.upper, str.swapcase, lambda name: unicodedata.normalize("NFD", name)])
def test_outputs_that_differ_in_capitals_or_marks_alone_are_one_file_somewhere(tmp_path, respell):
    name = str(tmp_path / "ü.tif")
    request = {"images": (("/a.tif",),), "labels": "/b.gpkg", "class_field": "class", "model": "/model"}
    with pytest.raises(RequestError, match="would be overwritten by a result"):
        TrainRequest(**request, report=name, errors=str(tmp_path / respell("ü.tif")))
    TrainRequest(**request, report=name, errors=str(tmp_path / "u.tif"))


def test_where_capitals_tell_files_apart_they_do(image):
    other = image.with_name("POST.TIF")
    if other.exists():
        pytest.skip("not on this file system")
    flood(image, other)
    other.touch()
    flood(image, other)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "[]", "{}", "null", '"flood"', '{"kind": 5}', '{"kind": ["flood"]}', "[" * 10**5, "NaN"),
        '{"kind": "flood", "x": ' + "[" * 900 + "]" * 900 + "}",
        '{"kind": "search", "index": "/i", "texts": ["a"], "threshold": ' + "9" * 400 + "}",
        '{"kind": "search", "index": "/i", "texts": ["a"], "threshold": Infinity}',
        '{"kind": "samples", "folder": "/f", "width": 1e999}',
        '{"kind": "samples", "folder": "/f\\u0000", "width": 64}',
        '{"kind": "samples", "folder": "\\ud800", "width": 64}',
    ],
)
def test_a_text_that_is_no_request_is_one_sentence(text):
    with pytest.raises(RequestError) as caught:
        from_json(text)
    assert len(str(caught.value)) < 500


def test_a_field_that_only_another_version_knows_is_told():
    stored = json.loads(FloodRequest(("/a.tif",), mask="/b.tif").to_json())
    with pytest.raises(RequestError, match="no field 'devices'"):
        from_json(json.dumps({**stored, "devices": "cuda"}))
