"""The folders of Kuro Siwo's patches: found at either depth, and looked over by the names in them alone.

Folders are `data/<activation>/<aoi>/<patch>/`, or in the public archives `data/<activation>/<aoi>/<prefix>/<patch>/`.
In one are files `<date and rank>_<product>_<activation>_<aoi>_<YYYYMMDD>.tif`: MS1 after the flood, SL1 before it, SL2
before that; IVV and IVH; MK0_MLU the label, MK0_MNA where it counts, MK0_DEM. The single-look product has one file per
date.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...files import listed

__all__ = ["GRD", "IMAGES", "SLC", "Layout", "Listing", "activations", "files_of", "in_folder", "listing_of"]

DATA = "data"
DEEPEST = 3  # folders between an activation and its patches' files: aoi, prefix, patch
DATES = ("MS1", "SL1", "SL2")
FILE = re.compile(r"(?P<role>(?:MS1|SL1|SL2|MK0)_[A-Za-z]+)(?:_(?P<actid>\d+)_(?P<aoi>\d+)_(?P<date>\d{8}))?.*\.tif")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which files a patch must hold, as they begin.

    Attributes
    ----------
    title : str
        Of the product, in messages.
    needed : tuple of str
    single_look : bool
        Whether each date is one file, whatever its product is called.
    labelled : bool
        Whether folders without any label or mask are passed over: they are of the unlabelled part.
    """

    title: str
    needed: tuple[str, ...]
    single_look: bool = False
    labelled: bool = True


BANDS = tuple(f"{date}_{band}" for date in DATES for band in ("IVV", "IVH"))
LABELS = ("MK0_MLU", "MK0_MNA")
GRD = Layout("GRD", (*BANDS, *LABELS, "MK0_DEM"))
SLC = Layout("SLC", (*DATES, *LABELS), single_look=True)
IMAGES = Layout("GRD", BANDS, labelled=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """The patches of some activations.

    Attributes
    ----------
    root : Path
        That holds the activations.
    patches : list of str
        Below it, in order: "118/01/0a1b…".
    problems : dict of str to list of str
        What is wrong with patches, and with which.
    unlabelled : int
        Folders that were passed over since nobody labelled them.
    """

    root: Path
    patches: list[str]
    problems: dict[str, list[str]]
    unlabelled: int

    @property
    def unusable(self) -> int:
        """How many have something wrong."""
        return sum(map(len, self.problems.values()))

    def told(self) -> str:
        """What is wrong, counted, each with the first that it is wrong with."""
        return "; ".join(f"{len(names)} {what} ({listed(names[:2])})" for what, names in self.problems.items())


def in_folder(path: Path) -> Path:
    """The folder that holds the activations: `data` in the set's folder, or that itself.

    Raises
    ------
    InputError
        If it is no folder, or holds none.
    """
    if not path.is_dir():
        raise InputError(f"{path} is no folder; give the folder of Kuro Siwo that holds {DATA}.")
    for root in (path / DATA, path):
        if root.is_dir() and any(activations(root)):
            return root
    raise InputError(
        f"{path} holds no activations of Kuro Siwo (folders {DATA}/118, {DATA}/130 and so on); give the folder that "
        "its archives were unpacked into."
    )


def activations(root: Path) -> Iterator[int]:
    """The activations that have a folder, in order."""
    with _listed(root):
        names = [item.name for item in os.scandir(root) if item.name.isdecimal() and item.is_dir()]
    yield from sorted(int(name) for name in names if name == str(int(name)))


def listing_of(root: Path, layout: Layout, wanted: Sequence[int]) -> Listing:
    """The patches of some activations, looked over by the names of their files."""
    patches: list[str] = []
    problems: dict[str, list[str]] = defaultdict(list)
    unlabelled = 0
    with _listed(root):
        for actid in wanted:
            for name, names in _folders(root, str(actid), DEEPEST):
                is_labelled = any(other.startswith("MK0") for other in names)
                if layout.labelled and names and not is_labelled:
                    unlabelled += 1
                elif problem := _problem(names, layout, actid):
                    problems[problem].append(name)
                else:
                    patches.append(name)
    return Listing(root, sorted(patches), dict(problems), unlabelled)


@contextmanager
def _listed(root: Path) -> Iterator[None]:
    """Tells of folders that cannot be looked into."""
    try:
        yield
    except OSError as error:
        where = error.filename or root
        raise InputError(f"{where} cannot be looked into ({error.strerror}); give yourself the right to.") from error


def _folders(root: Path, name: str, depth: int) -> Iterator[tuple[str, list[str]]]:
    """Folders with files of patches in them, or nothing at all, and these files' names."""
    folders, names = [], []
    for item in sorted(os.scandir(root / name), key=lambda item: item.name):
        if item.is_dir():
            folders.append(item.name)
        elif FILE.fullmatch(item.name):
            names.append(item.name)
    if names or not folders:
        if depth < DEEPEST:  # an activation's own folder is no patch
            yield name, names
        return
    for folder in folders if depth else ():
        yield from _folders(root, f"{name}/{folder}", depth - 1)


def files_of(folder: Path, layout: Layout) -> dict[str, Path]:
    """The files of a patch by their role: "MS1_IVV", "MK0_DEM"; "MS1" of the single-look product.

    Raises
    ------
    InputError
        If there is no such folder any more.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); unpack its archive again.") from error
    return {_role(name, layout): folder / name for name in names if FILE.fullmatch(name)}


def _role(name: str, layout: Layout) -> str:
    role = FILE.fullmatch(name)["role"]  # type: ignore[index] # only such names come here
    return role[:3] if layout.single_look and role[:3] in DATES else role


def _problem(names: Sequence[str], layout: Layout, actid: int) -> str | None:
    """What is wrong with a patch, to be said of one or many; None if nothing is."""
    if not names:
        return "are empty"
    roles = [_role(name, layout) for name in names]
    twice = sorted({role for role in roles if roles.count(role) > 1})
    if twice:
        return f"are {GRD.title}, not {SLC.title}" if twice[0] in DATES else f"hold several files {twice[0]}"
    if not layout.single_look and set(DATES) & {role[:3] for role in roles} and not set(BANDS) & set(roles):
        return f"are {SLC.title}, not {GRD.title}"
    if lacking := _lacking(roles, layout):
        return lacking
    return _misplaced(dict(zip(roles, names, strict=True)), actid)


def _lacking(roles: Sequence[str], layout: Layout) -> str | None:
    missing = [role for role in layout.needed if role not in roles]
    if not missing:
        return None
    for band, other in (("IVH", "VV"), ("IVV", "VH")):
        if set(missing) >= {f"{date}_{band}" for date in DATES} and len(missing) == len(DATES):
            return f"have {other} alone"
    gone = [date for date in DATES if all(role in missing for role in layout.needed if role.startswith(date))]
    if gone:
        words = {"MS1": "after the flood", "SL1": "before the flood", "SL2": "long before the flood"}
        return f"lack the image {words[gone[0]]} ({gone[0]})" if len(gone) == 1 else f"lack {len(gone)} of three dates"
    return f"lack {listed(missing)}"


def _misplaced(names: Mapping[str, str], actid: int) -> str | None:
    """Whether the names tell of other places, or of dates that are not from new to old."""
    told = {role: FILE.fullmatch(name) for role, name in names.items()}
    places = {(int(each["actid"]), int(each["aoi"])) for each in told.values() if each and each["actid"]}
    if len(places) > 1 or {place[0] for place in places} - {actid}:
        return "hold files of another activation or place"
    dates = [{each["date"] for role, each in told.items() if each and role[:3] == date} - {None} for date in DATES]
    if any(len(each) > 1 for each in dates):
        return "hold bands of several dates as one"
    known = [next(iter(each)) for each in dates if each]
    if known != sorted(set(known), reverse=True):
        return "have dates in another order than after the flood, before it, and long before it"
    return None
