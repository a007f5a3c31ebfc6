"""The task `search` on images of which every place is known."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from disks import fill
from ground import quarters, write_image
from statistics_encoder import StatisticsEncoder, texture

from engine import encoders
from engine.encoders import load_encoder
from engine.errors import InputError, OutputError, RequestError
from engine.jobs.report import QuietReport
from engine.jobs.requests import OpenIndexRequest, ScoreMapRequest, SearchRequest
from engine.search.index.store import open_index
from engine.search.query import searching
from engine.search.query.opening import open_for_search
from engine.search.query.scanning import scan
from engine.search.query.searching import search

# Corners of the quarters in WGS84: the image is 256 m from (500000, 5000000) of UTM 33 north, which is 15 E, 45.153 N.
WEST, EAST, SOUTH, NORTH = 15.0, 15.00326, 45.15124, 45.15354
MIDDLE = ((WEST + EAST) / 2, (SOUTH + NORTH) / 2)


def quarter(hit: dict[str, float]) -> str:
    names = {(False, False): "water", (True, False): "forest", (False, True): "field", (True, True): "town"}
    return names[hit["lon"] > MIDDLE[0], hit["lat"] < MIDDLE[1]]


@pytest.fixture
def ask(build, image, tmp_path):
    """Search the index of the image."""
    build(image)

    def run(index: Path = tmp_path / "index", **values):
        return search(SearchRequest(index=str(index), **values), QuietReport(tmp_path)).summary

    return run


@pytest.fixture
def ask_of(tmp_path):
    """Search the index that a test has made."""

    def run(**values):
        return search(SearchRequest(index=str(tmp_path / "index"), **values), QuietReport(tmp_path)).summary

    return run


class TestQueries:
    @pytest.mark.parametrize("word", ["water", "forest", "field", "town"])
    def test_a_phrase(self, ask, word):
        found = ask(texts=(word,), top=10)
        assert [quarter(hit) for hit in found["hits"]] == [word] * 10
        assert found["searched"] == found["tiles"] == 1186 and found["found"] == 10
        scores = [hit["score"] for hit in found["hits"]]
        assert scores == sorted(scores, reverse=True) and found["hits"][0]["similarity"] > 0.95

    def test_hits_do_not_overlap(self, ask):
        found = ask(texts=("water",), top=200)
        boxes = found["hits"]
        assert len(boxes) > 40
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                smaller = min(one["window_m"], other["window_m"])
                larger = max(one["window_m"], other["window_m"])
                far = max(abs(one["lon"] - other["lon"]) * 78_500, abs(one["lat"] - other["lat"]) * 111_100)
                assert far > min(smaller / 2, larger / 2) - 0.5

    def test_several_phrases_are_averaged(self, ask, encoder):
        found = ask(texts=("water", "forest"), top=30)
        assert {quarter(hit) for hit in found["hits"]} <= {"water", "forest"}

    def test_a_negative_phrase_is_subtracted(self, ask):
        both = ask(texts=("field", "town"), top=40)
        without = ask(texts=("field", "town"), negatives=("town",), top=40)

        def share(found):
            return np.mean([quarter(hit) == "town" for hit in found["hits"]])

        assert share(without) < share(both) or share(both) == 0
        assert {quarter(hit) for hit in without["hits"][:10]} == {"field"}

    def test_a_point(self, ask):
        assert {quarter(hit) for hit in ask(at=(WEST + 5e-4, SOUTH + 5e-4), top=10)["hits"]} == {"field"}

    def test_a_rectangle(self, ask):
        box = f"{EAST - 1e-3},{SOUTH + 2e-4},{EAST - 2e-4},{SOUTH + 8e-4}"
        assert {quarter(hit) for hit in ask(like=box, top=10)["hits"]} == {"town"}

    def test_a_rectangle_smaller_than_any_tile(self, ask):
        box = f"{EAST - 5e-4},{NORTH - 3.5e-4},{EAST - 4.3e-4},{NORTH - 3e-4}"  # 5 m
        assert {quarter(hit) for hit in ask(like=box, top=10)["hits"]} == {"forest"}

    @pytest.mark.parametrize("suffix", ["jpg", "tif"])
    def test_an_example_image(self, ask, tmp_path, suffix):
        path = tmp_path / f"example.{suffix}"
        pixels = texture("town", 64, 200, seed=9)
        if suffix == "jpg":
            cv2.imwrite(str(path), pixels.transpose(1, 2, 0)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
        else:
            write_image(path, pixels)
        assert {quarter(hit) for hit in ask(examples=(str(path),), top=10)["hits"]} == {"town"}

    def test_parts_are_weighed(self, ask, tmp_path):
        path = write_image(tmp_path / "forest.tif", texture("forest", 64, 64, seed=9))
        little = ask(texts=("town",), examples=(str(path),), example_weight=0.05, top=5)
        much = ask(texts=("town",), examples=(str(path),), text_weight=0.05, top=5)
        assert {quarter(hit) for hit in little["hits"]} == {"town"}
        assert {quarter(hit) for hit in much["hits"]} == {"forest"}

    def test_marks_turn_a_query(self, ask):
        """The word is not known, so the first answer is anything; marks lead to the field."""
        first = ask(texts=("zebra",), top=100)
        tiles = {
            name: [hit["tile"] for hit in first["hits"] if quarter(hit) == name]
            for name in ("field", "water", "town", "forest")
        }
        others = [tile for name in ("water", "town", "forest") for tile in tiles[name][:1]]
        assert tiles["field"] and others
        for good, bad, method in ((1, 1, "turned"), (3, 3, "probe")):
            found = ask(
                texts=("zebra",), text_weight=0.2, good=tuple(tiles["field"][:good]), bad=tuple(others[:bad]), top=10
            )
            marks = min(good, len(tiles["field"])) + min(bad, len(others))
            assert found["method"] == (method if marks >= 5 or method == "turned" else "turned")
            assert np.mean([quarter(hit) == "field" for hit in found["hits"]]) >= 0.8

    def test_marks_alone_are_a_query(self, ask):
        tile = ask(texts=("town",), top=1)["hits"][0]["tile"]
        assert {quarter(hit) for hit in ask(good=(tile,), top=10)["hits"]} == {"town"}


class TestExamplesAsTheIndexSeesThem:
    WORDS = ("water", "forest", "field", "town")

    @pytest.mark.parametrize("word", WORDS)
    @pytest.mark.parametrize("suffix", ["tif", "png"])
    def test_a_palette_is_its_colours(self, ask, tmp_path, word, suffix):
        """However few colours it has: an example is no class map."""
        pixels = texture(word, 64, 64, seed=9)
        colours, index = np.unique(pixels.reshape(3, -1).T, axis=0, return_inverse=True)
        path = tmp_path / f"palette.{suffix}"
        profile = {"driver": {"tif": "GTiff", "png": "PNG"}[suffix], "dtype": "uint8", "count": 1}
        with rasterio.open(path, "w", width=64, height=64, **profile) as target:
            table = {value: (*map(int, colour), 255) for value, colour in enumerate(colours)}
            target.write_colormap(1, table)
            target.write(index.reshape(1, 64, 64).astype(np.uint8))
        assert [quarter(hit) for hit in ask(examples=(str(path),), top=10)["hits"]] == [word] * 10

    def test_white_of_one_bit_is_white(self, ask, tmp_path):
        path, grey = tmp_path / "grey.png", tmp_path / "bit.png"
        drawing = (texture("town", 64, 64, seed=9)[:1] > 140).astype(np.uint8)
        for name, values, more in ((path, drawing * 255, {}), (grey, drawing, {"NBITS": 1})):
            with rasterio.open(name, "w", driver="PNG", width=64, height=64, count=1, dtype="uint8", **more) as target:
                target.write(values)
        one, other = (ask(examples=(str(name),), top=20)["hits"] for name in (path, grey))
        assert [hit["tile"] for hit in one] == [hit["tile"] for hit in other]

    @staticmethod
    def numbers(colours):
        """Sentinel-2 numbers of B02, B03, B04 and B08, which is another thing in each quarter."""
        red, green, blue = colours.astype(np.uint16)
        return np.stack([blue, green, red, (red * 3 + blue * 5) % 250]) * 12 + 1200

    @pytest.fixture(params=["named", "told", "nameless"])
    def sixteen(self, request, build, tmp_path):
        """The index of an image of four bands, and the names that its file has."""
        names = ("B2", "B3", "B4", "B8") if request.param == "named" else (None,) * 4
        image = write_image(tmp_path / "s2.tif", self.numbers(quarters(256)))
        with rasterio.open(image, "r+") as file:
            file.descriptions = names
        build(image, bands=("B2", "B3", "B4", "B8") if request.param == "told" else None)
        return image

    @pytest.mark.parametrize("word", WORDS)
    def test_a_chip_of_the_image_itself(self, ask_of, sixteen, tmp_path, word):
        """What somebody clips in QGIS: a few pixels would have a stretch of their own, and another offset."""
        place = self.WORDS.index(word)
        column, row = (place % 2) * 128 + 20, (place // 2) * 128 + 20
        with rasterio.open(sixteen) as source:
            pixels = source.read(window=rasterio.windows.Window(column, row, 64, 64))
            path = write_image(
                tmp_path / "chip.tif", pixels, transform=source.transform @ Affine.translation(column, row)
            )
            with rasterio.open(path, "r+") as chip:
                chip.descriptions = source.descriptions
        assert {quarter(hit) for hit in ask_of(examples=(str(path),), top=10)["hits"]} == {word}


class TestFilters:
    def test_an_area_comes_before_the_ranking(self, ask):
        """The best water within an area of no water: filtering afterwards would find nothing."""
        found = ask(texts=("water",), aoi=f"{MIDDLE[0] + 1e-4},{SOUTH},{EAST},{MIDDLE[1] - 1e-4}", top=10)
        assert len(found["hits"]) == 10 and {quarter(hit) for hit in found["hits"]} == {"town"}
        assert found["searched"] < found["tiles"] / 3

    def test_an_area_elsewhere(self, ask):
        with pytest.raises(InputError, match=r"AOI and the images of the index do not overlap"):
            ask(texts=("water",), aoi="10,40,11,41")

    def test_days(self, build, tmp_path, ask):
        dated = []
        for day, kind, left in (("20200101", "sand", 520_000), ("20200601", "sand", 530_000)):
            path = tmp_path / f"S2A_MSIL2A_{day}T101021_N0500_R022_T33TVK_{day}T130000_{kind}.tif"
            dated.append(write_image(path, texture(kind, 64, 64, left), transform=Affine(1, 0, left, 0, -1, 5_000_000)))
        build(*dated, action="add")
        index = open_index(tmp_path / "index")
        assert [source.acquired and source.acquired[:10] for source in index.sources.values()] == [
            None,
            "2020-01-01",
            "2020-06-01",
        ]
        found = ask(texts=("sand",), date_from="2020-02-01", top=5)
        assert {hit["date"] for hit in found["hits"]} == {"2020-06-01"}
        assert found["warnings"] == ["1 images of the index have no date and were left out."]
        assert {hit["date"] for hit in ask(texts=("sand",), date_to="2020-01-01")["hits"]} == {"2020-01-01"}
        with pytest.raises(InputError, match=r"holds no image of these days"):
            ask(texts=("sand",), date_from="2021-01-01")
        with pytest.raises(InputError, match=r"No image of these days lies in the AOI"):
            ask(texts=("sand",), date_from="2020-02-01", aoi=f"{WEST},{SOUTH},{EAST},{NORTH}")

    def test_a_threshold(self, ask):
        everything = ask(texts=("town",), top=300)
        scores = [hit["score"] for hit in everything["hits"]]
        cut = ask(texts=("town",), top=300, threshold=scores[5] - 1e-4)
        assert [hit["tile"] for hit in cut["hits"]] == [hit["tile"] for hit in everything["hits"][: cut["found"]]]
        assert cut["found"] >= 6 and min(hit["score"] for hit in cut["hits"]) >= scores[5] - 1e-3
        assert ask(texts=("town",), threshold=99.0)["hits"] == []


class TestOutputs:
    def test_layer_table_thumbnails_and_raster(self, ask, image, tmp_path):
        out = tmp_path / "out"
        paths = {"hits": "hits.gpkg", "table": "hits.json", "thumbnails": "small", "heat_map": "scores.tif"}
        found = ask(texts=("town",), top=12, **{name: str(out / path) for name, path in paths.items()})
        layer = geopandas.read_file(out / "hits.gpkg")
        table = json.loads((out / "hits.json").read_text())
        assert list(layer["rank"]) == list(range(1, 13)) == [hit["rank"] for hit in table["hits"]]
        assert layer.crs == "EPSG:4326" and list(layer["tile"]) == [hit["tile"] for hit in found["hits"]]
        metres = layer.to_crs("EPSG:32633")
        assert list(metres.area) == pytest.approx(list(layer["window_m"] ** 2), rel=1e-3)
        assert sum(table["histogram"]["counts"]) == 1186
        for hit in table["hits"]:
            picture = cv2.imread(hit["thumbnail"])[..., ::-1]
            assert max(picture.shape[:2]) == 160
            x, y = metres.loc[hit["rank"] - 1].geometry.centroid.coords[0]
            half = int(hit["window_m"]) // 2
            row, column = round(5_000_000 - y), round(x - 500_000)
            own = quarters(256)[:, row - half : row + half, column - half : column + half]
            np.testing.assert_allclose(picture.mean(axis=(0, 1)), own.mean(axis=(1, 2)), atol=6)
        assert {path.name for path in out.iterdir()} == set(paths.values())

    def test_the_heat_map_is_the_mean_of_the_tiles_over_a_cell(self, ask, tmp_path, build, image):
        build(image, index=tmp_path / "one", window_m=(32.0,))
        ask(
            index=tmp_path / "one",
            texts=("town",),
            heat_map=str(tmp_path / "scores.tif"),
            table=str(tmp_path / "t.json"),
            top=300,
        )
        with rasterio.open(tmp_path / "scores.tif") as raster:
            scores, transform = raster.read(1), raster.transform
            assert raster.crs == "EPSG:32633" and raster.shape == (16, 16)
            assert (transform.a, transform.e) == (16, -16) and raster.nodata is not None
        index = open_index(tmp_path / "one")
        tiles = index.tiles(np.arange(len(index)))
        from engine.search.query.background import background_of

        encoder = encoders.load_encoder("statistics")
        direction = background_of(index).standard(encoder.texts(["town"])[0])
        own = direction.of(index.vectors(np.arange(len(index))))
        sums, counts = np.zeros((16, 16)), np.zeros((16, 16))
        for tile, score in zip(tiles, own, strict=True):
            part = np.s_[tile["row"] // 16 : tile["row"] // 16 + 2, tile["column"] // 16 : tile["column"] // 16 + 2]
            sums[part] += score
            counts[part] += 1
        np.testing.assert_allclose(scores, sums / counts, atol=5e-3)
        assert scores[8:, 8:].mean() > 1 > scores[:8, :8].mean()

    def test_a_raster_with_a_hole(self, build, tmp_path, ask):
        pixels = quarters(256)
        pixels[:, 100:180, 100:180] = 0
        build(write_image(tmp_path / "hole.tif", pixels, nodata=0), index=tmp_path / "hole")
        ask(index=tmp_path / "hole", texts=("town",), heat_map=str(tmp_path / "scores.tif"))
        with rasterio.open(tmp_path / "scores.tif") as raster:
            scores = raster.read(1, masked=True)
        assert scores.mask[140 // 8, 140 // 8] and 0 < scores.mask.mean() < 0.15

    def test_a_score_map_of_images_far_apart_has_larger_cells_and_says_so(self, build, ask, tmp_path):
        far = write_image(tmp_path / "far.tif", texture("sand", 64, 64), crs="EPSG:32755")
        build(far, action="add")
        found = ask(texts=("sand",), heat_map=str(tmp_path / "scores.tif"))
        assert any("times larger than usual; choose an area" in warning for warning in found["warnings"])
        with rasterio.open(tmp_path / "scores.tif") as raster:
            scores = raster.read(1, masked=True)
            hits = [(hit["lon"], hit["lat"]) for hit in found["hits"]]
            there = [values[0] for values in raster.sample(hits)]
        assert 1_000_000 < scores.size <= 16_000_000 and 2 <= scores.count() < 20
        assert np.isfinite(there).all()

    def test_full_disk(self, ask, tmpfs, tmp_path):
        disk = tmpfs("size=200k")
        fill(disk, 10_000)
        paths = {"hits": "hits.gpkg", "table": "hits.json", "thumbnails": "small", "heat_map": "scores.tif"}
        for name, path in paths.items():
            with pytest.raises(OutputError, match=r"could not be written: .* free some space"):
                ask(texts=("town",), top=200, **{name: str(disk / path)})
            assert not (disk / path).exists() and not list(disk.glob(".*"))

    def test_thumbnails_replace_older_ones_but_nothing_else(self, ask, tmp_path):
        folder = tmp_path / "small"
        ask(texts=("town",), top=9, thumbnails=str(folder))
        ask(texts=("town",), top=3, thumbnails=str(folder))
        assert len(list(folder.iterdir())) == 3
        (folder / "notes.txt").write_text("mine")
        with pytest.raises(OutputError, match=r"holds other files than thumbnails"):
            ask(texts=("town",), top=3, thumbnails=str(folder))
        assert len(list(folder.iterdir())) == 4 and not list(tmp_path.glob(".small*"))


class TestBeyondMemory:
    def test_the_codes_find_what_the_vectors_do(self, ask, monkeypatch):
        """Scores of hits are those of the fp16 vectors, whichever was scanned."""
        exact = ask(texts=("town",), top=30)
        monkeypatch.setattr(
            searching, "scan", lambda *given, codes, **named: read.append(codes) or scan(*given, codes=codes)
        )
        read: list[bool] = []
        monkeypatch.setenv("GEOFM_MEMORY_MB", "0.05")  # of which the vectors take 0.057
        coarse = ask(texts=("town",), top=30)
        assert read == [True] and coarse["hits"] == exact["hits"]

    def test_the_codes_are_made_again_where_they_are_damaged(self, build, image, tmp_path, ask, monkeypatch):
        exact = ask(texts=("town",), top=30)
        build(image, index=tmp_path / "hurt")
        (tmp_path / "hurt" / "segments" / "000001.codes").unlink()
        monkeypatch.setenv("GEOFM_MEMORY_MB", "0.05")
        found = ask(index=tmp_path / "hurt", texts=("town",), top=30)
        assert found["hits"] == exact["hits"] and "int8 copies" in found["warnings"][0]

    def test_damage_is_not_served(self, build, image, tmp_path, ask, monkeypatch):
        """Vectors beyond memory are not verified before each query."""
        build(image, index=tmp_path / "hurt")
        path = tmp_path / "hurt" / "segments" / "000001.vectors"
        data = bytearray(path.read_bytes())
        data[48 * 500 : 48 * 700] = b"\xff" * 48 * 200  # NaN
        path.write_bytes(data)
        monkeypatch.setenv("GEOFM_MEMORY_MB", "0.05")
        found = ask(index=tmp_path / "hurt", texts=("field",), top=100)
        assert found["found"] > 20 and all(np.isfinite(hit["score"]) for hit in found["hits"])
        assert {quarter(hit) for hit in found["hits"][:10]} == {"field"}


class TestOpening:
    def test_what_an_index_holds(self, build, image, tmp_path):
        dated = write_image(
            tmp_path / "S2_20200601.tif", texture("sand", 64, 64), transform=Affine(1, 0, 520_000, 0, -1, 5_000_000)
        )
        tiles = build(image, dated).summary["tiles"]
        os.utime(image, (1, 1))
        found = open_it(tmp_path / "index", tmp_path).summary
        assert (found["tiles"], found["images"], found["windows_m"]) == (tiles, 2, [16, 32])
        assert (found["first_day"], found["last_day"], found["undated"]) == ("2020-06-01", "2020-06-01", 1)
        assert found["stale"] == [{"files": [str(image)], "state": "changed"}]
        assert found["extent"] == pytest.approx([15, 45.151, 15.255, 45.154], abs=2e-3)
        assert (found["model"], found["concepts"], found["unfinished"]) == ("Colour statistics", None, False)
        assert found["warnings"] == [] and found["bytes"] > tiles * 24 * 3

    def test_an_unfinished_and_damaged_index(self, build, image, tmp_path):
        build(image)
        path = tmp_path / "index" / "manifest.json"
        values = json.loads(path.read_text())
        values["plan"] = [{"files": ["/later.tif"], "names": None, "replaces": None}]
        path.write_text(json.dumps(values))
        (tmp_path / "index" / "segments" / "000001.codes").unlink()
        found = open_it(tmp_path / "index", tmp_path).summary
        assert found["unfinished"] and "int8 copies are made again" in found["warnings"][0]
        assert found["tiles"] == 1186
        (tmp_path / "index" / "segments" / "000001.tiles").unlink()
        values["removed"] = [["/none.tif"]]  # the same process looks again when the manifest has changed
        path.write_text(json.dumps(values))
        found = open_it(tmp_path / "index", tmp_path).summary
        assert "1,186 tiles of ground are left out" in found["warnings"][0]
        assert (found["tiles"], found["extent"]) == (0, None)

    def test_another_model(self, build, image, tmp_path, monkeypatch):
        build(image)
        monkeypatch.setattr(encoders, "load_encoder", lambda name, device="auto": StatisticsEncoder("2"))
        with pytest.raises(InputError, match=r"install that one, or build the index"):
            open_it(tmp_path / "index", tmp_path)


def open_it(index, folder):
    return open_for_search(OpenIndexRequest(index=str(index)), QuietReport(folder))


class TestDoubts:
    def test_a_phrase_that_was_not_taught(self, ask):
        found = ask(texts=("zebra",))
        assert found["warnings"] == [
            "'zebra' is not among what Colour statistics was taught; its hits may mean nothing."
        ]

    @pytest.mark.parametrize("phrase", ["not town", " No town", "without town"])
    def test_a_phrase_that_denies_is_told_how_to(self, ask, phrase):
        found = ask(texts=(phrase,))
        assert found["warnings"] == [
            f"'{phrase.strip()}' is searched as if it were wanted, since models do not understand such words: give what"
            " is wanted, and 'town' as what not to find."
        ]

    @pytest.mark.parametrize("phrase", ["наводнение", "洪水", "🌊", "a" * 500])
    def test_other_alphabets_and_long_phrases_are_searched(self, ask, phrase):
        found = ask(texts=(phrase,))
        assert found["found"] == 50 and len(found["warnings"]) == 1

    def test_another_alphabet_with_an_open_vocabulary(self, ask, monkeypatch):
        monkeypatch.setattr(StatisticsEncoder, "known", lambda self, phrase: None)
        assert "is not in English" in ask(texts=("洪水",))["warnings"][0]
        assert ask(texts=("zebra",))["warnings"] == []

    def test_images_that_changed_or_vanished(self, ask, image, tmp_path):
        os.utime(image, (1, 1))
        found = ask(texts=("town",), thumbnails=str(tmp_path / "small"))
        assert {hit["stale"] for hit in found["hits"]} == {"changed"}
        assert "has changed since indexing; refresh the index." in found["warnings"][0]
        image.unlink()
        found = ask(texts=("town",), thumbnails=str(tmp_path / "small"), table=str(tmp_path / "t.json"))
        assert {hit["stale"] for hit in found["hits"]} == {"missing"}
        assert "is gone since indexing" in found["warnings"][0]
        assert {hit["thumbnail"] for hit in json.loads((tmp_path / "t.json").read_text())["hits"]} == {""}

    def test_damage_is_named_and_the_rest_served(self, build, image, tmp_path, ask, monkeypatch):
        monkeypatch.setattr("engine.search.index.segments.SEGMENT_TILES", 500)
        build(image, index=tmp_path / "split")
        path = tmp_path / "split" / "segments" / "000001.vectors"
        data = bytearray(path.read_bytes())
        data[50] ^= 0x40
        path.write_bytes(data)
        found = ask(index=tmp_path / "split", texts=("town",))
        assert found["searched"] == 1122 and "Segment 1 of the index" in found["warnings"][0]

    def test_marks_of_tiles_that_are_gone(self, ask):
        found = ask(texts=("town",), good=(5, 7))
        assert found["warnings"] == ["2 marked tiles are no longer in the index; their marks were passed over."]

    def test_another_model(self, ask, monkeypatch):
        monkeypatch.setattr(encoders, "load_encoder", lambda name, device="auto": StatisticsEncoder("2"))
        with pytest.raises(
            InputError, match=r"was made with Colour statistics .* install that one, or build the index"
        ):
            ask(texts=("town",))

    def test_a_model_that_is_not_installed(self, ask, tmp_path, monkeypatch):
        monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(encoders, "load_encoder", load_encoder)
        with pytest.raises(InputError, match=r"statistics"):
            ask(texts=("town",))

    def test_a_place_that_no_image_shows(self, ask):
        with pytest.raises(InputError, match=r"No image of the index shows the place"):
            ask(at=(10.0, 40.0))

    @pytest.mark.parametrize("name", ["missing.jpg", "text.jpg"])
    def test_an_example_that_is_no_image(self, ask, tmp_path, name):
        (tmp_path / "text.jpg").write_text("no")
        with pytest.raises(InputError, match=rf"The example .*{name}"):
            ask(examples=(str(tmp_path / name),))

    def test_no_index(self, ask, tmp_path):
        with pytest.raises(InputError, match=r"holds no index"):
            ask(index=tmp_path / "nowhere", texts=("town",))


def test_an_index_that_grows_is_read_again(ask, build, tmp_path):
    ask(texts=("sand",))
    other = write_image(tmp_path / "o.tif", texture("sand", 64, 64), transform=Affine(1, 0, 520_000, 0, -1, 5_000_000))
    build(other, action="add")
    found = ask(texts=("sand",), top=5)
    assert {hit["source"] for hit in found["hits"]} == {"o"}


class TestRequests:
    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({}, r"The query is empty; give a phrase"),
            ({"texts": ("  ",)}, r"The query is empty; say in a few words"),
            ({"texts": ("a" * 501,)}, r"has 501 characters; say it in at most 500"),
            ({"negatives": ("town",)}, r"says only what is not wanted; add"),
            ({"bad": (3,)}, r"says only what is not wanted; add"),
            ({"texts": ("a",), "good": (3,), "bad": (3,)}, r"Tile 3 is marked good and bad"),
            ({"texts": ("a",), "top": 0}, r"top is 0; give a whole number, 1 to 10,000"),
            ({"texts": ("a",), "text_weight": -1.0}, r"text_weight is -1.0; give a number, 0 or more"),
            ({"texts": ("a",), "date_from": "1/2/2020"}, r"date_from is '1/2/2020'; give a day as YYYY-MM-DD"),
            ({"texts": ("a",), "date_from": "2020-02-01", "date_to": "2020-01-01"}, r"lies after date_to"),
            ({"at": (200.0, 0.0)}, r"give longitude and latitude"),
            ({"texts": ("a",), "threshold": float("nan")}, r"threshold is nan"),
            ({"texts": ("a",), "hits": "index"}, r"index would be overwritten"),
        ],
    )
    def test_what_cannot_be_is_refused(self, values, sentence):
        with pytest.raises(RequestError, match=sentence):
            SearchRequest(index="index", **values)

    def test_a_score_map_needs_its_raster(self):
        with pytest.raises(RequestError, match=r"heat_map is missing"):
            ScoreMapRequest(index="index", texts=("a",))
