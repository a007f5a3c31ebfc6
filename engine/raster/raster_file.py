"""Opening rasters and reading windows of them, with every failure turned into one sentence that names the file."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import CRSError, RasterioError
from rasterio.windows import Window

from ..cards.band_names import canonical
from ..errors import InputError
from ..files import part_of_file
from ._names import Orbit
from ._precautions import on_network, refuse_traps
from ._unreadable import CACHE_MB, PARTS_READ, refuse_cut_off, refuse_sizes, why_unreadable
from .crs import WGS84, names_a_file

__all__ = ["Part", "ProductFacts", "RasterFile", "Scaling", "is_raster"]

# Of a pixel, over the whole image.
MOST_TURNED = 0.01
# Pixels read at a time, and the most of such reads, where a sample of observed pixels is searched for.
SEARCHED, MOST_SEARCHES = 2_000_000, 500
SAMPLED = 192  # pixels of a sample's windows
# Transparency is neither full nor none along edges alone, or has a few values; what has more is no transparency.
LEAST_VARIED, FEWEST_VARIED = 0.1, 16

Floats = NDArray[np.float32]


class Scaling(Protocol):
    """What a pixel's number is divided by to become calibrated amplitude."""

    def window(self, row: int, column: int, height: int, width: int) -> Floats: ...


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a product's own metadata say beyond doubt."""

    polarisation: str
    acquired: datetime | None
    orbit: Orbit | None
    spacing: float
    processor: tuple[int, ...] = ()  # the version of ESA's, where it is known


@dataclass(frozen=True, slots=True)
class Part:
    """One raster as GDAL opens it, with what the product around it adds.

    Attributes
    ----------
    name : str
        What GDAL opens.
    label : str
        What messages call it.
    descriptions : tuple of str
        Names of the bands, where the product keeps them outside the raster.
    nodata : float, optional
        Where the product keeps it outside the raster.
    georeference : (CRS, Affine), optional
        Where the product keeps it outside the raster.
    tie_points : tuple of GroundControlPoint
        In WGS84 degrees, pixel and line counted from the raster's upper left corner.
    facts : ProductFacts, optional
    scaling : Scaling, optional
        Calibration of the raster's digital numbers: sigma nought = (number / scaling)^2.
    """

    name: str
    label: str
    descriptions: tuple[str, ...] = ()
    nodata: float | None = None
    georeference: tuple[CRS, Affine] | None = None
    tie_points: tuple[GroundControlPoint, ...] = ()
    facts: ProductFacts | None = None
    scaling: Scaling | None = None


class RasterFile:
    """A raster that is opened when it is first used and read window by window.

    A handle serves one thread at a time (GDAL's rule), so reads hold a lock. Close it, or use it in a `with` statement.

    Raises
    ------
    InputError
        If the file is missing, is no raster, is complex, or cannot be read to its end.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.label = part.label
        self._lock = threading.Lock()
        self._handle: Any = None
        # The user named this very file; what it names in turn stays off the network.
        remote = on_network(part.name)
        self._settings: dict[str, Any] = {"GDAL_CACHEMAX": CACHE_MB * 2**20}
        self._settings |= {"CPL_VSIL_CURL_ALLOWED_FILENAME": remote} if remote else {}
        within = part_of_file(part.name)
        if within and not within[0].upper().startswith(PARTS_READ):
            raise why_unreadable(part.name, part.label, opened=False)
        sources = refuse_traps(part.name, part.label)
        self._refuse_large([*sources, f"{part.name}.msk"])
        with self.reading() as handle:
            self.format: str = handle.driver
            self.width, self.height = int(handle.width), int(handle.height)
            refuse_sizes(part.label, handle)
            self._block: tuple[int, int] = handle.block_shapes[0]
            self.strips = self._block[1] >= self.width
            refuse_cut_off(part.name, part.label, handle)
            self.dtypes: tuple[str, ...] = handle.dtypes
            self.crs: CRS | None = part.georeference[0] if part.georeference else handle.crs
            self.transform: Affine = part.georeference[1] if part.georeference else handle.transform
            self.tags: dict[str, str] = handle.tags()
            self.nodata = tuple(part.nodata if value is None else value for value in handle.nodatavals)
            self.colours = tuple(colour.name for colour in handle.colorinterp)
            # Alpha bands and mask bands say what is observed; they are no measurements. GDAL calls the fourth band of
            # 8-bit pictures alpha unless told otherwise: not where the file names it, as 'nir' for instance.
            self.alpha = tuple(
                band
                for band, colour in enumerate(handle.colorinterp, start=1)
                if colour == ColorInterp.alpha and canonical(handle.descriptions[band - 1] or "") is None
            )
            self._texts = tuple(
                (part.descriptions[band - 1] if part.descriptions else "")
                or " ".join(filter(None, (handle.descriptions[band - 1], handle.units[band - 1])))
                for band in handle.indexes
            )
            self.band_tags = tuple({**handle.tags(band), **handle.tags(band, ns="IMAGERY")} for band in handle.indexes)
            self.header: dict[str, str] = handle.tags(ns="ENVI")
            points, points_crs = handle.gcps
            self.tie_points: tuple[GroundControlPoint, ...] = part.tie_points or tuple(points)
            for crs in filter(None, (self.crs, points_crs)):
                if names_a_file(crs.to_wkt()):
                    raise InputError(
                        f"{part.label} has a coordinate system that names files of grids; save it in a plain one."
                    )
            self.tie_points_crs: CRS = WGS84 if part.tie_points or not points_crs else points_crs
            self._mask_flags = handle.mask_flag_enums
            self._scales = list(zip(handle.scales, handle.offsets, strict=True))
            self.scaled = tuple(scale != (1, 0) for scale in self._scales)
        self.measure_alpha(())
        if any("complex" in dtype for dtype in self.dtypes):
            self.close()
            raise InputError(
                f"{self.label} is complex (SLC); give the GRD of the same date,"
                " or detect and terrain-correct it in SNAP first."
            )
        if not _is_invertible(self.transform):
            self.close()
            raise InputError(f"{self.label} has pixels without size; its georeference is broken.")
        self.transform = _straight(self.transform, self.width, self.height)
        # GDAL's transform of a file that has none.
        self.placeless = part.georeference is None and self.transform.is_identity
        if self.placeless and self.tie_points:
            self.crs = None

    def __enter__(self) -> RasterFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file handle back; the next read opens it again."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def measure_alpha(self, measured: Sequence[int]) -> None:
        """Take some of the bands that are marked as transparency (`alpha`) as measurements.

        The others say which pixels were observed.
        """
        alpha = [band for band in self.alpha if band not in measured]
        self.bands: tuple[int, ...] = tuple(band for band in range(1, len(self._texts) + 1) if band not in alpha)
        self.descriptions = tuple(self._texts[band - 1] for band in self.bands)
        self._masked = any(
            MaskFlags.per_dataset in flags and (MaskFlags.alpha not in flags or bool(alpha))
            for flags in self._mask_flags
        )

    def varied_alpha(self) -> tuple[int, ...]:
        """Which bands are marked as transparency but hold many values, as measurements do.

        Transparency has one value, or two and some between them along edges.
        """
        kept = []
        # The format of pictures has no fourth band but that.
        for band in () if self.format == "PNG" else self.alpha:
            height, width = min(SAMPLED, self.height), min(SAMPLED, self.width)
            corners = _spread(self.height, self.width, SAMPLED, self._block)
            # Where it is zero, there is nothing to see.
            values = np.concatenate([self.window([band], *corner, height, width).ravel() for corner in corners])
            less = values[values < np.fmax.reduce(values, initial=0)]
            if less.size > LEAST_VARIED * values.size and np.unique(less).size >= FEWEST_VARIED:
                kept.append(band)
        return tuple(kept)

    def _refuse_large(self, names: Iterable[str]) -> None:
        """What holds for a raster holds for those that it is made of, and for its mask."""
        with rasterio.Env(**self._settings):
            for name in names:
                # What cannot be opened is told of when it is read.
                with suppress(RasterioError, CRSError, CPLE_BaseError, OSError, UnicodeError):
                    if name.startswith("/vsi") or Path(name).is_file():
                        with rasterio.open(name) as inner:
                            refuse_sizes(f"{name}, of which {self.label} is made,", inner)

    def window(
        self, bands: Sequence[int], row: int, column: int, height: int, width: int, *, keep: float | None = None
    ) -> Floats:
        """Pixels of some bands, which may reach beyond the raster; the value `keep` stays, even where it is nodata.

        Returns
        -------
        float32 [len(bands), height, width]
            In the file's units (scale and offset applied); NaN where not observed or beyond the raster.
        """
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + height, self.height), min(column + width, self.width)
        if bottom <= top or right <= left:
            return np.full((len(bands), height, width), np.nan, np.float32)
        inner = self._read(bands, Window(left, top, right - left, bottom - top), keep)
        if inner.shape[1:] == (height, width):
            return inner
        outer = np.full((len(bands), height, width), np.nan, np.float32)
        outer[:, top - row : bottom - row, left - column : right - column] = inner
        return outer

    def sample(self, side: int = SAMPLED, enough: int = 2000, *, zeros: bool = False) -> Floats:
        """Some observed pixels of all bands, always the same ones: float32 [bands, n], NaN where a band has none.

        Where all bands are zero counts as observed in 8-bit pictures, and in others if `zeros` are values.

        Windows spread over the raster are read first; only where they hold hardly a pixel is the raster searched from
        its top until there are enough: all of it, or of one without end some windows all over it.
        """
        parts = [self._columns(*corner, side, zeros) for corner in _spread(self.height, self.width, side, self._block)]
        sample = np.concatenate(parts, axis=1)
        if sample.shape[1] >= enough:
            return sample
        step = max(self.width * self.height * len(self.bands) // (SEARCHED * MOST_SEARCHES), 1)
        for row, column, height, width in islice(self._windows(), 0, None, step):
            block = self.window(self.bands, row, column, height, width)
            sample = np.concatenate([sample, self._observed(block, zeros)], axis=1)
            if sample.shape[1] >= enough:
                break
        return sample

    def _windows(self) -> Iterator[tuple[int, int, int, int]]:
        """Row, column, height and width of windows that cover the raster from its top, by whole rows of its tiles."""
        together = SEARCHED // max(len(self.bands), 1)
        rows = 1 if self._block[1] >= self.width else min(self._block[0], together)
        columns = min(max(together // rows, 1), self.width)
        rows = max(together // self.width, rows)
        for row in range(0, self.height, rows):
            for column in range(0, self.width, columns):
                yield row, column, min(rows, self.height - row), min(columns, self.width - column)

    def _columns(self, row: int, column: int, side: int, zeros: bool) -> Floats:
        height, width = min(side, self.height), min(side, self.width)
        return self._observed(self.window(self.bands, row, column, height, width), zeros)

    def _observed(self, block: Floats, zeros: bool) -> Floats:
        """The observed pixels. Only 8-bit pictures hold true zeros: other exports fill with them, often undeclared."""
        flat = block.reshape(len(block), -1)
        zeros = zeros or self.dtypes[0] == "uint8"
        missing = np.isnan(flat) if zeros else np.isnan(flat) | (flat == 0)
        return flat[:, ~missing.all(axis=0)]

    def _read(self, bands: Sequence[int], window: Window, keep: float | None) -> Floats:
        with self.reading() as handle:
            raw = handle.read(list(bands), window=window)
            mask = handle.read_masks(list(bands), window=window) if self._masked else None
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinite, which is not observed
            values: Floats = raw.astype(np.float32, copy=False)
        for index, band in enumerate(bands):
            nodata, (scale, offset) = self.nodata[band - 1], self._scales[band - 1]
            kept = keep is not None and nodata == keep and offset == 0
            missing = None if kept else _equals(raw[index], nodata)
            if (scale, offset) != (1, 0):
                with np.errstate(over="ignore", invalid="ignore"):
                    values[index] = values[index] * np.float32(scale) + np.float32(offset)
            if missing is not None:
                values[index][missing] = np.nan
        if mask is not None:
            values[mask == 0] = np.nan
        infinite = np.isinf(values)
        values[infinite if keep is None else infinite & (values != keep)] = np.nan
        return values

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """The open handle, held by this thread alone; GDAL's errors become InputErrors that name the file."""
        with self._lock, rasterio.Env(**self._settings):
            opened = self._handle is not None
            try:
                if not opened:
                    self._handle = rasterio.open(self.part.name)
                yield self._handle
            except (RasterioError, CRSError, CPLE_BaseError, OSError, UnicodeError) as error:
                raise why_unreadable(self.part.name, self.part.label, opened) from error


def is_raster(name: str) -> bool:
    """Whether GDAL opens a file as a raster."""
    try:
        RasterFile(Part(name, name)).close()
    except InputError:
        return False
    return True


def _is_invertible(transform: Affine) -> bool:
    """Whether pixels have a size that numbers can hold."""
    numbers = np.array(transform[:6], np.float64)
    return bool(np.isfinite(numbers).all()) and abs(transform.determinant) > 1e-30


def _straight(transform: Affine, width: int, height: int) -> Affine:
    """A transform without turns that move no pixel of the image, which are rounding of other programs."""
    a, b, c, d, e, f, *_ = transform
    if abs(b) * height > MOST_TURNED * abs(a) or abs(d) * width > MOST_TURNED * abs(e):
        return transform
    return Affine(a, 0, c, 0, e, f)


def _equals(raw: NDArray[Any], nodata: float | None) -> NDArray[np.bool_] | None:
    """Where an array holds the nodata value, or None where it cannot."""
    if nodata is None or np.isnan(nodata):
        return None
    if raw.dtype.kind in "iu":
        limits = np.iinfo(raw.dtype)
        if nodata != int(nodata) if np.isfinite(nodata) else True:
            return None
        return raw == int(nodata) if limits.min <= nodata <= limits.max else None
    with np.errstate(over="ignore"):
        return np.asarray(raw == raw.dtype.type(nodata))


def _spread(height: int, width: int, side: int, block: tuple[int, int]) -> list[tuple[int, int]]:
    """Upper left corners of three by three windows, spread evenly, each once."""
    rows, columns = (
        {
            _within_block(max(0, min(round((step + 0.5) / 3 * length - side / 2), length - side)), side, own, length)
            for step in range(3)
        }
        for length, own in zip((height, width), block, strict=True)
    )
    return [(row, column) for row in sorted(rows) for column in sorted(columns)]


def _within_block(start: int, side: int, block: int, length: int) -> int:
    """The place nearest to `start` where a window lies in one of the file's blocks: else up to four are decoded."""
    beyond = start % block + side - block
    if side > block or beyond <= 0:
        return start
    following = start + side - beyond
    return following if side - beyond < beyond and following + side <= length else start - beyond
