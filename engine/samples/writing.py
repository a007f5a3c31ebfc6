"""Writes a simulated scene as files such as an analyst would have, and its truth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas
import numpy as np

from .. import __version__
from ..cards.classes import NODATA
from ..cpu import threads
from ..jobs.report import Report
from ..jobs.requests import SamplesRequest
from ..jobs.result import Output, Result
from ..raster.polygons import write_layer
from ..raster.sink import ClassInfo, RasterSink, atomic, check_writable
from ..raster.stream import ahead
from .classes import CLASSES, OPTICAL_BANDS
from .optical import OPTICAL_TIME
from .radar import ACQUISITIONS, POLARISATIONS
from .scene import Scene
from .simulator import Simulator, Strip
from .training import TrainingPolygons

__all__ = ["write_samples", "write_scene"]

MOST_WORKERS = 8  # each holds two blocks
_TRUTH = (
    ClassInfo(0, "dry", (240, 236, 220)),
    ClassInfo(1, "permanent water", (31, 120, 180)),
    ClassInfo(2, "flood", (80, 190, 255)),
)
_COVER = tuple(
    ClassInfo(value, cover.name, (int(cover.color[1:3], 16), int(cover.color[3:5], 16), int(cover.color[5:7], 16)))
    for value, cover in enumerate(CLASSES)
)
_TRAINING = "training_polygons.gpkg"


@dataclass(frozen=True, slots=True)
class _File:
    """One raster: its name in the folder and for people, what the sink needs to know, and its rows of a strip."""

    name: str
    title: str
    settings: dict[str, Any]
    values: Callable[[Strip], Any]
    tags: dict[str, str]


def write_samples(request: SamplesRequest, report: Report) -> Result:
    """Simulate a flood and write it to a folder: the task behind `SamplesRequest`; see `write_scene`."""
    scene = Scene(request.seed, request.width, request.height)
    return write_scene(scene, Path(request.folder), report, optical=request.optical)


def write_scene(scene: Scene, folder: Path, report: Report, *, optical: bool = True) -> Result:
    """Write any simulated scene to a folder.

    The folder then holds `post.tif`, `pre1.tif` and `pre2.tif` (VV and VH, sigma nought as linear power), `dem.tif`
    (m), `flood_truth.tif` (0 dry, 1 permanent water, 2 flood), `s2.tif` (ten Sentinel-2 bands, reflectance times
    10,000, before the flood; left out without `optical`), `landcover_truth.tif` (indices into `classes.CLASSES`) and
    `training_polygons.gpkg` (field `class`). All lie on one UTM grid of 10 m and say that they are simulated.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    Cancelled
        If the user cancelled; no file of this scene is left then.
    """
    started = time.monotonic()
    files = _files(optical)
    for name in [file.name for file in files] + [_TRAINING]:
        check_writable(folder / name)
    training = TrainingPolygons(scene)
    counts = np.zeros((2, 256), np.int64)
    with _publish_together(folder, files, scene, report) as (polygons, sinks):
        with closing(_strips(Simulator(scene, optical=optical))) as strips:
            for strip in strips:
                report.check_cancelled()
                for file, sink in zip(files, sinks, strict=True):
                    sink.write(strip.row, file.values(strip))
                training.add(strip.row, strip.ground.cover)
                for count, classes in zip(counts, (strip.ground.truth, strip.ground.cover), strict=True):
                    count += np.bincount(classes.ravel(), minlength=256)
                done = (strip.row + strip.ground.truth.shape[0]) * scene.width / 1e6
                report.progress(done, scene.width * scene.height / 1e6, "Mpx")
        _write_training(polygons, scene, training)
    outputs = [Output(str(folder / file.name), "raster", file.title) for file in files]
    outputs.append(Output(str(folder / _TRAINING), "vector", "Training polygons (simulated)"))
    return Result(tuple(outputs), "Simulated samples", _summary(scene, counts, time.monotonic() - started))


def _radar_rows(name: str, strip: Strip) -> Any:
    return strip.radar[name]


def _files(with_optical: bool) -> list[_File]:
    radar = {"dtype": "float32", "nodata": float("nan"), "bands": POLARISATIONS}
    units = {"UNITS": "linear power", "CALIBRATION": "sigma0"}
    files = [
        _File(
            f"{date.name}.tif",
            f"Sentinel-1 {date.time[:10]} (simulated)",
            radar,
            partial(_radar_rows, date.name),
            {**units, **_time_tags(date.time)},
        )
        for date in reversed(ACQUISITIONS)
    ]
    dem = {"dtype": "float32", "nodata": float("nan"), "bands": ("elevation",)}
    truth = {"nodata": NODATA, "bands": ("flood truth",), "classes": _TRUTH}
    optical = {"dtype": "uint16", "nodata": 0, "bands": OPTICAL_BANDS}
    cover = {"nodata": NODATA, "bands": ("land cover truth",), "classes": _COVER}
    reflectance = {"UNITS": "surface reflectance x 10000", **_time_tags(OPTICAL_TIME)}
    files += [
        _File("dem.tif", "Elevation (simulated)", dem, lambda strip: strip.ground.dem, {"UNITS": "m"}),
        _File("flood_truth.tif", "Flood truth (simulated)", truth, lambda strip: strip.ground.truth, {}),
        _File("landcover_truth.tif", "Land cover truth (simulated)", cover, lambda strip: strip.ground.cover, {}),
    ]
    if with_optical:
        title = f"Sentinel-2 {OPTICAL_TIME[:10]} (simulated)"
        files.append(_File("s2.tif", title, optical, lambda strip: strip.optical, reflectance))
    return files


@contextmanager
def _publish_together(
    folder: Path, files: list[_File], scene: Scene, report: Report
) -> Iterator[tuple[Path, list[RasterSink]]]:
    """A place for the polygons and a sink for each file: all take their names when the block ends well, else none."""
    finished: list[Path] = []
    try:
        with ExitStack() as stack:
            polygons = stack.enter_context(atomic(folder / _TRAINING))
            sinks = []
            for file in files:
                stack.push(partial(_note, finished, folder / file.name))
                sinks.append(stack.enter_context(_sink(folder, file, scene)))
                # Called before each sink is finished: cancelling discards those that are still open.
                stack.callback(report.check_cancelled)
            yield polygons, sinks
    except BaseException:
        for path in finished:
            path.unlink(missing_ok=True)
        raise


def _note(finished: list[Path], path: Path, kind: object, *_: object) -> None:
    if kind is None:
        finished.append(path)


def _time_tags(iso: str) -> dict[str, str]:
    return {"ACQUISITION_DATE": iso, "TIFFTAG_DATETIME": iso[:10].replace("-", ":") + " " + iso[11:19]}


def _sink(folder: Path, file: _File, scene: Scene) -> RasterSink:
    said = {
        "SIMULATED": "YES",
        "TIFFTAG_IMAGEDESCRIPTION": f"SIMULATED by GeoFM, not an observation: {file.title}",
        "TIFFTAG_SOFTWARE": f"GeoFM {__version__}",
        "METHOD": "engine.samples",
        "VERSION": __version__,
        "SEED": str(scene.seed),
        "PARAMETERS": json.dumps(asdict(scene)),
    }
    return RasterSink(folder / file.name, scene.grid, metadata={**said, **file.tags}, **file.settings)


def _strips(simulator: Simulator) -> Generator[Strip]:
    """The blocks in order, computed ahead in threads: numpy's random numbers and products free the interpreter."""
    workers = min(threads(), MOST_WORKERS)
    return ahead(simulator.block, range(simulator.blocks), depth=workers, workers=workers)


def _write_training(path: Path, scene: Scene, training: TrainingPolygons) -> None:
    names, polygons = zip(*training, strict=True)
    columns = {"class": [CLASSES[name].name for name in names], "class_id": np.array(names, np.int32)}
    table = geopandas.GeoDataFrame(columns, geometry=list(polygons), crs=scene.grid.crs.to_wkt())
    said = {"DESCRIPTION": "SIMULATED by GeoFM, not an observation", "SEED": str(scene.seed)}
    write_layer(path, table, layer="training_polygons", metadata=said)


def _summary(scene: Scene, counts: Any, seconds: float) -> dict[str, Any]:
    hectares = counts * (scene.grid.transform.a**2 / 10_000)
    return {
        "simulated": True,
        "seed": scene.seed,
        "flood_ha": {info.name: round(float(hectares[0, info.value]), 2) for info in _TRUTH},
        "landcover_ha": {info.name: round(float(hectares[1, info.value]), 2) for info in _COVER},
        "seconds": round(seconds, 2),
    }
