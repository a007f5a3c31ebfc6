"""What the plugin sees of an image before a job reads it, and that looking does nothing else."""

from pathlib import Path

import pytest
from osgeo import gdal, osr
from qgis.core import QgsProject, QgsRasterLayer

from geofm_qgis.project.imagery import facts_of, fitting_names
from geofm_qgis.search.map import show_footprints

CACHING = """<MRF_META><CachedSource><Source>{source}</Source></CachedSource>
<Raster><Size x="64" y="64" c="1"/><PageSize x="64" y="64" c="1"/><Compression>NONE</Compression>
<DataFile>{target}</DataFile><IndexFile>{target}.idx</IndexFile></Raster></MRF_META>"""
VIRTUAL = """<VRTDataset rasterXSize="8" rasterYSize="4"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename relativeToVRT="1">a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.tif"
    data = gdal.GetDriverByName("GTiff").Create(str(path), 8, 4, 2)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    data.SetProjection(reference.ExportToWkt())
    data.SetGeoTransform((500000, 10, 0, 4000000, 0, -20))
    data.GetRasterBand(2).SetDescription("red")
    return path


def test_the_facts_of_an_image_are_those_that_qgis_shows(image):
    layer = QgsRasterLayer(str(image), "a")
    facts = facts_of([str(image)])
    assert facts is not None
    assert facts.crs == layer.crs()
    assert facts.extent == layer.extent()
    assert (facts.pixel_area, facts.bands) == (200, ("band 1", "red"))


def test_bands_are_called_as_the_engine_calls_them(tmp_path):
    """A picture's by their colours, so that a model of an orthophoto fits it; dates of one band by their own names."""

    def bands(name, count, *descriptions):
        data = gdal.GetDriverByName("GTiff").Create(str(tmp_path / name), 8, 4, count, options=["PHOTOMETRIC=RGB"])
        for number, text in enumerate(descriptions, 1):
            data.GetRasterBand(number).SetDescription(text)
        data.FlushCache()
        del data
        return facts_of([str(tmp_path / name)]).bands

    assert bands("ortho.tif", 3) == ("red", "green", "blue")
    assert bands("named.tif", 4, "Band 1", "Layer_2", "B4", "nir") == ("red", "green", "B04", "nir")
    assert bands("dates.tif", 3, "20200401_B4", "20200615_B4", "B8") == ("20200401_B4", "20200615_B4", "B08")
    assert fitting_names(None, ("2020 B4", "skip", "2021 B4")) == ("2020 B4", "2021 B4")


def test_a_virtual_raster_is_looked_at_once_the_user_has_loaded_it(image):
    path = image.with_suffix(".vrt")
    path.write_text(VIRTUAL)
    assert facts_of([str(path)]) is None
    layer = QgsRasterLayer(str(path), "a")
    QgsProject.instance().addMapLayer(layer, False)
    try:
        assert facts_of([str(path)]) is not None
    finally:
        QgsProject.instance().removeMapLayer(layer.id())


@pytest.mark.parametrize("name", ["b.tif", "b.mrf"])
def test_looking_writes_nothing_and_opens_no_other_format(image, name):
    target = image.with_name("written")
    (image.parent / name).write_text(CACHING.format(source=image, target=target))
    assert facts_of([str(image.parent / name)]) is None
    assert not target.exists()


def test_footprints_of_a_strangers_index_run_no_sql(tmp_path):
    target = tmp_path / "written"
    (tmp_path / "footprints.gpkg").write_text(
        f"""<OGRVRTDataSource><OGRVRTLayer name="images"><SrcDataSource>{tmp_path}/other.gpkg</SrcDataSource>
        <SrcSQL dialect="SQLITE">VACUUM INTO '{target}'</SrcSQL></OGRVRTLayer></OGRVRTDataSource>"""
    )
    with pytest.raises(Exception, match="missing or damaged"):
        show_footprints(str(tmp_path))
    assert not target.exists()
