"""Images of several dates are read as one, on the pixels of the newest."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from engine.errors import InputError
from engine.raster.dates import open_dates
from engine.raster.image import ImageBand

SIDE = 24


def radar(path, values, bands=("VV", "VH"), left=500_000.0, pixel=10.0, taken=None):
    """Backscatter in dB."""
    array = np.array(values, np.float32)[:, None, None] + np.zeros((SIDE, SIDE), np.float32)
    array[:, : SIDE // 2] -= 5
    transform = Affine(pixel, 0, left, 0, -pixel, 5_300_000)
    profile = {"driver": "GTiff", "dtype": "float32", "crs": "EPSG:32633", "transform": transform}
    with rasterio.open(path, "w", count=len(array), height=SIDE, width=SIDE, **profile) as file:
        file.write(array)
        file.descriptions = bands
        if taken:
            file.update_tags(TIFFTAG_DATETIME=f"{taken:%Y:%m:%d} 00:00:00")
    return str(path)


def test_bands_of_all_dates_stand_one_after_the_other_the_newest_first(tmp_path):
    post = radar(tmp_path / "post.tif", (-8, -14))
    older = radar(tmp_path / "pre.tif", (-15, -9), bands=("VH", "VV"), left=499_980)
    with open_dates([(post,), (older,)]) as image:
        assert [(band.name, band.date) for band in image.bands] == [("VV", 0), ("VH", 0), ("VV", 1), ("VH", 1)]
        assert image.grid.shape == (SIDE, SIDE) and image.grid.transform.c == 500_000
        values = image.read(image.grid)
        some = image.read(image.grid, [3, 0])
    np.testing.assert_allclose(values[:, -1, 4], (-8, -14, -9, -15), atol=1e-4)
    assert np.isnan(values[2:, :, -1]).all() and not np.isnan(values[:2]).any()  # the older one ends before
    np.testing.assert_array_equal(some, values[[3, 0]])


def test_heights_of_the_newest_alone_do_not_change(tmp_path):
    post, pre = radar(tmp_path / "post.tif", (-8, -14)), radar(tmp_path / "pre.tif", (-9, -15))
    heights = radar(tmp_path / "dem.tif", (100,), bands=("elevation",))
    with open_dates([(post, heights), (pre,)]) as image:
        assert [band.name for band in image.bands if band.date == 0] == ["VV", "VH", "elevation"]
        assert [band.name for band in image.bands if band.date == 1] == ["VV", "VH"]


def test_one_date_is_the_image_itself(tmp_path):
    with open_dates([(radar(tmp_path / "post.tif", (-8, -14)),)]) as image:
        assert image.bands == (ImageBand("VV", "db"), ImageBand("VH", "db"))


@pytest.mark.parametrize(
    ("older", "told"),
    [
        ({"values": (-9,), "bands": ("VV",)}, "has no band VH, which"),
        ({"values": (-9, -15), "left": 700_000.0}, "shows another place than"),
        ({"values": (0.1, 0.02)}, None),  # power: read as dB
    ],
)
def test_dates_that_do_not_go_together_are_refused(tmp_path, older, told):
    post, pre = radar(tmp_path / "post.tif", (-8, -14)), radar(tmp_path / "pre.tif", **older)
    if told is None:
        return
    with pytest.raises(InputError, match=told):
        open_dates([(post,), (pre,)])


def test_dates_out_of_order_are_refused(tmp_path):
    names = [
        tmp_path / f"S1A_IW_GRDH_1SDV_{day}T054200_{day}T054225_012345_0ABCDE_1234.tif" for day in (20200101, 20200113)
    ]
    older, newer = (radar(name, (-8, -14)) for name in names)
    open_dates([(newer,), (older,)]).close()
    with pytest.raises(InputError, match="was taken on 2020-01-13, after"):
        open_dates([(older,), (newer,)])
