"""`geofm models`: what is installed, what can be, and models in and out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..cards.card import Card, read_card
from ..cards.catalogue import CATALOGUE, Entry, entry
from ..cards.shelf import Shelved, find, models_folder, remove, shelf
from ..errors import Cancelled, InputError
from ..jobs.paths import home_folder, prepare_home
from ..jobs.printable import printable
from ..jobs.requests import ExportModelRequest, ImportModelRequest, InstallModelRequest, Request
from . import clip, imagery, options
from .running import absolute, add_options, run
from .tables import aligned, named

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

    importing = commands.add_parser(
        "import",
        help="put a model's folder or an ONNX file on the shelf",
        description="Put a model on the shelf: a folder that geofm train made, an ONNX file such as Deepness uses or "
        "whose metadata say what it is for (geofm_task), or with --like the weights of a CLIP of the catalogue.",
    )
    importing.add_argument("path", metavar="PATH")
    importing.add_argument("--name", type=options.text, help="on the shelf; default: the card's, or the file's")
    importing.add_argument(
        "--bands",
        type=options.band_names,
        metavar="B02,B03,…",
        help="the bands that an ONNX file wants, in order; needed where it does not say. If it has no statistics "
        "either, Sentinel-2's (B02, …) are taken as reflectance, VV and VH as dB, others (red, …) as 8-bit values",
    )
    importing.add_argument(
        "--like", metavar="NAME", help="the file is the weights of this CLIP of the catalogue, which says all else"
    )
    importing.add_argument("--sha256", metavar="DIGITS", help="of weights that are a pickle, read only if it fits")
    add_options(importing)
    importing.set_defaults(run=_import)

    exporting = commands.add_parser(
        "export",
        help="write a model as ONNX, for Deepness and others, with its card beside",
        description="Write a model that gives classes or values as one ONNX file (Deepness runs those that map "
        "classes), and its card beside it, as FILE.json in the terms of STAC MLM.",
    )
    exporting.add_argument("model", metavar="NAME|FOLDER")
    exporting.add_argument("onnx", metavar="FILE.onnx")
    add_options(exporting)
    exporting.set_defaults(run=_export)

    clip.add(commands)

    removal = commands.add_parser("remove", aliases=["delete"], help="take a model off the shelf for good")
    removal.add_argument("name", metavar="NAME")
    removal.add_argument("--json", action="store_true", help="as one JSON object")
    removal.set_defaults(run=_remove)


def _list(args: argparse.Namespace) -> int:
    installed = shelf()
    taken = {model.name.casefold() for model in installed}
    others = [item for item in CATALOGUE if item.name.casefold() not in taken]
    if args.json:
        for values in [*map(_of_model, installed), *map(_of_entry, others)]:
            print(json.dumps(values, ensure_ascii=False))
        return 0
    rows = [*map(_row_of_model, installed), *map(_row_of_entry, others)]
    print("\n".join(aligned([COLUMNS, *rows])))
    for model in installed:
        if model.problem:
            print(f"\n{printable(f'{model.name}: {model.problem}')}")
    return 0


def _row_of_model(model: Shelved) -> tuple[str, ...]:
    state = "unusable" if model.problem else "built in" if model.built_in else "installed"
    if model.card is None:
        return (model.name, state, "", "", "")
    return (model.name, state, model.card.task, _bands_of(model.card), model.card.title)


def _row_of_entry(item: Entry) -> tuple[str, ...]:
    state = "mirror only" if item.files else "by hand"
    if item.downloadable:
        state = f"to install ({item.size / MEGABYTE:.0f} MB)"
    return (item.name, state, item.task, _bands_of(item.card), item.title)


def _bands_of(card: Card) -> str:
    names = card.band_names
    listed = " ".join(names) if len(names) <= MOST_BANDS_LISTED else f"{len(names)} bands"
    return listed if card.dates == 1 else f"{listed}, {card.dates} dates"


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
        "by_hand": item.by_hand,
        "files": [{"name": file.name, "url": file.url, "sha256": file.sha256} for file in item.files],
        "card": json.loads(item.card.to_json()),
    }


def _show(args: argparse.Namespace) -> int:
    item = next((item for item in CATALOGUE if item.name.casefold() == args.model.casefold()), None)
    installed = imagery.installed(args.model)
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
        print(f"\n{printable(installed.problem)}")
    return 0


def _details(card: Card) -> list[tuple[str, str]]:
    bands = ", ".join(dict.fromkeys(f"{band.name} ({band.units})" for band in card.bands))
    rows = [("name", card.name), ("title", card.title), ("task", card.task), ("network", card.architecture)]
    rows += [("bands", bands), ("dates", f"{card.dates}, the newest first" if card.dates > 1 else "")]
    for head in card.outputs:
        classes = ", ".join(f"{item.value} {item.name}" for item in head.classes)
        values = ", ".join(f"{item.name} ({item.units})" for item in head.quantities)
        if card.heads:
            rows.append(("output", f"{head.name}, {head.task}: {classes or values}"))
        else:
            rows += [("classes", classes), ("values", values)]
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
    rows = [("what for", item.description), ("by hand", item.by_hand)]
    rows.append(("size", f"{item.size / MEGABYTE:.1f} MB" if item.size else ""))
    for file in item.files:
        rows += [("file", file.url or f"{file.name}, from a mirror only"), ("sha256", file.sha256)]
    return rows


def _print_details(rows: Sequence[tuple[str, str]]) -> None:
    for name, value in rows:
        if value:
            print(named(name, value, 11))


def _install(args: argparse.Namespace) -> int:
    item = entry(args.name)
    item.require_files()
    stream = sys.stderr if args.json else sys.stdout
    print(f"{item.title}, {item.size / MEGABYTE:.1f} MB", file=stream)
    print(f"Licence: {item.licence}", file=stream)
    print(f"By: {item.attribution}", file=stream, flush=True)
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
    if args.like is not None:
        like, stream = entry(args.like), sys.stderr if args.json else sys.stdout
        print(f"Licence: {like.licence}\nBy: {like.attribution}", file=stream, flush=True)
    request = ImportModelRequest(
        path=absolute(args.path), name=args.name, bands=args.bands, like=args.like, sha256=args.sha256
    )
    return _run(request, args, models_folder(), "Imported: {title}")


def _export(args: argparse.Namespace) -> int:
    onnx = absolute(args.onnx)
    request = ExportModelRequest(model=imagery.model(args.model), onnx=onnx)
    return _run(request, args, Path(onnx).parent, "Exported: {title}")


def _run(request: Request, args: argparse.Namespace, folder: Path, message: str) -> int:
    if folder == models_folder():
        prepare_home(home_folder())  # for its user alone, before a folder is made in it
    return run(request, args, folder, lambda summary: message.format(title=summary["title"]))


def _remove(args: argparse.Namespace) -> int:
    remove(args.name)
    print(json.dumps({"removed": args.name}, ensure_ascii=False) if args.json else f"Removed {args.name}.")
    return 0
