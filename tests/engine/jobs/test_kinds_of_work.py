"""Each kind of work is declared once, and faces and tasks follow from that: over all that there are."""

from __future__ import annotations

import argparse

import pytest

from engine.cli import _parser
from engine.cli.declared import option_flag
from engine.errors import RequestError
from engine.jobs.requests import kinds
from engine.resources import resource
from engine.tasks import find

KINDS = {name: kind for name, kind in kinds().items() if kind.__module__.startswith("engine.")}
# Commands by kind, and options that have another name there, each with the reason.
COMMANDS = {
    "score-map": "search",  # the same question, with --heat-map
    "open-index": None,  # a window gets ready by it; a command opens the index anyway
    "look": None,  # the Flood panel looks before it asks; a command says the same with its map
    "water-view": None,  # the Flood panel shows it under the hand that moves a threshold
    "install-model": "models install",
    "import-model": "models import",
    "export-model": "models export",
    "pretrain-mae": "pretrain mae",
    "evaluate-flood": "evaluate flood",
    "evaluate-segmentation": "evaluate segmentation",
    "evaluate-scene": "evaluate scene",
    "evaluate-retrieval": "evaluate retrieval",
    "check-dataset": "datasets check",
    "benchmark-kuro-siwo": "benchmark kuro-siwo",
}
OTHER_NAMES = {
    "action": ("--add", "--refresh", "--remove"),  # one of them, or none
    "window_m": ("--windows",),
    "gsd_m": ("--gsd",),  # two numbers
    "text_weight": ("--weight-text",),  # beside the option that each is about
    "negative_weight": ("--weight-not",),
    "example_weight": ("--weight-like",),
    "place_weight": ("--weight-place",),
}


def flags_of(command: str) -> set[str]:
    parser = _parser()
    for word in command.split():
        choices = next(item for item in parser._actions if isinstance(item, argparse._SubParsersAction)).choices
        parser = choices[word]
    return set(parser._option_string_actions)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_and_who_does_it(name):
    kind = KINDS[name]
    assert kind.title and kind.title == kind.title.strip(". ")
    assert kind.subject in {*kind.__dataclass_fields__}
    assert callable(find(object.__new__(kind)))


@pytest.mark.parametrize("name", KINDS)
def test_its_options_can_be_given_to_the_command(name):
    command = COMMANDS.get(name, name)
    if command is None:
        return
    flags = flags_of(command)
    for field in KINDS[name].options():
        assert flags & set(OTHER_NAMES.get(field, (option_flag(field),))), field


@pytest.mark.parametrize("name", KINDS)
def test_its_options_have_words_and_limits_that_their_defaults_keep(name):
    kind = KINDS[name]
    for field, option in kind.options().items():
        default = kind.default(field)
        assert option.title and option.help.endswith(".")
        assert option.unset or default is not None or option.choices is None, f"{field}: nobody reads what None means"
        assert not option.unit or field.endswith(f"_{option.unit}")
        assert not option.needs or option.needs in kind.__dataclass_fields__
        if default is not None:
            option.check(field, default)
        if option.choices is not None:
            with pytest.raises(RequestError, match=f"^{field} is 'no such'; choose one of"):
                option.check(field, "no such")


@pytest.mark.parametrize("name", KINDS)
def test_its_outputs_have_a_kind_a_title_and_a_style_that_is_there(name):
    files = []
    for field, item in KINDS[name].destinations().items():
        assert item.kind in ("raster", "vector", "table", "model", "index", "picture") and item.title, field
        assert item.style is None or resource(f"styles/{item.style}.qml").is_file()
        assert item.wanted or item.file, f"{field}: nobody can say that it is wanted"
        files += [item.file] * bool(item.file)
    assert len(set(files)) == len(files)
