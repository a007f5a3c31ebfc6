"""From what a user names (a file, a product folder, a zip) to the rasters in it."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree  # nosec B405 # `xml_of` refuses document types

from ..cards.band_names import POLARISATIONS, canonical
from ..errors import InputError
from . import _dimap, _safe
from ._names import polarisations_in
from ._precautions import IN_ZIP, UNREADABLE, start_of, xml_of
from .raster_file import Part

__all__ = ["image_parts_of", "parts_of"]

MOST_FILES = 10_000
RASTERS = (".tif", ".tiff", ".img")
# The headers of Sentinel-2 products; GDAL opens them as containers without bands.
SENTINEL_2_HEADER = re.compile(r"^MTD_(MSIL|TL)\w*\.xml$", re.IGNORECASE)
RESOLUTION = re.compile(r"_(\d+)m(?=\.\w+$)")
# What ESA's normalised products keep beside VV and VH under their names: noise, angles, masks.
ASIDE = re.compile(r"(^|/)annotation/", re.IGNORECASE)
# Masks of detectors and defects are named as the bands are.
MASK = re.compile(r"(?<![A-Za-z0-9])(udm2?|unusable|usable|masks?|quicklook|browse)(?![A-Za-z0-9])", re.IGNORECASE)
MOST_NAMED = 3
QUALITY = re.compile(r"(^|/)(QI_DATA|AUX_DATA|HTML|rep_info)/|(^|/)MSK_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk or in a zip file; members are named relative to it, with forward slashes."""

    path: Path
    inner: str | None = None

    @property
    def name(self) -> str:
        return posixpath.basename(self.inner or "") or self.path.name

    @property
    def label(self) -> str:
        """What messages call it: its whole path, because many products have members of the same names."""
        return str(self.path / (self.inner or ""))

    def shown(self, name: str) -> str:
        """What messages call a member."""
        return str(Path(self.label) / name)

    def names(self) -> list[str]:
        """All files below this folder, sorted."""
        if self.inner is None:
            try:
                walked = (path for path in self.path.rglob("*") if not _is_double(path.name) and path.is_file())
                paths = list(islice(walked, MOST_FILES + 1))
            except OSError as error:  # of the system's own folders, whose files come and go
                raise InputError(f"{self.path} cannot be looked through ({error.strerror}); name the image.") from error
            self._refuse_many(len(paths))
            return sorted(path.relative_to(self.path).as_posix() for path in paths)
        start = f"{self.inner}/" if self.inner else ""
        try:
            with zipfile.ZipFile(self.path) as archive:
                files = [
                    name.removeprefix(start)
                    for name in archive.namelist()
                    if name.startswith(start) and not name.endswith("/") and not _is_double(name)
                ]
        except UNREADABLE as error:
            raise InputError(f"{self.path} is not a whole zip file; download it again.") from error
        self._refuse_many(len(files))
        return sorted(files)

    def _refuse_many(self, files: int) -> None:
        if files > MOST_FILES:
            raise InputError(f"{self.label} holds too many files to be one image; name the image itself.")

    def gdal(self, name: str) -> str:
        """What GDAL opens for a member."""
        if self.inner is None:
            return str(self.path / name)
        return f"/vsizip/{{{self.path}}}/{posixpath.join(self.inner, name)}"

    def xml(self, name: str) -> ElementTree.Element:
        """The root of a member that is XML."""
        label = posixpath.basename(name)
        return xml_of(self.data(name), f"{label} in {self.label}", "header of a satellite product")

    def data(self, name: str) -> bytes:
        """What a member holds, as far as a header may be long."""
        label = posixpath.basename(name)
        try:
            if self.inner is None:
                return start_of(self.path / name, None)
            return start_of(self.path, posixpath.join(self.inner, name))
        except (KeyError, FileNotFoundError) as error:
            raise InputError(f"{self.label} lacks the file {label}; download the product again.") from error
        except UNREADABLE as error:
            raise InputError(f"{label} in {self.label} cannot be read; download the product again.") from error

    def below(self, name: str) -> Folder:
        """A folder inside this one."""
        if not name:
            return self
        return Folder(self.path / name) if self.inner is None else Folder(self.path, posixpath.join(self.inner, name))


def parts_of(text: str) -> list[Part]:
    """The rasters that a path stands for.

    Parameters
    ----------
    text : str
        A raster; a `.SAFE` folder, its manifest or its zip; a BEAM-DIMAP `.dim`; a folder or zip with one raster per
        polarisation; each also as a `/vsizip/` path.

    Raises
    ------
    InputError
        If there is nothing usable at the path.
    """
    folder, name = _split(text)
    if folder is None:
        return [Part(text, text)]
    if name.lower().endswith(".dim"):
        return _dimap.parts(folder, name)
    if name and posixpath.basename(name).lower() != "manifest.safe":
        return [Part(text, text)]
    return _in_folder(folder.below(posixpath.dirname(name)))


def image_parts_of(text: str) -> list[Part]:
    """The rasters that a path to an image of any sensor stands for.

    Parameters
    ----------
    text : str
        As for `parts_of`; also a Sentinel-2 product (`.SAFE`, its header, or its zip) or any folder or zip with one
        raster per band. Where a product holds a band at several resolutions, the finest counts.

    Raises
    ------
    InputError
        If there is nothing usable at the path.
    """
    folder, name = _split(text)
    header = posixpath.basename(name)
    if folder is not None and (not name or header.lower() == "manifest.safe" or SENTINEL_2_HEADER.match(header)):
        within = folder.below(posixpath.dirname(name))
        if bands := _bands_apart(within) or ([] if name else _one_image(within)):
            return bands
    return parts_of(text)


def _bands_apart(folder: Folder) -> list[Part]:
    """The rasters of an optical product's bands, and of polarisations beside them; none if it has no optical ones."""
    finest: dict[str, tuple[int, str]] = {}
    for name in folder.names():
        base = posixpath.basename(name)
        if not base.lower().endswith((*RASTERS, ".jp2")) or QUALITY.search(name) or canonical(base) is None:
            continue
        metres = RESOLUTION.search(base)
        key = RESOLUTION.sub("", base)
        finest[key] = min(finest.get(key, (10**6, name)), (int(metres[1]) if metres else 0, name))
    names = [name for _, name in sorted(finest.values(), key=lambda item: item[1])]
    if all(canonical(posixpath.basename(name)) in POLARISATIONS for name in names):
        return []
    return [Part(folder.gdal(name), folder.shown(name)) for name in names]


def _one_image(folder: Folder) -> list[Part]:
    """The one raster of a folder that holds its masks beside it, as those of Planet do; none of radar products.

    Raises
    ------
    InputError
        If there are several, none of which is named as a band.
    """
    names = folder.names()
    products = (".dim", "manifest.safe")
    if any(name.lower().endswith(products) or polarisations_in(posixpath.basename(name)) for name in names):
        return []
    rasters = [name for name in names if name.lower().endswith((*RASTERS, ".jp2"))]
    images = [name for name in rasters if not MASK.search(posixpath.basename(name))]
    if len(images) == 1:
        return _rasters(folder, images)
    if not rasters:
        raise InputError(f"{folder.label} holds no raster; name the image itself.")
    held = ", ".join(posixpath.basename(name) for name in (images or rasters)[:MOST_NAMED])
    more = ", ..." if len(images or rasters) > MOST_NAMED else ""
    raise InputError(
        f"{folder.label} holds several rasters ({held}{more}), none named as a band; name the image itself."
    )


def _split(text: str) -> tuple[Folder | None, str]:
    """The folder that holds a path, and the path in it ('' for the folder itself); None where GDAL alone can tell."""
    if match := IN_ZIP.match(text):
        archive, inner = Path(match["zip"]), (match["inner"] or "").strip("/")
        if not archive.is_file():
            raise InputError(f"{archive} does not exist; check the path.")
        names = Folder(archive, "").names()
        return (Folder(archive, ""), inner) if inner in names else (Folder(archive, inner), "")
    if text.startswith("/vsi"):
        return None, ""
    path = Path(text)
    try:
        if path.is_dir():
            return Folder(path), ""
        if path.is_file() and path.suffix.lower() == ".zip":
            return Folder(path, ""), ""
        if path.suffix.lower() in (".dim", ".safe") and not path.exists():
            raise InputError(f"{path} does not exist; check the path.")
    except (OSError, ValueError) as error:  # a subdataset's name, or one with characters that no file can have
        raise InputError(f"{text!r} cannot be the name of a file.") from error
    return Folder(path.parent), path.name


def _in_folder(folder: Folder) -> list[Part]:
    names = folder.names()
    manifests = [name for name in names if posixpath.basename(name).lower() == "manifest.safe"]
    rasters = [name for name in names if name.lower().endswith(RASTERS) and not ASIDE.search(name)]
    # HyP3's products hold the elevation, the incidence angle and other layers beside VV and VH.
    named = [name for name in rasters if polarisations_in(posixpath.basename(name))]
    if manifests:
        depth = min(name.count("/") for name in manifests)
        # Products made of others may keep the manifests of those in a folder below their own images.
        if above := [name for name in named if name.count("/") < depth]:
            return _rasters(folder, above)
        products = [name for name in manifests if name.count("/") == depth]
        return [part for name in products for part in _safe.parts(folder.below(posixpath.dirname(name)))]
    if headers := [name for name in names if name.lower().endswith(".dim")]:
        return [part for name in headers for part in _dimap.parts(folder, name)]
    chosen = rasters if len(rasters) == 1 else named
    if not chosen:
        raise InputError(f"{folder.label} holds neither a Sentinel-1 product nor rasters that are named VV or VH.")
    return _rasters(folder, chosen)


def _rasters(folder: Folder, names: Sequence[str]) -> list[Part]:
    return [Part(folder.gdal(name), folder.shown(name)) for name in names]


def _is_double(name: str) -> bool:
    """Whether macOS wrote a file beside another, on a disk or in a zip that knows none of its attributes."""
    return name.startswith("__MACOSX/") or "/__MACOSX/" in name or posixpath.basename(name).startswith("._")
