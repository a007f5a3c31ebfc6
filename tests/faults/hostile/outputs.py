"""Output folders that were prepared for the user: working folders and results that lead to files of theirs."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .place import Case, Cases, Place, Words

__all__ = ["cases"]

STRANGER = 65_534  # nobody


def cases(place: Place, source: random.Random) -> Cases:
    """About fifty."""
    for name in ("filtered.i16", "flags.u16", "observed.part", "lock", "observed.json"):
        for kind, prepare in _links(place).items():
            yield Case(f"working {name} is {kind}", partial(_working, place, name, prepare))
    for name in ("flood.tif", "flood.gpkg", "report.json"):
        for kind, prepare in _links(place).items():
            yield _result(place, name, kind, prepare)
    for name, prepare in _folders(place).items():
        yield Case(f"folder {name}", partial(_prepared, place, prepare))
    for name, make in _of_others(place).items():
        yield Case(name, make)


def _links(place: Place) -> dict[str, Callable[[Path], None]]:
    return {
        "a link": lambda path: path.symlink_to(place.notes),
        "a link to what is not there": lambda path: path.symlink_to(place.planted),
        "a hard link": lambda path: path.hardlink_to(place.notes),
        "a pipe": lambda path: os.mkfifo(path),
        "a folder": lambda path: path.mkdir(),
        "a link to a folder": lambda path: path.symlink_to(place.home),
        "a link to zeros": lambda path: path.symlink_to("/dev/zero"),
    }


def _working(place: Place, name: str, prepare: Callable[[Path], None]) -> Words:
    folder = place.out / ".geofm-a"
    folder.mkdir(parents=True, mode=0o700)
    prepare(folder / name)
    return place.flood(place.post)


def _result(place: Place, name: str, kind: str, prepare: Callable[[Path], None]) -> Case:
    def make() -> Words:
        place.out.mkdir()
        prepare(place.out / name)
        return place.flood(place.post)

    return Case(f"result {name} is {kind}", make)


def _prepared(place: Place, prepare: Callable[[Path], None]) -> Words:
    place.out.mkdir()
    prepare(place.out)
    return place.flood(place.post)


def _folders(place: Place) -> dict[str, Callable[[Path], None]]:
    def stranger(mode: int, owner: int = STRANGER) -> Callable[[Path], None]:
        def prepare(out: Path) -> None:
            folder = out / ".geofm-a"
            folder.mkdir()
            (folder / "filtered.i16").symlink_to(place.notes)
            folder.chmod(mode)
            if os.geteuid() == 0:
                os.chown(folder, owner, owner)

        return prepare

    def linked(target: Path) -> Callable[[Path], None]:
        return lambda out: (out / ".geofm-a").symlink_to(target)

    def sticky(out: Path) -> None:
        stranger(0o777)(out)
        out.chmod(0o1777)

    def many(out: Path) -> None:
        for number in range(2_000):
            (out / f".geofm-{number}").mkdir()

    def parts(out: Path) -> None:
        for name in (".flood.tif.0123abcd.part", ".flood.gpkg.0123abcd.part"):
            (out / name).symlink_to(place.home)

    def cleared(out: Path) -> None:
        (out / ".geofm-a.cleared").symlink_to(place.home)
        (out / ".geofm-b.0123abcd.part").symlink_to(place.home)

    def report(out: Path) -> None:
        told = {
            "software": "GeoFM 0.1.0",
            "request": {
                "kind": "flood",
                "quicklook": str(place.home / "notes.txt"),
                "confidence": "../../home/notes.txt",
            },
        }
        (out / "report.json").write_text(json.dumps(told))
        (out / "flood.png").symlink_to(place.notes)

    return {
        "of another user": stranger(0o777),
        "of another user, closed": stranger(0o700),
        "open to all": stranger(0o777, os.geteuid()),
        "sticky": sticky,
        "linked to the home": linked(place.home),
        "linked to what is not there": linked(place.planted.parent / "new"),
        "linked to a file": linked(place.notes),
        "is a file": lambda out: (out / ".geofm-a").write_text("x") and None,
        "is a pipe": lambda out: os.mkfifo(out / ".geofm-a"),
        "2,000 of them": many,
        "parts are links": parts,
        "cleared ones are links": cleared,
        "report of a stranger": report,
        "report deep": lambda out: (out / "report.json").write_text('{"a":' * 200_000) and None,
        "report of zeros": lambda out: (out / "report.json").symlink_to("/dev/zero"),
    }  # fmt: skip


def _of_others(place: Place) -> dict[str, Callable[[], Words]]:
    def indexed() -> Words:
        (place.out.parent / "index").symlink_to(place.home)
        return ["index", str(place.good / "scene" / "s2.tif"), "--out", str(place.out.parent / "index"), "--json"]

    def index_lock() -> Words:
        (place.out.parent / "index").mkdir()
        (place.out.parent / "index" / "lock").symlink_to(place.notes)
        return ["index", str(place.good / "scene" / "s2.tif"), "--out", str(place.out.parent / "index"), "--json"]

    def learned() -> Words:
        place.out.symlink_to(place.home)
        image, labels = (str(place.good / "scene" / name) for name in ("s2.tif", "labels.gpkg"))
        return [
            "train",
            "--image",
            image,
            "--labels",
            labels,
            "--class-field",
            "class",
            "--out",
            str(place.out),
            "--json",
        ]

    def sampled() -> Words:
        place.out.mkdir()
        (place.out / "post.tif").symlink_to(place.notes)
        return ["samples", str(place.out), "--json"]

    return {"index is a link": indexed, "index lock is a link": index_lock, "model is a link": learned, "samples are links": sampled}  # fmt: skip
