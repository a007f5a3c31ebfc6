"""What the catalogue says of a published model: its files, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ...errors import InputError
from ..card import Card

__all__ = ["CatalogueFile", "Entry"]


@dataclass(frozen=True)
class CatalogueFile:
    """One published file.

    Attributes
    ----------
    name : str
        Under which it lies in a mirror.
    url : str, optional
        Of one revision, over HTTPS. None if nobody publishes the file in this form: then only a mirror has it.
    sha256 : str
    size : int
        Bytes.
    slack : int
        By how many bytes the size may be off, where its makers tell it rounded; the hash is the judge.
    """

    name: str
    url: Optional[str]
    sha256: str
    size: int
    slack: int = 0

    def may_have(self, size: int) -> bool:
        """Whether the file may have so many bytes."""
        return abs(size - self.size) <= self.slack


@dataclass(frozen=True)
class Entry:
    """One model of the catalogue.

    Attributes
    ----------
    card : Card
        What the installed model's card will be; its SHA-256 is that of the converted weights, known when there are any.
    description : str
        What it is good for, in a sentence or two.
    files : tuple of CatalogueFile
    convert : {'state-dict', 'dynamic-world', 'folder', 'clip', 'clip-torchscript', ''}
        How the first file becomes weights (`engine.models.conversion`); 'folder': the files are the model as it is,
        and their card says more than the one here. Blank where there are no files.
    strip, drop : tuple of str
        Prefixes that the names of the published tensors lose; names, or beginnings of names, of those left out.
    by_hand : str
        Of a model without files, whose SHA-256 is not known here: what to do to take it in.
    """

    card: Card
    description: str
    files: tuple[CatalogueFile, ...]
    convert: str
    strip: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    by_hand: str = ""

    @property
    def name(self) -> str:
        """On the shelf."""
        return self.card.name

    @property
    def title(self) -> str:
        """For people."""
        return self.card.title

    @property
    def task(self) -> str:
        """As in `Card`."""
        return self.card.task

    @property
    def licence(self) -> str:
        """Under which it may be used."""
        return self.card.licence

    @property
    def attribution(self) -> str:
        """Whom to name."""
        return self.card.attribution

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    @property
    def downloadable(self) -> bool:
        """Whether all its files can be had from the internet; else only a mirror has them."""
        return bool(self.files) and all(file.url for file in self.files)

    def require_files(self) -> None:
        """See that there are files that can be fetched.

        Raises
        ------
        InputError
            If the model has to be taken in by hand; it says how.
        """
        if not self.files:
            raise InputError(
                f"{self.title} is not downloaded by itself, since the SHA-256 of its file is not known here: "
                f"{self.by_hand}"
            )
