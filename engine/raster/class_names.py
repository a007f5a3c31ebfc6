"""The names that a class raster gives to its values, whoever made it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element  # nosec B405 # for types: `xml_of` reads

import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from ..cards.classes import HIGHEST_CLASS, class_name
from ..errors import InputError
from ._precautions import UNREADABLE, start_of, xml_of

__all__ = ["class_names"]

# How a column of GDAL's attribute tables is used (GDALRATFieldUsage).
NAME, VALUE = "2", ("5", "3")  # the value itself, or the lowest of a range
NAME_COLUMNS = re.compile(r"(?i)(class[ _]?)?(name|label|category|description)s?|class(es)?")
VALUE_COLUMNS = re.compile(r"(?i)value|code|id|class[ _]?(id|value|code)")
LONGEST_NAME, LONGEST_XML = 500, 4_000_000

Pairs = Iterable[tuple[object, object]]


def class_names(path: str) -> dict[int, str]:
    """Names of values 0 to 254, of the first of these that has any; {} if there are none.

    GeoFM's tags `CLASS_<value>`; GDAL's names of categories, which are also those of ENVI, ERDAS and EnMAP-Box; the
    raster attribute table of an `.aux.xml`; the legend of a style of QGIS (`.qml`) beside the file.

    Parameters
    ----------
    path : str
        A raster that was opened before.
    """
    for source in (_tags, _categories, _attribute_table, _style):
        with suppress(RasterioError, CPLE_BaseError, InputError, *UNREADABLE):  # names are not all that a raster is for
            if names := _plain(source(path)):
                return names
    return {}


def _plain(pairs: Pairs) -> dict[int, str]:
    """Those that name a value of a class."""
    names: dict[int, str] = {}
    for value, text in pairs:
        with suppress(ValueError, OverflowError, TypeError):
            number = float(str(value))
            name = class_name(str(text or ""))
            if number == int(number) and 0 <= number <= HIGHEST_CLASS and 0 < len(name) <= LONGEST_NAME:
                names.setdefault(int(number), name)
    return names


def _tags(path: str) -> Pairs:
    with rasterio.open(path) as file:
        tags = file.tags()
    return [(match[1], text) for key, text in tags.items() if (match := re.fullmatch(r"CLASS_(\d{1,3})", key))]


def _categories(path: str) -> Pairs:
    """As GDAL knows them of many formats; rasterio has no word for them, but a virtual copy of the raster has."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "names.vrt"
        with rasterio.Env(GDAL_PAM_ENABLED=True), rasterio.open(path) as file:
            rasterio.shutil.copy(file, copy, driver="VRT")
        root = _xml(copy)
    return enumerate(element.text or "" for element in _of_first_band(root, "CategoryNames/Category"))


def _attribute_table(path: str) -> Pairs:
    root = _xml(Path(f"{path}.aux.xml"))
    for table in _of_first_band(root, "GDALRasterAttributeTable"):
        columns = [(item.findtext("Name") or "", item.findtext("Usage") or "") for item in table.findall("FieldDefn")]
        name = _column(columns, lambda usage: usage == NAME, NAME_COLUMNS)
        value = _column(columns, lambda usage: usage in VALUE, VALUE_COLUMNS)
        if name is not None and value is not None:
            rows = ([cell.text for cell in row.findall("F")] for row in table.findall("Row"))
            return [(row[value], row[name]) for row in rows if len(row) == len(columns)]
    return []


def _column(columns: list[tuple[str, str]], used: Callable[[str], bool], called: re.Pattern[str]) -> int | None:
    """The column that is used so, else that is called so."""
    matching = [index for index, (_, usage) in enumerate(columns) if used(usage)]
    matching += [index for index, (name, _) in enumerate(columns) if called.fullmatch(name.strip())]
    return matching[0] if matching else None


def _style(path: str) -> Pairs:
    root = _xml(Path(path).with_suffix(".qml"))
    return [(entry.get("value"), entry.get("label")) for entry in root.iter("paletteEntry")]


def _xml(path: Path) -> Element:
    data = start_of(path, None, LONGEST_XML + 1)
    if len(data) > LONGEST_XML:
        raise InputError(f"{path} is longer than a list of classes is.")
    # QGIS writes a document type that names itself and nothing else.
    return xml_of(re.sub(rb"<!DOCTYPE qgis[^<>\[\]]*>", b"", data, count=1), str(path), "list of classes")


def _of_first_band(root: Element, what: str) -> Iterator[Any]:
    for tag in ("PAMRasterBand", "VRTRasterBand"):
        for band in root.iter(tag):
            if band.get("band", "1") == "1":
                yield from band.findall(what)
