"""Vector files: reading their layers, and refusing shapes that mean nothing on a map."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..errors import InputError
from ..files import SHOWN, listed
from ._ogr import pyogrio
from ._vector_files import opened_as
from ._vector_precautions import MOST_FIELDS, network_of, refuse_vector_traps
from .crs import crs_of_text, girth, is_of_a_map
from .polygon_set import POLYGONS
from .polygons import FIELDS
from .raster_file import is_raster
from .sink import ClassInfo
from .tangles import refuse_tangled

__all__ = [
    "NoVectorFile",
    "Polygons",
    "exists",
    "file_of",
    "has_layer",
    "polygons_of",
    "read_features",
    "read_polygons",
    "refuse_endless",
    "refuse_jumps",
]

# Twice round the Earth; and more than the Earth's girth in metres or feet.
FARTHEST_DEGREES, FARTHEST_UNITS = 720.0, 2e8
COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION
# Of WKB: polyhedral surfaces, TIN and triangles, as the multipatches of shapefiles become.
SURFACES = (15, 16, 17)
# What layers say of themselves whose features may be of any kind.
ANY_KIND = ("Unknown", "GeometryCollection")
# Coordinate systems of sites and drawings; QGIS writes one where a layer has none.
LOCAL = re.compile(r"\s*(LOCAL_CS|ENGCRS|ENGINEERINGCRS)", re.IGNORECASE)
NO_MAP = "{label} has a coordinate system that is no map's; set the true one (in QGIS: Layer > Layer CRS), and save it."


class NoVectorFile(InputError):
    """What was named as a vector file is none, or is damaged."""


def file_of(text: str) -> str:
    """The file of what names a file or, as QGIS does it, a layer in one: `file|layername=name`."""
    return text if exists(text) else text.partition("|")[0]


def has_layer(text: str) -> bool:
    """Whether a text names a layer in a file."""
    return file_of(text) != text


def exists(text: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(text)  # noqa: PTH110 - says no to what cannot be a path, where `Path` raises


class Polygons(NamedTuple):
    """The polygons of a layer.

    Attributes
    ----------
    geometries : array of shapely geometries
    crs : CRS
    chosen : bool
        Whether only polygons of one class of a map of GeoFM were taken.
    notes : tuple of str
        What must be known of how they were read, one sentence each.
    """

    geometries: NDArray[Any]
    crs: CRS
    chosen: bool
    notes: tuple[str, ...]


def read_polygons(text: str, *, own_class: ClassInfo | None = None) -> Polygons:
    """The polygons of a vector file; lines and points beside them are passed over, which a note says.

    Parameters
    ----------
    text : str
        A file with one layer of polygons; or `file|layername=name` or `file|layerid=number`, as QGIS names layers.
    own_class : ClassInfo, optional
        If GeoFM itself made the layer from a map, only its polygons of this class are taken.

    Raises
    ------
    InputError
        If the file is missing, is no vector file, has no CRS, holds no polygons, or holds several layers of polygons
        and none is chosen.
    """
    features = read_features(text, FIELDS[:1] if own_class is not None else ())
    geometries, chosen = features.geometries, False
    if own_class is not None and set(FIELDS) <= set(features.fields):
        chosen = True
        geometries = geometries[np.asarray(features.values[FIELDS[0]]) == own_class.value]
        if not len(geometries):
            raise InputError(
                f"{text} is a map of GeoFM without polygons of {own_class.name} ({FIELDS[0]} {own_class.value}); leave"
                " it out."
            )
    geometries = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    if not len(geometries):
        raise InputError(f"{text} holds no polygons.")
    geometries, notes = polygons_of(geometries, text)
    refuse_endless(geometries, text, features.crs)
    refuse_jumps(geometries, text, features.crs)
    return Polygons(geometries, features.crs, chosen, notes)


def polygons_of(geometries: NDArray[Any], label: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The polygons among shapes and in collections of shapes, and a note if others are passed over.

    Raises
    ------
    InputError
        If there are shapes, but no polygons.
    """
    while (mixed := shapely.get_type_id(geometries) == COLLECTION).any():
        geometries = np.concatenate([geometries[~mixed], shapely.get_parts(geometries[mixed])])
    polygonal = np.isin(shapely.get_type_id(geometries), POLYGONS)
    if len(geometries) and not polygonal.any():
        raise InputError(f"{label} holds lines or points; give polygons.")
    left = int((~polygonal & ~shapely.is_empty(geometries) & ~shapely.is_missing(geometries)).sum())
    if not left:
        return geometries[polygonal], ()
    return geometries[polygonal], (
        f"{label} holds {left:,} line{'s' * (left > 1)} or point{'s' * (left > 1)} beside its polygons, which are"
        " passed over.",
    )


@dataclass(frozen=True)
class Features:
    """What a layer holds.

    Attributes
    ----------
    geometries : array of shapely geometries
        None for features without one.
    crs : CRS
    fields : tuple of str
        All that the layer has.
    values : dict of str to array
        Of the fields that were asked for and are there, one value per feature.
    """

    geometries: NDArray[Any]
    crs: CRS
    fields: tuple[str, ...]
    values: dict[str, NDArray[Any]]


def read_features(text: str, columns: Sequence[str] | Callable[[tuple[str, ...]], Sequence[str]] = ()) -> Features:
    """The features of a vector layer, whatever their geometry.

    Parameters
    ----------
    text : str
        As for `read_polygons`.
    columns : sequence of str or callable
        The fields whose values are wanted, as far as the layer has them; or what chooses from those that it has.

    Raises
    ------
    InputError
        If the file is missing, is no vector file, is damaged, has no CRS, or holds several layers and none is chosen.
    """
    path = file_of(text)
    if not path.startswith("/vsi") and not exists(path):
        raise InputError(f"{path} does not exist; check the path.")
    refuse_vector_traps(path)
    name, choice = opened_as(path, text[len(path) + 1 :])
    try:
        with warnings.catch_warnings(), network_of(path):
            warnings.simplefilter("ignore")  # such as that M values are dropped
            layer = _layer(path, name, choice)
            fields = tuple(str(field) for field in pyogrio.read_info(name, layer=layer)["fields"])
            if len(fields) > MOST_FIELDS:
                raise InputError(f"{path} has {len(fields):,} fields; export the layer with those that are needed.")
            wanted = columns(fields) if callable(columns) else [name for name in columns if name in fields]
            information, _, shapes, values = pyogrio.raw.read(name, layer=layer, columns=list(wanted), force_2d=True)
    except (
        *(pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError),
        UnboundLocalError,  # pyogrio's own slip, where a coordinate system cannot be written as WKT
    ) as error:
        raise _no_vector_file(path) from error
    geometries = _geometries(shapes if shapes is not None else np.array([], object), path)
    named = [str(name) for name in information["fields"]]
    return Features(geometries, _crs(information["crs"], text), fields, dict(zip(named, values, strict=True)))


def _no_vector_file(path: str) -> InputError:
    """The sentence on what cannot be opened as a vector file."""
    # A path without a name, such as /, takes no suffix.
    if path.lower().endswith(".shp") and not path.startswith("/vsi") and Path(path).stem:
        index = Path(path).with_suffix(".shx")
        if not any(exists(str(file)) for file in (index, index.with_suffix(".SHX"))):
            return InputError(
                f"{path} lacks {index.name}, without which a shapefile is not whole; put it beside it, or save the "
                "layer as a GeoPackage in QGIS, which can do without."
            )
    if is_raster(path):
        return NoVectorFile(
            f"{path} is a raster; make polygons of it (in QGIS: Raster > Conversion > Polygonize), and give these."
        )
    return NoVectorFile(
        f"{path} is not a vector file in a format that GeoFM reads, or it is damaged; save it as a GeoPackage."
    )


def _geometries(shapes: NDArray[Any], path: str) -> NDArray[Any]:
    """Shapely geometries of WKB; a ring that is not closed is not passed over."""
    with np.errstate(all="ignore"):
        geometries = np.asarray(shapely.from_wkb(shapes, on_invalid="ignore"), object)
    unread = shapely.is_missing(geometries) & np.array([shape is not None for shape in shapes], bool)
    if any(_wkb_kind(shape) in SURFACES for shape in shapes[unread]):
        raise InputError(f"{path} holds surfaces in space (TIN or multipatch), not polygons; give their outlines.")
    if unread.any():
        raise InputError(f"{path} holds shapes that are damaged; repair it (in QGIS: Fix geometries) or draw it again.")
    return geometries


def refuse_endless(geometries: NDArray[Any], label: str, crs: CRS) -> None:
    """See that all corners are finite and on a map, and no shape is a tangle; else GEOS stumbles, or fills the memory.

    Raises
    ------
    InputError
        If they are not.
    """
    corners = shapely.get_coordinates(geometries)
    if not np.isfinite(corners).all():
        raise InputError(f"{label} has corners without finite coordinates; draw it again.")
    if crs.is_geographic and (np.abs(corners) > FARTHEST_DEGREES).any():
        raise InputError(
            f"{label} has corners that are not in degrees; set its true coordinate system, or draw it again."
        )
    if (np.abs(corners) > FARTHEST_UNITS).any():
        raise InputError(f"{label} has corners that lie on no map; set its true coordinate system, or draw it again.")
    refuse_tangled(geometries, label)


def refuse_jumps(geometries: NDArray[Any], label: str, crs: CRS) -> None:
    """See that no edge goes around more than half of the Earth but not all of it: nobody can tell which half is meant.

    Raises
    ------
    InputError
        If one does.
    """
    if not crs.is_geographic or not (turn := girth(crs)):
        return
    west, _, east, _ = shapely.bounds(geometries).T
    for geometry in geometries[east - west > turn / 2]:
        corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(geometry)), return_index=True)
        steps = np.abs(np.diff(corners[:, 0]))[np.diff(ring) == 0]
        jumps = steps[(steps > turn / 2) & (steps < turn - 1e-6)]
        if len(jumps):
            raise InputError(
                f"{label} has a polygon with an edge that spans {jumps[0]:.6g} degrees of longitude: if it was drawn"
                " across the date line, split it there, or count on beyond 180 (as 179 to 181); if it goes round the"
                " Earth, draw corners between."
            )


def _wkb_kind(shape: bytes) -> int:
    """The type of a geometry as WKB counts it, whatever its dimensions."""
    return int.from_bytes(shape[1:5], "little" if shape[:1] == b"\1" else "big") % 0x10000 % 1000


def _has_polygons(path: str, layer: str) -> bool:
    _, _, shapes, _ = pyogrio.raw.read(path, layer=layer, columns=[], force_2d=True)
    geometries = shapely.from_wkb(shapes if shapes is not None else [], on_invalid="ignore")
    try:
        return len(polygons_of(np.asarray(geometries, object), layer)[0]) > 0
    except InputError:
        return False


def _layer(path: str, opened: str, choice: str) -> str:
    """The name of the layer that `layername=…` or `layerid=…` chooses; without a choice the only one of polygons."""
    layers = pyogrio.list_layers(opened)
    names = [str(name) for name, _ in layers]
    if not names:
        raise InputError(f"{path} holds no layers.")
    key, _, value = choice.partition("=")
    if key.lower() == "layername" and "|" not in value:
        if value not in names:
            raise InputError(f"{path} has no layer '{value}'; it has {listed(names)}.")
        return value
    if key.lower() == "layerid" and value.isdecimal():
        if int(value) >= len(names):
            raise InputError(f"{path} has no layer of number {value}; it has {listed(names)}, counted from 0.")
        return names[int(value)]
    if choice:
        raise InputError(f"'|{choice}' behind {path} is not understood; append |layername=NAME to choose a layer.")
    kinds = [str(kind) for _, kind in layers]
    polygons = [name for name, kind in zip(names, kinds, strict=True) if "Polygon" in kind]
    mixed = [name for name, kind in zip(names, kinds, strict=True) if kind.startswith(ANY_KIND)]
    if not polygons and len(mixed) > 1:  # such as the folders of a KML, some of which hold pins
        looked = (name for name in mixed if _has_polygons(opened, name))
        mixed = list(islice(looked, SHOWN + 1)) or mixed[:1]  # each look opens the file anew
    candidates = polygons or mixed or names[:1]
    if len(candidates) > 1:
        raise InputError(
            f"{path} has several layers of polygons ({listed(candidates)}); append |layername=NAME to choose one, as in"
            f" '{path}|layername={candidates[0]}'."
        )
    return candidates[0]


def _crs(text: str | None, label: str) -> CRS:
    if not text:
        raise InputError(f"{label} has no coordinate system; set it (in QGIS: Layer > Layer CRS) and save it again.")
    try:
        crs = crs_of_text(text)
    except InputError as error:
        if LOCAL.match(text):
            raise InputError(NO_MAP.format(label=label)) from error
        raise InputError(f"{label} has a coordinate system that is not known; save it in another one.") from error
    if not is_of_a_map(crs):
        raise InputError(NO_MAP.format(label=label))
    return crs
