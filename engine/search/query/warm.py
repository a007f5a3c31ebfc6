"""What a lane process keeps between queries: models, and indexes with their background."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ... import encoders
from ...cards.index_files import BACKUP, MANIFEST
from ...encoders import DualEncoder
from ...raster.stamps import stamp
from ..index.lance import FOLDER as TABLE
from ..index.lance import RECORD, Table, open_table
from ..index.pictures import Pictures
from ..index.planning import model_of, refuse_other_model
from ..index.store import Index, open_index
from .background import Background, background_of
from .scanning import beyond_memory

__all__ = ["Warm", "encoder_of", "index_of"]

T = TypeVar("T")
Stamp = tuple[object, ...]

MODELS, INDEXES = 2, 4
READERS = 4


class _Shelf(Generic[T]):
    """The last few things that were used, each with what it was made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[object, tuple[Stamp, T]] = OrderedDict()

    def get(self, key: object, made_of: Stamp) -> T | None:
        """What is kept under a key, if it was made of the same."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != made_of:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def put(self, key: object, made_of: Stamp, value: T) -> T:
        """Keep something; the one that was not used for longest goes."""
        self._kept[key] = (made_of, value)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value


@dataclass(frozen=True)
class Warm:
    """An index that is ready to be asked; its images are open several times, for threads side by side.

    One that was beyond memory when it was opened (`large`) is scanned by its codes, since its vectors were not
    verified; it may have a table beside it.
    """

    index: Index
    background: Background
    pictures: tuple[Pictures, ...]
    large: bool = False
    table: Table | None = None


_encoders: _Shelf[DualEncoder] = _Shelf(MODELS)
_indexes: _Shelf[Warm] = _Shelf(INDEXES)


def encoder_of(index: Index, device: str) -> DualEncoder:
    """The model of an index, as it lies on the shelf now (see `model_of`).

    Raises
    ------
    InputError
        If it is not installed, or is another than the index was made with.
    """
    name = model_of(index.folder, index.about)
    made_of = _stamp_of_model(name)
    encoder = _encoders.get((name, device), made_of)
    if encoder is None:
        encoder = encoders.load_encoder(name, device=device)
        if made_of:
            _encoders.put((name, device), made_of, encoder)
    refuse_other_model(index.folder, index.about, encoder)
    return encoder


def index_of(folder: Path, check: Callable[[], None] = lambda: None) -> Warm:
    """An index as its manifest says it is now; the bytes that queries read are verified when it is first used.

    Of one beyond memory only where its tiles lie, since the rest takes minutes: `geofm index --refresh` verifies all.
    `check` is called now and then, from several threads; what it raises goes through.

    Raises
    ------
    InputError
        If there is none, or one that cannot be read at all.
    """
    made_of = tuple(stamp(str(folder / name)) for name in (MANIFEST, BACKUP, Path(TABLE) / RECORD))
    key = folder.absolute()
    warm = _indexes.get(key, made_of)
    if warm is None:
        index = open_index(folder)
        large = beyond_memory(index)
        index = index.verified(("tiles",) if large else ("tiles", "vectors"), check)
        if large:  # a scan of it reads codes
            index.expect_single_rows()
        pictures = tuple(Pictures(index.sources) for _ in range(READERS))
        table = open_table(index) if large else None
        warm = _indexes.put(key, made_of, Warm(index, background_of(index), pictures, large, table))
    return warm


def _stamp_of_model(folder: str) -> Stamp:
    """What tells whether a model was changed; empty where there is none."""
    try:
        return tuple((path.name, stamp(str(path))) for path in sorted(Path(folder).iterdir()))
    except OSError:
        return ()
