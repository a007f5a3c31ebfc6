"""EuroSAT with all bands: their order, its parts, and what is not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import rasterio
from numpy.testing import assert_allclose

from engine.datasets.eurosat import CLASSES, open_eurosat, write_miniature
from engine.errors import InputError


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_miniature(tmp_path_factory.mktemp("set") / "EuroSAT_MS")[0]


def test_bands_come_in_the_order_of_wavelengths_and_as_reflectance(root: Path) -> None:
    """B8A, the last of a file, stands behind B08."""
    patches = open_eurosat([root.parent], "test")
    assert [*patches.inputs["optical"].bands][7:10] == ["B08", "B8A", "B09"]
    sample = patches[9]
    assert sample.name == "SeaLake/SeaLake_5" and sample.targets["class"] == 9
    with rasterio.open(root / f"{sample.name}.tif") as file:
        assert_allclose(sample.inputs["optical"][8], file.read(13) / 10_000, rtol=1e-6)
        assert_allclose(sample.inputs["optical"][9], file.read(9) / 10_000, rtol=1e-6)


def test_parts_go_by_number_in_each_class(root: Path) -> None:
    parts = {split: open_eurosat([root], split).names for split in ("train", "val", "test")}
    assert [name for name in parts["train"] if "Forest" in name] == [f"Forest/Forest_{n}" for n in (1, 2, 3)]
    assert [len(names) for names in parts.values()] == [30, 10, 10]
    assert all(len({name.partition("/")[0] for name in names}) == len(CLASSES) for names in parts.values())


@pytest.mark.parametrize(
    ("gone", "sentence"), [("Highway", "lacks the classes Highway"), ("River/*", "holds 0 patches called River_1")]
)
def test_what_is_missing_is_one_sentence(gone: str, sentence: str, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "set")
    for path in (tmp_path / "set").glob(gone):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError, match=sentence) as error:
        open_eurosat([tmp_path / "set"], "train")
    assert str(error.value).count(". ") == 0
