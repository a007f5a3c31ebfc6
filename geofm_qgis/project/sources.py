"""What the engine can read for a layer of QGIS: files on this computer; what else can be copied, is copied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..engine.errors import GeoFMError
from ..translation import tr
from .naming import free_path

__all__ = ["WEB_PROVIDERS", "SourceError", "existing_file", "raster_source", "vector_source"]

# What the engine cannot read anyway: offering it would only lead to a refusal.
WEB_PROVIDERS = ("wms", "wcs", "arcgismapserver", "vectortile")
ON_THIS_COMPUTER = ("zip", "tar", "gzip", "mem")
MEMORY = "/vsimem/"
GDAL_FOLDER = re.compile(r"/vsi([a-z0-9_]+)(?=[/?])")
# GDAL's names of parts of files, such as NETCDF:"/a/b.nc":vv; one letter before the colon is a drive of Windows.
PART_OF_FILE = re.compile(r"^[A-Za-z][A-Za-z0-9_]+:(?!//)(?P<rest>.+)$")
# The engine calibrates whole products itself, while these parts of them are mostly digital numbers.
SENTINEL1_PART = re.compile(r'^SENTINEL1_(?:DN|CALIB):[^"]*"(?P<manifest>[^"]+)"', re.IGNORECASE)


class SourceError(GeoFMError):
    """A layer or file of QGIS cannot be handed to the engine: the message says why and what to do."""


def raster_source(layer: QgsRasterLayer) -> str:
    """What GDAL opens for a raster layer: a file, a member of a zip, or a part of a file.

    Raises
    ------
    SourceError
        If the layer comes from the web or from a database, if its file is gone, or if QGIS puts it elsewhere on the
        Earth than its file says.
    """
    provider = layer.providerType()
    if provider in WEB_PROVIDERS or (provider == "gdal" and _is_remote(layer.source())):
        raise SourceError(
            tr("“{name}” comes from the web; download it as a file, and choose that one.").format(name=layer.name())
        )
    if provider != "gdal" or MEMORY in layer.source():
        raise SourceError(
            tr("“{name}” is no file; save it as GeoTIFF (Layer > Save As…), and choose that one.").format(
                name=layer.name()
            )
        )
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    parts.pop("openOptions", None)
    source = QgsProviderRegistry.instance().encodeUri("gdal", parts)
    product = SENTINEL1_PART.match(source)
    source = product["manifest"] if product else source
    _require_file(layer, source)
    _require_own_crs(layer)
    return source


def vector_source(layer: QgsVectorLayer, folder: str, only_selected: bool = False) -> str:
    """What OGR opens for a vector layer: `file`, `file|layername=name`, or a GeoPackage copy.

    Parameters
    ----------
    layer : QgsVectorLayer
    folder : str
        Where the copy goes if one is needed: layers in memory, from the web or a database, with edits that are not
        saved, with a filter, or with another coordinate system than their file. It is made if it is not there.
    only_selected : bool
        Copy the selected features alone.

    Raises
    ------
    SourceError
        If the layer's file is gone, if there is nothing to copy, or if the copy cannot be written.
    """
    if layer.providerType() == "ogr" and not _is_remote(layer.source()) and MEMORY not in layer.source():
        parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
        source = _ogr_name(parts)
        _require_file(layer, source.partition("|")[0])
        if not only_selected and _is_as_in_file(layer, parts):
            return source
    return _copy(layer, Path(folder), only_selected)


def existing_file(path: str) -> str:
    """A path that a user chose, if there is still something at it.

    Raises
    ------
    SourceError
        If there is not.
    """
    if not _exists(path):
        raise SourceError(tr("{path} does not exist any more; choose another file.").format(path=path))
    return path


def _is_remote(source: str) -> bool:
    """Whether GDAL would leave this computer for it."""
    return "://" in source or any(kind not in ON_THIS_COMPUTER for kind in GDAL_FOLDER.findall(source))


def _exists(path: str) -> bool:
    return gdal.VSIStatL(path, gdal.VSI_STAT_EXISTS_FLAG) is not None


def _require_file(layer: QgsMapLayer, source: str) -> None:
    if _exists(source):
        if layer.isValid():
            return
        message = tr("QGIS cannot read “{name}” ({path}); choose another layer.")
    elif any(_exists(path) for path in _files_of_part(source)):
        return
    else:
        message = tr("The file of “{name}” is not there any more ({path}); repair the layer, or choose another one.")
    raise SourceError(message.format(name=layer.name(), path=source))


def _files_of_part(source: str) -> list[str]:
    """The files that GDAL's name of a part of a file may mean."""
    match = PART_OF_FILE.match(source)
    if not match:
        return []
    quoted = re.search(r'"([^"]+)"', match["rest"])
    if quoted:
        return [quoted[1]]
    pieces = match["rest"].split(":")
    return [":".join(pieces[:end]) for end in range(len(pieces), 0, -1)]


def _require_own_crs(layer: QgsRasterLayer) -> None:
    """Refuse a coordinate system that was set in QGIS alone: the engine would put the image elsewhere."""
    own = layer.dataProvider().crs()
    if own.isValid() and layer.crs().isValid() and layer.crs() != own:
        raise SourceError(
            tr(
                "“{name}” has the coordinate system {set} in QGIS but {own} in its file; take the file's own, or write"
                " the other one to the file (Raster > Projections > Assign Projection…)."
            ).format(name=layer.name(), set=_crs_name(layer.crs()), own=_crs_name(own))
        )


def _crs_name(crs: QgsCoordinateReferenceSystem) -> str:
    return str(crs.authid() or crs.description())


def _ogr_name(parts: dict[str, Any]) -> str:
    path = f"{parts.get('vsiPrefix') or ''}{parts['path']}{parts.get('vsiSuffix') or ''}"
    return f"{path}|layername={parts['layerName']}" if parts.get("layerName") else path


def _is_as_in_file(layer: QgsVectorLayer, parts: dict[str, Any]) -> bool:
    """Whether the engine, which knows files and names of layers alone, would see the same features."""
    whole = not any(parts.get(key) for key in ("subset", "geometryType", "openOptions")) and not layer.subsetString()
    named = bool(parts.get("layerName")) or layer.dataProvider().subLayerCount() <= 1
    return whole and named and not layer.isModified() and layer.crs() == layer.dataProvider().crs()


def _copy(layer: QgsVectorLayer, folder: Path, only_selected: bool) -> str:
    if not layer.isValid():
        raise SourceError(tr("“{name}” cannot be read; repair the layer first.").format(name=layer.name()))
    if (layer.selectedFeatureCount() if only_selected else layer.featureCount()) == 0:
        reason = (
            tr("Nothing is selected in “{name}”; select some features.") if only_selected else tr("“{name}” is empty.")
        )
        raise SourceError(reason.format(name=layer.name()))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = re.sub(r"[^\w-]+", "_", layer.name()).strip("_") or "layer"
    # A field 'fid' of the layer is not always one of unique numbers, which GeoPackage's own must be.
    options.layerOptions = ["FID=geofm_fid"]
    options.onlySelectedFeatures = only_selected
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(layer, error.strerror) from error
    path = free_path(folder / f"{options.layerName}.gpkg")
    context = QgsProject.instance().transformContext()
    code, reason, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), context, options)
    if code != QgsVectorFileWriter.WriterError.NoError:
        path.unlink(missing_ok=True)
        raise _not_written(layer, reason)
    return f"{path}|layername={options.layerName}"


def _not_written(layer: QgsVectorLayer, reason: str) -> SourceError:
    return SourceError(
        tr("A copy of “{name}” could not be written ({reason}); choose another folder for the results.").format(
            name=layer.name(), reason=reason
        )
    )
