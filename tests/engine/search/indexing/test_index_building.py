from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from disks import fill
from ground import quarters, write_image
from statistics_encoder import SIDE, StatisticsEncoder, texture

from engine import encoders
from engine.errors import Cancelled, InputError, OutputError
from engine.jobs.report import JsonReport, QuietReport
from engine.jobs.requests import SearchRequest
from engine.search.index import building
from engine.search.index.manifest import FORMAT
from engine.search.index.reading import read_manifest
from engine.search.index.store import open_index
from engine.search.query.filtering import choose
from engine.search.query.searching import search


def content(folder: Path) -> dict[str, bytes]:
    """What an index consists of; a GeoPackage holds the time it was written at."""
    names = ("manifest.json", "manifest.backup.json", "index.json")
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.name in names or path.parent.name == "segments"
    }


def all_tiles(folder: Path) -> np.ndarray:
    index = open_index(folder)
    return index.tiles(np.arange(len(index)))


def vectors_by_place(folder: Path) -> dict[tuple[float, ...], bytes]:
    """The vector of each tile, whatever the order."""
    index = open_index(folder)
    positions = np.arange(len(index))
    places = index.tiles(positions)[["window_m", "row", "column", "lon", "lat"]].tolist()
    return dict(zip(places, map(bytes, index.vectors(positions)), strict=True))


def flip(path: Path, position: int) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)


@pytest.fixture
def other(tmp_path):
    """An image of sand elsewhere."""
    return write_image(
        tmp_path / "other.tif", texture("sand", 128, 128), transform=Affine(1, 0, 510_000, 0, -1, 5_000_000)
    )


class StopAfter(JsonReport):
    """A user who cancels after so many batches."""

    def __init__(self, folder: Path, batches: int) -> None:
        super().__init__(folder, io.StringIO())
        self.left = batches

    def progress(self, done: float, total: float, unit: str) -> None:
        self.left -= 1
        self.cancelled = self.left <= 0


class TestTiles:
    def test_vectors_are_those_of_the_pixels(self, build, image, encoder, tmp_path):
        build(image, window_m=(16.0,))
        index = open_index(tmp_path / "index")
        pixels = quarters(256)
        tiles = index.tiles(np.arange(len(index)))
        assert len(tiles) == 31 * 31
        # 16 pixels are 16 m and the encoder's side: nothing is resampled.
        own = np.stack([pixels[:, t["row"] : t["row"] + SIDE, t["column"] : t["column"] + SIDE] for t in tiles])
        np.testing.assert_allclose(index.vectors(np.arange(len(index))), encoder.images(own), atol=1e-3)

    def test_places_on_the_ground(self, build, image, tmp_path):
        build(image, window_m=(32.0,))
        tile = all_tiles(tmp_path / "index")[0]
        frame = geopandas.GeoSeries.from_wkt(["POINT (500016 4999984)"], crs="EPSG:32633").to_crs("EPSG:4326")
        assert (tile["lon"], tile["lat"]) == pytest.approx((frame[0].x, frame[0].y), abs=1e-9)
        assert tile["west"] < tile["lon"] < tile["east"] and tile["south"] < tile["lat"] < tile["north"]
        assert (tile["row"], tile["column"], tile["height"], tile["width"]) == (0, 0, 32, 32)

    def test_half_of_a_window_must_be_observed(self, build, tmp_path):
        pixels = quarters(256)
        pixels[:, :, :121] = 0
        image = write_image(tmp_path / "holes.tif", pixels, nodata=0)
        build(image, window_m=(16.0,))
        tiles = all_tiles(tmp_path / "index")
        assert tiles["column"].min() == 120 and tiles["observed"].min() == pytest.approx(15 / 16)

    def test_one_colour_is_no_picture(self, build, tmp_path):
        pixels = quarters(256)
        pixels[:, :64] = 0  # an undeclared collar
        build(write_image(tmp_path / "collar.tif", pixels), window_m=(16.0,))
        assert all_tiles(tmp_path / "index")["row"].min() == 56

    def test_across_the_date_line(self, build, tmp_path):
        transform = Affine(1e-4, 0, 180 - 128e-4, 0, -1e-4, -17)
        build(
            write_image(tmp_path / "fiji.tif", quarters(256), crs="EPSG:4326", transform=transform), window_m=(300.0,)
        )
        tiles = all_tiles(tmp_path / "index")
        assert ((tiles["east"] - tiles["west"]) < 0.01).all()
        assert (tiles["west"] < tiles["lon"]).all() and (tiles["lon"] < tiles["east"]).all()
        there = np.flatnonzero((np.abs(np.abs(tiles["lon"]) - 180) < 0.005) & (tiles["lat"] > -17.02))
        assert 0 < len(there) < len(tiles)
        for aoi in ("179.995,-17.02,-179.995,-17", "179.995,-17.02,180.005,-17", "-180.005,-17.02,-179.995,-17"):
            assert choose(open_index(tmp_path / "index"), aoi, None, None)[0].tolist() == there.tolist()

    def test_rows_in_bands_and_strips_give_the_same(self, build, image, tmp_path, monkeypatch):
        build(image, index=tmp_path / "whole")
        monkeypatch.setattr("engine.search.index.cutting.READ_ROWS", 24)
        monkeypatch.setattr("engine.search.index.cutting.STRIP", 100)
        monkeypatch.setattr("engine.search.index.lattice.STRIP", 100)
        build(image, index=tmp_path / "cut")
        whole, cut = (open_index(tmp_path / name) for name in ("whole", "cut"))
        order = [
            np.lexsort([index.tiles(np.arange(len(index)))[name] for name in ("column", "row", "window_m")])
            for index in (whole, cut)
        ]
        # Tiles come in other batches, for which matrix products may round the last bit of a half otherwise.
        np.testing.assert_allclose(cut.vectors(order[1]), whole.vectors(order[0]), rtol=2**-10, atol=2**-16)


class TestImagery:
    def test_sixteen_bits_are_stretched_by_percentiles(self, build, tmp_path):
        pixels = (quarters(256).astype(np.uint16) * 20) + 3000
        image = write_image(tmp_path / "deep.tif", pixels)
        build(image)
        (source,) = read_manifest(tmp_path / "index")[0].sources
        for plane, (low, high) in zip(pixels, source.stretch, strict=True):
            # Of a sample, so near the percentiles of all pixels.
            assert (low, high) == pytest.approx(tuple(np.percentile(plane, (2, 98))), rel=0.05)

    def test_one_band_is_shown_in_grey(self, build, tmp_path):
        build(write_image(tmp_path / "grey.tif", quarters(256)[:1].astype(np.uint16) * 9))
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.bands == (0,) and len(source.stretch) == 3
        assert len(open_index(tmp_path / "index")) > 1000

    def test_colours_are_found_by_the_bands_names(self, build, tmp_path):
        pixels = np.concatenate([quarters(256), quarters(256)[:1]])[[2, 1, 0, 3]].astype(np.uint16)
        image = write_image(tmp_path / "bands.tif", pixels)
        build(image, bands=("blue", "green", "red", "nir"))
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.bands == (2, 1, 0) and source.composite == ("red", "green", "blue")

    @pytest.mark.parametrize(("count", "shown"), [(13, (3, 2, 1)), (12, (3, 2, 1)), (10, (2, 1, 0)), (4, (0, 1, 2))])
    def test_as_many_unnamed_bands_as_sentinel_2_has_are_taken_for_its(self, build, tmp_path, count, shown):
        pixels = np.repeat(quarters(64)[:1].astype(np.uint16) * 9, count, axis=0)
        build(write_image(tmp_path / "bands.tif", pixels))
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.bands == shown
        assert any("as of Sentinel-2" in note for note in source.notes) == (count > 4)

    def test_the_exact_colours_are_shown_of_sensors_with_several_of_one(self, build, tmp_path):
        names = ("coastal_blue", "blue", "green_i", "green", "yellow", "red", "rededge", "nir")
        image = write_image(tmp_path / "dove.tif", np.repeat(quarters(64)[:1].astype(np.uint16) * 9, 8, axis=0))
        with rasterio.open(image, "r+") as file:
            file.descriptions = names
        build(image)
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.composite == ("red", "green", "blue") and source.bands == (5, 3, 1)

    def test_colours_are_found_by_wavelengths(self, build, tmp_path):
        image = write_image(tmp_path / "spectra.tif", np.repeat(quarters(64)[:1].astype(np.uint16) * 9, 40, axis=0))
        with rasterio.open(image, "r+") as file:
            file.descriptions = tuple(f"band {band + 1} ({420 + 10 * band}.5 Nanometers)" for band in range(40))
        build(image)
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.bands == (24, 14, 7)
        assert source.composite[0] == "band 25 (660.5 Nanometers)" and source.notes == ()

    def test_radar_is_shown_as_both_polarisations_and_their_ratio(self, build, tmp_path):
        power = (quarters(256)[:2].astype(np.float32) / 255 + 0.01) * np.array([0.3, 0.06], np.float32)[:, None, None]
        build(write_image(tmp_path / "radar.tif", power), bands=("VV", "VH"))
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.composite == ("VV", "VH", "VV - VH") and source.bands == (0, 1)
        vv, vh = 10 * np.log10(power)
        for plane, (low, high) in zip((vv, vh, vv - vh), source.stretch, strict=True):
            expected = np.percentile(plane, (2, 98))
            short = max(5 - (expected[1] - expected[0]), 0)  # never less than 5 dB
            assert (low, high) == pytest.approx((expected[0] - short / 2, expected[1] + short / 2), abs=0.3)

    def test_images_of_any_system_and_resolution_in_one_index(self, build, encoder, tmp_path):
        fine = write_image(
            tmp_path / "fine.tif", quarters(512), transform=Affine(0.25, 0, 500_000, 0, -0.25, 5_000_000)
        )
        degrees = write_image(
            tmp_path / "degrees.tif", quarters(256), crs="EPSG:4326", transform=Affine(2e-5, 0, 15, 0, -2e-5, 60)
        )
        mercator = write_image(
            tmp_path / "mercator.tif", quarters(256), crs="EPSG:3857", transform=Affine(3, 0, 1e6, 0, -3, 6e6)
        )
        summary = build(fine, degrees, mercator, window_m=(32.0,)).summary
        index = open_index(tmp_path / "index")
        assert summary["images"] == 3 and summary["tiles"] == len(index)
        assert [source.factor for source in index.sources.values()] == [7, 1, 1]
        tiles = index.tiles(np.arange(len(index)))
        across = (tiles["east"] - tiles["west"]) * 111_320 * np.cos(np.radians(tiles["lat"]))
        assert across == pytest.approx(np.full(len(tiles), 32), rel=0.1)

    def test_files_apart_are_one_image(self, build, tmp_path, encoder):
        parts = [
            write_image(tmp_path / f"{name}.tif", plane[None])
            for name, plane in zip(("red", "green", "blue"), quarters(256), strict=True)
        ]
        request_images = (tuple(map(str, parts)),)
        from engine.jobs.requests import IndexRequest

        request = IndexRequest(images=request_images, index=str(tmp_path / "index"), model="s", window_m=(16.0,))
        building.build_index(request, QuietReport(tmp_path))
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert len(source.files) == 3 and source.composite == ("red", "green", "blue")

    def test_real_sentinel_2(self, build, tmp_path, encoder):
        data = os.environ.get("GEOFM_TEST_DATA")
        if not data:
            pytest.skip("GEOFM_TEST_DATA is not set")
        images = sorted(Path(data, "lulc/eolearn_slovenia").glob("S2_L1C_scene*.tif"))
        build(*images, window_m=())
        for source in read_manifest(tmp_path / "index")[0].sources:
            assert source.composite == ("B04", "B03", "B02") and source.gsd_m == pytest.approx(10, rel=1e-2)
            assert source.window_m == pytest.approx((160, 320), rel=1e-2)

    def test_windows_by_default_are_what_the_model_sees(self, build, image, tmp_path):
        build(image, window_m=())
        (source,) = read_manifest(tmp_path / "index")[0].sources
        assert source.window_m == pytest.approx((16, 32), rel=1e-3)


class TestChanges:
    def test_add_and_remove(self, build, image, other, tmp_path, encoder):
        alone = build(image).summary["tiles"]
        before = encoder.tiles_seen
        both = build(other, action="add").summary
        assert both["tiles"] == alone + both["added"] and encoder.tiles_seen - before == both["added"]
        assert build(image, action="remove").summary["tiles"] == both["added"]
        index = open_index(tmp_path / "index")
        assert [source.label for source in index.sources.values()] == ["other"] and len(index) == both["added"]
        # What is left was moved into a segment of its own, with the same vectors.
        build(other, index=tmp_path / "fresh")
        fresh = open_index(tmp_path / "fresh")
        np.testing.assert_array_equal(index.vectors(np.arange(len(index))), fresh.vectors(np.arange(len(fresh))))
        assert len(list((tmp_path / "index" / "segments").iterdir())) == 3

    def test_removing_from_an_unfinished_index_reads_nothing(self, build, image, other, tmp_path, encoder):
        with pytest.raises(Cancelled):
            build(other, image, report=StopAfter(tmp_path, 5))
        before = encoder.tiles_seen
        build(other, action="remove")
        assert encoder.tiles_seen == before and not read_manifest(tmp_path / "index")[0].whole
        build(image)  # what was left to be read
        build(image, index=tmp_path / "fresh")
        index, fresh = (open_index(tmp_path / name) for name in ("index", "fresh"))
        np.testing.assert_array_equal(index.vectors(np.arange(len(index))), fresh.vectors(np.arange(len(fresh))))

    def test_a_removal_given_again_is_done(self, build, image, other, tmp_path):
        tiles = build(image, other).summary["tiles"]
        left = build(image, action="remove").summary["tiles"]
        assert build(image, action="remove").summary["tiles"] == left < tiles
        assert build(image, action="add").summary["tiles"] == tiles
        assert build(image, action="remove").summary["tiles"] == left

    def test_adding_twice_reads_once(self, build, image, other, encoder):
        build(image)
        build(other, action="add")
        before = encoder.tiles_seen
        assert build(other, image, action="add").summary["added"] == 0
        assert encoder.tiles_seen == before

    def test_refresh_reads_what_has_changed(self, build, image, other, tmp_path, encoder):
        build(image, other)
        write_image(other, texture("water", 128, 128), transform=Affine(1, 0, 510_000, 0, -1, 5_000_000))
        before = encoder.tiles_seen
        summary = build(action="refresh").summary
        index = open_index(tmp_path / "index")
        assert encoder.tiles_seen - before == summary["added"] == 15 * 15 + 7 * 7
        water = encoder.texts(["water"])[0]
        own = np.flatnonzero(index.columns.source == max(index.sources))
        assert len(own) == summary["added"] and (index.vectors(own) @ water).min() > 0.9

    def test_images_that_are_gone_stay_and_are_named(self, build, image, other, tmp_path):
        tiles = build(image, other).summary["tiles"]
        other.unlink()
        summary = build(action="refresh").summary
        assert summary["tiles"] == tiles and summary["stale"] == [{"files": [str(other)], "state": "missing"}]
        assert "is gone since it was indexed" in summary["warnings"][0]

    def test_another_model_is_refused(self, build, image, other, monkeypatch):
        build(image)
        monkeypatch.setattr(encoders, "load_encoder", lambda name, device="auto": StatisticsEncoder("2"))
        with pytest.raises(InputError, match=r"was made with Colour statistics .* is another"):
            build(other, action="add")

    def test_an_index_is_not_built_over_another(self, build, image, other, tmp_path):
        build(image)
        before = content(tmp_path / "index")
        with pytest.raises(InputError, match=r"holds another index already; add the images to it"):
            build(other)
        assert content(tmp_path / "index") == before

    def test_a_folder_of_something_else_is_left_alone(self, build, image, tmp_path):
        folder = tmp_path / "photos"
        folder.mkdir()
        (folder / "cat.jpg").touch()
        with pytest.raises(InputError, match=r"holds other files; choose a new or empty folder"):
            build(image, index=folder)
        assert [path.name for path in folder.iterdir()] == ["cat.jpg"]

    def test_what_is_not_there_cannot_go(self, build, image, other):
        build(image)
        with pytest.raises(InputError, match=r"other\.tif is not in the index"):
            build(other, action="remove")
        with pytest.raises(InputError, match=r"holds no index to add"):
            build(other, action="add", index=other.parent / "nowhere")
        assert not (other.parent / "nowhere").exists()

    def test_one_at_a_time(self, build, image, tmp_path):
        from engine.jobs.locks import FileLock

        build(image)
        lock = FileLock(tmp_path / "index" / "lock")
        assert lock.try_acquire()
        with pytest.raises(InputError, match=r"is being changed by another job"):
            build(image)
        lock.release()

    def test_footprints(self, build, image, other, tmp_path):
        build(image, other)
        layer = geopandas.read_file(tmp_path / "index" / "footprints.gpkg")
        assert list(layer["name"]) == ["ground", "other"] and layer.crs == "EPSG:4326"
        areas = layer.to_crs("EPSG:32633").area
        assert list(areas) == pytest.approx([256**2, 128**2], rel=1e-3)


class TestResuming:
    @pytest.mark.parametrize("batches", [1, 2, 7])
    def test_a_paused_build_goes_on_to_the_same_index(self, build, image, encoder, tmp_path, batches):
        build(image, index=tmp_path / "unbroken")
        seen = encoder.tiles_seen
        encoder.tiles_seen = 0
        breaks = 0
        while breaks < 100:
            try:
                build(image, index=tmp_path / "paused", report=StopAfter(tmp_path, batches))
                break
            except Cancelled:
                breaks += 1
                assert len(open_index(tmp_path / "paused")) > 0  # what is there can be searched
        assert breaks >= 1 and encoder.tiles_seen == seen  # nothing is read twice
        assert content(tmp_path / "paused") == content(tmp_path / "unbroken")

    def test_rows_beyond_the_manifest_do_not_count(self, build, image, tmp_path):
        build(image, index=tmp_path / "unbroken")
        with pytest.raises(Cancelled):
            build(image, report=StopAfter(tmp_path, 3))
        before = len(open_index(tmp_path / "index"))
        for path in (tmp_path / "index" / "segments").iterdir():
            with path.open("ab") as file:
                file.write(b"what a killed process left")
        assert len(open_index(tmp_path / "index")) == before
        build(image)
        assert content(tmp_path / "index") == content(tmp_path / "unbroken")

    def test_an_image_that_changed_meanwhile_is_read_from_its_start(self, build, image, tmp_path):
        with pytest.raises(Cancelled):
            build(image, report=StopAfter(tmp_path, 3))
        write_image(image, quarters(256)[:, ::-1].copy())
        build(image)
        index = open_index(tmp_path / "index")
        build(image, index=tmp_path / "fresh")
        fresh = open_index(tmp_path / "fresh")
        np.testing.assert_array_equal(index.vectors(np.arange(len(index))), fresh.vectors(np.arange(len(fresh))))

    def test_a_finished_build_given_again_does_nothing(self, build, image, encoder, tmp_path):
        build(image)
        before, seen = content(tmp_path / "index"), encoder.tiles_seen
        assert build(image).summary["added"] == 0
        assert content(tmp_path / "index") == before and encoder.tiles_seen == seen


class TestBadInput:
    def test_one_image_of_many_is_damaged(self, build, image, tmp_path):
        bad = tmp_path / "bad.tif"
        bad.write_bytes(image.read_bytes()[:5000])
        summary = build(image, bad).summary
        assert summary["images"] == 1 and [item["files"] for item in summary["failed"]] == [[str(bad)]]
        assert any("bad" in warning for warning in summary["warnings"])

    def test_an_image_that_ends_midway_leaves_no_tiles(self, build, image, tmp_path):
        bad = write_image(tmp_path / "short.tif", quarters(1024), compress="DEFLATE")
        bad.write_bytes(bad.read_bytes()[:-200_000])
        summary = build(image, bad).summary
        assert summary["images"] == 1 and "cannot be read to its end" in summary["warnings"][0]
        assert set(all_tiles(tmp_path / "index")["source"]) == {1}

    @pytest.mark.parametrize("name", ["missing.tif", "text.tif"])
    def test_nothing_is_left_of_an_index_of_nothing(self, build, tmp_path, name):
        (tmp_path / "text.tif").write_text("no image")
        with pytest.raises(InputError, match=name):
            build(tmp_path / name)
        assert not (tmp_path / "index").exists()

    def test_an_image_without_observed_pixels(self, build, tmp_path):
        image = write_image(tmp_path / "empty.tif", np.zeros((3, 64, 64), np.uint8), nodata=0)
        with pytest.raises(InputError, match=r"nothing to index"):
            build(image)
        assert not (tmp_path / "index").exists()

    def test_an_image_of_one_colour(self, build, tmp_path):
        image = write_image(tmp_path / "plain.tif", np.full((3, 64, 64), 90, np.uint8))
        with pytest.raises(InputError, match=r"nothing to index: .* all is one single colour"):
            build(image)

    def test_windows_too_small_for_the_image(self, build, image):
        with pytest.raises(InputError, match=r"too few pixels for windows of 2 m"):
            build(image, window_m=(2.0,))

    def test_full_disk(self, build, image, tmp_path, tmpfs):
        disk = tmpfs("size=4m")
        ballast = fill(disk, 60_000)
        with pytest.raises(OutputError, match=r"could not be written: the disk is full|free some"):
            build(image, index=disk / "index")
        ballast.unlink()
        build(image, index=disk / "index")
        build(image, index=tmp_path / "unbroken")
        assert content(disk / "index") == content(tmp_path / "unbroken")

    def test_a_model_that_is_not_installed(self, image, tmp_path, monkeypatch):
        from engine.jobs.requests import IndexRequest

        monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
        request = IndexRequest(images=((str(image),),), index=str(tmp_path / "index"), model="no-such-model")
        with pytest.raises(InputError, match=r"no-such-model"):
            building.build_index(request, QuietReport(tmp_path))
        assert not (tmp_path / "index").exists()


class TestDamage:
    def test_a_segment_cut_off_serves_the_rest(self, build, image, tmp_path, monkeypatch):
        monkeypatch.setattr("engine.search.index.segments.SEGMENT_TILES", 500)
        whole = build(image).summary["tiles"]
        assert whole == 1186
        path = tmp_path / "index" / "segments" / "000002.vectors"
        path.write_bytes(path.read_bytes()[: 300 * 24 * 2])  # of 256 rows the checksum is known
        index = open_index(tmp_path / "index")
        assert len(index) == whole - 244 and "Segment 2" in index.damage[0] and "244 tiles of ground" in index.damage[0]
        assert index.verified() is index
        numbers = index.numbers(np.arange(len(index)))
        np.testing.assert_array_equal(index.positions(numbers.tolist()), np.arange(len(index)))

    @pytest.mark.parametrize(("suffix", "lost"), [("vectors", 64), ("codes", 0), ("tiles", 64)])
    @pytest.mark.parametrize("segment", [2, 3])  # the last one is not full
    def test_changed_bytes_are_noticed_and_mended(self, build, image, tmp_path, monkeypatch, suffix, lost, segment):
        monkeypatch.setattr("engine.search.index.segments.SEGMENT_TILES", 456)
        whole = build(image).summary["tiles"]
        before = vectors_by_place(tmp_path / "index")
        flip(tmp_path / "index" / "segments" / f"00000{segment}.{suffix}", 1000)
        index = open_index(tmp_path / "index")
        assert len(index) == whole and len(index.verified()) == whole - lost
        assert f"Segment {segment}" in index.verified().damage[0]
        assert build(action="refresh").summary["tiles"] == whole
        assert not open_index(tmp_path / "index").verified().damage
        assert vectors_by_place(tmp_path / "index") == before
        mended = content(tmp_path / "index")
        assert build(action="refresh").summary["added"] == 0
        assert content(tmp_path / "index") == mended

    def test_what_is_added_to_a_damaged_index_is_served(self, build, image, other, tmp_path):
        tiles = build(image).summary["tiles"]
        flip(tmp_path / "index" / "segments" / "000001.vectors", 50_000)
        summary = build(other, action="add").summary
        index = open_index(tmp_path / "index")
        assert len(index.verified()) == len(index) == summary["tiles"] == tiles + 15 * 15 + 7 * 7
        assert not (tmp_path / "index" / "segments" / "000001.vectors").exists()

    def test_only_the_image_that_lost_tiles_is_read_again(self, build, image, other, tmp_path, encoder):
        build(image, other)
        path = tmp_path / "index" / "segments" / "000001.vectors"
        flip(path, path.stat().st_size - 1)
        index = open_index(tmp_path / "index").verified()
        assert "of other are left out" in index.damage[0]
        assert set(index.columns.source) == {1, 2}  # and the first rows of the other
        seen = encoder.tiles_seen
        build(action="refresh")
        assert encoder.tiles_seen - seen == 15 * 15 + 7 * 7
        assert not open_index(tmp_path / "index").verified().damage

    def test_an_image_that_is_gone_keeps_what_is_left_of_it(self, build, image, other, tmp_path):
        tiles = build(image).summary["tiles"]
        flip(tmp_path / "index" / "segments" / "000001.vectors", 50)
        image.rename(tmp_path / "away.tif")
        for _ in range(2):
            assert "is gone since it was indexed" in build(other, action="add").summary["warnings"][0]
            index = open_index(tmp_path / "index").verified()
            assert len(index) == tiles - 64 + 15 * 15 + 7 * 7 and len(index.damage) == 1
        (tmp_path / "away.tif").rename(image)
        build(action="refresh")
        index = open_index(tmp_path / "index").verified()
        assert len(index) == tiles + 15 * 15 + 7 * 7 and not index.damage
        assert len({path.stem for path in (tmp_path / "index" / "segments").iterdir()}) == 1

    @pytest.mark.parametrize("gone", [False, True])
    def test_int8_copies_are_made_again_of_the_vectors(self, build, image, tmp_path, encoder, gone):
        build(image)
        seen, before = encoder.tiles_seen, open_index(tmp_path / "index").verified()
        codes = np.concatenate([piece.codes.numpy() for piece in before.pieces])
        path = tmp_path / "index" / "segments" / "000001.codes"
        path.unlink() if gone else flip(path, 0)
        index = open_index(tmp_path / "index").verified()
        assert len(index) == len(before) and "its int8 copies are made again of the vectors" in index.damage[0]
        np.testing.assert_array_equal(np.concatenate([piece.codes.numpy() for piece in index.pieces]), codes)
        image.rename(tmp_path / "away.tif")
        build(action="refresh")
        index = open_index(tmp_path / "index").verified()
        assert encoder.tiles_seen == seen and not index.damage
        np.testing.assert_array_equal(np.concatenate([piece.stored_codes.numpy() for piece in index.pieces]), codes)

    def test_what_is_damaged_is_mended_beside_an_image_that_stays_unreadable(self, build, image, tmp_path):
        bad = tmp_path / "bad.tif"
        bad.write_text("no image")
        build(image, bad)
        (tmp_path / "index" / "segments" / "000001.codes").unlink()
        with pytest.raises(InputError, match=r"bad\.tif is not a raster"):
            build(action="refresh")
        assert not open_index(tmp_path / "index").verified().damage

    def test_a_build_that_was_broken_off_goes_on_in_another_segment(self, build, image, tmp_path):
        """What it lost is read again."""
        with pytest.raises(Cancelled):
            build(image, report=StopAfter(tmp_path, 3))
        flip(tmp_path / "index" / "segments" / "000001.tiles", 5000)
        build(image)
        build(image, index=tmp_path / "fresh")
        assert vectors_by_place(tmp_path / "index") == vectors_by_place(tmp_path / "fresh")
        assert not open_index(tmp_path / "index").verified().damage

    def test_a_segment_that_is_gone(self, build, image, tmp_path):
        build(image)
        (tmp_path / "index" / "segments" / "000001.tiles").unlink()
        index = open_index(tmp_path / "index")
        assert len(index) == 0 and "1,186 tiles" in index.damage[0]

    @pytest.mark.parametrize("text", ["", "{}", f'{{"format": {FORMAT}, "about": 5}}', "[" * 100_000])
    def test_the_backup_stands_in_for_a_damaged_manifest(self, build, image, tmp_path, text):
        tiles = build(image).summary["tiles"]
        (tmp_path / "index" / "manifest.json").write_text(text)
        index = open_index(tmp_path / "index")
        assert len(index) == tiles and "manifest.json is missing or damaged" in index.damage[0]
        build(action="refresh")
        assert not open_index(tmp_path / "index").damage

    def test_both_manifests_damaged(self, build, image, tmp_path):
        build(image)
        for name in ("manifest.json", "manifest.backup.json"):
            (tmp_path / "index" / name).write_text("no")
        with pytest.raises(InputError, match=r"neither of its manifests can be read \(.*\); delete the folder"):
            build(image)
        shutil.rmtree(tmp_path / "index")
        build(image)

    def test_an_index_of_a_newer_version(self, build, image, tmp_path):
        build(image)
        path = tmp_path / "index" / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
        with pytest.raises(InputError, match=r"newer GeoFM"):
            open_index(tmp_path / "index")
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
        with pytest.raises(InputError, match=r"earlier GeoFM and cannot be read; delete the folder and build"):
            build(image)

    def test_no_index(self, tmp_path):
        with pytest.raises(InputError, match=r"holds no index; build one"):
            open_index(tmp_path)


def test_an_index_can_be_copied(build, image, tmp_path):
    """It names no path of its own."""
    tiles = build(image).summary["tiles"]
    shutil.copytree(tmp_path / "index", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "index")
    assert len(open_index(tmp_path / "elsewhere").verified()) == tiles


class TestMoved:
    """An index and its images on a drive that gets another letter."""

    @pytest.fixture
    def moved(self, build, tmp_path):
        """The index where it lies now, beside its image in a folder; what was there before is gone."""
        (tmp_path / "E" / "photos" / "2024").mkdir(parents=True)
        image = write_image(tmp_path / "E" / "photos" / "2024" / "ground.tif", quarters(256))
        build(image, index=tmp_path / "E" / "town.index")
        shutil.move(tmp_path / "E", tmp_path / "F")
        return tmp_path / "F" / "town.index"

    def test_images_are_found_beside_the_index(self, moved, tmp_path):
        (source,) = open_index(moved).sources.values()
        assert source.files == (str(tmp_path / "F" / "photos" / "2024" / "ground.tif"),)
        request = SearchRequest(index=str(moved), texts=("town",), top=3, thumbnails=str(tmp_path / "small"))
        summary = search(request, QuietReport(tmp_path)).summary
        assert [Path(hit["thumbnail"]).name for hit in summary["hits"]] == ["00001.jpg", "00002.jpg", "00003.jpg"]
        assert summary["warnings"] == [] and {hit["stale"] for hit in summary["hits"]} == {""}

    def test_a_refresh_keeps_where_they_lie_and_reads_nothing_again(self, build, moved, tmp_path):
        image = tmp_path / "F" / "photos" / "2024" / "ground.tif"
        for action, images in (("refresh", ()), ("add", (image,))):
            summary = build(*images, index=moved, action=action).summary
            assert summary["added"] == 0 and summary["images"] == 1 and summary["warnings"] == []
        files = json.loads((moved / "manifest.json").read_text())["sources"][0]["files"]
        assert files == [str(image)]
        assert geopandas.read_file(moved / "footprints.gpkg")["files"].tolist() == [str(image)]

    def test_another_image_of_that_name_is_not_taken_for_it(self, moved, tmp_path):
        os.utime(tmp_path / "F" / "photos" / "2024" / "ground.tif", (1, 1))
        (source,) = open_index(moved).sources.values()
        assert source.files == (str(tmp_path / "E" / "photos" / "2024" / "ground.tif"),)

    def test_paths_of_another_system(self, moved, tmp_path):
        image = tmp_path / "F" / "photos" / "2024" / "ground.tif"
        path = moved / "manifest.json"
        values = json.loads(path.read_text())
        values["sources"][0]["files"] = ["E:\\photos\\2024\\ground.tif"]
        path.write_text(json.dumps(values))
        (source,) = open_index(moved).sources.values()
        assert source.files == (str(image),)


class TestImagesWithoutBounds:
    """A virtual raster of some hundred bytes may claim any number of pixels."""

    @pytest.fixture
    def endless(self, image, tmp_path):
        path = tmp_path / "endless.vrt"
        rasterio.shutil.copy(image, path, driver="VRT")
        size = 'rasterXSize="{0}" rasterYSize="{0}"'
        path.write_text(path.read_text().replace(size.format(256), size.format(4_000_000)))
        return path

    def test_are_refused_before_anything_is_planned(self, build, endless, tmp_path):
        with pytest.raises(InputError, match=r"endless\.vrt: The image has some .* windows of 16, 32 m, .*clip it"):
            build(endless)
        assert not (tmp_path / "index").exists()

    def test_one_that_shows_nothing_can_be_cancelled(self, build, tmp_path):
        """No batch ever becomes full."""
        calm = write_image(tmp_path / "calm.tif", np.full((3, 512, 512), 60, np.uint8))
        report, asked = JsonReport(tmp_path, io.StringIO()), []

        def check_cancelled():
            asked.append(0)
            if len(asked) > 10:
                raise Cancelled("The job was cancelled.")

        report.check_cancelled = check_cancelled
        with pytest.raises(Cancelled):
            build(calm, window_m=(16.0,), report=report)
