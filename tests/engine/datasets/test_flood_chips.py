"""Sen1Floods11 and OMBRIA, on their own chips where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio

from engine.datasets.ombria import open_ombria
from engine.datasets.ombria import write_miniature as write_ombria
from engine.datasets.sen1floods11 import open_sen1floods11
from engine.datasets.sen1floods11 import write_miniature as write_sen1floods11
from engine.errors import InputError

DATA = os.environ.get("GEOFM_TEST_DATA")
real = pytest.mark.skipif(not DATA, reason="GEOFM_TEST_DATA names no folder with chips")


@real
def test_hand_labelled_chips_are_read_as_they_are(tmp_path: Path) -> None:
    source = Path(str(DATA)) / "flood" / "sen1floods11_hand"
    for folder in ("S1Hand", "LabelHand"):
        (tmp_path / folder).symlink_to(source / folder)
    stems = sorted(file.name.removesuffix("_S1Hand.tif") for file in (source / "S1Hand").iterdir())
    listed = "\n".join(f"{stem}_S1Hand.tif,{stem}_LabelHand.tif" for stem in stems)
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "flood_test_data.csv").write_text(listed)
    chips = open_sen1floods11([tmp_path], "test")
    assert list(chips.names) == stems and chips.inputs["radar"].side == 512
    for place, stem in enumerate(stems):
        sample = chips[place]
        with rasterio.open(source / "LabelHand" / f"{stem}_LabelHand.tif") as image:
            stored = image.read(1)
        assert np.array_equal(sample.targets["water"] == 255, stored == -1)
        assert np.array_equal(sample.targets["water"] == 1, stored == 1)
    by_name = {name: chips[place] for place, name in enumerate(chips.names)}
    assert np.isnan(by_name["Paraguay_34417"].inputs["radar"]).all()
    nigeria = by_name["Nigeria_812045"]
    water = nigeria.targets["water"] == 1
    assert np.nanmean(nigeria.inputs["radar"][0][water]) == pytest.approx(-18.9, abs=0.1)  # as its readme has it
    with pytest.raises(InputError, match=r"holds no list flood_bolivia_data\.csv"):
        open_sen1floods11([tmp_path], "bolivia")


@real
def test_pairs_of_pictures_are_read_newest_first() -> None:
    pairs = open_ombria([Path(str(DATA)) / "flood" / "ombria_s1"], "train")
    assert len(pairs) == 624
    sample = pairs[0]
    assert sample.inputs["radar"].shape == (2, 256, 256) and set(np.unique(sample.targets["flood"])) == {0, 1}
    darker = []
    for place in range(0, 624, 24):
        sample = pairs[place]
        flood = sample.targets["flood"] == 1
        after, before = sample.inputs["radar"][:, flood].mean(axis=1) - sample.inputs["radar"][:, ~flood].mean(axis=1)
        darker.append(after - before)
    assert np.median(darker) < -10  # a flood darkens the image after it, against the ground around
    with pytest.raises(InputError, match="holds no folder test"):
        open_ombria([Path(str(DATA)) / "flood" / "ombria_s1"], "test")


def test_chips_that_are_missing_are_named_and_left_out_only_when_asked(tmp_path: Path) -> None:
    (root,) = write_sen1floods11(tmp_path, 2)
    (root / "LabelHand" / "Train_1_LabelHand.tif").unlink()
    with pytest.raises(InputError, match=r"1 of 2 chips of flood_train_data\.csv are not in .*Train_1_S1Hand\.tif"):
        open_sen1floods11([root], "train")
    assert open_sen1floods11([root], "train", skip=True).names == ("Train_0",)
    (root / "flood_test_data.csv").write_text("../S1Hand/a.tif,b.tif\n")
    with pytest.raises(InputError, match="is no list of Sen1Floods11"):
        open_sen1floods11([root], "test")


def test_labels_with_other_codes_are_refused(tmp_path: Path) -> None:
    (root,) = write_sen1floods11(tmp_path)
    with rasterio.open(root / "LabelHand" / "Train_0_LabelHand.tif", "r+") as image:
        image.write(np.full((1, 64, 64), 4, np.int16))
    with pytest.raises(InputError, match="holds the codes 4, and labels of Sen1Floods11 are"):
        open_sen1floods11([root], "train")[0]


def test_pairs_that_lack_a_picture_are_named(tmp_path: Path) -> None:
    (root,) = write_ombria(tmp_path, 2)
    (root / "OmbriaS1" / "train" / "BEFORE" / "S1_before_0002.png").unlink()
    with pytest.raises(InputError, match=r"1 of 2 pairs in .*train lack one of after, before, mask \(0002\)"):
        open_ombria([root], "train")
    assert open_ombria([root], "train", skip=True).names == ("train/0001",)
