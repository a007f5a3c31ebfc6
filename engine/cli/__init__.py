"""The command `geofm`: every task without QGIS.

Modules of the commands import what is heavy inside their functions, so that `geofm --help` is instant.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .. import __version__
from ..errors import AlreadyTold, Cancelled, GeoFMError, RequestError
from ..jobs.requests import is_storable
from .declared import option_flag
from .terminal import safe_streams
from .together import processes, rank

__all__ = ["main"]

CANCELLED = 130
# Modules of this package, in the order of the help.
COMMANDS = (
    "flood",
    "train",
    "pretrain",
    "landcover",
    "evaluate",
    "index",
    "search",
    "train_encoder",
    "benchmark",
    "datasets",
    "samples",
    "models",
    "jobs",
    "doctor",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 on success, 1 on a `GeoFMError` (one line on stderr), 2 on bad arguments, 130 when cancelled.
    """
    try:
        with safe_streams():
            return _run(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at its exit either.
        sys.stdout = None
        return 1


def _run(arguments: Sequence[str]) -> int:
    parser = _parser()
    words = _with_negative_values(arguments)
    for word in words:
        if re.fullmatch(r"--[a-z-]+=--", word):  # argparse would drop the value and go on with an empty list
            parser.error(f"argument {word[:-3]}: '--' is no value")
        if not is_storable(word):
            parser.error(f"{word!r} is no text in UTF-8; rename the file")
    args = parser.parse_args(words)
    try:
        if not args.together and processes() > 1:
            _refuse_several()
        status: int = args.run(args)
    except AlreadyTold:
        return 0  # torchrun stops all processes once one fails, and that one may not have told it yet
    except (Cancelled, KeyboardInterrupt) as stop:
        print(str(stop) or "Cancelled.", file=sys.stderr)
        return CANCELLED
    except GeoFMError as error:
        print(f"geofm: {' '.join(_with_option(error, parser, words).split())}", file=sys.stderr)
        return 1
    return status


def _with_option(error: GeoFMError, parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    """An error's message, with the option that mends it where the command has one."""
    if error.field is None:
        return str(error)
    for word in words:
        commands = next((item.choices for item in parser._actions if isinstance(item, argparse._SubParsersAction)), {})
        parser = commands.get(word, parser)
    option = option_flag(error.field)
    return error.pointing_to(option) if option in parser._option_string_actions else str(error)


def _refuse_several() -> None:
    if rank() > 0:
        raise AlreadyTold("The first process tells it.")
    raise RequestError(
        f"This command works in one process, and torchrun started {processes()}: start it without torchrun; only geofm "
        "train, pretrain and benchmark learn in several."
    )


def _parser() -> argparse.ArgumentParser:
    plain: dict[str, Any] = {"color": False} if sys.version_info >= (3, 14) else {}  # colours would be spelled out
    parser = argparse.ArgumentParser(
        prog="geofm", description="Flood maps, land cover and search of imagery, without QGIS.", **plain
    )
    parser.add_argument("--version", action="version", version=f"GeoFM {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser.set_defaults(together=False)
    for command in COMMANDS:
        import_module(f".{command}", __package__).add_parser(subparsers)
    return parser


def _with_negative_values(arguments: Sequence[str]) -> list[str]:
    """Join `--aoi -95.1,29.9,…` to one argument: argparse would take the western longitude for an option."""
    joined: list[str] = []
    for text in arguments:
        if joined and re.fullmatch(r"--[a-z-]+", joined[-1]) and re.match(r"-\.?\d", text) and "," in text:
            joined[-1] += f"={text}"
        else:
            joined.append(text)
    return joined
