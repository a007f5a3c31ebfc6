"""What may be wrong with an installation: looks at everything that a flood map needs, one thing after another.

Nothing that is missing or damaged stops it: each thing is imported and looked at by itself, and every error becomes a
sentence.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, packages
from .cpu import cores, job_threads
from .drivers import PYOGRIO_OFF, RASTERIO_OFF, RASTERS, SETTINGS, VECTORS
from .errors import GeoFMError
from .jobs.job import STATES
from .jobs.locks import queue_lock
from .jobs.paths import DATABASE, home_folder, prepare_home
from .memory import BUDGET, available_bytes, stated_bytes, total_bytes
from .models.onnx_library import onnxruntime

__all__ = ["Check", "checks"]

OLDEST = (3, 11)
NEED_PYOGRIO = ("pyogrio", "geopandas")
INSTALL = "press “Set up” in QGIS's Settings > Options > GeoFM, or run `make demo` in a checkout"
LEAST_FREE_BYTES = 2**30
LEAST_MEMORY_BYTES = 700 * 2**20
# What steers GeoFM and its libraries; some of it holds passwords, which nobody should paste into a report.
VARIABLES = ("GEOFM_", "GDAL_", "CPL_", "PROJ_", "OMP_", "OPENBLAS_", "MKL_", "OPENCV_", "CUDA_VISIBLE", "PYTHONPATH")
SET_HERE = ("GDAL_SKIP", *SETTINGS)  # by GeoFM itself, whatever the user set
SECRET = re.compile(r"PWD|PASS|SECRET|TOKEN|KEY|AUTH|BEARER|COOKIE|CREDENTIAL|HEADER|SIGNATURE|USER", re.IGNORECASE)
HIDDEN = "(hidden)"
DATA_FOLDERS = {"PROJ_DATA": "proj.db", "PROJ_LIB": "proj.db", "GDAL_DATA": ""}
SELF_TEST_SIDE = 256
LEAST_F1 = 0.8


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
    ok : bool
    text : str
        One sentence on what was found.
    remedy : str
        What to do; empty if it is in order.
    """

    name: str
    ok: bool
    text: str
    remedy: str = ""


class _Problem(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.remedy = remedy


def checks() -> Iterator[Check]:
    """Look at everything, the self-test last; takes a few seconds."""
    yield _check("GeoFM", lambda: f"{__version__} in {Path(__file__).parent}")
    yield _check("Python", _python)
    yield _check("system", lambda: f"{platform.platform()}, {platform.machine()}")
    yield _check("environment", _environment)  # before packages are imported, some of which set variables
    for name in packages.CORE:
        yield _check(name, lambda name=name: _package(name))  # type: ignore[misc]
    yield _check("formats", _formats)
    yield _check("torch", _torch)
    yield _check("onnxruntime", _onnxruntime)
    yield _check("memory", _memory)
    yield _check("cores", lambda: f"{cores()} of {os.cpu_count()} may be used, {job_threads(0)} by a job of the worker")
    yield _check("job folder", _job_folder)
    yield _check("disk", _disk)
    yield _check("database", _database)
    yield _check("worker", _worker)
    yield _check("self-test", _self_test)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Check(name, True, look())
    except _Problem as problem:
        return Check(name, False, _line(problem), problem.remedy)
    except GeoFMError as error:  # its sentence names the remedy
        return Check(name, False, _line(error))
    except Exception as error:
        *_, place = traceback.extract_tb(error.__traceback__)
        where = f"in {Path(place.filename).name}, line {place.lineno}"
        return Check(name, False, f"{type(error).__name__}: {_line(error)} ({where})", "report it with all these lines")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _python() -> str:
    version = platform.python_version()
    if sys.version_info < OLDEST:
        raise _Problem(f"{version} at {sys.executable} is too old; GeoFM needs 3.11 or newer", INSTALL)
    return f"{version} at {sys.executable}"


# Packages -------------------------------------------------------------------------------------------------------------


def _package(name: str) -> str:
    try:
        if name in NEED_PYOGRIO:  # whose GDAL is to start as it does for jobs
            importlib.import_module(".raster._ogr", __package__)
        module = importlib.import_module(name)
        return f"{_version(module)}{_library_of(name, module)}"
    except ImportError as error:
        missing = getattr(error, "name", None) == name and importlib.util.find_spec(name) is None
        raise _Problem("is not installed" if missing else f"cannot be loaded: {_line(error)}", INSTALL) from error
    except Exception as error:  # a broken library raises whatever it likes
        raise _Problem(f"cannot be used: {type(error).__name__}: {_line(error)}", INSTALL) from error


def _version(module: Any) -> str:
    return str(getattr(module, "__version__", "of unknown version"))


def _library_of(name: str, module: Any) -> str:
    """The library below a package."""
    if name == "rasterio":
        return f" with GDAL {module.__gdal_version__}"
    if name == "pyogrio":
        return f" with GDAL {module.__gdal_version_string__}"
    if name == "shapely":
        return f" with GEOS {module.geos_version_string}"
    if name == "pyproj":
        return f" with PROJ {module.proj_version_str}"
    return ""


def _formats() -> str:
    """Which of GDAL's drivers read files, and which are off: those could write or fetch what a file names."""
    try:
        rasterio = importlib.import_module("rasterio")
        pyogrio = importlib.import_module(".raster._ogr", __package__).pyogrio
    except Exception:  # which is told of the package itself
        return "cannot be told without rasterio and pyogrio"
    with rasterio.Env() as gdal:
        rasters = set(gdal.drivers())
    vectors = set(pyogrio.list_drivers())
    if unwanted := sorted(rasters - set(RASTERS) | vectors - set(VECTORS)):
        raise _Problem(
            f"GDAL reads {', '.join(unwanted)}, which GeoFM is not for", "start GeoFM in a Python of its own"
        )
    off = sorted({*RASTERIO_OFF, *PYOGRIO_OFF} - rasters - vectors, key=str.lower)
    return f"rasters in {', '.join(RASTERS)}; vectors in {', '.join(VECTORS)}; off are {', '.join(off)}"


def _torch() -> str:
    if importlib.util.find_spec("torch") is None:
        return "not set up; maps without a model do not need it"
    torch = importlib.import_module("torch")
    if not torch.cuda.is_available():
        return f"{_version(torch)}, no NVIDIA graphics card to be used"
    names = (torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
    return f"{_version(torch)}, graphics cards: {', '.join(names)}"


def _onnxruntime() -> str:
    if importlib.util.find_spec("onnxruntime") is None:
        return "not set up; maps without a model do not need it"
    runtime = onnxruntime()
    return f"{_version(runtime)}, providers: {', '.join(runtime.get_available_providers())}"


# The machine ----------------------------------------------------------------------------------------------------------


def _memory() -> str:
    stated = os.environ.get(BUDGET, "")
    if stated and stated_bytes() is None:
        raise _Problem(f"{BUDGET} is '{stated}', which is no number of megabytes", f"set {BUDGET} to one such as 2000")
    total, free = total_bytes(), available_bytes()
    if total is None or free is None:
        return "how much there is cannot be told on this system"
    text = f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB are free" + (f", {BUDGET}={stated}" if stated else "")
    room = min(free, stated_bytes() or free)
    if room < LEAST_MEMORY_BYTES:
        remedy = f"close other programs, or raise {BUDGET}, until a job has {LEAST_MEMORY_BYTES / 2**20:.0f} MB"
        raise _Problem(text, remedy)
    return text


def _environment() -> str:
    names = sorted(name for name in os.environ if name.startswith(VARIABLES) and name not in SET_HERE)
    variables = {name: os.environ[name] for name in names}
    for name, needed in DATA_FOLDERS.items():
        folders = [Path(part) for part in variables.get(name, "").split(os.pathsep) if part]
        if folders and not any((folder / needed).exists() for folder in folders):
            what = f"has no {needed}" if needed else "does not exist"
            raise _Problem(
                f"{name} names {_without_secrets(name, variables[name])}, which {what}",
                f"unset {name}: GeoFM's libraries bring their own data",
            )
    return ", ".join(f"{name}={_without_secrets(name, value)}" for name, value in variables.items()) or "nothing is set"


def _without_secrets(name: str, value: str) -> str:
    """The value of a variable without users, passwords and keys: a password may hold any character, also / and @."""
    if SECRET.search(name):
        return HIDDEN
    value = re.sub(r"^([a-z][a-z0-9+.-]*://)?.*@", rf"\g<1>{HIDDEN}@", value, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(r"\?.*", f"?{HIDDEN}", value, flags=re.DOTALL)


# The queue ------------------------------------------------------------------------------------------------------------


def _job_folder() -> str:
    return str(prepare_home(home_folder()))


def _disk() -> str:
    home = prepare_home(home_folder())
    texts = []
    for folder in dict.fromkeys((home, Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _Problem(
                f"{folder} cannot be written to ({error.strerror})", "free some space, or choose another folder"
            ) from error
        texts.append(f"{free / 1e9:,.1f} GB free in {folder}")
        if free < LEAST_FREE_BYTES:
            raise _Problem(f"only {texts[-1]}", "free some space: a map takes up to 30 bytes a pixel while it is made")
    return ", ".join(texts)


def _database() -> str:
    """Looks without changing anything: whoever opens a damaged database next sets it aside."""
    import sqlite3

    from .jobs.database import VERSION

    path = home_folder() / DATABASE
    if not path.exists():
        return f"{path} is not made yet; the first job makes it"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version == tables == 0:
                return f"{path} is still empty; the first job fills it"
            if version < 1:
                raise sqlite3.DatabaseError(f"it is of version {version}, but not empty")
            if version > VERSION:
                raise _Problem(
                    f"{path} is of version {version}, by a newer GeoFM; this one knows {VERSION}",
                    "install that one, or set GEOFM_HOME to another folder",
                )
            counts = [
                (connection.execute("SELECT count(*) FROM jobs WHERE state = ?", (state,)).fetchone()[0], state)
                for state in sorted(STATES)
            ]
    except sqlite3.OperationalError as error:
        raise _Problem(
            f"{path} cannot be opened ({_line(error)})", "check the disk, and close what else uses it"
        ) from error
    except sqlite3.DatabaseError as error:
        raise _Problem(
            f"{path} is damaged ({_line(error)})",
            "the next job sets it aside, and an empty one takes its place; what jobs have written stays",
        ) from error
    jobs = ", ".join(f"{count} {state}" for count, state in counts if count) or "no jobs"
    return f"version {version}, {jobs}, in {path}"


def _worker() -> str:
    home = home_folder()
    running = home.is_dir() and queue_lock(home).is_held_by_someone()
    return "is running" if running else "is not running; it starts with the next job"


# The self-test --------------------------------------------------------------------------------------------------------


def _self_test() -> str:
    """Map a simulated flood and compare the map with the truth."""
    try:
        from .flood.evaluation import evaluate
        from .flood.mapping import map_flood
        from .jobs.report import QuietReport
        from .jobs.requests import FloodRequest
        from .samples import Scene, write_scene
    except ImportError as error:
        raise _Problem(f"is not possible: {_line(error)}", INSTALL) from error

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="geofm-self-test-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        report = QuietReport(folder)
        write_scene(Scene(seed=5, width=SELF_TEST_SIDE, height=SELF_TEST_SIDE), folder, report, optical=False)
        files = {date: str(folder / f"{date}.tif") for date in ("post", "pre1")}
        mask, polygons = str(folder / "flood.tif"), str(folder / "flood.gpkg")
        map_flood(FloodRequest((files["post"],), ((files["pre1"],),), mask=mask, polygons=polygons), report)
        scores = evaluate(mask, str(folder / "flood_truth.tif"))
    f1 = scores["classes"]["flood"]["f1"]
    if f1 is None or f1 < LEAST_F1:
        raise _Problem(f"the map of a simulated flood is wrong (F1 {f1})", INSTALL)
    return f"a simulated flood was mapped in {time.monotonic() - started:.1f} s and is right (F1 {f1:.2f})"
