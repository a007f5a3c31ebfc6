"""Rasters that make GDAL fetch, write or read something else: by their format, by what they name, by a file beside."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

from .place import Case, Cases, Place, Words

__all__ = ["cases", "mrf", "services", "strange_names", "vrt"]

SIDE = 256
NAMES = ("S1_VV.tif", "S1_VV.vrt", "S1_VV.img", "S1_VV.xml", "S1_VV.json", "S1_VV", "S1_VV.png", "S1_VV.jp2")
GEO = (
    f"<SRS>EPSG:32633</SRS><GeoTransform>400000,10,0,5500000,0,-10</GeoTransform>"
    f"<!-- {SIDE} x {SIDE} pixels as those of the sound image -->"
)


def cases(place: Place, source: random.Random) -> Cases:
    """About a hundred."""
    for name, text in services(place).items():
        file = source.choice(NAMES)
        yield Case(f"content {name} as {file}", partial(_met, place, source.choice(WAYS), file, text))
    for name, text in services(place).items():
        yield Case(f"content {name} in a zip", partial(_zipped, place, text))
    for name, named in strange_names(place).items():
        form = source.choice((*FORMS, *["source"] * 6))
        yield Case(f"vrt {form} {name}", partial(_met, place, source.choice(WAYS), "S1_VV.vrt", FORMS[form](named)))
    for name, content in {"mrf": mrf(place), "vrt": vrt(f"/vsicurl/{place.canary}/a.tif")}.items():
        for end in (".ovr", ".msk", ".aux.xml"):
            yield Case(f"beside{end} {name}", partial(_beside, place, end, content))
    for name, text in _side_files(place).items():
        yield Case(f"beside {name}", partial(_beside, place, ".aux.xml", text))
    for name, make in _own_kinds(place).items():
        yield Case(name, make)


# Ways to meet a raster ------------------------------------------------------------------------------------------------


def _post(place: Place, path: Path) -> Words:
    return place.flood(path)


def _dem(place: Place, path: Path) -> Words:
    return place.flood_with("--dem", path)


def _water(place: Place, path: Path) -> Words:
    return place.flood_with("--permanent-water", path)


def _truth(place: Place, path: Path) -> Words:
    return ["evaluate", "flood", "--prediction", str(path), "--truth", str(path), "--json"]


def _learned(place: Place, path: Path) -> Words:
    labels = place.good / "scene" / "labels.gpkg"
    return ["train", "--image", str(path), "--labels", str(labels), "--class-field", "class", "--out", str(place.out)]


WAYS = (_post, _post, _post, _dem, _water, _truth, _learned)


def _met(place: Place, way: Callable[[Place, Path], Words], name: str, text: str) -> Words:
    if "mrf.tif" in text:
        place.write("mrf.tif", mrf(place))
    return way(place, place.write(name, text))


def _zipped(place: Place, text: str) -> Words:
    path = place.given / "S1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("S1_VV.tif", text)
    return place.flood(path)


def _beside(place: Place, end: str, text: str) -> Words:
    path = place.given / "S1_VV.tif"
    shutil.copyfile(place.post, path)
    place.write(path.name + end, text)
    return place.flood(path)


# Formats that are addresses -------------------------------------------------------------------------------------------


def mrf(place: Place, source: str | None = None, data: str | None = None, more: str = "") -> str:
    """A raster that caches another: `data` is written."""
    return (
        f"<MRF_META><CachedSource><Source{more}>{source or place.good / 'served' / 'a.tif'}</Source></CachedSource>"
        f'<Raster><Size x="{SIDE}" y="{SIDE}" c="1"/><PageSize x="{SIDE}" y="{SIDE}" c="1"/><DataType>Float32</DataType>'
        f"<Compression>NONE</Compression><DataFile>{data or place.planted}</DataFile></Raster><GeoTags>"
        f'<BoundingBox minx="400000" miny="5497440" maxx="402560" maxy="5500000"/><Projection>EPSG:32633</Projection>'
        "</GeoTags></MRF_META>"
    )


def vrt(name: str) -> str:
    """A virtual raster of one other."""
    return _vrt(
        f"<SimpleSource><SourceFilename>{escape(name)}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
    )


def services(place: Place) -> dict[str, str]:
    """Contents that GDAL takes for a service, a catalogue or a cache, whatever the file is called."""
    url, planted = place.canary, place.planted
    window = (
        "<DataWindow><UpperLeftX>-20037508</UpperLeftX><UpperLeftY>20037508</UpperLeftY><LowerRightX>20037508"
        "</LowerRightX><LowerRightY>-20037508</LowerRightY><TileLevel>2</TileLevel><TileCountX>1</TileCountX><TileCountY>"
        "1</TileCountY><YOrigin>top</YOrigin></DataWindow><Projection>EPSG:3857</Projection><BandsCount>3</BandsCount>"
        "<BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>"
    )

    def wms(service: str, more: str = "") -> str:
        return f"<GDAL_WMS>{service}{window}{more}</GDAL_WMS>"

    tms = f'<Service name="TMS"><ServerUrl>{url}/${{z}}/${{x}}/${{y}}.tif</ServerUrl></Service>'
    asset = {"href": f"{url}/a.tif", "type": "image/tiff", "proj:epsg": 32633, "proj:shape": [256, 256]}
    asset["proj:transform"] = [10, 0, 400000, 0, -10, 5500000]
    item = {"type": "Feature", "stac_version": "1.0.0", "id": "a", "bbox": [13, 49, 14, 50], "assets": {"B": asset}}
    item |= {"properties": {"datetime": "2024-01-01T00:00:00Z"}, "geometry": None, "collection": "c", "links": []}
    item["stac_extensions"] = ["https://stac-extensions.github.io/projection/v1.0.0/schema.json"]
    tiled = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": ["tiled-assets"],
        "properties": {"tiles:tile_matrix_links": {"W": {"url": f"{url}/tms.json"}}},
        "asset_templates": {"b": {"href": f"{url}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.tif"}},
    }
    matrix = {"id": "0", "scaleDenominator": 1000, "topLeftCorner": [400000, 5500000], "tileWidth": 256}
    matrix |= {"tileHeight": 256, "matrixWidth": 1, "matrixHeight": 1, "identifier": "0"}
    own = {"identifier": "W", "supportedCRS": "http://www.opengis.net/def/crs/EPSG/0/32633", "tileMatrix": [matrix]}
    tiled_here = {
        **tiled,
        "properties": {"tiles:tile_matrix_links": {"W": {"url": "#W"}}},
        "tiles:tile_matrix_sets": {"W": own},
    }
    tiled_here["properties"]["tiles:tile_matrix_sets"] = {"W": own}
    references = {"version": 1, "refs": {".zgroup": '{"zarr_format":2}', "a/0.0": [f"{url}/a", 0, 99]}}
    references["refs"]["a/.zarray"] = json.dumps(
        {"zarr_format": 2, "shape": [9, 9], "chunks": [9, 9], "dtype": "<f4", "order": "C", "compressor": None}
        | {"fill_value": 0, "filters": None}
    )
    return {
        "mrf http": mrf(place, f"{url}/a.tif"),
        "mrf vsicurl": mrf(place, f"/vsicurl/{url}/a.tif"),
        "mrf local": mrf(place),
        "mrf relative": mrf(place, data="../../.config/autostart/planted.desktop"),
        "mrf appends": mrf(place, data=str(place.notes)),
        "mrf beside": mrf(place, data="S1.dat"),
        "mrf clone": mrf(place, more=' clone="true"'),
        "mrf index": mrf(place).replace("</Raster>", f"<IndexFile>{planted}</IndexFile></Raster>"),
        "tms": wms(tms),
        "tms cache": wms(tms, f"<Cache><Path>{planted.parent}</Path></Cache>"),
        "tms local": wms(tms.replace(url, f"file://{place.good}/served")),
        "wms": wms(f'<Service name="WMS"><Version>1.1.1</Version><ServerUrl>{url}?</ServerUrl><Layers>a</Layers></Service>'),
        "tiled wms": f'<GDAL_WMS><Service name="TiledWMS"><ServerUrl>{url}?</ServerUrl><TiledGroupName>a</TiledGroupName></Service></GDAL_WMS>',
        "virtual earth": wms(f'<Service name="VirtualEarth"><ServerUrl>{url}/${{quadkey}}.tif</ServerUrl></Service>'),
        "ags": wms(f'<Service name="AGS"><ServerUrl>{url}/MapServer</ServerUrl><ImageFormat>png</ImageFormat></Service>'),
        "iip": f'<GDAL_WMS><Service name="IIP"><ServerUrl>{url}/a</ServerUrl></Service></GDAL_WMS>',
        "iiif": f'<GDAL_WMS><Service name="IIIF"><ServerUrl>{url}/a</ServerUrl></Service></GDAL_WMS>',
        "wmts": f"<GDAL_WMTS><GetCapabilitiesUrl>{url}/WMTSCapabilities.xml</GetCapabilitiesUrl><Layer>a</Layer></GDAL_WMTS>",
        "wms capabilities": f'<WMT_MS_Capabilities version="1.1.1"><Capability><Request><GetMap><DCPType><HTTP><Get><OnlineResource xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}?"/></Get></HTTP></DCPType></GetMap></Request></Capability></WMT_MS_Capabilities>',
        "tile service": f'<TileMap version="1.0.0" tilemapservice="{url}"><Title>a</Title><TileSets><TileSet href="{url}/1" units-per-pixel="10" order="0"/></TileSets></TileMap>',
        "wcs": f"<WCS_GDAL><ServiceURL>{url}?</ServiceURL><Version>1.0.0</Version><CoverageName>a</CoverageName></WCS_GDAL>",
        "wcs 2": f"<WCS_GDAL><ServiceURL>{url}?</ServiceURL><Version>2.0.1</Version><CoverageName>a</CoverageName></WCS_GDAL>",
        "stacta": json.dumps(tiled),
        "stacta own matrix": json.dumps(tiled_here),
        "stacit": json.dumps({"type": "FeatureCollection", "features": [item], "links": []}),
        "stac item": json.dumps(item),
        "zarr references": json.dumps(references),
        "ogcapi": json.dumps({"links": [{"rel": "http://www.opengis.net/def/rel/ogc/1.0/map", "href": f"{url}/map"}]}),
        "tile index": f"<GDALTileIndexDataset><IndexDataset>/vsicurl/{url}/a.gpkg</IndexDataset><LocationField>location</LocationField></GDALTileIndexDataset>",
        "eeda": json.dumps({"type": "eeda", "url": url, "collection": "a"}),
        "pipeline": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal raster pipeline ! read /vsicurl/{url}/a.tif ! write {planted}"}),
        "pipeline write": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal raster convert {place.post} {planted}"}),
        "esric": json.dumps({"currentVersion": 1, "url": url, "tileInfo": {}}),
        "pds4": f"<Product_Observational xmlns='http://pds.nasa.gov/pds4/pds/v1' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='{url} {url}/a.xsd'/>",
    }  # fmt: skip


# Names within a virtual raster ----------------------------------------------------------------------------------------


def strange_names(place: Place) -> dict[str, str]:
    """What a file may name that is no raster beside it."""
    url = place.canary
    quoted = f'"{url}/a.json"'
    prefixes = ("vsicurl", "vsicurl_streaming", "vsizip//vsicurl", "vsigzip//vsicurl", "vsitar//vsicurl", "vsiwebhdfs")
    found = {prefix: f"/{prefix}/{url}/a.tif" for prefix in prefixes}
    found |= {store: f"/{store}/bucket/a.tif" for store in ("vsis3", "vsigs", "vsiaz", "vsiadls", "vsioss", "vsiswift")}
    found |= {"http": f"{url}/a.tif", "https": "https://attacker.invalid/a.tif", "ftp": "ftp://attacker.invalid/a.tif"}
    found |= {name: f"{name}:{quoted}" for name in ("STACTA", "STACIT", "ZARR", "NETCDF", "HDF5")}
    found |= {name: f"{name}:{url}/a" for name in ("WMTS", "WCS", "WMS", "OGCAPI", "DAAS", "EEDA", "EEDAI", "PLMosaic")}
    wms = services(place)["tms"]
    return found | {
        "subfile of curl": f"/vsisubfile/0_100,/vsicurl/{url}/a.tif",
        "curl with options": f"/vsicurl?use_head=no&url={url.replace(':', '%3A')}%2Fa.tif",
        "cached curl": f"/vsicached?file=/vsicurl/{url}/a.tif",
        "inline wms": wms,
        "inline mrf": mrf(place),
        "inline vrt": vrt(f"/vsicurl/{url}/a.tif"),
        "vrt of curl": f"vrt:///vsicurl/{url}/a.tif?bands=1",
        "derived": f"DERIVED_SUBDATASET:LOGAMPLITUDE:/vsicurl/{url}/a.tif",
        "directory of curl": f"GTIFF_DIR:1:/vsicurl/{url}/a.tif",
        "standard input": "/vsistdin/",
        "mrf beside": str(place.given / "mrf.tif"),
        "passwords": "/etc/passwd",
        "zeros": "/dev/zero",
        "outside": "../../notes.txt",
        "itself": "S1_VV.vrt",
        "nothing": "",
    }


def _vrt(inside: str, more: str = "", kind: str = "") -> str:
    return (
        f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"{kind}>{GEO}{more}<VRTRasterBand dataType="Float32" band="1">'
        f"<Description>VV</Description>{inside}</VRTRasterBand></VRTDataset>"
    )


def _as_overview(name: str) -> str:
    overview = f"<Overview><SourceFilename>{escape(name)}</SourceFilename><SourceBand>1</SourceBand></Overview>"
    return _vrt(overview, "<OverviewList>2 4</OverviewList>")


def _as_mask(name: str) -> str:
    mask = vrt(name).partition('band="1">')[2].removesuffix("</VRTRasterBand></VRTDataset>")
    return _vrt("", f'<MaskBand><VRTRasterBand dataType="Byte">{mask}</VRTRasterBand></MaskBand>')


def _as_warped(name: str) -> str:
    options = (
        f"<BlockXSize>128</BlockXSize><BlockYSize>128</BlockYSize><GDALWarpOptions><SourceDataset>{escape(name)}"
        '</SourceDataset><BandList><BandMapping src="1" dst="1"/></BandList></GDALWarpOptions>'
    )
    band = '<VRTRasterBand dataType="Float32" band="1" subClass="VRTWarpedRasterBand"/>'
    return (
        f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}" subClass="VRTWarpedDataset">{GEO}{band}{options}'
        "</VRTDataset>"
    )


def _as_pansharpened(name: str) -> str:
    inside = (
        f"<PansharpeningOptions><PanchroBand><SourceFilename>{escape(name)}</SourceFilename><SourceBand>1</SourceBand>"
        f'</PanchroBand><SpectralBand dstBand="1"><SourceFilename>{escape(name)}</SourceFilename><SourceBand>1</SourceBand>'
        "</SpectralBand></PansharpeningOptions>"
    )
    return f'<VRTDataset subClass="VRTPansharpenedDataset">{inside}</VRTDataset>'


def _as_processed(name: str) -> str:
    inside = f"<Input><SourceFilename>{escape(name)}</SourceFilename></Input><ProcessingSteps/>"
    return f'<VRTDataset subClass="VRTProcessedDataset">{inside}</VRTDataset>'


def _as_array(name: str) -> str:
    return (
        f'<VRTDataset><Group name="/"><Dimension name="y" size="{SIDE}"/><Dimension name="x" size="{SIDE}"/><Array name="a">'
        '<DataType>Float32</DataType><DimensionRef ref="y"/><DimensionRef ref="x"/><Source><SourceFilename>'
        f"{escape(name)}</SourceFilename><SourceBand>1</SourceBand></Source></Array></Group></VRTDataset>"
    )


def _as_raw(name: str) -> str:
    return _vrt("").replace(
        '<VRTRasterBand dataType="Float32" band="1">',
        f'<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename relativeToVRT="0">'
        f"{escape(name)}</SourceFilename><ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>1</LineOffset>",
    )


FORMS: dict[str, Callable[[str], str]] = {
    "source": vrt,
    "overview": _as_overview,
    "mask": _as_mask,
    "warped": _as_warped,
    "pansharpened": _as_pansharpened,
    "processed": _as_processed,
    "array": _as_array,
    "raw": _as_raw,
}


# Of their own kind ----------------------------------------------------------------------------------------------------


def _side_files(place: Place) -> dict[str, str]:
    url = place.canary
    domain = '<PAMDataset><Metadata domain="{}"><MDI key="{}">{}</MDI></Metadata></PAMDataset>'
    return {
        "overview file http": domain.format("OVERVIEWS", "OVERVIEW_FILE", f"/vsicurl/{url}/a.ovr"),
        "overview file wms": domain.format("OVERVIEWS", "OVERVIEW_FILE", escape(services(place)["tms"])),
        "overview file mrf": domain.format("OVERVIEWS", "OVERVIEW_FILE", str(place.given / "mrf.tif")),
        "subdatasets": domain.format("SUBDATASETS", "SUBDATASET_1_NAME", f"/vsicurl/{url}/a.tif"),
        "crs http": f"<PAMDataset><SRS>{url}/crs</SRS></PAMDataset>",
        "crs urn": "<PAMDataset><SRS>http://opengis.net/def/crs/EPSG/0/99</SRS></PAMDataset>",
    }


def _own_kinds(place: Place) -> dict[str, Callable[[], Words]]:
    python = (
        "<PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionCode>"
        f"<![CDATA[\nimport pathlib\npathlib.Path({str(place.planted)!r}).write_text('x')\ndef f(*a, **k): pass\n]]>"
        "</PixelFunctionCode>"
    )
    module = "<PixelFunctionType>stranger.f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>"

    def derived(inside: str) -> Callable[[], Words]:
        text = _vrt(inside + f"<SimpleSource><SourceFilename>{place.post}</SourceFilename></SimpleSource>")
        return partial(
            _met, place, _post, "S1_VV.vrt", text.replace('band="1">', 'band="1" subClass="VRTDerivedRasterBand">')
        )

    return {
        "python within": derived(python),
        "python module": derived(module),
        "raw passwords": partial(_met, place, _post, "S1_VV.vrt", _as_raw("/etc/passwd")),
        "raw notes": partial(_met, place, _post, "S1_VV.vrt", _as_raw(str(place.notes))),
        "raw zeros": partial(_met, place, _post, "S1_VV.vrt", _as_raw("/dev/zero")),
        "nested 100 deep": partial(_nested, place, 100, False),
        "nested mrf": partial(_nested, place, 3, True),
        "ring of two": partial(_ring, place),
        "deep": partial(_met, place, _post, "S1_VV.vrt", "<VRTDataset>" * 100_000),
        "entities": partial(_met, place, _post, "S1_VV.vrt", _laughs()),
        "pipe": partial(_pipe, place),
        "pipe in the vrt": partial(_pipe_in_vrt, place),
        "folder": partial(_folder, place),
        "endless link": partial(_link, place, "/dev/zero"),
        "noise link": partial(_link, place, "/dev/urandom"),
        "link to itself": partial(_link, place, "S1_VV.tif"),
        "empty": partial(_met, place, _post, "S1_VV.tif", ""),
        "sparse": lambda: place.flood(place.sparse("S1_VV.tif", 60 * 2**30)),
        "sparse vrt": lambda: place.flood(place.sparse("S1_VV.vrt", 60 * 2**30, b"<VRTDataset>")),
        "name with controls": partial(_met, place, _post, "S1\x1b[2J\x1b]0;x\x07_VV.tif", "no raster"),
        "name that turns": partial(_met, place, _post, "S1\u202eFIT_VV.tif", "no raster"),
        "band of controls": partial(_described, place, "VV\x1b[2J"),
    }  # fmt: skip


def _nested(place: Place, depth: int, planting: bool) -> Words:
    last = place.write("0.tif", mrf(place)) if planting else place.post
    for number in range(1, depth):
        last = place.write(f"{number}.vrt", vrt(str(last)))
    return place.flood(place.write("S1_VV.vrt", vrt(str(last))))


def _ring(place: Place) -> Words:
    place.write("other.vrt", vrt(str(place.given / "S1_VV.vrt")))
    return place.flood(place.write("S1_VV.vrt", vrt(str(place.given / "other.vrt"))))


def _laughs() -> str:
    entities = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><VRTDataset>&a11;</VRTDataset>'


def _pipe(place: Place) -> Words:
    os.mkfifo(place.given / "S1_VV.tif")
    return place.flood(place.given / "S1_VV.tif")


def _pipe_in_vrt(place: Place) -> Words:
    os.mkfifo(place.given / "pipe.tif")
    return place.flood(place.write("S1_VV.vrt", vrt(str(place.given / "pipe.tif"))))


def _folder(place: Place) -> Words:
    (place.given / "S1_VV.tif").mkdir()
    return place.flood(place.given / "S1_VV.tif")


def _link(place: Place, target: str) -> Words:
    (place.given / "S1_VV.tif").symlink_to(target)
    return place.flood(place.given / "S1_VV.tif")


def _described(place: Place, text: str) -> Words:
    return place.flood(place.write("S1.vrt", vrt(str(place.post)).replace("<Description>VV", f"<Description>{text}")))
