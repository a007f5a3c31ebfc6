"""Writes tiny images in the layouts of the products that analysts have."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS

UTM = CRS.from_epsg(32633)
CORNER = (500000.0, 5080000.0)
GRD_NAME = "S1A_IW_GRDH_1SDV_20200101T050000_20200101T050025_030600_038190_ABCD.SAFE"
GRD_SHAPE = (80, 120)
# Sigma nought = (number / table)^2; the table rises along range as the real ones do.
GRD_LINES, GRD_PIXELS = (0, 40, 79), (0, 40, 80, 119)


def north_up(spacing: float = 10.0, corner: tuple[float, float] = CORNER) -> Affine:
    return Affine(spacing, 0, corner[0], 0, -spacing, corner[1])


def backscatter(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float32]:
    """VV and VH in linear power with the speckle of 4.4 looks, and a dark lake: float32 [2, *shape]."""
    random = np.random.default_rng(seed)
    means = np.full((2, *shape), 1.0) * np.array([10**-1.05, 10**-1.75])[:, None, None]
    relief = 10 ** (0.2 * np.sin(np.arange(shape[0])[:, None] / 9) * np.cos(np.arange(shape[1]) / 7))
    means *= relief
    means[:, : shape[0] // 4, : shape[1] // 4] = np.array([10**-2.0, 10**-2.7])[:, None, None]
    return (means * random.gamma(4.4, 1 / 4.4, means.shape)).astype(np.float32)


def in_units(power: NDArray[Any], units: str) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        values = {"power": power, "db": 10 * np.log10(power.astype(np.float64)), "amplitude": np.sqrt(power)}[units]
    return np.asarray(values, np.float32)


def write_tiff(
    path: Path,
    bands: NDArray[Any],
    *,
    transform: Affine | None = None,
    crs: CRS | None = UTM,
    descriptions: Sequence[str] = (),
    tags: dict[str, str] | None = None,
    **profile: Any,
) -> Path:
    """A GeoTIFF of [bands, height, width]."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = bands.shape
    settings = {"driver": "GTiff", "dtype": bands.dtype, "count": count, "height": height, "width": width}
    if crs is not None:
        settings["crs"] = crs
    if "gcps" not in profile:
        settings["transform"] = transform or north_up()
    with rasterio.open(path, "w", **settings, **profile) as target:
        target.write(bands)
        for band, text in enumerate(descriptions, start=1):
            target.set_band_description(band, text)
        target.update_tags(**(tags or {}))
    return path


def hyp3(folder: Path, power: NDArray[np.float32], letters: str = "gpuned", units: str = "power") -> list[Path]:
    """ASF HyP3 RTC: VV and VH apart, nodata 0, beside layers of other kinds."""
    stem = f"S1A_IW_20200101T050000_DVP_RTC10_G_{letters}_ABCD"
    values = in_units(power, units)
    paths = [
        write_tiff(folder / stem / f"{stem}_{name}.tif", values[band : band + 1], nodata=0, tiled=True)
        for band, name in enumerate(("VV", "VH"))
    ]
    write_tiff(folder / stem / f"{stem}_inc_map.tif", np.full((1, *power.shape[1:]), 0.6, np.float32))
    return paths


def planetary_computer(folder: Path, power: NDArray[np.float32]) -> list[Path]:
    """Planetary Computer RTC: linear gamma nought, nodata -32768."""
    values = np.where(np.isnan(power), np.float32(-32768), power)
    place = folder / GRD_NAME.replace(".SAFE", "_rtc") / "measurement"
    return [
        write_tiff(place / f"iw-{name}.rtc.tiff", values[band : band + 1], nodata=-32768)
        for band, name in enumerate(("vv", "vh"))
    ]


def earth_engine(path: Path, power: NDArray[np.float32], transform: Affine | None = None) -> Path:
    """An Earth Engine export: dB in float64, VV, VH and the incidence angle; masked pixels are 0 everywhere."""
    decibels = np.nan_to_num(in_units(power, "db").astype(np.float64), nan=0.0)
    angle = np.where((decibels == 0).all(axis=0), 0.0, 38.5)[None]
    bands = np.concatenate([decibels, angle])
    return write_tiff(path, bands, transform=transform, descriptions=("VV", "VH", "angle"))


def snap_tiff(path: Path, power: NDArray[np.float32]) -> Path:
    """SNAP's GeoTIFF in dB, VH first, nodata 0 not declared."""
    decibels = np.nan_to_num(in_units(power, "db"), nan=0.0)[::-1]
    return write_tiff(path, decibels, descriptions=("Sigma0_VH_db", "Sigma0_VV_db"))


def beam_dimap(path: Path, power: NDArray[np.float32], transform: Affine | None = None) -> Path:
    """SNAP's BEAM-DIMAP: a .dim header and a .data folder with one big-endian ENVI image per band, VH first."""
    transform = transform or north_up()
    data = path.with_suffix(".data")
    data.mkdir(parents=True)
    height, width = power.shape[1:]
    files, bands = [], []
    for index, (name, values) in enumerate((("Sigma0_VH", power[1]), ("Sigma0_VV", power[0]))):
        np.nan_to_num(values, nan=0.0).astype(">f4").tofile(data / f"{name}.img")
        (data / f"{name}.hdr").write_text(
            f"ENVI\nsamples = {width}\nlines = {height}\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"
            "data type = 4\ninterleave = bsq\nbyte order = 1\n"
        )
        files.append(
            f'<Data_File><DATA_FILE_PATH href="{data.name}/{name}.hdr"/><BAND_INDEX>{index}</BAND_INDEX></Data_File>'
        )
        bands.append(
            f"<Spectral_Band_Info><BAND_INDEX>{index}</BAND_INDEX><BAND_NAME>{name}</BAND_NAME>"
            "<PHYSICAL_UNIT>intensity</PHYSICAL_UNIT><NO_DATA_VALUE_USED>true</NO_DATA_VALUE_USED>"
            "<NO_DATA_VALUE>0.0</NO_DATA_VALUE></Spectral_Band_Info>"
        )
    a, b, c, d, e, f, *_ = transform
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?><Dimap_Document name="x.dim"><Coordinate_Reference_System><WKT>'
        f"{UTM.to_wkt()}</WKT></Coordinate_Reference_System><Geoposition><IMAGE_TO_MODEL_TRANSFORM>"
        f"{a},{d},{b},{e},{c},{f}</IMAGE_TO_MODEL_TRANSFORM></Geoposition><Data_Access>{''.join(files)}</Data_Access>"
        f"<Image_Interpretation>{''.join(bands)}</Image_Interpretation></Dimap_Document>"
    )
    return path


def grd_table(shape: tuple[int, int] = GRD_SHAPE) -> NDArray[np.float64]:
    """The calibration table of `safe` at every pixel: linear in line and pixel."""
    return 500 + np.arange(shape[0])[:, None] * 0.5 + np.arange(shape[1]) * 1.0


def grd_place(column: NDArray[Any], row: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """(x, y) in UTM of the radar image's pixels: turned by 10 degrees, 10 m apart, slightly bent."""
    turn = np.radians(10)
    east = column * np.cos(turn) + row * np.sin(turn) + 2e-4 * column**2
    south = -column * np.sin(turn) + row * np.cos(turn)
    return CORNER[0] + 10 * east, CORNER[1] - 10 * south


def safe(
    folder: Path,
    numbers: dict[str, NDArray[np.uint16]],
    *,
    kind: str = "GRD",
    tiled: bool = False,
    name: str = GRD_NAME,
    orbit: int | None = None,
    processor: str = "003.10",
) -> Path:
    """A Copernicus product as a .SAFE folder: digital numbers in radar geometry, their annotation and calibration.

    If `tiled`, as Copernicus Data Space serves it: a COG, after which all files of the product are named.
    """
    product = folder / name.replace("GRDH", "SLC_" if kind == "SLC" else "GRDH")
    if tiled:
        product = product.with_name(f"{product.stem}_COG.SAFE")
    stems = {}
    for index, (polarisation, values) in enumerate(numbers.items(), start=1):
        stem = f"s1a-iw-grd-{polarisation.lower()}-20200101t050000-20200101t050025-030600-038190-{index:03}"
        stem += "-cog" if tiled else ""
        stems[polarisation] = stem
        profile = {"tiled": True, "blockxsize": 32, "blockysize": 32} if tiled else {"blockysize": 1}
        points = _tie_points(values.shape, 0.0)
        write_tiff(
            product / "measurement" / f"{stem}.tiff", values[None], gcps=points, crs=CRS.from_epsg(4326), **profile
        )
        (product / "annotation" / "calibration").mkdir(parents=True, exist_ok=True)
        calibration = product / "annotation" / "calibration"
        (product / "annotation" / f"{stem}.xml").write_text(_annotation(polarisation, kind, values.shape))
        (calibration / f"calibration-{stem}.xml").write_text(_calibration(polarisation))
        (calibration / f"noise-{stem}.xml").write_text("<noise/>")
    (product / "manifest.safe").write_text(_manifest(stems, orbit, processor))
    return product


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent).as_posix())
    return target


def _tie_points(shape: tuple[int, ...], shift: float) -> list[GroundControlPoint]:
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(UTM.to_wkt(), "EPSG:4326", always_xy=True)
    points = []
    for row in np.linspace(0, shape[0] - 1, 10):
        for column in np.linspace(0, shape[1] - 1, 21):
            x, y = to_degrees.transform(*grd_place(np.float64(column + 0.5), np.float64(row + 0.5)))
            points.append(GroundControlPoint(row=row + shift, col=column + shift, x=x, y=y, z=0.0))
    return points


def _annotation(polarisation: str, kind: str, shape: tuple[int, ...]) -> str:
    points = "".join(
        f"<geolocationGridPoint><line>{point.row}</line><pixel>{point.col}</pixel><latitude>{point.y!r}</latitude>"
        f"<longitude>{point.x!r}</longitude><height>0</height></geolocationGridPoint>"
        for point in _tie_points(shape, 0.0)
    )
    return (
        f"<product><adsHeader><missionId>S1A</missionId><productType>{kind}</productType>"
        f"<polarisation>{polarisation}</polarisation><mode>IW</mode><swath>IW</swath>"
        "<startTime>2020-01-01T05:00:00.000000</startTime><stopTime>2020-01-01T05:00:25.000000</stopTime>"
        "<imageNumber>001</imageNumber></adsHeader>"
        "<generalAnnotation><productInformation><pass>Descending</pass></productInformation></generalAnnotation>"
        "<imageAnnotation><imageInformation><rangePixelSpacing>1.000000e+01</rangePixelSpacing>"
        "<azimuthPixelSpacing>1.000000e+01</azimuthPixelSpacing>"
        f"<numberOfSamples>{shape[1]}</numberOfSamples><numberOfLines>{shape[0]}</numberOfLines>"
        "<outputPixels>16 bit Unsigned Integer</outputPixels></imageInformation></imageAnnotation>"
        f"<geolocationGrid><geolocationGridPointList>{points}</geolocationGridPointList></geolocationGrid></product>"
    )


def _calibration(polarisation: str) -> str:
    table = grd_table()
    vectors = "".join(
        f"<calibrationVector><azimuthTime>2020-01-01T05:00:{25 * line / GRD_LINES[-1]:09.6f}</azimuthTime>"
        f"<line>{line}</line><pixel>{' '.join(map(str, GRD_PIXELS))}</pixel>"
        f"<sigmaNought>{' '.join(str(table[line, pixel]) for pixel in GRD_PIXELS)}</sigmaNought></calibrationVector>"
        for line in GRD_LINES
    )
    return (
        f"<calibration><adsHeader><polarisation>{polarisation}</polarisation>"
        "<startTime>2020-01-01T05:00:00.000000</startTime><stopTime>2020-01-01T05:00:25.000000</stopTime></adsHeader>"
        f"<calibrationVectorList>{vectors}</calibrationVectorList></calibration>"
    )


def _manifest(stems: dict[str, str], orbit: int | None, processor: str) -> str:
    """As much of the manifest as GDAL's driver asks for, the processor's version, and the relative orbit if told."""
    units, metadata, objects = [], [], []
    kinds = (("annotation", "s1Level1ProductSchema", ".xml"), ("calibration", "s1Level1CalibrationSchema", ".xml"))
    for stem in stems.values():
        identifiers = {kind: f"{kind}{stem.replace('-', '')}" for kind, *_ in kinds}
        units.append(
            '<xfdu:contentUnit unitType="Measurement Data Unit" repID="s1Level1MeasurementSchema" '
            f'dmdID="{" ".join(f"{name}Annotation" for name in identifiers.values())}">'
            f'<dataObjectPointer dataObjectID="{stem}"/></xfdu:contentUnit>'
        )
        objects.append(_object(stem, "s1Level1MeasurementSchema", f"./measurement/{stem}.tiff"))
        for kind, schema, _ in kinds:
            path = f"./annotation/{stem}.xml"
            if kind == "calibration":
                path = f"./annotation/calibration/calibration-{stem}.xml"
            metadata.append(
                f'<metadataObject ID="{identifiers[kind]}Annotation"><dataObjectPointer '
                f'dataObjectID="{identifiers[kind]}"/></metadataObject>'
            )
            objects.append(_object(identifiers[kind], schema, path))
    about = (
        '<safe:processing name="GRD Post Processing"><safe:facility country="Italy" name="Copernicus S1 Core Ground">'
        f'<safe:software name="Sentinel-1 IPF" version="{processor}"/></safe:facility></safe:processing>'
    )
    if orbit is not None:
        about += (
            f'<safe:orbitReference><safe:relativeOrbitNumber type="start">{orbit}</safe:relativeOrbitNumber>'
            f'<safe:relativeOrbitNumber type="stop">{orbit}</safe:relativeOrbitNumber></safe:orbitReference>'
        )
    metadata.append(
        f'<metadataObject ID="about"><metadataWrap><xmlData>{about}</xmlData></metadataWrap></metadataObject>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" '
        'xmlns:safe="http://www.esa.int/safe/sentinel-1.0" '
        'version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/iwdp"><informationPackageMap>'
        f'<xfdu:contentUnit unitType="SAFE Archive Information Package">{"".join(units)}</xfdu:contentUnit>'
        f"</informationPackageMap><metadataSection>{''.join(metadata)}</metadataSection>"
        f"<dataObjectSection>{''.join(objects)}</dataObjectSection></xfdu:XFDU>"
    )


def _object(name: str, schema: str, path: str) -> str:
    return (
        f'<dataObject ID="{name}" repID="{schema}"><byteStream><fileLocation locatorType="URL" href="{path}"/>'
        "</byteStream></dataObject>"
    )
