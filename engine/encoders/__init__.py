"""Encoders of search: image tiles, and phrases where a model reads words, become unit vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..cards.card import Card

__all__ = ["TASK", "DualEncoder", "load_encoder"]

TASK = "dual-encoder"
# A card's architecture, or its task where that is another than this -> module and name of what opens the folder.
OPENERS = {
    "geofm-basic": (".basic", "BasicEncoder"),
    "open-clip": (".clip", "open_clip_encoder"),
    "open-clip-onnx": (".clip", "open_clip_encoder"),
    "recognition": (".recognition", "RecognitionEncoder"),
}


class DualEncoder(Protocol):
    """What an index and a search need of a model; one that reads no words (`engine.cards.searching`) refuses them.

    Attributes
    ----------
    card : Card
    dimension : int
        Length D of the vectors.
    side : int
        Side S of the square tiles that it wants, in pixels. Tiles are red, green, blue in 0..255, as for a screen.
    fingerprint : str
        A hash of the weights of both towers and of the preprocessing. Vectors are comparable only where it is equal.
    """

    @property
    def card(self) -> Card: ...

    @property
    def dimension(self) -> int: ...

    @property
    def side(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def images(self, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[N, D] of tiles uint8[N, 3, S, S]."""

    def texts(self, phrases: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[M, D] of M phrases.

        Raises
        ------
        InputError
            If the model reads no words.
        """

    def known(self, phrase: str) -> float | None:
        """How sure it is, from 0 to 1, that a phrase is among what the model was taught.

        Below 0.5 a search should say that it is not. None of a model with an open vocabulary.
        """


def load_encoder(name_or_folder: str, *, device: str = "auto") -> DualEncoder:
    """Open an encoder.

    Parameters
    ----------
    name_or_folder : str
        Name of an installed model, or a model's folder.
    device : str
        'auto', 'cpu' or 'cuda'.

    Raises
    ------
    InputError
        If there is none, it is not for search, its files are damaged, or what it needs is not set up.
    """
    from ..cards.card import read_card
    from ..cards.searching import unsearchable
    from ..cards.shelf import find

    folder = Path(find(name_or_folder))
    card = read_card(folder)
    if fault := unsearchable(card):
        raise InputError(f"{folder}: {fault}")
    kind = card.architecture if card.task == TASK else card.task
    if kind not in OPENERS:
        raise InputError(
            f"The model '{card.name}' in {folder} is of the kind '{kind}', which this GeoFM cannot use for search by "
            "text; update GeoFM or choose another model."
        )
    module, name = OPENERS[kind]
    opened: Callable[..., DualEncoder] = getattr(import_module(module, __name__), name)
    return opened(folder, card, device=device)
