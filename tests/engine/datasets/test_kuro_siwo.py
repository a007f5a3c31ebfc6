"""Kuro Siwo in its folders and shards: what is read, in which order, what counts, and what is wrong with a download."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from engine.datasets.kuro_siwo import (
    open_grd,
    open_images,
    open_shards,
    open_slc,
    write_grd_miniature,
    write_images_miniature,
    write_shards_miniature,
    write_slc_miniature,
)
from engine.datasets.kuro_siwo.events import EVENTS, SPLITS, ZONES
from engine.datasets.kuro_siwo.inventory import inspect_grd, inspect_shards
from engine.errors import InputError

Change = Callable[[Path], None]


@pytest.fixture
def grd(tmp_path: Path) -> Path:
    """Two patches of each part: the first of each flat, the second below a prefix."""
    return write_grd_miniature(tmp_path / "kuro", 2)[0]


def patch(root: Path, actid: int) -> Path:
    """The first folder of an event's patches."""
    return next(path.parent for path in sorted((root / "data" / str(actid)).rglob("MS1_IVV*")))


def rewrite(file: Path, change: Callable[[np.ndarray], np.ndarray], **profile: object) -> None:
    with rasterio.open(file) as image:
        values, told = image.read(), image.profile
    values = change(values)
    count, height, width = values.shape
    with rasterio.open(file, "w", **{**told, "count": count, "height": height, "width": width, **profile}) as image:
        image.write(values)


def values(file: Path) -> np.ndarray:
    with rasterio.open(file) as image:
        return image.read(1)


def test_the_split_is_the_papers() -> None:
    by_split = {split: {event.actid for event in EVENTS.values() if event.split == split} for split in SPLITS}
    assert [len(by_split[split]) for split in SPLITS] == [27, 7, 10]
    assert sum(map(len, by_split.values())) + 1 == len(EVENTS)  # 1111012 is in none
    assert by_split["val"] == {514, 559, 279, 520, 437, 1111003, 1111008}  # as its configuration lists them
    assert by_split["test"] == {321, 561, 445, 562, 411, 1111002, 277, 1111007, 205, 1111013}
    train = {130, 470, 555, 118, 174, 324, 421, 554, 427, 518, 502, 498, 497, 496, 492, 147, 267, 273, 275, 417, 567}
    assert by_split["train"] == train | {1111011, 1111004, 1111009, 1111010, 1111006, 1111005}
    assert all(set(event.zones) <= set(ZONES) for event in EVENTS.values())


def test_both_depths_are_found_and_parted_by_event(grd: Path) -> None:
    names = {split: open_grd([grd], split).names for split in SPLITS}
    assert {split: sorted({int(name.split("/")[0]) for name in own}) for split, own in names.items()} == {
        "train": [118, 130],
        "val": [279],
        "test": [205, 277],
    }
    assert sorted({name.count("/") for own in names.values() for name in own}) == [2, 3]


def test_the_newest_image_comes_first_and_files_are_as_they_were(grd: Path) -> None:
    patches = open_grd([grd], "train")
    folder = grd / "data" / patches.names[0]
    radar = patches[0].inputs["radar"]
    roles = ("MS1_IVV", "MS1_IVH", "SL1_IVV", "SL1_IVH", "SL2_IVV", "SL2_IVH")
    for channel, role in zip(radar, roles, strict=True):
        (file,) = folder.glob(f"{role}*.tif")
        stored = values(file)
        assert np.array_equal(np.isnan(channel), stored == 0)
        assert np.array_equal(channel[stored != 0], stored[stored != 0])
    dates = [int(next(folder.glob(f"{role}*.tif")).stem[-8:]) for role in roles[::2]]
    assert dates == sorted(dates, reverse=True)
    flood = patches[0].targets["water"] == 2
    assert np.nanmean(radar[0][flood]) < np.nanmean(radar[2][flood]) / 4


def test_what_is_not_known_or_not_valid_is_not_labelled(grd: Path) -> None:
    folder = patch(grd, 118)
    (mask,), (valid,) = folder.glob("MK0_MLU*"), folder.glob("MK0_MNA*")

    def invalid(seen: np.ndarray) -> np.ndarray:
        seen[0, :3] = 0
        return seen

    rewrite(valid, invalid)
    patches = open_grd([grd], "train")
    water = patches[patches.names.index(str(folder.relative_to(grd / "data")))].targets["water"]
    expected = values(mask)
    expected[(expected == 3) | (values(valid) != 1)] = 255
    assert np.array_equal(water, expected)
    assert (water[:3] == 255).all() and (values(mask)[:3] < 3).any()


def test_gaps_of_the_elevation_stay_gaps_and_the_slope_is_of_the_ground(grd: Path) -> None:
    folder = patch(grd, 118)
    (dem,) = folder.glob("MK0_DEM*")
    rewrite(dem, lambda seen: np.tile(np.arange(seen.shape[2], dtype=seen.dtype), (1, seen.shape[1], 1)))
    with rasterio.open(dem) as image:
        _, y = image.transform @ (32, 32)
    sample = open_grd([grd], "train")[0]
    assert open_grd([grd], "train").names[0] == str(folder.relative_to(grd / "data"))
    assert np.isfinite(sample.inputs["dem"]).all()
    # A metre up for each pixel, which are 10 m apart on the map; on the sphere of the map's own radius they are closer.
    latitude = math.atan(math.sinh(y / 6378137))
    eccentricity = math.sqrt(0.00669437999014)
    apart = 10 * math.cos(latitude) / math.sqrt(1 - (eccentricity * math.sin(latitude)) ** 2)
    assert sample.inputs["slope"][0, 32, 32] == pytest.approx(math.degrees(math.atan(1 / apart)), rel=1e-4)
    other = open_grd([grd], "val")[0].inputs
    assert np.isnan(other["dem"][0, 2:5, 2:5]).all() and np.isnan(other["dem"]).sum() == 9
    assert np.isnan(other["slope"][0, 1:6, 1:6]).any() and np.isfinite(other["slope"][0, 10:, 10:]).all()
    assert open_grd([grd], "val", terrain=False).inputs.keys() == {"radar"}


def remove(role: str) -> Change:
    def change(folder: Path) -> None:
        for file in folder.glob(f"{role}*"):
            file.unlink()

    return change


def swap(folder: Path) -> None:
    """The two dates before the flood, as a copy of the set has them."""
    for file in list(folder.glob("SL?_*.tif")):
        file.rename(file.with_name(f"x{file.name}"))
    for file in list(folder.glob("xSL?_*.tif")):
        rank = "2" if file.name[3] == "1" else "1"
        file.rename(file.with_name(f"SL{rank}{file.name[4:]}"))


def move(folder: Path) -> None:
    (file,) = folder.glob("SL1_IVV*")
    file.rename(file.with_name(file.name.replace("_118_", "_130_")))


def empty(folder: Path) -> None:
    for file in list(folder.iterdir()):
        file.unlink()


def single_look(folder: Path) -> None:
    for file in list(folder.glob("???_IV*.tif")):
        file.rename(file.with_name(file.name.replace("_IVV_", "_SLC_"))) if "IVV" in file.name else file.unlink()


DOWNLOADS: dict[str, tuple[Change, str]] = {
    "a date": (remove("SL2"), r"1 lack the image long before the flood \(SL2\)"),
    "two dates": (remove("SL"), "1 lack 2 of three dates"),
    "a band": (remove("SL1_IVH"), "1 lack SL1_IVH"),
    "a mask": (remove("MK0_MLU"), "1 lack MK0_MLU"),
    "a polarisation": (remove("???_IVH"), "1 have VV alone"),
    "another order": (swap, "1 have dates in another order"),
    "another place": (move, "1 hold files of another activation or place"),
    "nothing": (empty, "1 are empty"),
    "another product": (single_look, "1 are SLC, not GRD"),
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_an_incomplete_download_is_named_and_counted_and_left_out_only_when_asked(grd: Path, name: str) -> None:
    damage, sentence = DOWNLOADS[name]
    folder = patch(grd, 118)
    damage(folder)
    with pytest.raises(InputError, match=sentence) as error:
        open_grd([grd], "train")
    told = str(error.value)
    assert f"1 of 2 patches of the part train in {grd / 'data'} cannot be used" in told
    assert folder.name in told and told.count(". ") == 0 and error.value.field == "skip_incomplete"
    left = open_grd([grd], "train", skip=True)
    assert len(left) == 1 and left.listing.unusable == 1 and left[0].name != str(folder)
    assert len(open_grd([grd], "val")) == 2


def test_files_of_another_place_codes_of_another_set_and_files_cut_off_are_named(grd: Path) -> None:
    folder = patch(grd, 118)
    (mask,), (valid,), (radar,) = (folder.glob(f"{role}*") for role in ("MK0_MLU", "MK0_MNA", "SL1_IVV"))
    whole = mask.read_bytes()
    rewrite(mask, lambda seen: np.full_like(seen, 7))
    with pytest.raises(InputError, match=rf"{mask.name} holds the codes 7, and labels of Kuro Siwo are"):
        open_grd([grd], "train")[0]
    mask.write_bytes(whole)
    with rasterio.open(valid) as image:
        place = image.transform
    rewrite(valid, lambda seen: seen, transform=place @ Affine.translation(5, 0))
    with pytest.raises(InputError, match=rf"{valid.name} lies elsewhere than MS1_IVV_118"):
        open_grd([grd], "train")[0]
    rewrite(radar, lambda seen: np.concatenate([seen, seen]))
    with pytest.raises(InputError, match=rf"{radar.name} has 2 bands, and GRD of Kuro Siwo 1"):
        open_grd([grd], "train")[0]


def test_patches_of_other_sizes_are_filled_up_or_refused(grd: Path) -> None:
    folder = patch(grd, 118)
    for file in folder.glob("*.tif"):
        rewrite(file, lambda seen: seen[:, :50, :60])
    sample = open_grd([grd], "train")[0]
    assert sample.inputs["radar"].shape == (6, 64, 64) and sample.targets["water"].shape == (64, 64)
    assert np.isnan(sample.inputs["radar"][:, 50:]).all() and (sample.targets["water"][:, 60:] == 255).all()


def test_images_are_of_labelled_and_unlabelled_patches(grd: Path, tmp_path: Path) -> None:
    write_images_miniature(grd, 3)  # beside the labelled ones, as archives mix them
    images, labelled = open_images([grd], "train"), open_grd([grd], "train")
    assert set(labelled.names) < set(images.names) and any(name.startswith("1111012/00/") for name in images.names)
    assert labelled.listing.unlabelled == 3 and not images.targets
    assert images[0].inputs["radar"].shape == (6, 64, 64)
    assert {name.split("/")[0] for name in open_images([grd], "test").names} == {"277", "205"}


def test_the_single_look_product_has_four_bands_a_date_and_an_index_of_zones(tmp_path: Path) -> None:
    (root,) = write_slc_miniature(tmp_path / "slc", 2)
    patches = open_slc([root], "train")
    radar = patches[0].inputs["radar"]
    assert list(patches.inputs["radar"].bands) == ["VV phase", "VH amplitude", "VV amplitude", "VH phase"]
    assert radar.shape == (12, 64, 64) and np.nanmax(np.abs(radar[[0, 3]])) <= np.pi
    test = open_slc([root], "test")
    assert [test.zone(place) for place in range(2)] == [2, 3]  # of an event with two, by the index
    assert np.isnan(test[1].inputs["radar"][:, 56:]).all()  # a patch that is cut short
    with pytest.raises(InputError, match="2 are SLC, not GRD"):
        open_grd([root], "train")


def test_detected_patches_are_no_single_look_ones(grd: Path) -> None:
    with pytest.raises(InputError, match="2 are GRD, not SLC"):
        open_slc([grd], "train")


def test_shards_are_parted_by_event_whatever_their_folder_says(tmp_path: Path, grd: Path) -> None:
    (root,) = write_shards_miniature(tmp_path / "shards", 2)
    for split in SPLITS:
        shards, folders = open_shards([root], split), open_grd([grd], split)
        assert {name.split("/")[0] for name in shards.names} == {"train_GRD", "test_GRD"}
        by_patch = {name.rpartition("/")[2]: folders[place] for place, name in enumerate(folders.names)}
        for place in range(len(shards)):
            sample, same = shards[place], by_patch[shards.names[place].rpartition("/")[2]]
            assert np.array_equal(sample.targets["water"], same.targets["water"])
            for name, stored in sample.inputs.items():
                assert np.allclose(stored, same.inputs[name], rtol=1e-3, atol=1e-3, equal_nan=True), name


def test_climate_zones_are_those_of_the_patch(grd: Path) -> None:
    patches = open_grd([grd], "test")
    zones = {patches.actid(place): patches.zone(place) for place in range(2)}
    assert zones[277] == 2 and zones[205] == 1
    info = grd / "data" / patches.names[[patches.actid(0), patches.actid(1)].index(277)] / "info.json"
    facts = json.loads(info.read_text())
    for file in facts["datasets"].values():
        del file["clz_id"]
    info.write_text(json.dumps(facts))
    assert {patches.actid(place): patches.zone(place) for place in range(2)}[277] is None
    info.write_text("{")
    with pytest.raises(InputError, match=r"info\.json cannot be read"):
        [patches.zone(place) for place in range(2)]


def test_the_inventory_counts_what_is_there_and_names_what_is_not(grd: Path, tmp_path: Path) -> None:
    gone, broken = patch(grd, 279), patch(grd, 205)
    shutil.rmtree(gone)
    remove("SL1")(broken)
    (grd / "KuroV2_grid_dict.gz").write_bytes(b"no index is read")
    told = inspect_grd([grd])
    assert told.found["patches"] == 4 and told.found["in the catalogue"] == 6
    assert told.found["train"]["by event"] == {"118 Spain 2015-02": 1, "130 Myanmar 2015-08": 1}
    missing = {each.what: each for each in told.missing}
    catalogue = missing["patches of the catalogue have no folder"]
    assert catalogue.count == 1 and catalogue.names[0].replace("-", "") == gone.name
    assert missing["patches lack the image before the flood (SL1)"].names == (str(broken.relative_to(grd / "data")),)
    assert missing["events of the part train have no usable patch"].count == 25
    assert any("KuroV2_grid_dict.gz" in note for note in told.notes)
    (shards,) = write_shards_miniature(tmp_path / "shards")
    assert inspect_shards([shards]).found["patches"] == 3
