"""Sets of scenes as they lie on disks: folders, webdatasets, parts of both, and pictures of other than 8 bits."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from engine.datasets.scenes import TAUGHT, SceneFolder, Shown, open_scenes, scene_folder
from engine.errors import InputError


def _write_shards(folder: SceneFolder, shards: Path, listed: Path) -> None:
    """Write a set as a webdataset of two shards, the names of its classes into the folder `listed`."""
    shards.mkdir(parents=True, exist_ok=True)
    (listed / "classnames.txt").write_text("\n".join(folder.classes))
    for shard in range(2):
        with tarfile.open(shards / f"{shard}.tar", "w") as tar:
            for number, picture in enumerate(folder.pictures):
                if number % 2 == shard:
                    for ending, content in ((".png", picture.path.read_bytes()), (".cls", str(picture.label).encode())):
                        member = tarfile.TarInfo(f"{number:04d}{ending}")
                        member.size = len(content)
                        tar.addfile(member, io.BytesIO(content))


def _as(folder: SceneFolder, root: Path, ending: str, factor: int) -> SceneFolder:
    """The set with every picture in 16 bits, its values times a factor."""
    for picture in folder.pictures:
        path = (root / picture.name).with_suffix(ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture.read()[:, :, ::-1].astype(np.uint16) * factor)
    return scene_folder(root)


def _write_tiff(path: Path, bands: np.ndarray, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = bands.shape
    with (
        pytest.warns(NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="GTiff", width=width, height=height, count=count, dtype=bands.dtype, **options
        ) as image,
    ):
        image.write(bands)
        if options.get("photometric") == "palette":
            image.write_colormap(1, {number: (number, 255 - number, 7) for number in range(256)})


def test_a_folder_without_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        scene_folder(tmp_path / "nowhere")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="holds 1 folders with pictures"):
        scene_folder(tmp_path)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "b.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.png is no picture"):
        scene_folder(tmp_path).pictures[0].read()


def test_shards_of_a_webdataset_are_the_same_set(colour_scenes: Path, tmp_path: Path) -> None:
    folder = scene_folder(colour_scenes)
    _write_shards(folder, tmp_path, tmp_path)
    shards = scene_folder(tmp_path)
    assert shards.classes == folder.classes
    assert sorted(shards.labels()) == sorted(folder.labels())
    by_number = {int(Path(picture.name).stem): picture for picture in shards.pictures}
    assert np.array_equal(by_number[5].read(), folder.pictures[5].read())
    (tmp_path / "0.tar").write_bytes(b"no tar")
    with pytest.raises(InputError, match="is no shard"):
        scene_folder(tmp_path)


@pytest.mark.parametrize("named", ["", "test"])
def test_a_webdataset_as_benchmarks_lie_has_its_shards_in_parts(
    colour_scenes: Path, tmp_path: Path, named: str
) -> None:
    folder = scene_folder(colour_scenes)
    _write_shards(folder, tmp_path / "test", tmp_path)
    _write_shards(folder, tmp_path / "train", tmp_path)
    found = scene_folder(tmp_path / named)
    assert (found.classes, len(found.pictures)) == (folder.classes, len(folder.pictures))
    assert {picture.path.parent.name for picture in found.pictures} == {"test"}
    assert found.part == (None if named else "test")
    assert {picture.path.parent.name for picture in scene_folder(tmp_path, TAUGHT).pictures} == {"train"}
    (tmp_path / "classnames.txt").unlink()
    with pytest.raises(InputError, match=r"no classnames\.txt in it or one folder above"):
        scene_folder(tmp_path / named)


def test_class_folders_may_lie_in_a_part_of_a_set(colour_scenes: Path, tmp_path: Path) -> None:
    shutil.copytree(colour_scenes, tmp_path / "val")
    found = scene_folder(tmp_path)
    assert (found.part, found.path) == ("val", tmp_path)
    assert [picture.name for picture in found.pictures][:1] == ["beach/beach_01.png"]
    # What a model is judged by is not what it is taught, and a folder of any other name is only named.
    with pytest.raises(InputError, match=r"holds 0 folders with pictures.*/val looks like one: give that"):
        scene_folder(tmp_path, TAUGHT)


def test_compressed_shards_are_refused(colour_scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "classnames.txt").write_text("a\nb")
    with tarfile.open(tmp_path / "0.tar", "w:gz") as tar:
        tar.add(colour_scenes)
    with pytest.raises(InputError, match="is no shard of a webdataset"):
        scene_folder(tmp_path)


def test_sixteen_bits_of_a_screen_are_the_same_picture(colour_scenes: Path, tmp_path: Path) -> None:
    folder = scene_folder(colour_scenes)
    deep = _as(folder, tmp_path, ".png", 257)
    shown = Shown(deep)
    for first, second in zip(folder.pictures[::5], deep.pictures[::5], strict=True):
        assert second.read().dtype == np.uint16
        assert np.array_equal(shown(second), first.read())
    assert shown.note == "Pictures that do not have 8 bits are shown from 0 (black) to 65535 (white)."
    plain = Shown(folder)
    plain(folder.pictures[0])
    assert plain.note is None


def test_reflectances_are_stretched_over_the_whole_set(colour_scenes: Path, tmp_path: Path) -> None:
    folder = scene_folder(colour_scenes)
    deep = _as(folder, tmp_path, ".tif", 12)
    shown = Shown(deep)
    values = np.concatenate([picture.read().ravel() for picture in folder.pictures])
    low, high = np.percentile(values, (2, 98))
    for first, second in zip(folder.pictures[::5], deep.pictures[::5], strict=True):
        expected = np.clip((first.read() - low) * 255 / (high - low), 0, 255)
        assert np.abs(shown(second) - expected).max() < 6  # the set is sampled
    assert shown.note is not None and "do not have 8 bits" in shown.note


def test_floating_point_and_missing_values_are_shown(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 0.4, 64, dtype=np.float32), (3, 64, 1))
    values[:, :5] = -9999
    for name in ("a", "b"):
        _write_tiff(tmp_path / name / "1.tif", values, nodata=-9999)
    scenes = scene_folder(tmp_path)
    shown = Shown(scenes)(scenes.pictures[0])
    assert (shown[:5] == 0).all() and shown[30, 0].max() == 0 and shown[30, -1].min() == 255
    assert 120 < shown[30, 32].mean() < 135


def test_tiffs_are_read_however_their_bands_lie(tmp_path: Path) -> None:
    bands = np.stack([np.full((40, 40), level, np.uint8) for level in (200, 100, 50, 9)])
    for number, order in enumerate(("band", "pixel")):
        _write_tiff(tmp_path / "a" / f"{number}.tif", bands[:3], interleave=order)
        _write_tiff(tmp_path / "a" / f"{number}4.tif", bands, interleave=order)
    _write_tiff(tmp_path / "b" / "1.tif", bands[:1])
    _write_tiff(tmp_path / "b" / "2.tif", bands[:1], photometric="palette")
    _write_tiff(tmp_path / "b" / "3.tif", np.repeat(bands, 4, 0))
    *colours, grey, palette, many = scene_folder(tmp_path).pictures
    assert all((picture.read() == (200, 100, 50)).all() for picture in colours)
    assert (grey.read() == 200).all()
    assert (palette.read() == (200, 55, 7)).all()
    with pytest.raises(InputError, match=r"3\.tif has 16 bands"):
        many.read()
    many.path.write_bytes(many.path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"3\.tif is no picture"):
        many.read()


def test_a_set_without_parts_is_parted_by_runs_of_numbers(colour_scenes: Path) -> None:
    train, test = (open_scenes((colour_scenes,), split) for split in ("train", "test"))
    assert train.names[:2] == ("beach/beach_01.png", "beach/beach_02.png")
    assert test.names[:2] == ("beach/beach_11.png", "beach/beach_12.png")
    assert (len(train), len(test)) == (30, 6)
    sample = test[-1]
    assert sample.name == "river/river_12.png" and sample.targets == {
        "class": train.targets["class"].classes.index("river")
    }
    with pytest.raises(InputError, match=r"has no part val; put its pictures into folders of classes in .*val\."):
        open_scenes((colour_scenes,), "val")


def test_parts_with_other_classes_are_refused(colour_scenes: Path, tmp_path: Path) -> None:
    for part in ("train", "test"):
        shutil.copytree(colour_scenes, tmp_path / part)
    assert len(open_scenes((tmp_path,), "test")) == 36
    shutil.rmtree(tmp_path / "test" / "river")
    with pytest.raises(InputError, match=r"test has other classes than .*train; give both the same folders"):
        open_scenes((tmp_path,), "test")
