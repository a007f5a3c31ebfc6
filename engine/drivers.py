"""Which file formats GDAL may read in a process of the engine: only those that GeoFM is for.

GDAL picks among some 150 drivers by a file's content, whatever its name. Some of them write files that the content
names, run SQL that it brings, or fetch what it names from the network, so a stranger's .tif could do all of that. The
engine has two GDALs, rasterio's and pyogrio's; both read `GDAL_SKIP` when they start. Neither is ever loaded by QGIS,
whose own GDAL stays as it is.

`tests/engine/test_drivers.py` holds the lists against the drivers that the two bring: a new one must be decided upon.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["PYOGRIO_OFF", "RASTERIO_OFF", "RASTERS", "VECTORS", "restrict"]

# Rasters: GeoTIFF and what virtual rasters put together; pictures; Sentinel-2's JPEG 2000; SNAP's and other heights'
# and grids' formats that QGIS users have. MEM and Memory are rasterio's own, to burn and to trace polygons. Off are
# GIF, of which all frames are unpacked at once, and TopoJSON, where polygons by the million may share one long line.
RASTERS = (
    *("GTiff", "COG", "SNAP_TIFF", "VRT", "MEM", "JP2OpenJPEG", "PNG", "JPEG", "BMP"),
    *("ENVI", "EHdr", "HFA", "AAIGrid", "SAGA", "RST", "SRTMHGT", "DTED", "GPKG", "Memory"),
)
VECTORS = (
    *("GPKG", "ESRI Shapefile", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "KML", "LIBKML"),
    *("ESRIJSON", "MapInfo File", "OpenFileGDB", "MEM"),
)
RASTERIO_OFF = (
    *("ACE2", "ADRG", "AIG", "AVCBin", "AVCE00", "AirSAR", "BAG", "BIGGIF", "BLX", "BSB", "BT", "BYN", "CALS", "CEOS"),
    *("COASP", "COSAR", "CPG", "CTG", "CTable2", "DAAS", "DERIVED", "DIMAP", "DIPEx", "DOQ1", "DOQ2", "ECRGTOC"),
    *("EEDA", "EEDAI", "EIR", "ELAS", "ERS", "ESAT", "ESRI Shapefile", "ESRIC", "ESRIJSON", "FAST", "FIT", "GFF"),
    *("GIF", "GNMDatabase", "GNMFile", "GRASSASCIIGrid", "GRIB", "GS7BG", "GSAG", "GSBG", "GSC", "GTI", "GTX", "GXF"),
    *("GenBin", "GeoJSON", "GeoJSONSeq", "HDF5", "HDF5Image", "HF2", "HTTP", "ILWIS", "IRIS", "ISCE", "ISG", "ISIS2"),
    *("ISIS3", "JAXAPALSAR", "JDEM", "KMLSUPEROVERLAY", "KRO", "L1B", "LAN", "LCP", "LOSLAS", "Leveller", "MAP"),
    *("MBTiles", "MFF", "MFF2", "MRF", "MSGN", "MVT", "NDF", "NGSGEOID", "NITF", "NOAA_B", "NSIDCbin", "NTv2"),
    *("NWT_GRC", "NWT_GRD", "OSM", "OZI", "PAux", "PCIDSK", "PCRaster", "PDF", "PDS", "PDS4", "PLMOSAIC", "PNM", "PRF"),
    *("R", "RIK", "RMF", "ROI_PAC", "RPFTOC", "RRASTER", "RS2", "Rasterlite", "S102", "S104", "S111", "SAFE"),
    *("SAR_CEOS", "SDTS", "SENTINEL2", "SGI", "SIGDEM", "SNODAS", "SQLite", "SRP", "STACIT", "STACTA", "TGA", "TIL"),
    *("TSX", "Terragen", "TopoJSON", "USGSDEM", "VICAR", "WCS", "WEBP", "WMS", "WMTS", "XPM", "XYZ", "ZMap", "Zarr"),
    "netCDF",  # would fetch by a protocol of its own, which no setting of GDAL's stops
)
# Only those that read vectors: its GDAL opens nothing else for us.
PYOGRIO_OFF = (
    *("ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "DXF", "EDIGEO", "EEDA"),
    *("Elasticsearch", "GDALG", "GML", "GPSBabel", "GPX", "GTFS", "GeoRSS", "HTTP", "Idrisi", "JML"),
    *("JSONFG", "LVBAG", "MBTiles", "MVT", "MapML", "MiraMonVector", "NGW", "OAPIF", "ODS", "OGCAPI"),
    *("OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PLSCENES", "PMTiles", "S57"),
    *("SQLite", "SXF", "Selafin", "TopoJSON", "VDV", "VFK", "VICAR", "WAsP", "WFS", "XLSX"),
)
SETTINGS = {
    # The one name that is fetched from the network: none, but where the user named it, while that is opened
    # (`engine.raster._precautions.on_network`); what a file names in turn never is.
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "PROJ_NETWORK": "OFF",
    # A virtual raster runs no Python, and reads raw bytes only beside itself.
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_RAWRASTERBAND_ALLOWED_SOURCE": "SIBLING_OR_CHILD_OF_VRT_PATH",
    # No drivers beside those of the wheels, on which nobody decided.
    "GDAL_DRIVER_PATH": "disable",
}


def restrict(off: Iterable[str] = (*RASTERIO_OFF, *PYOGRIO_OFF)) -> None:
    """Switch drivers and the network off for a GDAL that starts in this process from now on.

    Parameters
    ----------
    off : iterable of str
        By default those of both. rasterio's says nothing of names that it does not know; pyogrio's prints a warning
        for each, so it is started with its own alone.
    """
    os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys(off))
    os.environ.pop("OGR_SKIP", None)
    os.environ.update(SETTINGS)
