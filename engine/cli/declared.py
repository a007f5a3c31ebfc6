"""Options of a command that follow from what a request declares: names, limits, defaults, help, files of a folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

from ..jobs.requests import UNITS, Option, Request
from . import options
from .running import absolute

__all__ = ["add_files", "add_folder", "add_options", "check_needs", "files_of", "option_flag", "paths_of", "values_of"]


def option_flag(field: str) -> str:
    """The option that stands for a field."""
    return f"--{field.replace('_', '-')}"


def add_options(
    parser: argparse._ActionsContainer,
    request: type[Request],
    *,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
    helps: Mapping[str, str] | None = None,
) -> None:
    """Add an option for each that the request declares, in its order.

    Parameters
    ----------
    parser : ArgumentParser or group
    request : type of Request
    only, but : collection of str
        Fields that are added here, or elsewhere.
    helps : mapping of str to str, optional
        Help that says more than the declaration does, by field.
    """
    helps = helps or {}
    for name, declared in request.options().items():
        if name not in but and (only is None or name in only):
            told = helps.get(name) or _help(declared, request.default(name))
            _add(parser, request, name, declared, told)


def _add(parser: argparse._ActionsContainer, request: type[Request], name: str, declared: Option, told: str) -> None:
    # What is not given is not there afterwards: the request's own default holds.
    common: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": told.replace("%", "%%")}
    default = request.default(name)
    if default is False:
        parser.add_argument(option_flag(name), action="store_true", **common)
    elif default is True:
        parser.add_argument(option_flag(name), action=argparse.BooleanOptionalAction, **common)
    elif declared.choices is not None and not _is_tuple(request, name):
        kind = type(next(iter(declared.choices)))
        parser.add_argument(option_flag(name), type=kind, choices=tuple(declared.choices), **common)
    else:
        parse, metavar = _type(request, name, declared), _metavar(request, name, declared)
        parser.add_argument(option_flag(name), type=parse, metavar=metavar, **common)


def _is_tuple(request: type[Request], name: str) -> bool:
    return get_origin(request.field_type(name)) is tuple


def _type(request: type[Request], name: str, declared: Option) -> Callable[[str], Any]:
    """From the word on the command line to the field's value."""
    hint = request.field_type(name)
    if declared.choices is not None:
        return partial(options.several_of, tuple(declared.choices))
    if hint is int:
        return options.whole_number(declared.limits(), declared.holds)
    number = options.number(declared.limits(), declared.holds)
    if hint is float:
        return number
    if get_args(hint)[:1] == (float,):
        return partial(options.several, number)
    return options.band_names if get_origin(hint) is tuple else options.text


def _metavar(request: type[Request], name: str, declared: Option) -> str:
    hint = request.field_type(name)
    if hint is str:
        return "NAME"
    if declared.unit:
        return UNITS[declared.unit].upper()
    return {int: "N", float: "NUMBER"}.get(hint, "LIST")


def _help(declared: Option, default: object) -> str:
    """The declaration in a line or two; a default that is a value is told."""
    parts = [f"{declared.title}. {declared.help}"]
    if declared.unset:
        parts.append(f"Default: {declared.unset[0].lower()}{declared.unset[1:]}.")
    elif default is not None and not isinstance(default, (bool, tuple)):
        parts.append(f"Default: {default:g}." if isinstance(default, float) else f"Default: {default}.")
    return " ".join(parts)


def values_of(args: argparse.Namespace, request: type[Request]) -> dict[str, Any]:
    """The options of a request that were given."""
    return {name: getattr(args, name) for name in request.options() if hasattr(args, name)}


def check_needs(parser: argparse.ArgumentParser, args: argparse.Namespace, request: type[Request]) -> None:
    """Refuse an option without the input that it is about."""
    for name, declared in request.options().items():
        if declared.needs and hasattr(args, name) and getattr(args, declared.needs) is None:
            parser.error(f"{option_flag(name)} needs {option_flag(declared.needs)}; without it, it has no effect")


def add_folder(parser: argparse._ActionsContainer, request: type[Request]) -> None:
    """Add `--out DIR`, and an option for each file that is written only where it is asked for."""
    files = {name: item for name, item in request.destinations().items() if item.file}
    always = [item.file for item in files.values() if item.wanted]
    told = f"writes {', '.join(always[:-1])} and {always[-1]} here"
    parser.add_argument("--out", type=options.text, required=True, metavar="DIR", help=told)
    for name, item in files.items():
        if not item.wanted:
            told = f"Also write {item.file}. {item.help}".replace("%", "%%")
            parser.add_argument(option_flag(name), action="store_true", help=told)


def add_files(parser: argparse._ActionsContainer, request: type[Request]) -> None:
    """Add an option for the path of each output."""
    for name, item in request.destinations().items():
        parser.add_argument(
            option_flag(name), type=options.text, metavar="FILE", help=f"where to write this: {item.help}"
        )


def paths_of(args: argparse.Namespace, request: type[Request]) -> dict[str, Any]:
    """The paths of outputs that were given, by field."""
    given = {name: getattr(args, name) for name in request.destinations()}
    return {name: absolute(path) for name, path in given.items() if path is not None}


def files_of(args: argparse.Namespace, request: type[Request]) -> dict[str, Any]:
    """The paths in the folder `args.out` of what is written, by field."""
    wanted = [name for name, item in request.destinations().items() if not item.wanted and getattr(args, name, False)]
    return request.files_in(str(Path(absolute(args.out))), wanted)
