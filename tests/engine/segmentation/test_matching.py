"""Which class of a truth is which of a map, where one has names and the other numbers, and wherever names are kept."""

from __future__ import annotations

import geopandas
import numpy as np
import plots
import pytest
import rasterio
import shapely
from plots import NAMES, TRANSFORM

from engine.errors import InputError
from engine.raster.class_names import class_names
from engine.segmentation.evaluation import evaluate

ORDER = ("Unclassified", "water", "town", "forest", "field")  # of another program: other values than ours
PLACE = {"crs": "EPSG:32633", "transform": TRANSFORM}


@pytest.fixture
def ground():
    """Class ids uint8[96, 128] in the order of NAMES."""
    return plots.ground()


@pytest.fixture
def coded(ground):
    """The same ground in the values of ORDER, 1 to 4."""
    return np.array([ORDER.index(name) for name in NAMES], np.uint8)[ground]


def write(path, values, names=None, driver="GTiff", **more):
    height, width = values.shape
    with rasterio.open(
        path, "w", driver=driver, count=1, height=height, width=width, dtype="uint8", **{**PLACE, **more}
    ) as file:
        file.write(values, 1)
        if names:
            file.update_tags(**{f"CLASS_{value}": name for value, name in names.items()})
    return str(path)


def aux(path, inside):
    path.with_name(f"{path.name}.aux.xml").write_text(
        f'<PAMDataset><PAMRasterBand band="1">{inside}</PAMRasterBand></PAMDataset>', encoding="utf-8"
    )


def with_categories(path, values):
    aux(path, "<CategoryNames>" + "".join(f"<Category>{name}</Category>" for name in ORDER) + "</CategoryNames>")
    return write(path, values)


def with_attribute_table(path, values):
    columns = (("Count", 0, 1), ("VALUE", 0, 5), ("Class", 2, 2), ("Red", 0, 6))
    fields = "".join(
        f'<FieldDefn index="{index}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage></FieldDefn>'
        for index, (name, kind, usage) in enumerate(columns)
    )
    rows = "".join(
        f'<Row index="{index}"><F>9</F><F>{index}</F><F>{name}</F><F>0</F></Row>' for index, name in enumerate(ORDER)
    )
    written = write(path, values)
    aux(path, f'<GDALRasterAttributeTable tableType="thematic">{fields}{rows}</GDALRasterAttributeTable>')
    return written


def with_style(path, values):
    entries = "".join(
        f'<paletteEntry alpha="255" value="{value}" color="#102030" label="{name}"/>'
        for value, name in enumerate(ORDER)
    )
    path.with_suffix(".qml").write_text(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis><pipe><rasterrenderer type='paletted'>"
        f"<colorPalette>{entries}</colorPalette></rasterrenderer></pipe></qgis>",
        encoding="utf-8",
    )
    return write(path, values)


def as_envi(path, values):
    written = write(path.with_suffix(".dat"), values, driver="ENVI")
    header = path.with_suffix(".hdr")
    text = header.read_text().replace("ENVI Standard", "ENVI Classification")
    colours = "{0,0,0, 255,0,0, 0,0,255, 255,255,0, 0,128,0}"
    header.write_text(f"{text}classes = 5\nclass lookup = {colours}\nclass names = {{{', '.join(ORDER)}}}\n")
    return written


@pytest.mark.parametrize("keep", [with_categories, with_attribute_table, with_style, as_envi])
def test_names_are_read_wherever_programs_keep_them(tmp_path, ground, coded, keep):
    truth = keep(tmp_path / "truth.tif", coded)
    assert class_names(truth) == dict(enumerate(ORDER))
    coded[:10] = 0  # somebody did not classify them
    truth = keep(tmp_path / "less.tif", coded)
    judged = evaluate(write(tmp_path / "map.tif", ground, dict(enumerate(NAMES))), truth)
    assert judged["overall_accuracy"] == 1 and judged["classes"] == list(NAMES)
    assert judged["pixels"] == ground[10:].size
    (warning,) = judged["warnings"]
    assert warning == f"Value 0 of {truth} is called Unclassified and stands for no class."


def test_what_lies_beside_a_raster_and_is_no_list_of_classes_names_nothing(tmp_path, coded):
    path = tmp_path / "truth.tif"
    write(path, coded)
    for end, text in (
        (".tif.aux.xml", "<PAMDataset><PAMRasterBand"),
        (".qml", "<!DOCTYPE qgis [<!ENTITY a 'b'>]><qgis/>"),
    ):
        path.with_name(f"truth{end}").write_text(text)
    assert class_names(str(path)) == {}
    path.with_suffix(".qml").write_text("<qgis>" + "<paletteEntry value='a' label='b'/><paletteEntry/>" * 9 + "</qgis>")
    assert class_names(str(path)) == {}


def test_numbers_that_are_the_names_of_the_map_are_these(tmp_path, ground):
    """A map of codes from an earlier version, whose values are others, and a truth of the codes."""
    path = write(tmp_path / "map.tif", ground, {value: str(value + 1) for value in range(4)})
    judged = evaluate(path, write(tmp_path / "truth.tif", ground + 1))
    assert judged["overall_accuracy"] == 1 and judged["classes"] == ["1", "2", "3", "4"] and judged["warnings"] == []
    # The truth's values are the map's, all of them, and only some are its names.
    judged = evaluate(path, write(tmp_path / "values.tif", ground))
    assert judged["overall_accuracy"] == 1
    (warning,) = judged["warnings"]
    assert "does not name its classes: its values were taken for the map's (0 = 1, 1 = 2, 2 = 3, 3 = 4)" in warning
    named = write(tmp_path / "named.tif", ground + 1, {value + 1: name for value, name in enumerate(NAMES)})
    judged = evaluate(path, named)
    assert judged["overall_accuracy"] == 1 and "(1 = 1, 2 = 2, 3 = 3, 4 = 4)" in judged["warnings"][0]


def test_values_without_names_are_compared_and_told(tmp_path, ground):
    path = write(tmp_path / "map.tif", ground, dict(enumerate(NAMES)))
    plain = write(tmp_path / "truth.tif", ground)
    judged = evaluate(path, plain)
    assert judged["overall_accuracy"] == 1 and judged["classes"] == list(NAMES)
    pairs = "0 = field, 1 = forest, 2 = town, 3 = water"
    assert judged["warnings"] == [f"{plain} does not name its classes: its values were taken for the map's ({pairs})."]
    judged = evaluate(plain, path)
    assert judged["overall_accuracy"] == 1 and judged["classes"] == list(NAMES)
    assert judged["warnings"] == [
        f"{plain} does not name its classes: its values were taken for those of {path} ({pairs})."
    ]
    judged = evaluate(plain, plain)
    assert judged["warnings"] == ["Neither names its classes: values were compared as they are."]


def test_a_value_of_which_the_map_knows_nothing_is_told(tmp_path, ground):
    path = write(tmp_path / "map.tif", ground + 1, {value + 1: name for value, name in enumerate(NAMES)})
    ground[:48] = 0
    truth = ground + 1
    truth[:24] = 0
    judged = evaluate(path, write(tmp_path / "truth.tif", truth))
    assert any("knows no class 0: its pixels count as mistakes (or ignore their value)" in text
               for text in judged["warnings"])  # fmt: skip


def polygons(path, classes, field="kind"):
    frame = geopandas.read_file(plots.write_polygons(path, classes, field="class"))
    frame["code"] = frame["class"].map({name: index + 1 for index, name in enumerate(NAMES)})
    frame.to_file(path, driver="GPKG")
    return str(path)


def test_a_map_of_numbers_is_not_compared_with_names(tmp_path, ground):
    foreign, truth = write(tmp_path / "map.tif", ground + 1), polygons(tmp_path / "truth.gpkg", ground)
    with pytest.raises(
        InputError, match=r"has numbers and no names of classes, and .* has names .field, forest"
    ) as caught:
        evaluate(foreign, truth, class_field="class")
    assert caught.value.field == "class_field"
    assert evaluate(foreign, truth, class_field="code")["overall_accuracy"] == 1
    with pytest.raises(InputError, match=r"No class of .* is one of"):
        evaluate(write(tmp_path / "m.tif", ground, {0: "a", 1: "b", 2: "c", 3: "d"}), truth, class_field="class")


def test_capitals_alone_can_tell_classes_apart(tmp_path):
    truth = np.repeat(np.arange(3, dtype=np.uint8), 8)[:, None].repeat(8, 1)
    names = {0: "Wood", 1: "wood", 2: "lake"}
    found = np.where(truth == 0, 1, truth)
    judged = evaluate(write(tmp_path / "map.tif", found, names), write(tmp_path / "truth.tif", truth, names))
    assert judged["classes"] == ["Wood", "wood", "lake"]
    assert judged["confusion"] == [[0, 64, 0], [0, 64, 0], [0, 0, 64]]
    # Where one cannot tell which is meant, it is neither.
    other = write(tmp_path / "other.tif", truth, {0: "WOOD", 1: "wood", 2: "Lake"})
    judged = evaluate(write(tmp_path / "map.tif", found, names), other)
    assert judged["classes"] == ["wood", "lake", "WOOD"] and judged["overall_accuracy"] == pytest.approx(2 / 3)
    assert any("knows no class WOOD" in text for text in judged["warnings"])


def test_accents_of_either_form_are_one_name(tmp_path):
    values = np.zeros((8, 8), np.uint8)
    path = write(tmp_path / "map.tif", values, {0: "forêt"})
    judged = evaluate(path, write(tmp_path / "truth.tif", values, {0: "fore\u0302t "}))
    assert judged["classes"] == ["forêt"] and judged["warnings"] == []


def test_points_are_the_pixels_that_they_lie_in(tmp_path, ground, geofm):
    source = np.random.default_rng(3)
    rows, columns = source.integers(0, 96, 200), source.integers(0, 128, 200)
    found = ground.copy()
    found[:48] = (found[:48] + 1) % 4
    shapes = [shapely.Point(TRANSFORM @ (column + 0.5, row + 0.5)) for row, column in zip(rows, columns, strict=True)]
    frame = geopandas.GeoDataFrame({"kind": np.array(NAMES)[ground[rows, columns]]}, geometry=shapes, crs="EPSG:32633")
    frame.to_crs(4326).to_file(tmp_path / "points.gpkg", driver="GPKG")
    path = write(tmp_path / "map.tif", found, dict(enumerate(NAMES)))
    judged = evaluate(path, str(tmp_path / "points.gpkg"), class_field="kind")
    places = np.unique(np.stack([rows, columns]), axis=1)
    assert judged["warnings"] == [
        f"200 points of {tmp_path / 'points.gpkg'} lie in {places.shape[1]} pixels, which count once each."
    ]
    assert judged["pixels"] == places.shape[1]
    assert judged["overall_accuracy"] == pytest.approx((places[0] >= 48).mean())
    frame.geometry = [shapely.LineString([point.coords[0], (0, 0)]) for point in frame.geometry]
    frame.to_file(tmp_path / "lines.gpkg", driver="GPKG")
    words = ("--prediction", path, "--truth", tmp_path / "lines.gpkg", "--class-field", "kind")
    done = geofm("evaluate", "segmentation", *words)
    assert done.status == 1 and "holds lines, which cover no pixels; give polygons or points" in done.err
    assert "metres" not in done.err and "--buffer" not in done.err
