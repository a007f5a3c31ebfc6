"""Index folders of strangers: manifests of any types and names, rows of any numbers, files that are no files."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import json
import os
import random
import shutil
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from counts import FULL

from engine.resources import resource

from . import goods
from .place import Case, Cases, Place, Words
from .rasters import mrf, services, vrt

__all__ = ["cases", "prepare"]

NAMES = ("manifest.json", "manifest.backup.json")
Way = Callable[[Place, Path], Words]
NAN, INF = float("nan"), float("inf")


def prepare(place: Place) -> None:
    """A sound index, of which all are changed copies; the text tower only where there is time."""
    goods.index(place.good, words=FULL)


def cases(place: Place, source: random.Random) -> Cases:
    """About two hundred and sixty."""
    ways = WAYS if FULL else WORDLESS
    for name, files in _named(place).items():
        way = source.choice(ways)
        yield _case(place, f"files {name}, {way.__name__}", way, partial(_put, ("sources", 0, "files"), [files]))
    for name, model in _models(place).items():
        yield _case(place, f"model {name}", ways[0], partial(_put, ("about", "model"), model))
    for keys, values in VALUES.items():
        for value in values:
            way = source.choice(ways)
            name = f"{'.'.join(map(str, keys))} = {str(value)[:30]!r}, {way.__name__}"
            yield _case(place, name, way, partial(_put, keys, value))
    for name, change in _large().items():
        yield _case(place, name, ways[0], change)
    for name, change in {**_rows(), **_odd_files(place)}.items():
        yield _case(place, name, source.choice(ways), change)


def _case(place: Place, name: str, way: Way, change: Callable[[Path], None]) -> Case:
    index = place.given / "index"

    def make() -> Words:
        shutil.copytree(place.good / "index", index)
        change(index)
        place.write("mrf.tif", mrf(place))
        place.write("curl.vrt", vrt(f"/vsicurl/{place.canary}/a.tif"))
        place.write("wms.tif", services(place)["tms"])
        return way(place, index)

    return Case(name, make, (index,) if way in CHANGING else ())


# Ways to meet an index ------------------------------------------------------------------------------------------------


def _searched(place: Place, index: Path) -> Words:
    out = place.out.parent
    words = ["search", str(index), "river", "--out", str(out / "hits.gpkg"), "--thumbnails", str(out / "thumbnails")]
    return [*words, "--heat-map", str(out / "heat.tif"), "--json"]


def _like(place: Place, index: Path) -> Words:
    return [
        "search",
        str(index),
        "--at",
        "13.633,49.647",
        "--thumbnails",
        str(place.out.parent / "thumbnails"),
        "--json",
    ]


def _told(place: Place, index: Path) -> Words:
    return ["search", str(index), "river"]


def _refreshed(place: Place, index: Path) -> Words:
    return ["index", str(index), "--refresh", "--json"]


def _added(place: Place, index: Path) -> Words:
    return ["index", str(index), "--add", "--images", str(place.good / "served" / "a.tif"), "--json"]


WAYS: tuple[Way, ...] = (_searched, _like, _told, _refreshed, _added)
WORDLESS: tuple[Way, ...] = (_like, _refreshed, _added)
CHANGING = (_refreshed, _added)


# Manifests ------------------------------------------------------------------------------------------------------------


def _named(place: Place) -> dict[str, str]:
    """Images that an index names."""
    url = place.canary
    return {
        "mrf": str(place.given / "mrf.tif"),
        "vrt of curl": str(place.given / "curl.vrt"),
        "wms": str(place.given / "wms.tif"),
        "http": f"{url}/a.tif",
        "curl": f"/vsicurl/{url}/a.tif",
        "s3": "/vsis3/bucket/a.tif",
        "zip of curl": f"/vsizip//vsicurl/{url}/a.zip",
        "inline wms": services(place)["tms"],
        "inline mrf": mrf(place),
        "share": "//attacker.invalid/share/a.tif",
        "share of windows": "\\\\attacker.invalid\\share\\a.tif",
        "folder of all": "/",
        "folder of the system": "/usr",
        "zeros": "/dev/zero",
        "input": "/vsistdin/",
        "home": "~/notes.txt",
        "relative": "../../notes.txt",
        "controls": "/a\x1b[2J\u202e.tif",
    }


def _models(place: Place) -> dict[str, Any]:
    return {
        "of the home": str(place.home),
        "within the index": str(place.given / "index" / "model"),
        "of the hub": "hf-hub:attacker/repo",
        "http": f"{place.canary}/model",
        "above": "../../../geofm/models/x",
        "controls": "a\x1b[2J\u202e",
        "a number": 5,
    }


CRS = (
    "http://127.0.0.1:9/crs",
    "/vsicurl/http://127.0.0.1:9/crs",
    "/etc/passwd",
    "x",
    5,
    None,
    {},
    "PROJCS[" * 50_000,
    "EPSG:4978",
    "+init=/etc/passwd",
)
VALUES: dict[tuple[Any, ...], tuple[Any, ...]] = {
    ("sources", 0, "crs"): CRS,
    ("sources", 0, "files"): ([], [5], None, "x", [None], [["a"]], ["a\0b"], ["\ud800"], ["a.tif"] * 50_000),
    ("sources", 0, "transform"): ([], [1], [NAN] * 6, [1e308] * 6, [0] * 6, "x", [None] * 6, [1e-300, 0, 0, 0, -1e-300, 0]),
    ("sources", 0, "acquired"): (5, "x", [], "a\x1b[2J", "9999-99-99T00:00:00"),
    ("sources", 0, "width"): (-1, 0, 2**62, "x", 1.5, None, 1e308),
    ("sources", 0, "stretch"): ([[0.1, 0.1]] * 3, [["a", "b"]] * 3, [], [[NAN, NAN]] * 3, None, [[1, 0]] * 3),
    ("sources", 0, "bands"): ([-1, 0, 1], [99, 99, 99], [], ["a"], [2**70] * 3, None),
    ("sources", 0, "runs"): ([[1, 0, 10**9]], [[1, -5, 12]], [[9, 0, 12]], [[1, 12, 0]], [], [[1, 0]], "x", [["a", "b", "c"]]),
    ("sources", 0, "window_m"): ([NAN], [0], [-1], [1e-300], [1e300], ["x"], [], None),
    ("sources", 0, "factor"): (0, -1, 2**40, "x"),
    ("sources", 0, "candidates"): (-1, 2**62, "x", NAN),
    ("sources", 0, "position"): (-1, 2**62, "x"),
    ("sources", 0, "id"): (-1, 2**40, "x", None),
    ("sources", 0, "gsd_m"): (0, NAN, INF, -1, "x", 1e-300),
    ("sources", 0, "composite"): ([], [5], ["a\x1b[2J"] * 3, None),
    ("sources", 0, "stamps"): ([], [[1]], ["x"], None, [[2**70, 2**70]]),
    ("sources", 0, "notes"): ([5], "x", ["a\x1b[2J"]),
    ("sources", 0, "replaces"): (1, "x", -5),
    ("sources", 0, "names"): ([5], "x", ["a\x1b[2J"] * 10),
    ("about", "dimension"): (0, -1, 0.5, "384", 2**50, None, 385),
    ("about", "side"): (0, -1, 2**30, "x"),
    ("about", "overlap"): (1, 2, -1, NAN, "x"),
    ("about", "least_observed"): (NAN, 5, "x"),
    ("about", "name"): (5, "a\x1b[2J\u202e", None, "x" * 1_000_000),
    ("about", "title"): (5, "a\x1b[2J", "<img src=x>"),
    ("about", "fingerprint"): ("0" * 64, 5, "x"),
    ("about", "window_m"): ([NAN], "x", [-5], [1e300]),
    ("failed",): ([5], "x", [[["a"], 5]], [[["a\x1b[2J"], "b\x1b[2J"]]),
    ("removed",): ([5], "x"),
    ("plan",): ([5], "x", [{"files": ["/vsicurl/http://127.0.0.1:9/a.tif"]}], [{"files": []}], [{"evil": 1}]),
    ("segments", 0, "crc"): (5, {}, {"vectors": 5}, {"vectors": "x", "codes": "", "tiles": ""}),
    ("segments", 0, "count"): (-1, 13, 10**6, 10**9, 2**62, "x", 1.5),
    ("segments", 0, "number"): (-1, "../../../notes", 2**62, "x"),
    ("next_segment",): (-1, "x", 1, 2**62),
    ("next_source",): (-1, "x", 1, 2**62),
    ("format",): (99, "x", None, 1),
    ("evil",): (1,),
}  # fmt: skip


def _put(keys: tuple[Any, ...], value: Any, index: Path) -> None:
    """Something else in both manifests."""
    for name in NAMES:
        values = json.loads((index / name).read_text())
        inner = values
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value
        (index / name).write_text(json.dumps(values))


def _large() -> dict[str, Callable[[Path], None]]:
    def text(content: Callable[[], str]) -> Callable[[Path], None]:
        def change(index: Path) -> None:
            for name in NAMES:
                (index / name).write_text(content())

        return change

    def many(key: str, count: int) -> Callable[[Path], None]:
        def change(index: Path) -> None:
            values = json.loads((index / NAMES[0]).read_text())
            _put((key,), values[key] * count, index)

        return change

    return {
        "runs 200,000": partial(_put, ("sources", 0, "runs"), [[1, 0, 1]] * 200_000),
        "sources 20,000": many("sources", 20_000),
        "segments 200,000": many("segments", 200_000),
        "plan 200,000": partial(_put, ("plan",), [{"files": ["/a.tif"], "names": None, "replaces": None}] * 200_000),
        "deep": text(lambda: '{"a":' * 500_000),
        "list": text(lambda: "[" + "1," * 5_000_000 + "1]"),
        "nothing": text(str),
    }


# Rows and files -------------------------------------------------------------------------------------------------------


def _rows() -> dict[str, Callable[[Path], None]]:
    from engine.search.index.segments import TILE

    def rows(suffix: str, kind: Any, change: Callable[[Any], None]) -> Callable[[Path], None]:
        def make(index: Path) -> None:
            path = index / "segments" / f"000001.{suffix}"
            values = np.frombuffer(path.read_bytes(), kind).copy()
            change(values)
            path.write_bytes(values.tobytes())
            _put(("segments", 0, "crc", suffix), f"{zlib.crc32(values.tobytes()):08x}", index)

        return make

    def all_of(value: float) -> Callable[[Any], None]:
        return lambda values: values.fill(value)

    def field(name: str, value: float) -> Callable[[Any], None]:
        return lambda values: values[name].fill(value)

    fields = {
        "source": (9, 2**32 - 1),
        "row": (-(2**31), 2**31 - 1),
        "height": (0, -5, 2**31 - 1),
        "width": (0, 2**31 - 1),
    }
    places: dict[str, tuple[float, ...]] = {
        "lon": (NAN, INF, 1e300),
        "lat": (NAN, 91),
        "west": (NAN, -1e300),
        "north": (INF,),
    }
    others: dict[str, tuple[float, ...]] = {"peak": (NAN, 0, 1e38), "window_m": (NAN, 0, -1), "observed": (NAN, 99)}
    return {
        **{f"vectors of {value}": rows("vectors", "<f2", all_of(value)) for value in (NAN, INF, 0, 65_000)},
        **{f"codes of {value}": rows("codes", "i1", all_of(value)) for value in (-128, 0)},
        **{
            f"tiles of {name} {value}": rows("tiles", TILE, field(name, value))
            for name, values in {**fields, **places, **others}.items()
            for value in values
        },
    }


def _odd_files(place: Place) -> dict[str, Callable[[Path], None]]:
    def instead(name: str, make: Callable[[Path], None]) -> Callable[[Path], None]:
        def change(index: Path) -> None:
            path = index / name
            path.unlink(missing_ok=True)
            make(path)

        return change

    def linked(path: Path, target: str) -> None:
        path.symlink_to(target)

    def sparse(path: Path) -> None:
        path.touch()
        os.truncate(path, 60 * 2**30)

    def own_model(index: Path) -> None:
        """A model that lies within, and whose card names what is elsewhere."""
        shutil.copytree(resource("models") / "geofm-basic", index / "model")
        card = json.loads((index / "model" / "card.json").read_text())
        vision = {"timm_model_name": "hf-hub:attacker/repo", "timm_model_pretrained": True, "image_size": 224}
        card["mlm:architecture"], card["geofm:parameters"] = (
            "open-clip",
            {"model": {"embed_dim": 64, "vision_cfg": vision}},
        )
        (index / "model" / "card.json").write_text(json.dumps(card))
        _put(("about", "model"), str(index / "model"), index)

    def table(index: Path) -> None:
        (index / "lance").mkdir()
        (index / "lance" / "made_of.json").symlink_to("/dev/zero")

    def linked_segments(index: Path) -> None:
        shutil.rmtree(index / "segments")
        (index / "segments").symlink_to(place.home)

    files = (*NAMES, "index.json", "segments/000001.vectors", "segments/000001.tiles", "segments/000001.codes", "lock")
    return {
        **{f"{name} of zeros": instead(name, partial(linked, target="/dev/zero")) for name in files},
        **{f"{name} as a pipe": instead(name, lambda path: os.mkfifo(path)) for name in files},
        **{f"{name} sparse": instead(name, sparse) for name in files[:5]},
        "lock as a link": instead("lock", partial(linked, target=str(place.notes))),
        "lock as a new link": instead("lock", partial(linked, target=str(place.planted))),
        "segments as a link": linked_segments,
        "footprints as a link": instead("footprints.gpkg", partial(linked, target=str(place.notes))),
        "own model": own_model,
        "table of zeros": table,
    }
