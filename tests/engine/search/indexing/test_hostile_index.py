"""Index folders that somebody else made: one sentence or an answer, no request, nothing written elsewhere."""

from __future__ import annotations

import copy
import io
import json
import os
import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from ground import quarters, write_image
from statistics_encoder import DIMENSION, texture

from engine.errors import Cancelled, GeoFMError, InputError
from engine.jobs.report import JsonReport
from engine.jobs.requests import IndexRequest, OpenIndexRequest, SearchRequest
from engine.raster import stamps
from engine.raster.stamps import stamp
from engine.search.index import manifest as manifests
from engine.search.index.building import build_index
from engine.search.index.reading import read_manifest
from engine.search.index.segments import TILE
from engine.search.index.store import open_index
from engine.search.query.opening import open_for_search
from engine.search.query.searching import search

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def index(build: Callable[..., Any], image: Path, tmp_path: Path) -> Path:
    """Of one image, a few tiles."""
    build(image, window_m=(32.0, 64.0), overlap=0.0)
    return tmp_path / "index"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An image of sand elsewhere."""
    place = Affine(1, 0, 510_000, 0, -1, 5_000_000)
    return write_image(tmp_path / "other.tif", texture("sand", 128, 128), transform=place)


def report_in(folder: Path) -> JsonReport:
    return JsonReport(folder, io.StringIO())


def change(index: Path, how: Change) -> None:
    """Change both manifests as a stranger can."""
    values = json.loads((index / "manifest.json").read_text())
    how(values)
    for name in ("manifest.json", "manifest.backup.json"):
        (index / name).write_text(json.dumps(values))


def change_rows(index: Path, suffix: str, kind: Any, how: Callable[[np.ndarray], object]) -> None:
    """Change rows of the first segment, and their checksums with them."""
    path = index / "segments" / f"000001.{suffix}"
    rows = np.fromfile(path, kind)
    how(rows)
    rows.tofile(path)
    data, size = path.read_bytes(), {"vectors": 2 * DIMENSION, "tiles": TILE.itemsize}[suffix]
    count = json.loads((index / "manifest.json").read_text())["segments"][0]["count"]
    blocks = [data[start * size : min(start + 64, count) * size] for start in range(0, count, 64)]
    crc = "".join(f"{zlib.crc32(block):08x}" for block in blocks)
    change(index, lambda values: values["segments"][0]["crc"].update({suffix: crc}))


def opened(index: Path) -> dict[str, Any]:
    return open_for_search(OpenIndexRequest(str(index)), report_in(index.parent)).summary


def asked(index: Path, **more: Any) -> dict[str, Any]:
    outputs = {name: str(index.parent / name) for name in ("hits.gpkg", "pictures", "scores.tif")}
    wanted = {"hits": outputs["hits.gpkg"], "thumbnails": outputs["pictures"], "heat_map": outputs["scores.tif"]}
    request = SearchRequest(index=str(index), texts=("water",), **{"top": 5, **wanted, **more})
    return search(request, report_in(index.parent)).summary


def changed_by(index: Path, action: str, *images: Path) -> None:
    request = IndexRequest(
        images=tuple((str(image),) for image in images), index=str(index), action=action, model="statistics"
    )
    build_index(request, report_in(index.parent))


def source(**values: Any) -> Change:
    return lambda manifest: manifest["sources"][0].update(values)


def about(**values: Any) -> Change:
    return lambda manifest: manifest["about"].update(values)


def segment(**values: Any) -> Change:
    return lambda manifest: manifest["segments"][0].update(values)


HOSTILE = {
    "crs as a number": source(crs=5),
    "crs as an address": source(crs="http://127.0.0.1:9/crs"),
    "crs as a file": source(crs="/etc/passwd"),
    "crs as a pipeline": source(crs="+proj=pipeline +step +proj=utm"),
    "no files": source(files=[]),
    "files that are none": source(files=[5]),
    "a blank file": source(files=[""]),
    "a short transform": source(transform=[1, 0]),
    "a transform of texts": source(transform=["1"] * 6),
    "a transform off the Earth": source(transform=[1, 0, 1e300, 0, -1, 0]),
    "a turned transform": source(transform=[1, 1, 0, 1, -1, 0]),
    "pixels without size": source(transform=[0, 0, 0, 0, 0, 0]),
    "huge": source(width=2**50),
    "no width": source(width=0),
    "a date as a number": source(acquired=5),
    "a date that is none": source(acquired="yesterday"),
    "an equal stretch": source(stretch=[[1, 1]] * 3),
    "a stretch of texts": source(stretch=[["a", "b"]] * 3),
    "a short stretch": source(stretch=[]),
    "rows beyond": source(runs=[[1, 0, 10**9]]),
    "rows before": source(runs=[[1, -5, 5]]),
    "rows of no segment": source(runs=[[7, 0, 1]]),
    "rows twice": source(runs=[[1, 0, 5]] * 2000),
    "an image's number": source(id=-1),
    "a stamp too many": source(stamps=[None, None]),
    "no dimension": about(dimension=0),
    "a negative dimension": about(dimension=-1),
    "half a dimension": about(dimension=0.5),
    "a dimension as a text": about(dimension="384"),
    "a huge dimension": about(dimension=2**50),
    "another dimension": about(dimension=DIMENSION - 8),
    "another side": about(side=32),
    "an overlap": about(overlap=1.5),
    "a huge count": segment(count=10**9),
    "a larger count": segment(count=100_000),
    "a negative count": segment(count=-1),
    "crc": segment(crc=5),
    "short crc": segment(crc={"vectors": "", "codes": "", "tiles": ""}),
    "crc that is none": lambda m: m["segments"][0]["crc"].update(tiles=m["segments"][0]["crc"]["tiles"].upper() + "x"),
    "a segment twice": lambda m: m["segments"].append(m["segments"][0]),
    "failed": lambda m: m.update(failed=[5]),
    "removed": lambda m: m.update(removed=[[]]),
    "planned": lambda m: m.update(plan=[{"files": []}]),
    "sources as an object": lambda m: m.update(sources={}),
    "next": lambda m: m.update(next_segment=2**80),
    "strange": lambda m: m.update(strange=1),
    "nothing": lambda m: m.clear(),
    "nothing about it": lambda m: m.pop("about"),
    "a long text": source(notes=["a" * 1_000_000]),
    "half a character": source(notes=["\ud800"]),
}


class TestManifest:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_is_refused_in_a_sentence(self, index, name):
        change(index, HOSTILE[name])
        for ask in (opened, asked):
            with pytest.raises(InputError, match=r"is damaged"):
                ask(index)
        with pytest.raises(InputError, match=r"is damaged"):
            changed_by(index, "refresh")

    def test_what_is_wrong_is_said(self, index):
        change(index, about(dimension="384"))
        with pytest.raises(InputError, match=r"neither .* can be read \(about: dimension: '384' is no whole number"):
            opened(index)

    @pytest.mark.parametrize("text", ["[" * 100_000, "1" * 10_000, '{"format": NaN}', '{"format": 2}', "null", ""])
    def test_no_manifest(self, index, text):
        for name in ("manifest.json", "manifest.backup.json"):
            (index / name).write_text(text)
        with pytest.raises(InputError, match=r"is damaged"):
            opened(index)

    def test_any_change_is_a_sentence_or_works(self, index, other, tmp_path):
        """Values of other types, huge, negative and missing, anywhere in a good manifest."""
        good = json.loads((index / "manifest.json").read_text())
        dice = random.Random(7)
        for number in range(60):
            folder = tmp_path / "copies" / f"{number}"
            shutil.copytree(index, folder)
            values = copy.deepcopy(good)
            for _ in range(dice.choice((1, 1, 1, 2))):
                mutate(values, dice)
            for name in ("manifest.json", "manifest.backup.json"):
                (folder / name).write_text(json.dumps(values))
            for attempt in (
                opened,
                asked,
                lambda folder: changed_by(folder, "refresh"),
                lambda folder: changed_by(folder, "add", other),
                lambda folder: changed_by(folder, "remove", other),
                opened,
            ):
                try:
                    attempt(folder)
                except GeoFMError as error:
                    assert str(error).count("\n") == 0
            shutil.rmtree(folder)

    @pytest.mark.skipif(os.name == "nt", reason="there are neither pipes nor such devices")
    @pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "hole"])
    def test_no_plain_file(self, index, kind):
        for name in ("manifest.json", "manifest.backup.json"):
            put(index / name, kind)
        with pytest.raises(InputError, match=r"is damaged"):
            opened(index)


def mutate(values: Any, dice: random.Random) -> None:
    """Change one value somewhere in what JSON holds."""
    places: list[tuple[Any, Any]] = []

    def gather(item: Any) -> None:
        for key in list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ():
            places.append((item, key))
            gather(item[key])

    gather(values)
    holder, key = dice.choice(places)
    strange = [
        *(None, True, "", "x", "/vsicurl/http://127.0.0.1:9/x", "\ud800", [], {}, [[]], [5], [None], {"a": 1}),
        *(0, -1, 1, 0.5, 2**31, 2**63, 2**80, -(2**70), 1e300, -1e300, 1e-300, float("nan"), float("inf")),
    ]
    if dice.random() < 0.1:
        del holder[key]
    else:
        holder[key] = dice.choice(strange)


def put(path: Path, kind: str) -> None:
    """Put something else in the place of a file."""
    path.unlink()
    if kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(2**40)


class TestRows:
    @pytest.mark.skipif(os.name == "nt", reason="there are neither pipes nor such devices")
    @pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "hole"])
    @pytest.mark.parametrize("suffix", ["vectors", "codes", "tiles"])
    def test_no_plain_file(self, index, suffix, kind):
        put(index / "segments" / f"000001.{suffix}", kind)
        summary = opened(index)
        assert summary["tiles"] == (80 if suffix == "codes" else 0)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 60_000.0])
    def test_vectors_that_are_none_are_not_served(self, index, value):
        change_rows(index, "vectors", np.float16, lambda rows: rows.__setitem__(70 * DIMENSION, value))
        summary = opened(index)
        assert summary["tiles"] == 64 and "16 tiles of ground are left out" in summary["warnings"][0]
        assert all(np.isfinite(hit["score"]) for hit in asked(index)["hits"])
        changed_by(index, "refresh")
        assert opened(index)["tiles"] == 80

    @pytest.mark.parametrize("value", [np.nan, np.inf, 60_000.0])
    def test_nor_are_they_ranked_where_nobody_verifies(self, index, value, monkeypatch):
        monkeypatch.setattr("engine.search.query.warm.beyond_memory", lambda index: True)
        change_rows(index, "vectors", np.float16, lambda rows: rows.__setitem__(slice(0, 5 * DIMENSION), value))
        hits = asked(index, top=80)["hits"]
        assert hits and all(abs(hit["score"]) < 100 for hit in hits)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("source", 9), ("source", 0), ("row", -1), ("row", 10_000), ("height", 0), ("width", 2**30)),
            *(("lon", np.nan), ("west", np.inf), ("east", -1e9), ("north", np.nan), ("south", 1e300)),
            *(("window_m", np.nan), ("window_m", -1), ("peak", np.inf), ("peak", 0)),
        ],
    )
    def test_tiles_that_cannot_be_are_not_served(self, index, field, value):
        change_rows(index, "tiles", TILE, lambda rows: rows[field].__setitem__(70, value))
        assert opened(index)["tiles"] == 64
        assert asked(index)["found"]

    def test_many_short_runs(self, index):
        change(index, source(runs=[[1, row, row + 1] for row in range(0, 80, 2)]))
        assert opened(index)["tiles"] == 40 and asked(index)["found"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
class TestLinks:
    def test_nothing_is_written_through_them(self, index, other, tmp_path):
        target = tmp_path / "precious"
        for name in ("000001.vectors", "000001.codes", "000001.tiles", "000002.vectors"):
            path = index / "segments" / name
            target.write_bytes(path.read_bytes() if path.exists() else b"precious")
            before = target.read_bytes()
            path.unlink(missing_ok=True)
            path.symlink_to(target)
            changed_by(index, "add", other)
            changed_by(index, "remove", other)
            assert target.read_bytes() == before

    def test_a_linked_folder_is_read_alone(self, index, other, tmp_path):
        (index / "segments").rename(tmp_path / "elsewhere")
        (index / "segments").symlink_to(tmp_path / "elsewhere")
        before = sorted(path.name for path in (tmp_path / "elsewhere").iterdir())
        assert asked(index)["found"]
        with pytest.raises(InputError, match=r"is a link"):
            changed_by(index, "add", other)
        assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == before


STRANGE = [
    *(
        "/vsicurl/http://127.0.0.1:9/a.tif",
        "/vsis3/bucket/a.tif",
        "/VSICURL/x",
        "/vsizip//vsicurl/http://127.0.0.1:9/a",
    ),
    *("http://127.0.0.1:9/a.tif", "ftp://127.0.0.1/a.tif", "//host/share/a.tif", r"\\host\share\a.tif", r"\/host/a"),
    *("WMS:http://127.0.0.1:9", "GTIFF_DIR:1:/a.tif", "<GDAL_WMS></GDAL_WMS>", '{"type": "pipeline"}', "a.tif"),
]


class TestFiles:
    @pytest.mark.parametrize("name", STRANGE)
    def test_names_that_lead_elsewhere_are_not_touched(self, index, name, monkeypatch):
        def touched(*_: object, **__: object) -> None:
            raise AssertionError("somebody looked at the file")

        change(index, source(files=[name], stamps=[None]))
        monkeypatch.setattr("engine.search.index.checking.stamp", touched)
        monkeypatch.setattr("engine.search.index.pictures.open_image", touched)
        summary = opened(index)
        assert any("not opened" in warning for warning in summary["warnings"]) and not summary["stale"]
        answer = asked(index)
        assert answer["found"] and not any(hit["thumbnail"] for hit in answer["hits"])
        changed_by(index, "refresh")

    def test_what_the_user_names_is_opened(self, build, image, tmp_path):
        name = f"/vsisubfile/0,{image}"
        request = IndexRequest(
            images=((name,),), index=str(tmp_path / "index"), model="statistics", window_m=(32.0,), overlap=0.0
        )
        build_index(request, report_in(tmp_path))
        assert all(hit["thumbnail"] for hit in asked(tmp_path / "index")["hits"])
        assert not opened(tmp_path / "index")["warnings"]

    @pytest.mark.skipif(os.name == "nt", reason="there are neither pipes nor such devices")
    def test_a_pipe_is_not_opened(self, index, tmp_path):
        os.mkfifo(tmp_path / "pipe.tif")
        for name in (str(tmp_path / "pipe.tif"), "/dev/zero"):
            change(index, source(files=[name], stamps=[None]))
            assert opened(index)["tiles"] == 80
            assert not any(hit["thumbnail"] for hit in asked(index)["hits"])
            with pytest.raises(InputError, match=r"is no file"):
                changed_by(index, "refresh")

    def test_another_image_is_not_shown(self, index, tmp_path):
        fine = write_image(tmp_path / "fine.tif", quarters(256), transform=Affine(1e-4, 0, 5e5, 0, -1e-4, 5e6))
        change(index, source(files=[str(fine)]))
        assert not any(hit["thumbnail"] for hit in asked(index)["hits"])

    def test_a_large_folder_is_not_walked_to_its_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(stamps, "MOST_FILES", 10)
        for number in range(11):
            (tmp_path / f"{number}").write_bytes(b"1")
        assert stamp(str(tmp_path)) is None
        (tmp_path / "0").unlink()
        assert stamp(str(tmp_path))[0] == 10

    def test_cancelling_ends_the_looking(self, index):
        report = report_in(index.parent)
        report.cancel()
        with pytest.raises(Cancelled):
            open_for_search(OpenIndexRequest(str(index)), report)


class TestModel:
    def test_no_path_is_followed(self, index, monkeypatch, tmp_path):
        def loaded(name: str, device: str = "auto") -> None:
            raise AssertionError(f"{name} was opened")

        monkeypatch.setattr("engine.encoders.load_encoder", loaded)
        for place in (index / "model", tmp_path / "model"):
            place.mkdir()
            (place / "card.json").write_text("{}")
        monkeypatch.chdir(tmp_path)
        for name in (str(index / "model"), "model", "./model", r"\\host\share\model", "hf-hub:owner/model"):
            change(index, about(model=name))
            for ask in (opened, asked):
                with pytest.raises(InputError, match=r"no model 'model|no model 'hf-hub:owner|is installed"):
                    ask(index)
            with pytest.raises(InputError, match=r"is installed"):
                changed_by(index, "refresh")

    def test_the_users_own_folder_is(self, build, encoder, image, tmp_path):
        build(image, model=str(tmp_path / "mine"), window_m=(32.0,))
        assert asked(tmp_path / "index")["found"]

    def test_one_that_was_imported_since_is_found_by_its_name(self, index, own_home):
        change(index, about(model="/home/somebody/statistics"))
        assert asked(index)["found"]


def test_a_table_of_the_network_is_not_opened(index):
    from engine.search.index.lance import open_table

    versions = index / "lance" / "tiles.lance" / "_versions"
    versions.mkdir(parents=True)
    (versions / "1.manifest").write_bytes(b"\x0a\x10http://127.0.0.1:9/x")
    from engine.search.index.lance import _made_of

    (index / "lance" / "made_of.json").write_text(json.dumps(_made_of(open_index(index))))
    assert open_table(open_index(index)) is None


def test_a_manifest_that_could_not_be_read_is_not_written(index, monkeypatch):
    found, _ = read_manifest(index)
    monkeypatch.setattr(manifests, "LARGEST_BYTES", 100)
    with pytest.raises(GeoFMError, match=r"as many images and tiles as it can"):
        found.write(index)
    assert read_manifest(index)[0] == found
