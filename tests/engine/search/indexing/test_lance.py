"""The table of LanceDB beside an index; all but the tests of its absence need requirements/lance.txt."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from ground import write_image
from statistics_encoder import texture

from engine.errors import Cancelled
from engine.jobs.report import JsonReport, QuietReport
from engine.jobs.requests import SearchRequest
from engine.search.index import lance
from engine.search.index.manifest import About, Manifest, Source, write_about
from engine.search.index.segments import TILE, SegmentWriter
from engine.search.index.store import Index, open_index
from engine.search.query import searching
from engine.search.query.scanning import scan
from engine.search.query.searching import search

BEYOND = "0.05"  # MB of memory, of which the vectors of the image's index take 0.057
TILES, DIMENSION, KINDS = 40_000, 64, 200
NORTH_EAST, EDGE = "15.0018,45.1526,15.0032,45.1535", 45.1523


@pytest.fixture
def needs_lance(monkeypatch):
    """Tables that are sorted however small they are."""
    pytest.importorskip("lancedb", reason="LanceDB is not installed (requirements/lance.txt)")
    monkeypatch.setattr(lance, "FEWEST", 256)
    monkeypatch.setattr(lance, "TILES_PER_CENTRE", 256)
    monkeypatch.setattr(lance, "PROBES", 1)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Search the index of the image, beyond memory, and tell which way it was looked at."""
    monkeypatch.setenv("GEOFM_MEMORY_MB", BEYOND)
    scans: list[bool] = []
    monkeypatch.setattr(searching, "scan", lambda *given, **named: scans.append(True) or scan(*given, **named))

    def run(**values):
        scans.clear()
        request = SearchRequest(index=str(tmp_path / "index"), texts=("town",), **values)
        return search(request, QuietReport(tmp_path)).summary | {"scanned": bool(scans)}

    return run


def clustered(folder: Path) -> Index:
    """Vectors of 200 kinds on a square of a degree, from west to east, in two images."""
    random = np.random.default_rng(0)
    middles = random.standard_normal((KINDS, DIMENSION))
    vectors = middles[random.integers(0, KINDS, TILES)] + random.normal(0, 0.7, (TILES, DIMENSION))
    tiles = np.zeros(TILES, TILE)
    tiles["source"] = np.repeat([1, 2], TILES // 2)
    tiles["lon"], tiles["lat"] = np.linspace(0, 1, TILES), random.uniform(0, 1, TILES)
    folder.mkdir()
    about = About("clustered", "none", "", "0" * 64, DIMENSION, 16, None, (16.0,), 0.5, 0.5)
    with SegmentWriter(folder, (), 1, DIMENSION) as writer:
        runs = [
            writer.append((part / np.linalg.norm(part, axis=1, keepdims=True)).astype(np.float16), rows)
            for part, rows in zip(np.split(vectors, 2), np.split(tiles, 2), strict=True)
        ]
        writer.commit()
        sources = tuple(
            Source(number, (f"{number}.tif",), (None,), None, "EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 1, 1, 1.0,
                   None, (), (), ((0.0, 255.0),) * 3, (16.0,), 1, TILES // 2, TILES // 2, tuple(own))
            for number, own in enumerate(runs, 1)
        )  # fmt: skip
        numbers = {"next_source": 3, "next_segment": writer.next_segment}
        Manifest(about, sources=sources, segments=writer.segments, **numbers).write(folder, backup=True)
    write_about(folder, about)
    return open_index(folder)


@pytest.mark.slow
@pytest.mark.usefixtures("needs_lance")
class TestNearest:
    @pytest.fixture
    def index(self, tmp_path, monkeypatch):
        monkeypatch.setattr("engine.search.index.segments.SEGMENT_TILES", 15_000)
        index = clustered(tmp_path / "index")
        lance.write_table(index, QuietReport(tmp_path))
        return index

    def test_recall_and_filters(self, index):
        """Of the 50 best among 40,000 tiles, 1024 candidates from 26 of 156 centres hold 0.99 or more."""
        table = lance.open_table(index)
        kinds = table._table.index_stats("vector_idx")
        assert (kinds.num_indexed_rows, kinds.num_unindexed_rows) == (TILES, 0)
        columns = index.columns
        triangle = np.flatnonzero(
            (columns.lat < columns.lon) & (columns.source == 2)
        )  # a third of their bounds is not in
        for chosen in (None, np.arange(100, 30_000), triangle):
            shares = []
            for number in range(20):
                query = index.vectors(np.array([number * 1999]))[0] + np.float32(0.05)
                exact = scan(index, query, chosen)
                best = np.argsort(-exact)[:50] if chosen is None else chosen[np.argsort(-exact)[:50]]
                found = table.nearest(query, 1024, chosen)
                assert len(found) >= 1024 and len(np.unique(found)) == len(found)
                assert chosen is None or np.isin(found, chosen).all()
                shares.append(np.isin(best, found).mean())
            assert np.mean(shares) >= 0.99
        few = np.arange(7, TILES, 400)  # all of them are found, wherever they lie among the vectors
        assert sorted(table.nearest(index.vectors(np.array([0]))[0], 1024, few)) == few.tolist()


@pytest.mark.usefixtures("needs_lance")
class TestSearch:
    def test_hits_are_those_of_the_scan(self, build, image, ask):
        build(image)
        exact = ask(top=30)
        build(image, lance=True)
        near = ask(top=30)
        assert (exact["scanned"], near["scanned"]) == (True, False)
        assert near["hits"] == exact["hits"] and near["searched"] == exact["searched"] == 1186
        # The histogram is that of the background sample, which here is all tiles.
        assert sum(near["histogram"]["counts"]) == 1186

    def test_filters(self, build, image, ask):
        """What an AOI leaves is scanned where it fits into memory, else looked up within the AOI."""
        build(image)
        wide = f'{{"type": "Polygon", "coordinates": [[[15, {EDGE}], [15.0033, {EDGE}], [15, 45.1536], [15, {EDGE}]]]}}'
        exact = [ask(top=10, aoi=area) for area in (NORTH_EAST, wide)]
        build(image, lance=True)
        near = [ask(top=10, aoi=NORTH_EAST)]
        searching_memory = pytest.MonkeyPatch()
        searching_memory.setenv("GEOFM_MEMORY_MB", "0.01")
        near.append(ask(top=10, aoi=wide))
        searching_memory.undo()
        assert [answer["scanned"] for answer in near] == [True, False]
        assert [answer["hits"] for answer in near] == [answer["hits"] for answer in exact]
        assert [answer["searched"] for answer in near] == [answer["searched"] for answer in exact]

    def test_a_score_map_looks_at_all_tiles(self, build, image, ask, tmp_path):
        build(image, lance=True)
        assert ask(heat_map=str(tmp_path / "map.tif"))["scanned"]

    def test_a_damaged_table_is_named_and_the_tiles_are_scanned(self, build, image, ask, tmp_path):
        build(image)
        exact = ask()
        build(image, lance=True)
        shutil.rmtree(tmp_path / "index" / "lance" / "tiles.lance" / "data")
        near = ask()
        assert near["scanned"] and near["hits"] == exact["hits"]
        assert [warning for warning in near["warnings"] if "lance cannot be read" in warning]


@pytest.mark.usefixtures("needs_lance")
class TestInStep:
    def test_other_tiles(self, build, image, ask, tmp_path):
        """A table that does not hold what the index holds is not used, and the build says so, until it is renewed."""
        build(image, lance=True)
        assert lance.open_table(open_index(tmp_path / "index"))
        other = write_image(
            tmp_path / "more.tif", texture("town", 64, 64), transform=Affine(1, 0, 510_000, 0, -1, 5_000_000)
        )
        told = build(other, action="add").summary["warnings"]
        assert len(told) == 1 and "is not used" in told[0]
        assert lance.open_table(open_index(tmp_path / "index")) is None
        found = ask(top=40)
        assert found["scanned"] and "more" in {hit["source"] for hit in found["hits"]}
        assert build(action="refresh", lance=True).summary["warnings"] == []
        assert not ask(top=40)["scanned"]
        assert build(other, action="remove", lance=True).summary["warnings"] == []
        found = ask(top=40)
        assert not found["scanned"] and {hit["source"] for hit in found["hits"]} == {"ground"}

    def test_a_renewal_that_is_cancelled_leaves_the_index(self, build, image, tmp_path):
        class Stopped(JsonReport):
            def message(self, text: str) -> None:
                self.writes = True

            def check_cancelled(self) -> None:
                if getattr(self, "writes", False):
                    raise Cancelled("Cancelled.")

        with pytest.raises(Cancelled):
            build(image, lance=True, report=Stopped(tmp_path, io.StringIO()))
        assert len(open_index(tmp_path / "index")) == 1186 and not list((tmp_path / "index").glob("*lance*"))
        build(image, lance=True)
        assert lance.open_table(open_index(tmp_path / "index"))

    @pytest.mark.slow
    def test_a_renewal_that_is_killed_is_harmless(self, build, image, ask, tmp_path):
        build(image)
        exact = ask(top=30)
        program = (
            "import os, sys; from pathlib import Path; from engine.jobs.report import QuietReport\n"
            "from engine.search.index import lance; from engine.search.index.store import open_index\n"
            "lance._flush = lambda folder: os.kill(os.getpid(), 9)\n"  # all is written, and nothing renamed
            "lance.write_table(open_index(Path(sys.argv[1])), QuietReport(Path(sys.argv[1])))\n"
        )
        done = subprocess.run([sys.executable, "-c", program, tmp_path / "index"], capture_output=True)
        assert done.returncode == -9
        assert [path.suffix for path in (tmp_path / "index").glob("*lance*")] == [".part"]
        assert ask(top=30) | {"seconds": 0} == exact | {"seconds": 0}
        build(image, lance=True)
        assert not list((tmp_path / "index").glob(".lance*")) and not ask(top=30)["scanned"]


class TestWithoutLance:
    @pytest.fixture(autouse=True)
    def blocked(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "lancedb", None)

    def test_the_command_says_what_to_install(self, geofm, encoder, image, tmp_path):
        done = geofm("index", image, "--out", tmp_path / "new.index", "--lance")
        assert done.status == 1 and "install requirements/lance.txt there" in done.err
        assert not (tmp_path / "new.index").exists()

    def test_an_index_with_a_table_is_scanned(self, build, image, ask, tmp_path, monkeypatch):
        build(image)
        monkeypatch.setattr(lance, "fits", lambda index: True)
        assert lance.open_table(open_index(tmp_path / "index")) is None
        assert ask()["scanned"]
