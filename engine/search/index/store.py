"""An index opened for reading: its rows stay on the disk and are mapped into memory."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .checking import SOUND, Damage, damage_of, lost_rows, runs_of
from .compacting import join_runs
from .manifest import About, Manifest, without_dots
from .reading import read_manifest
from .segments import ROW_BITS, SUFFIXES, TILE, codes_of, paths_of, sound_bits

__all__ = ["Columns", "Index", "Piece", "open_index"]

Positions = NDArray[np.int64]
CODED_TOGETHER = 8192  # rows


@dataclass(frozen=True)
class Piece:
    """Rows of one segment that follow each other and all count.

    Attributes
    ----------
    segment : int
    start, stop : int
        Rows of the segment.
    offset : int
        Position of the first of them among all tiles of the index.
    vectors : float16 tensor [N, D]
    stored_codes : int8 tensor [N, D], optional
        None where they are damaged.
    tiles : TILE [N]
    """

    segment: int
    start: int
    stop: int
    offset: int
    vectors: torch.Tensor
    stored_codes: torch.Tensor | None
    tiles: NDArray[Any]

    def __len__(self) -> int:
        return self.stop - self.start

    @cached_property
    def codes(self) -> torch.Tensor:
        """The int8 copies, int8 tensor [N, D]; where those that are stored are damaged, made of the vectors."""
        if self.stored_codes is not None:
            return self.stored_codes
        # Vectors beyond memory are not verified, so that there may be NaN.
        parts = [
            codes_of(torch.nan_to_num(self.vectors[start : start + CODED_TOGETHER].float(), 0, 0, 0).numpy())[0]
            for start in range(0, len(self), CODED_TOGETHER)
        ]
        return torch.from_numpy(np.concatenate(parts))


@dataclass(frozen=True)
class Columns:
    """What filters ask of every tile, side by side in memory: arrays of all tiles in order."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    source: NDArray[np.uint32]
    peak: NDArray[np.float32]


class Index:
    """The tiles of an index.

    Tiles are told by their position, from 0, which is for this opened index alone, or by their number, which stays
    theirs as long as the index has them.

    Attributes
    ----------
    folder : Path
    manifest : Manifest
    about : About
    damage : tuple of str
        A sentence on each thing that is damaged; what it concerns is left out.
    sources : dict of int to Source
        Those that are served.
    pieces : tuple of Piece
    """

    def __init__(
        self, folder: Path, manifest: Manifest, damage: Iterable[str], damaged: Mapping[int, Damage] | None = None
    ) -> None:
        self.folder, self.manifest = folder, manifest
        self.about: About = manifest.about
        self.sources = {source.id: source for source in manifest.served}
        self._runs = runs_of(self.sources.values())
        self._segments = [part for part in manifest.segments if part.number in self._runs]
        self._damage_of_manifest = tuple(damage)
        self._damaged = self._look(()) if damaged is None else damaged
        self._warnings: list[str] = []
        self._vectors: list[mmap.mmap] = []
        self.pieces = tuple(self._mapped())
        self._starts = np.array([piece.offset for piece in self.pieces], np.int64)
        self.damage = (*self._damage_of_manifest, *self._warnings)

    def __len__(self) -> int:
        return self.pieces[-1].offset + len(self.pieces[-1]) if self.pieces else 0

    @property
    def vector_bytes(self) -> int:
        """What a scan of all vectors reads."""
        return 2 * len(self) * self.about.dimension

    @cached_property
    def columns(self) -> Columns:
        """Read once, when first asked for."""
        return Columns(*(self._column(name) for name in ("lon", "lat", "source", "peak")))

    def expect_single_rows(self) -> None:
        """Have the system read only what is asked for of the vectors, not megabytes around each of them."""
        if hasattr(mmap, "MADV_RANDOM"):  # Windows reads little ahead
            for file in self._vectors:
                file.madvise(mmap.MADV_RANDOM)

    def verified(self, suffixes: Collection[str] = SUFFIXES, check: Callable[[], None] = lambda: None) -> Index:
        """This index without the blocks of rows whose bytes, in some of their files, are not what was written.

        `check` is called now and then, from several threads; what it raises goes through.
        """
        damaged = self._look(suffixes, check)
        if damaged == self._damaged:
            return self
        return Index(self.folder, self.manifest, self._damage_of_manifest, damaged)

    def tiles(self, positions: Positions) -> NDArray[Any]:
        """TILE rows at some positions."""
        tiles = np.zeros(len(positions), TILE)
        for piece, chosen in self._split(positions):
            tiles[chosen] = piece.tiles[positions[chosen] - piece.offset]
        return tiles

    def vectors(self, positions: Positions) -> NDArray[np.float32]:
        """float32 [N, D] at some positions; NaN where a vector that was not verified holds what no unit vector does."""
        vectors = np.zeros((len(positions), self.about.dimension), np.float32)
        for piece, chosen in self._split(positions):
            halves = piece.vectors.index_select(0, torch.from_numpy(positions[chosen] - piece.offset))
            vectors[chosen] = halves.float().numpy()
            vectors[chosen[~sound_bits(halves.numpy().view(np.uint16)).all(axis=1)]] = np.nan
        return vectors

    def numbers(self, positions: Positions) -> Positions:
        """The numbers of the tiles at some positions."""
        numbers = np.zeros(len(positions), np.int64)
        for piece, chosen in self._split(positions):
            numbers[chosen] = (piece.segment << ROW_BITS) + piece.start + positions[chosen] - piece.offset
        return numbers

    def positions(self, numbers: Iterable[int]) -> Positions:
        """The positions of tiles by their numbers; those that the index no longer has are left out."""
        positions = []
        for number in numbers:
            segment, row = number >> ROW_BITS, number & ((1 << ROW_BITS) - 1)
            positions += [
                piece.offset + row - piece.start
                for piece in self.pieces
                if piece.segment == segment and piece.start <= row < piece.stop
            ]
        return np.array(positions, np.int64)

    def _column(self, name: str) -> NDArray[Any]:
        parts = [np.ascontiguousarray(piece.tiles[name]) for piece in self.pieces]
        return np.concatenate(parts) if parts else np.zeros(0, TILE[name])

    def _split(self, positions: Positions) -> Iterator[tuple[Piece, NDArray[np.int64]]]:
        """Each piece that some of the positions lie in, and which of them do."""
        if not len(positions):
            return
        order = np.argsort(positions, kind="stable")
        owners = np.searchsorted(self._starts, positions[order], side="right") - 1
        for chosen in np.split(order, np.flatnonzero(np.diff(owners)) + 1):
            owner = int(np.searchsorted(self._starts, positions[chosen[0]], side="right")) - 1
            yield self.pieces[owner], chosen

    def _look(self, suffixes: Collection[str], check: Callable[[], None] = lambda: None) -> dict[int, Damage]:
        return damage_of(self.folder, self.manifest, self._segments, suffixes, check)

    def _mapped(self) -> Iterator[Piece]:
        offset = 0
        for segment in self._segments:
            damage = self._damaged.get(segment.number, SOUND)
            runs = self._runs[segment.number]
            kept = join_runs([(segment.number, *rows) for run in runs for rows in damage.spared(*run[:2])])
            self._report_damage(segment.number, damage)
            if not kept:
                continue
            vectors, codes, tiles = self._arrays(segment.number, kept[-1][2], damage)
            for _, start, stop in kept:
                rows = slice(start, stop)
                stored = None if codes is None else codes[rows]
                yield Piece(segment.number, start, stop, offset, vectors[rows], stored, tiles[rows])
                offset += stop - start

    def _arrays(
        self, number: int, count: int, damage: Damage
    ) -> tuple[torch.Tensor, torch.Tensor | None, NDArray[Any]]:
        paths, shape = paths_of(self.folder, number), (count, self.about.dimension)
        # Copy on write: torch wants arrays that can be written to, and nobody writes.
        with paths["vectors"].open("rb") as file:
            self._vectors.append(mmap.mmap(file.fileno(), 2 * count * self.about.dimension, access=mmap.ACCESS_COPY))
        vectors = np.frombuffer(self._vectors[-1], np.float16).reshape(shape)
        codes = None if damage.codes else torch.from_numpy(np.memmap(paths["codes"], np.int8, "c", shape=shape))
        tiles = np.memmap(paths["tiles"], TILE, "c", shape=count)
        return torch.from_numpy(vectors), codes, tiles.view(np.ndarray)  # of which parts are cut much faster

    def _report_damage(self, number: int, damage: Damage) -> None:
        """Say what is damaged of a segment."""
        lost: dict[int, int] = {}
        for start, stop, source in self._runs[number]:
            if rows := lost_rows((number, start, stop), self._damaged):
                lost[source] = lost.get(source, 0) + rows
        if lost:
            names = ", ".join(self.sources[source].label for source in sorted(lost)[:3])
            names += f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            what = f"{sum(lost.values()):,} tiles of {names} are left out"
        elif damage.codes:
            what = "its int8 copies are made again of the vectors"
        else:
            return
        self._warnings.append(f"Segment {number} of the index {self.folder} is damaged: {what}; refresh the index.")


def open_index(folder: Path) -> Index:
    """Open an index for reading; its rows are not looked at yet (see `Index.verified`).

    Raises
    ------
    InputError
        If there is none, or one that cannot be read at all.
    """
    folder = Path(without_dots(str(folder)))
    manifest, damage = read_manifest(folder)
    sources = tuple(replace(source, runs=join_runs(sorted(source.runs))) for source in manifest.sources)
    return Index(folder, replace(manifest, sources=sources), damage)
