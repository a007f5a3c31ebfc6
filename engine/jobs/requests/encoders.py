"""What the training of an encoder for searching by text is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import label, option, output, seed_option

__all__ = ["TrainEncoderRequest"]

LICENCE = "not stated: the terms of the pictures that it was trained on may bind its users"


@dataclass(frozen=True)
class TrainEncoderRequest(Request):
    """Train a small image encoder against a frozen text tower.

    Attributes
    ----------
    data : tuple of str
        Folders of class folders, or of a webdataset's shards with classnames.txt, or that hold such a folder `train`.
    captions : str, optional
        A file of more phrases for classes or pictures.
    epochs : int
    hold_out : float
        Share of the pictures, at the end of each run of file numbers, that is left out; the model is scored on it.
    then_all : bool
        That model was a trial: its scores go on the card of one that is trained on all pictures.
    gsd_m : tuple of float, optional
        The finest and the coarsest metres a pixel of the pictures when they are shrunk to 128 pixels.
    seed : int
        0 to 2**31 - 1.
    licence, attribution : str
        On the model's card: its terms, and whom its users have to name.
    name : str, optional
        The model's name for people. Default: that of its folder.
    model : str, optional
        The folder that becomes the model: card and weights.
    """

    kind: ClassVar[str] = "train-encoder"
    title: ClassVar[str] = "encoder training"
    task: ClassVar[str] = "engine.adaptation.basic.making:train_encoder"
    keywords: ClassVar[tuple[str, ...]] = ("search",)
    subject: ClassVar[str] = "data"

    data: tuple[str, ...]
    captions: Optional[str] = None
    epochs: int = option(52, "Epochs", "So many passes over the pictures.", low=1, high=10_000, whole=True, usual=True)
    hold_out: float = option(
        0.0,
        "Share held out",
        "Of the pictures, at the end of each run of file numbers: they are not trained on, and the model is scored on "
        "them.",
        low=0,
        high=0.9,
    )
    then_all: bool = option(
        False,
        "Then train on all",
        "The model without those held out is a trial: its scores go on the card of one that is trained on all.",
    )
    gsd_m: Optional[tuple[float, ...]] = option(
        None,
        "Ground sampling distance",
        "The finest and the coarsest of the pictures when they are shrunk to 128 pixels; tiles of an index are chosen "
        "by it.",
        unit="m",
        low=0,
        above=True,
    )
    seed: int = seed_option()
    licence: str = option(LICENCE, "Licence", "The terms of the model, on its card.")
    attribution: Optional[str] = option(None, "Attribution", "Whom users of the model have to name.")
    name: Optional[str] = label("Name of the model", "For people. Default: the name of its folder.")
    model: Optional[str] = output("model", "Model", "", "The folder that becomes the model; a model is not replaced.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data or not all(self.data):
            raise RequestError("data names no folder; give at least one with pictures.")
        if self.gsd_m is not None and len(self.gsd_m) != 2:
            raise RequestError("gsd_m is the finest and the coarsest of the pictures; give two numbers.")
        if self.then_all and not self.hold_out:
            told = "A model is trained on all pictures after a trial; say which share of them the trial leaves out."
            raise RequestError(told, field="hold_out")
        if self.model is None:
            raise RequestError("model is missing; name the folder that the model is written to.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The pictures and the captions."""
        return [*self.data, *([self.captions] if self.captions else [])]
