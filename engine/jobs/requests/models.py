"""What is asked of the shelf of models: install one of the catalogue, take one in, give one out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import bands_option, option, output

__all__ = ["ExportModelRequest", "ImportModelRequest", "InstallModelRequest"]


@dataclass(frozen=True)
class InstallModelRequest(Request):
    """Download a model of the catalogue, or take it from the folder that `GEOFM_MODEL_MIRROR` names.

    Attributes
    ----------
    name : str
        Of the catalogue.
    """

    kind: ClassVar[str] = "install-model"
    lane: ClassVar[str] = "models"
    title: ClassVar[str] = "installing the model"
    task: ClassVar[str] = "engine.models.shelving:install"
    subject: ClassVar[str] = "name"

    name: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.name:
            raise RequestError("name is empty; name a model of the catalogue.")


@dataclass(frozen=True)
class ImportModelRequest(Request):
    """Put a model on the shelf: a GeoFM model's folder, an ONNX file with Deepness' metadata, or weights alone.

    Attributes
    ----------
    path : str
        The folder or the file.
    name : str, optional
        On the shelf. Default: the card's, or the file's.
    bands : tuple of str, optional
        Names of the bands that an ONNX file wants, in order; needed where it does not say.
    like : str, optional
        Name of a model of the catalogue: the file is its weights, and the catalogue says all else of it.
    sha256 : str, optional
        Of weights that are a pickle, which are read only if they are the ones that were meant.
    """

    kind: ClassVar[str] = "import-model"
    lane: ClassVar[str] = "models"
    title: ClassVar[str] = "importing a model"
    task: ClassVar[str] = "engine.models.shelving:import_model"
    subject: ClassVar[str] = "path"

    path: str
    name: Optional[str] = option(None, "Name", "On the shelf. Default: the card's, or the file's.", role="label")
    bands: Optional[tuple[str, ...]] = bands_option()
    like: Optional[str] = None
    sha256: Optional[str] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.path:
            raise RequestError("path is empty; give a model's folder or an ONNX file.")
        if self.like is not None and self.bands is not None:
            raise RequestError("bands and like are both given; leave the bands out, which the catalogue says.")
        if self.sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", self.sha256):
            raise RequestError(f"sha256 is '{self.sha256[:80]}', not 64 hexadecimal digits; copy it again.")

    def inputs(self) -> list[str]:
        """The model."""
        return [self.path]


@dataclass(frozen=True)
class ExportModelRequest(Request):
    """Write a model as ONNX with the metadata that Deepness reads, and a STAC MLM card beside it.

    Attributes
    ----------
    model : str
        A model's folder, or the name of an installed one.
    onnx : str
        The file to write; the card gets its name with `.json`.
    """

    kind: ClassVar[str] = "export-model"
    lane: ClassVar[str] = "models"
    title: ClassVar[str] = "exporting the model"
    task: ClassVar[str] = "engine.models.shelving:export_model"
    subject: ClassVar[str] = "model"

    model: str
    onnx: Optional[str] = output("model", "Model (ONNX)", "", "An ONNX file; its card lies beside it.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.model:
            raise RequestError("model is empty; name a model's folder or an installed model.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The model."""
        return [self.model]
