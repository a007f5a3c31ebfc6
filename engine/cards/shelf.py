"""The shelf: a folder of models, each a folder itself, and those that come with GeoFM."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..errors import InputError, OutputError
from ..jobs.paths import home_folder
from ..jobs.printable import controls_in, printable
from ..resources import resource
from .card import CARD, Card, read_card
from .catalogue import CATALOGUE

__all__ = ["Shelved", "check_name", "find", "models_folder", "remove", "shelf"]

LONGEST_NAME = 80
PICKLES = (".pt", ".pth", ".pkl", ".ckpt")
# Windows keeps these names for devices, whatever follows the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNUSABLE = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True)
class Shelved:
    """One model on the shelf.

    Attributes
    ----------
    name : str
        Of its folder; what `find` takes.
    folder : Path
    card : Card, optional
        None if it cannot be read.
    problem : str, optional
        One sentence on why the model cannot be used.
    built_in : bool
        Whether it comes with GeoFM, and so cannot be removed.
    """

    name: str
    folder: Path
    card: Optional[Card]
    problem: Optional[str]
    built_in: bool


def models_folder(home: Optional[Path] = None) -> Path:
    """The folder of the user's models in a folder of GeoFM's, by default `home_folder()`; it may not be there yet."""
    return (home or home_folder()) / "models"


def shelf(home: Optional[Path] = None) -> list[Shelved]:
    """All installed models by name; one of the user's hides one of the same name that comes with GeoFM."""
    own = [_look(path, False) for path in _folders(models_folder(home))]
    hidden = {model.name.casefold() for model in own}
    ours = [_look(path, True) for path in _folders(resource("models")) if path.name.casefold() not in hidden]
    return sorted([*own, *ours], key=lambda model: (model.name.casefold(), model.name))


def find(name_or_folder: str, home: Optional[Path] = None) -> Path:
    """The folder of an installed model, or a model's folder elsewhere.

    Raises
    ------
    InputError
        If there is no such model; the message says how to get it, or names those that are installed.
    """
    installed = shelf(home)
    model = _by_name(name_or_folder, installed)
    if model is not None:
        return model.folder
    with contextlib.suppress(OSError, ValueError):  # what cannot be a path is none
        folder = Path(name_or_folder).expanduser()
        if (folder / CARD).is_file():
            return folder.absolute()
        if folder.is_dir():
            raise InputError(f"{name_or_folder} is no model: it holds no {CARD}.")
        if folder.is_file():
            raise InputError(_of_a_file(name_or_folder, folder.suffix.lower()))
    names = ", ".join(model.name for model in installed) or "none"
    published = next((item for item in CATALOGUE if item.name.casefold() == name_or_folder.casefold()), None)
    if published is not None:
        install = f"install it with 'geofm models install {published.name}', or in QGIS under Models"
        raise InputError(
            f"The model {published.name} is not installed: {published.by_hand or install}; or give an installed model "
            f"({names})."
        )
    raise InputError(f"There is no model '{name_or_folder}'; give a model's folder or an installed model ({names}).")


def remove(name: str, home: Optional[Path] = None) -> None:
    """Take a model off the shelf for good.

    Raises
    ------
    InputError
        If there is none of that name among the user's.
    OutputError
        If it cannot be removed.
    """
    model = _by_name(name, shelf(home))
    if model is None:
        raise InputError(f"There is no installed model '{name}'; see geofm models list.")
    if model.built_in:
        raise InputError(f"The model {model.name} comes with GeoFM and cannot be deleted.")
    try:
        if model.folder.is_symlink():
            model.folder.unlink()
            return
        # Gone at once for everybody else, even if a file in it is open or the removal is cut short.
        hidden = model.folder.with_name(f".{model.name}.{secrets.token_hex(4)}.part")
        model.folder.rename(hidden)
        shutil.rmtree(hidden)
    except OSError as error:
        raise OutputError(f"{model.folder} cannot be removed ({error.strerror}); close what uses it.") from error


def check_name(name: str) -> str:
    """The name, if a model can be called so on every system.

    Raises
    ------
    InputError
        If it cannot be the name of a folder.
    """
    fault, unusable = None, [*controls_in(name), *_UNUSABLE.findall(name)]
    if not name.strip():
        fault = "is blank"
    elif len(name) > LONGEST_NAME:
        fault = f"is longer than {LONGEST_NAME} characters"
    elif unusable:
        fault = f"holds {unusable[0]!r}"
    elif name[0] in " .-" or name[-1] in " .":
        fault = "begins with a blank, a dot or a hyphen, or ends with a blank or a dot"
    elif _DEVICES.fullmatch(name):
        fault = "is kept by Windows for a device"
    if fault:
        shown = printable(name[:LONGEST_NAME])
        raise InputError(f"A model cannot be called '{shown}': the name {fault}; choose another.")
    return name


def _of_a_file(path: str, suffix: str) -> str:
    """Why a file is no model, and what to do."""
    if suffix == ".onnx":
        return f"{path} is an ONNX file, not yet a model: import it first ('geofm models import {path}')."
    if suffix in PICKLES:
        return (
            f"{path} is a pickle, which could run any program when it is opened, so it is never loaded as a model; "
            "save the model as ONNX where it was made, and import that."
        )
    return f"{path} is a file, and a model is a folder with a {CARD}; give that folder."


def _by_name(name: str, models: list[Shelved]) -> Optional[Shelved]:
    """The model of that very name, or else one whose name differs in capitals alone."""
    for same in (str, str.casefold):
        for model in models:
            if same(model.name) == same(name):
                return model
    return None


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError:
        return []


def _look(folder: Path, built_in: bool) -> Shelved:
    try:
        card = read_card(folder)
    except InputError as error:
        return Shelved(folder.name, folder, None, str(error), built_in)
    problem = None
    if not (folder / card.weights).is_file():
        problem = f"{folder} holds no {card.weights}; delete the model and install it again."
    return Shelved(folder.name, folder, card, problem, built_in)
