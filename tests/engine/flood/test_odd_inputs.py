"""Odd rasters and vectors of all kinds, drawn at random: a right map or one sentence, and no class of the unseen."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from constructed import LAND, WATER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.warp import transform

from engine.errors import GeoFMError
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest

LOCAL = 'LOCAL_CS["Undefined Cartesian SRS",UNIT["metre",1]]'
# A coordinate system, and where in it the upper left corner lies, with pixels of some 10 m.
PLACES = {
    "UTM": ("EPSG:32633", 400_000, 5_500_000, 10),
    "degrees": ("EPSG:4326", 13.6, 49.6, 1e-4),
    "degrees across 180": ("EPSG:4326", 179.995, -17, 1e-4),
    "Web Mercator": ("EPSG:3857", 1_500_000, 6_400_000, 15),
    "feet": ("EPSG:2263", 980_000, 200_000, 33),
    "polar": ("EPSG:3413", 500_000, -2_000_000, 10),
    "beyond the globe": ("EPSG:4326", 0, 200, 1),
    "local": (LOCAL, 0, 0, 10),
    "none": (None, 0, 0, 10),
}
NAMES = [("VV", "VH"), ("Sigma0_VV_db", "Sigma0_VH_db"), ("vv", "vh"), ("", "")]
FILES = ["after.tif", "nach der flut.tif", "a,b.tif", "a!b.tif", "a|b.tif", "洪水.tif", "a#b?.tif"]
SHAPES = [(96, 96)] * 4 + [(97, 131), (1, 1), (3, 96), (96, 2)]
GEOMETRIES = ["polygon", "holed", "multipolygon", "company", "point", "line", "empty", "bow tie", "elsewhere", "flat"]
FORMATS = ["geojson", "gpkg", "shp", "fgb", "kml"]


@dataclass(frozen=True)
class Odd:
    """What is drawn of an image and of what goes with it."""

    place: str
    shape: tuple[int, int]
    south_up: bool
    turned: float
    dtype: str
    nodata: float | None
    masked: bool
    gap: bool
    names: tuple[str, str]
    file: str
    geometry: str | None
    role: str
    format: str
    degrees: bool
    heights: float | None


ODD = st.builds(
    Odd,
    place=st.sampled_from([*["UTM"] * 4, *["degrees", "degrees across 180", "Web Mercator"] * 2, *PLACES]),
    shape=st.sampled_from(SHAPES),
    south_up=st.booleans(),
    turned=st.sampled_from([0.0, 0.0, 0.0, 1e-12, 0.2]),
    dtype=st.sampled_from(["float32", "float32", "float64", "int16", "int8"]),
    nodata=st.sampled_from([None, np.nan, -99.0, -9999.0, 0.0, 300.0]),
    masked=st.booleans(),
    gap=st.booleans(),
    names=st.sampled_from(NAMES),
    file=st.sampled_from(FILES),
    geometry=st.sampled_from([None, *GEOMETRIES]),
    role=st.sampled_from(["aoi", "permanent_water"]),
    format=st.sampled_from(FORMATS),
    degrees=st.booleans(),
    heights=st.sampled_from([None, 100.0, -9999.0, 32767.0]),
)


class Scene:
    """The files of an odd image, and what is true of its pixels.

    Attributes
    ----------
    wet, seen, inside : bool[H, W]
        Water; what was observed; what lies in the polygons.
    """

    def __init__(self, odd: Odd, folder: Path) -> None:
        self.odd, self.folder = odd, folder
        height, width = odd.shape
        self.crs, left, top, step = PLACES[odd.place]
        tall = -step if not odd.south_up else step
        self.transform = Affine(step, odd.turned * step, left, odd.turned * step, tall, top)
        columns = np.arange(width)[None].repeat(height, 0)
        self.wet = columns < width * 0.45
        self.seen = np.ones(odd.shape, bool)
        if odd.gap:
            self.seen[height // 3 : height // 2, width // 4 : -width // 4 or None] = False
        self.inside = np.ones(odd.shape, bool)
        self.fields = {"post": (self._image(),), "mask": str(folder / "flood.tif"), "speckle_filter": "none"}
        if odd.geometry is not None:
            self.fields[odd.role] = self._vector()
        if odd.heights is not None:
            self.fields["dem"] = self._heights()

    def _image(self) -> str:
        odd, path = self.odd, str(self.folder / self.odd.file)
        noise = np.random.default_rng(0).normal(0, 0.4, (2, *odd.shape))
        values = np.stack([np.where(self.wet, WATER[band], LAND[band]) for band in (0, 1)]) + noise
        fits = odd.dtype.startswith("float") or (
            odd.nodata is not None and -128 <= odd.nodata <= 127 and odd.nodata % 1 == 0
        )
        nodata = odd.nodata if fits else None
        if not odd.masked:
            # What no value stands for cannot be told from what was seen.
            fill = nodata if nodata is not None else np.nan if odd.dtype.startswith("float") else None
            if fill is None:
                self.seen[:] = True
            else:
                values[:, ~self.seen] = fill
        profile = {
            "driver": "GTiff",
            "dtype": odd.dtype,
            "crs": self.crs,
            "transform": self.transform,
            "nodata": nodata,
        }
        height, width = odd.shape
        with rasterio.open(path, "w", count=2, height=height, width=width, **profile) as file:
            file.write(values.astype(odd.dtype))
            file.descriptions = odd.names
            file.update_tags(UNITS="dB")
            if odd.masked:
                file.write_mask(self.seen)
        return path

    def _box(self, left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
        height, width = self.odd.shape
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return shapely.Polygon([self.transform @ (x * width, y * height) for x, y in corners])

    def _vector(self) -> str:
        whole, part = self._box(-0.2, -0.2, 1.2, 0.5), self._box(0.1, 0.6, 0.9, 0.9)
        x, y = self.transform @ (1, 1)
        bow = shapely.Polygon([self.transform @ corner for corner in ((0, 0), (50, 50), (50, 0), (0, 40))])
        shapes = {
            "polygon": [whole],
            "holed": [shapely.difference(self._box(-0.2, -0.2, 1.2, 1.2), part)],
            "multipolygon": [shapely.MultiPolygon([whole, part])],
            "company": [shapely.GeometryCollection([whole, shapely.Point(x, y)]), shapely.Point(x, y)],
            "point": [shapely.Point(x, y)],
            "line": [whole.boundary],
            "empty": [shapely.Polygon()],
            "bow tie": [bow],
            "elsewhere": [shapely.affinity.translate(whole, 3 * abs(x - self.transform.c) * 1000)],
            "flat": [shapely.Polygon([(x, y), (x, y), (x, y)])],
        }[self.odd.geometry or ""]
        if self.odd.geometry in ("polygon", "holed", "multipolygon", "company", "elsewhere"):
            rows, columns = np.indices(self.odd.shape) + 0.5
            x, y = self.transform @ (columns.ravel(), rows.ravel())
            self.inside = shapely.contains_xy(shapely.union_all(shapes), x, y).reshape(self.odd.shape)
        crs = self.crs
        if self.odd.degrees and crs not in (None, LOCAL):
            shapes = [self._in_degrees(shape) for shape in shapes]
            crs = "EPSG:4326"
        path = self.folder / f"area.{self.odd.format}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            geopandas.GeoDataFrame({"name": ["a"] * len(shapes)}, geometry=shapes, crs=crs).to_file(path)
        return str(path)

    def _in_degrees(self, shape: shapely.Geometry) -> shapely.Geometry:
        dense = shapely.segmentize(shape, abs(self.transform.a) * 4)

        def moved(corners: np.ndarray) -> np.ndarray:
            if not len(corners):
                return corners
            return np.transpose(transform(self.crs, "EPSG:4326", corners[:, 0], corners[:, 1]))

        return shapely.transform(dense, moved) if self.crs != "EPSG:4326" else shape

    def _heights(self) -> str:
        path = str(self.folder / "dem.tif")
        values = np.full((20, 20), self.odd.heights, np.float32)
        height, width = self.odd.shape
        place = self.transform @ Affine.scale(width / 16, height / 16) @ Affine.translation(-2, -2)
        profile = {"driver": "GTiff", "dtype": "float32", "crs": self.crs, "transform": place}
        with rasterio.open(path, "w", count=1, height=20, width=20, **profile) as file:
            file.write(values, 1)
        return path


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(ODD)
def test_a_right_map_or_one_sentence(odd: Odd) -> None:
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that write what is odd
        try:
            scene = Scene(odd, Path(name))
        except (RuntimeError, shapely.errors.GEOSException):  # no program could write it
            return
        warnings.simplefilter("error")
        try:
            map_flood(FloodRequest(**scene.fields), QuietReport(Path(name)))
        except GeoFMError as error:
            assert_sentence(str(error))
            return
        with rasterio.open(scene.fields["mask"]) as file:
            classes = file.read(1)
            grid = file.transform
        assert np.isin(classes, (0, 1, 2, 3, 255)).all()
        # The map may be a part of the image.
        column, row = (round(value) for value in ~scene.transform @ (grid.c, grid.f)[:2])
        window = slice(row, row + classes.shape[0]), slice(column, column + classes.shape[1])
        seen, wet = scene.seen[window], scene.wet[window]
        inside = scene.inside[window] if odd.role == "aoi" else np.ones_like(seen)
        edge = inside ^ shrunk(inside)
        assert (classes[~seen] == 255).all()
        assert (classes[~inside & ~grown(inside)] == 255).all()
        judged = seen & inside & ~edge
        if judged.sum() > 2000 and wet[judged].any() and not wet[judged].all():
            water = np.isin(classes, (1, 2, 3))
            assert (water == wet)[judged].mean() > 0.97
            assert (classes[judged] != 255).mean() > 0.99
            if odd.role == "permanent_water" and odd.geometry in ("polygon", "holed", "multipolygon", "company"):
                known = scene.inside[window] & wet & shrunk(scene.inside[window])
                assert (classes[judged & known] == 1).mean() > 0.97


def assert_sentence(text: str) -> None:
    assert text.endswith((".", ")")) and "\n" not in text and len(text) < 600, text
    assert not any(word in text for word in ("Error", "Traceback", "CPLE", "None", "errno")), text


def shrunk(mask: np.ndarray) -> np.ndarray:
    return ~grown(~mask)


def grown(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 2, mode="edge")
    height, width = mask.shape
    return np.any([padded[y : y + height, x : x + width] for y in range(5) for x in range(5)], axis=0)
