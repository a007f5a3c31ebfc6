"""BigEarthNet in both versions: the published classes, real patches, and what is not there."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import rasterio
from numpy.testing import assert_allclose
from pyarrow import parquet

from engine.datasets.bigearthnet import (
    inspect_first,
    inspect_second,
    open_first,
    open_second,
    write_first_miniature,
    write_second_miniature,
)
from engine.datasets.bigearthnet.classes import (
    CORINE,
    GROUPS,
    NINETEEN,
    OF_CORINE,
    groups_of,
    in_nineteen,
    map_of,
    which,
)
from engine.errors import InputError

DATA = os.environ.get("GEOFM_TEST_DATA")
NEEDS_DATA = pytest.mark.skipif(not DATA, reason="GEOFM_TEST_DATA does not name the folder of the test data")


def test_the_nineteen_are_those_of_the_paper() -> None:
    """Sumbul et al. 2021, table 1: which of CORINE's names come together, and the eleven that are dropped."""
    assert (len(CORINE), len(NINETEEN), len(GROUPS)) == (43, 19, 5)
    together = {NINETEEN[place]: [CORINE[index] for index in members] for place, members in enumerate(OF_CORINE)}
    assert together["Permanent crops"] == [
        "Vineyards",
        "Fruit trees and berry plantations",
        "Olive groves",
        "Annual crops associated with permanent crops",
    ]
    assert together["Marine waters"] == ["Coastal lagoons", "Estuaries", "Sea and ocean"]
    dropped = {name for index, name in enumerate(CORINE) if not in_nineteen(which([CORINE[index]], CORINE)).any()}
    assert len(dropped) == 11 and {"Airports", "Burnt areas", "Bare rock", "Intertidal flats"} < dropped
    flags = which(["Coniferous forest", "Inland waters", "Urban fabric"], NINETEEN)
    assert [GROUPS[place] for place in np.flatnonzero(groups_of(flags))] == [GROUPS[0], GROUPS[2], GROUPS[4]]
    codes = np.array([[112, 241, 333], [523, 423, 0], [999, 5000, 312]])
    assert map_of(codes).tolist() == [[0, 3, 11], [18, 255, 255], [255, 255, 9]]


@NEEDS_DATA
def test_real_patches_of_version_1(tmp_path: Path) -> None:
    data = Path(str(DATA)) / "landcover" / "bigearthnet_v1"
    pairs = []
    for file in sorted((data / "BigEarthNet-S1-v1.0").glob("*/*labels_metadata.json")):
        optical = json.loads(file.read_text())["corresponding_s2_patch"]
        if (data / "BigEarthNet-v1.0" / optical).is_dir():
            pairs.append((optical, file.parent.name))
    assert len(pairs) == 4
    for name in ("BigEarthNet-v1.0", "BigEarthNet-S1-v1.0"):
        (tmp_path / name).symlink_to(data / name)
    (tmp_path / "bigearthnet-test.csv").write_text("".join(f"{one},{other}\n" for one, other in pairs))
    patches = open_first([tmp_path], "test")
    assert list(patches.names) == [one for one, _ in pairs]
    for place, (optical, radar) in enumerate(pairs):
        sample = patches[place]
        for band, values in zip(("B02", "B03", "B04", "B08"), sample.inputs["optical_10m"], strict=True):
            with rasterio.open(data / "BigEarthNet-v1.0" / optical / f"{optical}_{band}.tif") as file:
                assert_allclose(values, file.read(1) / 10_000, rtol=1e-6)
        with rasterio.open(data / "BigEarthNet-S1-v1.0" / radar / f"{radar}_VH.tif") as file:
            assert_allclose(sample.inputs["radar"][1], file.read(1), rtol=1e-6)
        facts = json.loads((data / "BigEarthNet-v1.0" / optical / f"{optical}_labels_metadata.json").read_text())
        told = {CORINE[index] for index in np.flatnonzero(sample.targets["corine"])}
        assert told == set(facts["labels"]) and sample.targets["classes"].any()


@NEEDS_DATA
def test_real_patches_of_version_2() -> None:
    root = Path(str(DATA)) / "bigearthnet_v2"
    table = {row["patch_id"]: row for row in parquet.read_table(root / "metadata.parquet").to_pylist()}
    assert [len(open_second([root], split)) for split in ("train", "val", "test")] == [5, 2, 2]
    for split in ("train", "val", "test"):
        patches = open_second([root], split)
        for place, name in enumerate(patches.names):
            sample = patches[place]
            told = {NINETEEN[index] for index in np.flatnonzero(sample.targets["classes"])}
            assert told == set(table[name]["labels"])
            assert sample.inputs["optical_20m"].shape == (6, 60, 60) and "map" not in patches.targets
            assert (sample.inputs["radar"].mean((1, 2)) < 0).all()
    assert inspect_second([root]).found["patches"] == 9


def test_a_map_shows_the_classes_that_are_told(tmp_path: Path) -> None:
    (root,) = write_second_miniature(tmp_path / "set", 2)
    patches = open_second([root], "val")
    for sample in (patches[0], patches[1]):
        assert np.unique(sample.targets["map"]).tolist() == np.flatnonzero(sample.targets["classes"]).tolist()
    shutil.rmtree(root / "Reference_Maps")
    assert set(open_second([root], "val").targets) == {"classes", "groups"}


@pytest.mark.parametrize("version", [1, 2])
def test_patches_that_are_not_there_are_named_and_left_out_only_when_asked(version: int, tmp_path: Path) -> None:
    write, opened, inspect = (
        (write_first_miniature, open_first, inspect_first),
        (write_second_miniature, open_second, inspect_second),
    )[version - 1]
    (root,) = write(tmp_path / "set", 3)
    name = opened([root], "train").names[1]
    shutil.rmtree(next(path for path in root.rglob(name) if "Maps" not in str(path)))
    with pytest.raises(InputError, match=rf"^1 of 3 patches in .* are not there .*{name}") as error:
        opened([root], "train")
    assert error.value.field == "skip_incomplete" and str(error.value).count(". ") == 0
    assert len(opened([root], "train", skip=True)) == 2
    told = inspect([root])
    assert told.found["train"] == {"listed": 3, "with optical images": 2, "with radar images": 3}
    (missing,) = told.missing
    assert (missing.count, missing.names) == (1, (name,))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("elsewhere", "lies elsewhere than B02"),
        ("small", "download it again"),
        ("labels", "does not tell classes of CORINE"),
        ("list", "is no list of BigEarthNet"),
        ("outside", "is no list of BigEarthNet"),
    ],
)
def test_damage_of_version_1_is_one_sentence(damage: str, sentence: str, tmp_path: Path) -> None:
    (root,) = write_first_miniature(tmp_path / "set", 1)
    if damage in ("elsewhere", "small"):
        file = next((root / "BigEarthNet-S1-v1.0").glob("*_0_0/*_VV.tif"))
        with rasterio.open(file) as source:
            profile, values = source.profile, source.read()
        if damage == "small":
            profile.update(height=60)
            values = values[:, :60]
        profile["transform"] = profile["transform"].translation(500, 0) @ profile["transform"]
        with rasterio.open(file, "w", **profile) as target:
            target.write(values)
    elif damage == "labels":
        next((root / "BigEarthNet-v1.0").glob("*_0_0/*.json")).write_text('{"labels": ["Moon"]}')
    else:
        (root / "bigearthnet-train.csv").write_text("one\n" if damage == "list" else "../../a,b/c\n")
    with pytest.raises(InputError, match=sentence) as error:
        open_first([root], "train")[0]
    assert str(error.value).count(". ") == 0


@pytest.mark.parametrize("damage", ["nothing", "no table", "column", "label", "name"])
def test_damage_of_version_2_is_one_sentence(damage: str, tmp_path: Path) -> None:
    (root,) = write_second_miniature(tmp_path / "set", 1)
    table = root / "metadata.parquet"
    rows = parquet.read_table(table).to_pylist()
    if damage == "nothing":
        table.unlink()
    elif damage == "no table":
        table.write_bytes(b"PAR1 and nothing")
    else:
        rows[0] |= {"label": {"labels": ["Moon"]}, "name": {"patch_id": "../up"}}.get(damage, {})
        kept = [{key: value for key, value in row.items() if (key, damage) != ("s1_name", "column")} for row in rows]
        parquet.write_table(pyarrow.Table.from_pylist(kept), table)
    with pytest.raises(InputError, match=r"metadata\.parquet") as error:
        open_second([root], "train")
    assert str(error.value).count(". ") == 0
