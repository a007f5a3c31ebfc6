"""`geofm models`: what is installed, what can be, and models in and out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cards.card import Card, read_card
from engine.cards.catalogue import CATALOGUE, Entry
from engine.cards.shelf import Shelved, find, models_folder, remove, shelf
from engine.errors import Cancelled, InputError
from engine.jobs.requests import ExportModelRequest, ImportModelRequest, InstallModelRequest

from . import clip, options
from .running import absolute, add_options, exists, run

if TYPE_CHECKING:
    from engine.jobs.requests import Request

__all__ = ["add_parser"]

COLUMNS = ("NAME", "STATE", "TASK", "BANDS", "TITLE")
MEGABYTE = 1e6
MOST_BANDS_LISTED = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` and what stands below it."""
    parser = subparsers.add_parser("models", help="list, install, import, export and remove models")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="models that are installed, and those of the catalogue")
    listing.add_argument("--json", action="store_true", help="one JSON object per model and line")
    listing.set_defaults(run=_list)

    show = commands.add_parser("show", help="one model in full")
    show.add_argument("model", metavar="NAME|FOLDER")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(run=_show)

    install = commands.add_parser(
        "install",
        help="download a model of the catalogue",
        description="Download a model of the catalogue, or take it from the folder that GEOFM_MODEL_MIRROR names.",
    )
    install.add_argument("name", metavar="NAME")
    install.add_argument("--yes", action="store_true", help="accept its licence without being asked")
    add_options(install)
    install.set_defaults(run=_install)

    take_in = commands.add_parser(
        "import",
        help="put a model's folder or an ONNX file on the shelf",
        description="Put a model on the shelf: a folder that geofm train made, or an ONNX file such as Deepness uses.",
    )
    take_in.add_argument("path", metavar="PATH")
    take_in.add_argument("--name", type=options.words, help="on the shelf; default: the card's, or the file's")
    take_in.add_argument(
        "--bands",
        type=_bands,
        metavar="B02,B03,…",
        help="the bands that an ONNX file wants, in order; needed where it does not say",
    )
    add_options(take_in)
    take_in.set_defaults(run=_import)

    give_out = commands.add_parser(
        "export",
        help="write a model as ONNX, for Deepness and others, with its card beside",
        description="Write a segmentation model as one ONNX file that Deepness and others run, and its card beside it, "
        "as FILE.json in the terms of STAC MLM.",
    )
    give_out.add_argument("model", metavar="NAME|FOLDER")
    give_out.add_argument("onnx", metavar="FILE.onnx")
    add_options(give_out)
    give_out.set_defaults(run=_export)

    clip.add(commands)

    removal = commands.add_parser("remove", aliases=["delete"], help="take a model off the shelf for good")
    removal.add_argument("name", metavar="NAME")
    removal.add_argument("--json", action="store_true", help="as one JSON object")
    removal.set_defaults(run=_remove)


def _bands(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' names no bands; join their names by commas")
    return names


def _list(args: argparse.Namespace) -> int:
    installed = shelf()
    taken = {model.name.casefold() for model in installed}
    others = [item for item in CATALOGUE if item.name.casefold() not in taken]
    if args.json:
        for values in [*map(_of_model, installed), *map(_of_entry, others)]:
            print(json.dumps(values, ensure_ascii=False))
        return 0
    rows = [*map(_row_of_model, installed), *map(_row_of_entry, others)]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    for row in (COLUMNS, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    for model in installed:
        if model.problem:
            print(f"\n{model.name}: {model.problem}")
    return 0


def _row_of_model(model: Shelved) -> tuple[str, ...]:
    state = "unusable" if model.problem else "built in" if model.built_in else "installed"
    if model.card is None:
        return (model.name, state, "", "", "")
    return (model.name, state, model.card.task, _bands_of(model.card), model.card.title)


def _row_of_entry(item: Entry) -> tuple[str, ...]:
    state = f"to install ({item.size / MEGABYTE:.0f} MB)" if item.downloadable else "mirror only"
    return (item.name, state, item.task, _bands_of(item.card), item.title)


def _bands_of(card: Card) -> str:
    names = [band.name for band in card.bands]
    return " ".join(names) if len(names) <= MOST_BANDS_LISTED else f"{len(names)} bands"


def _of_model(model: Shelved) -> dict[str, Any]:
    card = json.loads(model.card.to_json()) if model.card else None
    return {
        "name": model.name,
        "installed": True,
        "built_in": model.built_in,
        "folder": str(model.folder),
        "problem": model.problem,
        "card": card,
    }


def _of_entry(item: Entry) -> dict[str, Any]:
    return {
        "name": item.name,
        "installed": False,
        "description": item.description,
        "size": item.size,
        "downloadable": item.downloadable,
        "files": [{"name": file.name, "url": file.url, "sha256": file.sha256} for file in item.files],
        "card": json.loads(item.card.to_json()),
    }


def _show(args: argparse.Namespace) -> int:
    item = next((item for item in CATALOGUE if item.name.casefold() == args.model.casefold()), None)
    installed = next((model for model in shelf() if model.name.casefold() == args.model.casefold()), None)
    if installed is None and item is not None:
        if args.json:
            print(json.dumps(_of_entry(item), ensure_ascii=False))
        else:
            _print_details([*_details(item.card), *_details_of_entry(item)])
        return 0
    folder = find(args.model)
    card = read_card(folder)
    if args.json:
        shown = installed or Shelved(card.name, folder, card, None, False)
        print(json.dumps(_of_model(shown), ensure_ascii=False))
        return 0
    _print_details([*_details(card), ("folder", str(folder))])
    if installed is not None and installed.problem:
        print(f"\n{installed.problem}")
    return 0


def _details(card: Card) -> list[tuple[str, str]]:
    bands = ", ".join(f"{band.name} ({band.units})" for band in card.bands)
    rows = [("name", card.name), ("title", card.title), ("task", card.task), ("network", card.architecture)]
    rows += [("bands", bands), ("classes", ", ".join(f"{item.value} {item.name}" for item in card.classes))]
    rows.append(("pixel", f"{card.gsd_m:g} m" if card.gsd_m else ""))
    rows += [("licence", card.licence), ("by", card.attribution), ("source", card.source), ("limits", card.limits)]
    rows.append(("trained on", _in_one_line(card.training)))
    rows.append(("metrics", _in_one_line(card.metrics)))
    return rows


def _in_one_line(values: dict[str, Any]) -> str:
    simple = {name: value for name, value in values.items() if isinstance(value, (str, int, float))}
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in simple.items()
    )


def _details_of_entry(item: Entry) -> list[tuple[str, str]]:
    rows = [("what for", item.description), ("size", f"{item.size / MEGABYTE:.1f} MB")]
    for file in item.files:
        rows += [("file", file.url or f"{file.name}, from a mirror only"), ("sha256", file.sha256)]
    return rows


def _print_details(rows: Sequence[tuple[str, str]]) -> None:
    for name, value in rows:
        if value:
            print(f"{name + ':':<11} {value}")


def _install(args: argparse.Namespace) -> int:
    from engine.cards.catalogue import entry

    item = entry(args.name)
    words = sys.stderr if args.json else sys.stdout
    print(f"{item.title}, {item.size / MEGABYTE:.1f} MB", file=words)
    print(f"Licence: {item.licence}", file=words)
    print(f"By: {item.attribution}", file=words, flush=True)
    if not args.yes:
        _ask()
    return _run(InstallModelRequest(name=item.name), args, models_folder(), "Installed: {title}")


def _ask() -> None:
    """Go on only if a person at the terminal says yes."""
    if not sys.stdin.isatty():
        raise InputError("Nobody is there to accept the licence; add --yes to accept it.")
    print("Install it under this licence? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was installed.")


def _import(args: argparse.Namespace) -> int:
    request = ImportModelRequest(path=absolute(args.path), name=args.name, bands=args.bands)
    return _run(request, args, models_folder(), "Imported: {title}")


def _export(args: argparse.Namespace) -> int:
    # A name stays one, a folder is given as the worker finds it.
    model = absolute(args.model) if exists(args.model) and not _is_installed(args.model) else args.model
    onnx = absolute(args.onnx)
    return _run(ExportModelRequest(model=model, onnx=onnx), args, Path(onnx).parent, "Exported: {title}")


def _is_installed(name: str) -> bool:
    return any(model.name.casefold() == name.casefold() for model in shelf())


def _run(request: Request, args: argparse.Namespace, folder: Path, words: str) -> int:
    if folder == models_folder():
        from engine.jobs.paths import home_folder, prepare_home

        prepare_home(home_folder())  # for its user alone, before a folder is made in it
    return run(request, args, folder, lambda summary: words.format(title=summary["title"]))


def _remove(args: argparse.Namespace) -> int:
    remove(args.name)
    print(json.dumps({"removed": args.name}, ensure_ascii=False) if args.json else f"Removed {args.name}.")
    return 0
