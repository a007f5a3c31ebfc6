"""Images that are chosen as files come onto the map as they are best seen."""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path

import pytest
from osgeo import gdal, osr
from qgis.core import QgsMultiBandColorRenderer, QgsProject, QgsSingleBandGrayRenderer

from geofm_qgis.project.loading import load_images


def write(path: Path, bands: int, names=(), side=200) -> Path:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    data = gdal.GetDriverByName("GTiff").Create(str(path), side, side, bands, gdal.GDT_Float32)
    data.SetProjection(reference.ExportToWkt())
    data.SetGeoTransform((500_000, 10, 0, 5_000_000, 0, -10))
    for number in range(1, bands + 1):
        band = data.GetRasterBand(number)
        values = [1000.0 * number + place % side for place in range(side * side)]
        band.WriteRaster(0, 0, side, side, struct.pack(f"{side * side}f", *values))
        if names:
            band.SetDescription(names[number - 1])
    data.FlushCache()
    return path


def test_sentinel_2_is_shown_in_natural_colours(qgis_new_project, tmp_path):
    path = write(tmp_path / "s2.tif", 4, ("B02", "B03", "B04", "B08"))
    (layer,) = load_images([str(path)])
    renderer = layer.renderer()
    assert isinstance(renderer, QgsMultiBandColorRenderer)
    assert (renderer.redBand(), renderer.greenBand(), renderer.blueBand()) == (3, 2, 1)
    stretch = renderer.redContrastEnhancement()
    assert 3000 <= stretch.minimumValue() < 3020 < 3180 < stretch.maximumValue() <= 3199
    assert QgsProject.instance().mapLayers()
    assert load_images([str(path)]) == [], "it is there already"


def test_radar_is_shown_in_grey(qgis_new_project, tmp_path):
    (layer,) = load_images([str(write(tmp_path / "s1.tif", 2, ("VV", "VH")))])
    assert isinstance(layer.renderer(), QgsSingleBandGrayRenderer)
    assert layer.renderer().grayBand() == 1


def test_what_qgis_cannot_show_is_passed_over(qgis_new_project, tmp_path):
    (tmp_path / "product.SAFE").mkdir()
    (tmp_path / "text.tif").write_text("no image")
    assert load_images([str(tmp_path / "product.SAFE"), str(tmp_path / "text.tif")]) == []
    assert not QgsProject.instance().mapLayers()


@pytest.mark.skipif("GEOFM_TEST_DATA" not in os.environ, reason="GEOFM_TEST_DATA names no folder of images")
def test_real_images_are_stretched_to_what_they_hold(qgis_new_project):
    images = sorted(Path(os.environ["GEOFM_TEST_DATA"]).rglob("*.tif"))[:3]
    for layer in load_images(map(str, images)):
        renderer = layer.renderer()
        stretch = (
            renderer.contrastEnhancement()
            if isinstance(renderer, QgsSingleBandGrayRenderer)
            else renderer.redContrastEnhancement()
        )
        assert math.isfinite(stretch.minimumValue()) and stretch.minimumValue() < stretch.maximumValue()
