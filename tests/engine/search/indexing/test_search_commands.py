"""`geofm index` and `geofm search` as a user gives them, with the encoder of colour statistics."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from ground import write_image
from statistics_encoder import texture

from engine.search.index.store import open_index

NORTH_EAST = "15.0018,45.1526,15.0032,45.1535"


@pytest.fixture(autouse=True)
def with_the_encoder(encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def index(geofm, image):
    """Of the image, by the command."""
    done = geofm("index", image, "--out", "town.index", "--windows", "16,32", "--model", "statistics")
    assert (done.status, done.err) == (0, "")
    return Path("town.index")


class TestIndex:
    def test_what_is_printed(self, geofm, image, index):
        done = geofm("index", image, "--out", index, "--windows", "16,32", "--model", "statistics")
        assert done.status == 0 and done.out.startswith("1,186 tiles of 1 images,")
        assert f"town.index: {Path.cwd() / index}" in done.out and "Indexed images:" in done.out

    def test_as_json(self, geofm, image):
        done = geofm("index", image, "--out", "i", "--windows", "32", "--overlap", "0", "--json")
        *events, last = done.lines
        assert last["event"] == "result" and last["summary"]["tiles"] == 64
        assert {event["event"] for event in events} == {"progress"}

    def test_the_index_may_stand_first(self, geofm, image, tmp_path):
        other = write_image(
            tmp_path / "sand.tif", texture("sand", 64, 64), transform=Affine(1, 0, 510_000, 0, -1, 5_000_000)
        )
        assert geofm("index", "i", "--images", image, "--windows", "32").status == 0
        assert geofm("index", "i", "--add", "--images", other).status == 0
        assert [source.label for source in open_index(Path("i")).sources.values()] == ["ground", "sand"]
        assert geofm("index", "--remove", image, "--out", "i").status == 0
        other.unlink()
        done = geofm("index", "i", "--refresh")
        assert done.status == 0 and f"{other} is missing" in done.out
        assert "is gone since it was indexed" in done.err

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ([], "name the index's folder with --out"),
            (["a.tif"], "name at least one image, and the index's folder with --out"),
            (["a.tif", "b.tif"], "name the index's folder with --out"),
            (["a.tif,b.tif"], "name the index's folder with --out"),
            (["--out", "i", "--remove"], "name at least one image"),
            (["a.tif", "--out", "i", "--windows", "0"], "give metres above 0"),
            (["a.tif", "--out", "i", "--overlap", "1"], "give a number, 0 to 0.9"),
            (["a.tif", "--out", "i", "--add", "--refresh"], "not allowed with"),
        ],
    )
    def test_what_cannot_be_is_refused(self, geofm, words, sentence):
        done = geofm("index", *words)
        assert done.status == 2 and sentence in done.err and "Traceback" not in done.err

    def test_an_image_that_is_missing(self, geofm, tmp_path):
        done = geofm("index", "none.tif", "--out", "i")
        assert (done.status, len(done.err.splitlines())) == (1, 1) and "none.tif does not exist" in done.err
        assert list(tmp_path.iterdir()) == []

    def test_images_of_which_some_cannot_be_read(self, geofm, image):
        done = geofm("index", image, "none.tif", "nor.tif", "--out", "i", "--windows", "32")
        assert done.status == 0 and done.err.splitlines()[-1].endswith("2 of 3 images could not be read.")
        done = geofm("index", "none.tif", "nor.tif", "--out", "j")
        assert done.status == 1 and "None of the 2 images could be read; of the first: " in done.err.splitlines()[-1]
        assert not Path("j").exists()

    def test_paths_are_told_without_dots(self, geofm, image, tmp_path):
        (tmp_path / "here").mkdir()
        done = geofm("index", "here/../ground.tif", "--out", "here/../i", "--windows", "32")
        assert f": {tmp_path / 'i'}\n" in done.out and ".." not in done.out + done.err
        (source,) = open_index(Path("i")).sources.values()
        assert source.files == (str(image),)
        assert geofm("index", "i", "--add", "--images", image).status == 0 and len(open_index(Path("i")).sources) == 1
        path = Path("i/segments/000001.tiles")
        path.write_bytes(b"")
        done = geofm("search", "here/../i", "town")
        assert done.status == 1 and ".." not in done.err
        assert "is damaged: 225 tiles of ground are left out" in done.err and "add images" not in done.err

    def test_a_changed_byte_in_the_only_segment(self, geofm, index):
        """The rest is found, the damage named; after a refresh there is none."""
        with Path("town.index/segments/000001.vectors").open("r+b") as file:
            file.seek(5000)
            file.write(b"XXXX")
        done = geofm("search", index, "town")
        assert done.status == 0 and "among 1,122 tiles" in done.out
        assert "Segment 1 of the index" in done.err and "64 tiles of ground are left out" in done.err
        assert geofm("index", index, "--refresh").status == 0
        done = geofm("search", index, "town")
        assert (done.status, done.err) == (0, "") and "among 1,186 tiles" in done.out


class TestSearch:
    def test_what_is_printed(self, geofm, index):
        done = geofm("search", index, "town", "--top", 3)
        title, header, *rows = done.out.splitlines()
        assert title == "3 hits of 'town' among 1,186 tiles" and header.split()[0] == "rank"
        assert [row.split()[0] for row in rows] == ["1", "2", "3"] and all(row.endswith("ground") for row in rows)

    def test_every_output(self, geofm, index, tmp_path):
        done = geofm(
            *("search", index, "town", "--not", "water", "--top", 9, "--out", "out/hits.gpkg", "--json"),
            *("--table", "out/hits.json", "--thumbnails", "out/small", "--heat-map", "out/scores.tif"),
        )
        summary = done.lines[-1]["summary"]
        layer = geopandas.read_file("out/hits.gpkg")
        assert list(layer["rank"]) == list(range(1, 10))
        assert {"score", "source", "date", "tile"} <= set(layer.columns)
        assert list(layer["tile"]) == [hit["tile"] for hit in summary["hits"]]
        assert len(list(Path("out/small").glob("*.jpg"))) == 9 and json.loads(Path("out/hits.json").read_text())
        with rasterio.open("out/scores.tif") as raster:
            assert np.isfinite(raster.read(1)).any()

    def test_filters_examples_and_marks(self, geofm, index, image):
        found = geofm("search", index, "town", "--aoi", NORTH_EAST, "--json").lines[-1]["summary"]
        assert 0 < found["searched"] < 400
        place = geofm("search", index, "--at", "15.0005,45.1517", "--top", 1, "--json").lines[-1]["summary"]
        tile = place["hits"][0]["tile"]
        marked = geofm("search", index, "--good", tile, "--bad", "3,4", "--json").lines[-1]["summary"]
        assert marked["method"] == "turned" and marked["hits"][0]["lon"] < 15.0016 > marked["hits"][9]["lon"]
        like = geofm("search", index, "--like", image, "--box", NORTH_EAST, "--json").lines[-1]["summary"]
        assert like["query"] == "like ground.tif, like a place"

    @pytest.mark.parametrize(
        ("words", "status", "sentence"),
        [
            (["nowhere", "town"], 1, "nowhere holds no index; build one"),
            (["town.index"], 1, "The query is empty"),
            (["town.index", " "], 1, "The query is empty"),
            (["town.index", "--not", "town"], 1, "says only what is not wanted"),
            (["town.index", "x" * 501], 1, "say it in at most 500"),
            (["town.index", "town", "--aoi", "10,40,11,41"], 1, "do not overlap"),
            (["town.index", "town", "--from", "2020"], 2, "is no day; give YYYY-MM-DD"),
            (["town.index", "town", "--from", "2020-01-01"], 1, "holds no image of these days"),
            (["town.index", "--at", "200,0"], 2, "is not in degrees"),
            (["town.index", "town", "--top", "0"], 2, "give a whole number, 1 to 10,000"),
            (["town.index", "--good", "x"], 2, "give numbers of tiles"),
        ],
    )
    def test_what_cannot_be_is_refused(self, geofm, index, words, status, sentence):
        done = geofm("search", *words)
        assert done.status == status and sentence in done.err and "Traceback" not in done.err
