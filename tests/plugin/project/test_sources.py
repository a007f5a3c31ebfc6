"""What the engine gets for layers of QGIS, checked by reading it back with GDAL and OGR."""

import shutil
import zipfile
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsRasterLayer, QgsVectorLayer

from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.project.sources import SourceError, existing_file, raster_source, vector_source

SQUARES = ("POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))", "POLYGON((20 0, 30 0, 30 10, 20 10, 20 0))")


def write_raster(path: Path, epsg: int = 32615) -> Path:
    data = gdal.GetDriverByName("GTiff").Create(str(path), 8, 8, 1)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    data.SetProjection(reference.ExportToWkt())
    data.SetGeoTransform((500000, 10, 0, 4000000, 0, -10))
    return path


def memory_layer(name: str = "lakes", crs: str = "EPSG:32733") -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=fid:string&field=kind:string", name, "memory")
    features = []
    for kind, wkt in zip("ab", SQUARES):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(["same", kind])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def write_vector(path: Path, name: str = "lakes", append: bool = False) -> Path:
    driver = ogr.GetDriverByName({".gpkg": "GPKG", ".shp": "ESRI Shapefile"}[path.suffix])
    data = ogr.Open(str(path), update=1) if append else driver.CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32733)
    layer = data.CreateLayer(name, reference, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("kind", ogr.OFTString))
    for kind, wkt in zip("ab", SQUARES):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("kind", kind)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
    return path


def read_back(source: str) -> tuple[list[str], str]:
    """(kinds of the features, EPSG code) of a source, as OGR finds them."""
    path, _, name = source.partition("|layername=")
    data = ogr.Open(path)
    layer = data.GetLayerByName(name) if name else data.GetLayer(0)
    return sorted(feature.GetField("kind") for feature in layer), layer.GetSpatialRef().GetAuthorityCode(None)


@pytest.fixture
def raster(tmp_path):
    return write_raster(tmp_path / "vv é.tif")


def test_a_plain_raster_is_its_path(raster):
    assert raster_source(QgsRasterLayer(str(raster), "vv")) == str(raster)


def test_open_options_of_qgis_are_left_behind(raster):
    assert raster_source(QgsRasterLayer(f"{raster}|option:NUM_THREADS=2", "vv")) == str(raster)


def test_a_raster_in_a_zip(tmp_path, raster):
    with zipfile.ZipFile(tmp_path / "product.zip", "w") as archive:
        archive.write(raster, "in/vv.tif")
    source = f"/vsizip/{tmp_path}/product.zip/in/vv.tif"
    layer = QgsRasterLayer(source, "vv")
    assert layer.isValid()
    assert raster_source(layer) == source


@pytest.mark.parametrize(
    ("form", "name", "source"),
    [
        ("GPKG", "r.gpkg", "GPKG:{path}:second"),
        ("netCDF", "r.nc", 'NETCDF:"{path}":Band1'),
    ],
)
def test_a_part_of_a_file(tmp_path, raster, form, name, source):
    path = tmp_path / name
    options = {"creationOptions": ["RASTER_TABLE=second"]} if form == "GPKG" else {}
    gdal.Translate(str(path), str(raster), format=form, **options)
    source = source.format(path=path)
    layer = QgsRasterLayer(source, "part")
    assert layer.isValid()
    assert raster_source(layer) == source
    path.unlink()
    with pytest.raises(SourceError, match="not there any more"):
        raster_source(layer)


@pytest.mark.parametrize(
    ("uri", "provider"),
    [
        ("type=xyz&url=https://example.invalid/{z}/{x}/{y}.png", "wms"),
        ("crs=EPSG:3857&format=image/png&layers=a&styles=&url=https://example.invalid/wms", "wms"),
        ("url=https://example.invalid/wcs&identifier=a", "wcs"),
        ("/vsicurl/https://example.invalid/a.tif", "gdal"),
        ("/vsizip//vsicurl/https://example.invalid/a.zip/a.tif", "gdal"),
        ("/vsizip/vsis3/bucket/a.zip/a.tif", "gdal"),
        ("https://example.invalid/a.tif", "gdal"),
        ("/vsis3/bucket/a.tif", "gdal"),
        ('NETCDF:"/vsicurl/https://example.invalid/a.nc":vv', "gdal"),
    ],
)
def test_rasters_from_the_web_are_refused(uri, provider, monkeypatch):
    # Not opened, since that would wait for a network.
    layer = QgsRasterLayer()
    monkeypatch.setattr(QgsRasterLayer, "providerType", lambda _: provider)
    monkeypatch.setattr(QgsRasterLayer, "source", lambda _: uri)
    layer.setName("Basemap")
    with pytest.raises(SourceError, match="“Basemap” comes from the web; download it as a file"):
        raster_source(layer)


def test_a_real_tile_layer_is_refused():
    layer = QgsRasterLayer("type=xyz&url=https://example.invalid/{z}/{x}/{y}.png&zmax=3&zmin=0", "Tiles", "wms")
    assert layer.isValid()
    with pytest.raises(GeoFMError, match="“Tiles” comes from the web"):
        raster_source(layer)


def test_a_raster_in_memory_of_qgis_is_refused(raster):
    gdal.FileFromMemBuffer("/vsimem/vv.tif", raster.read_bytes())
    try:
        layer = QgsRasterLayer("/vsimem/vv.tif", "vv")
        assert layer.isValid()
        with pytest.raises(SourceError, match="“vv” is no file"):
            raster_source(layer)
    finally:
        gdal.Unlink("/vsimem/vv.tif")


def test_other_providers_are_refused(monkeypatch, raster):
    layer = QgsRasterLayer(str(raster), "computed")
    monkeypatch.setattr(QgsRasterLayer, "providerType", lambda _: "virtualraster")
    with pytest.raises(SourceError, match="“computed” is no file; save it as GeoTIFF"):
        raster_source(layer)


def test_a_raster_that_is_gone_is_refused(raster):
    layer = QgsRasterLayer(str(raster), "vv")
    raster.unlink()
    with pytest.raises(SourceError, match="file of “vv” is not there any more"):
        raster_source(layer)


def test_a_file_that_is_no_raster_is_refused(tmp_path):
    (tmp_path / "a.tif").write_text("no raster")
    with pytest.raises(SourceError, match="QGIS cannot read “broken”"):
        raster_source(QgsRasterLayer(str(tmp_path / "a.tif"), "broken"))


def test_a_crs_that_only_qgis_knows_is_refused(raster):
    layer = QgsRasterLayer(str(raster), "vv")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32616"))
    with pytest.raises(SourceError, match="EPSG:32616 in QGIS but EPSG:32615 in its file"):
        raster_source(layer)


def test_parts_of_sentinel1_products_stand_for_the_product(tmp_path, monkeypatch, raster):
    manifest = tmp_path / "S1A.SAFE" / "manifest.safe"
    manifest.parent.mkdir()
    manifest.touch()
    layer = QgsRasterLayer(str(raster), "IW VV")
    monkeypatch.setattr(QgsRasterLayer, "source", lambda _: f'SENTINEL1_DN:"{manifest}":IW_VV:AMPLITUDE')
    assert raster_source(layer) == str(manifest)


def test_plain_vector_files_are_not_copied(tmp_path):
    shape = write_vector(tmp_path / "lakes.shp")
    package = write_vector(tmp_path / "lakes.gpkg")
    copies = tmp_path / "copies"
    assert vector_source(QgsVectorLayer(str(shape), "lakes"), str(copies)) == str(shape)
    assert vector_source(QgsVectorLayer(str(package), "lakes"), str(copies)) == str(package)
    named = f"{package}|layername=lakes"
    assert vector_source(QgsVectorLayer(named, "lakes"), str(copies)) == named
    assert not copies.exists()


def test_a_layer_that_has_no_name_among_several_is_copied(tmp_path):
    package = write_vector(tmp_path / "lakes.gpkg")
    write_vector(package, "rivers", append=True)
    source = vector_source(QgsVectorLayer(f"{package}|layerid=1", "rivers"), str(tmp_path / "copies"))
    assert source == f"{tmp_path}/copies/rivers.gpkg|layername=rivers"


def test_memory_layers_are_copied_with_their_crs(tmp_path):
    layer = memory_layer("Lakes / 2021")
    first, second = (vector_source(layer, str(tmp_path / "copies")) for _ in range(2))
    assert first == f"{tmp_path}/copies/Lakes_2021.gpkg|layername=Lakes_2021"
    assert second == f"{tmp_path}/copies/Lakes_2021 2.gpkg|layername=Lakes_2021"
    assert read_back(first) == read_back(second) == (["a", "b"], "32733")


def test_only_the_selected_features(tmp_path):
    layer = QgsVectorLayer(str(write_vector(tmp_path / "lakes.gpkg")), "lakes")
    with pytest.raises(SourceError, match="Nothing is selected in “lakes”"):
        vector_source(layer, str(tmp_path), only_selected=True)
    layer.selectByExpression("kind = 'b'")
    assert read_back(vector_source(layer, str(tmp_path / "copies"), only_selected=True)) == (["b"], "32733")


def test_filtered_layers_are_copied(tmp_path):
    layer = QgsVectorLayer(str(write_vector(tmp_path / "lakes.gpkg")), "lakes")
    layer.setSubsetString("kind = 'a'")
    assert read_back(vector_source(layer, str(tmp_path / "copies"))) == (["a"], "32733")


def test_edits_that_are_not_saved_count(tmp_path):
    layer = QgsVectorLayer(str(write_vector(tmp_path / "lakes.gpkg")), "lakes")
    layer.startEditing()
    layer.deleteFeature(next(layer.getFeatures("kind = 'a'")).id())
    assert read_back(vector_source(layer, str(tmp_path / "copies"))) == (["b"], "32733")
    layer.rollBack()


def test_a_crs_that_only_qgis_knows_is_copied_along(tmp_path):
    layer = QgsVectorLayer(str(write_vector(tmp_path / "lakes.shp")), "lakes")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32734"))
    assert read_back(vector_source(layer, str(tmp_path / "copies")))[1] == "32734"


def test_virtual_layers_are_copied(tmp_path, qgis_new_project):
    path = write_vector(tmp_path / "lakes.gpkg")
    layer = QgsVectorLayer(f"?layer=ogr:{path}:lakes&query=SELECT * FROM lakes WHERE kind='b'", "only b", "virtual")
    assert layer.isValid()
    assert read_back(vector_source(layer, str(tmp_path / "copies")))[0] == ["b"]


def test_vector_layers_without_anything_are_refused(tmp_path):
    empty = QgsVectorLayer("Polygon?crs=EPSG:4326", "nothing", "memory")
    with pytest.raises(SourceError, match="“nothing” is empty"):
        vector_source(empty, str(tmp_path))
    folder = tmp_path / "data"
    folder.mkdir()
    gone = QgsVectorLayer(str(write_vector(folder / "lakes.shp")), "lakes")
    shutil.rmtree(folder)
    with pytest.raises(SourceError, match="file of “lakes” is not there any more"):
        vector_source(gone, str(tmp_path))


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="A copy of “lakes” could not be written"):
        vector_source(memory_layer(), str(tmp_path / "file" / "below"))


def test_files_that_are_chosen_by_path(tmp_path, raster):
    assert existing_file(str(raster)) == str(raster)
    with pytest.raises(SourceError, match="does not exist any more"):
        existing_file(str(tmp_path / "gone.tif"))
