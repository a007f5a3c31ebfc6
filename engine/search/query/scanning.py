"""Scores of all tiles, or of some: an exact scan at the speed of memory.

Measured on an AMD EPYC with two cores (AVX-512), 1,000,000 x 512, in processor time: reading the bytes once 65 ms, this
scan 70 ms, chunks turned to float32 140 ms, int8 64 ms (half the bytes, which counts where they come from a disk).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ...memory import budget_bytes
from ..index.store import Index, Piece

__all__ = ["beyond_memory", "scan"]

Floats = NDArray[np.float32]

CHUNK = 32_768  # rows per product
GATHER = 4096  # rows that are copied together at a time: they stay in the cache
DENSE = 0.5  # from this share of tiles on, scanning all is faster than picking some
MEMORY_SHARE = 0.6  # of what this process may hold: a larger index is scanned by its codes
CODE = 127


def beyond_memory(index: Index, tiles: int | None = None) -> bool:
    """Whether an index is larger than memory, so that reading fewer bytes is what counts.

    Parameters
    ----------
    index : Index
    tiles : int, optional
        Whether the vectors of so many of its tiles are. Default: of all.
    """
    budget, count = budget_bytes(), len(index)
    share = 1.0 if tiles is None or not count else tiles / count
    return budget is not None and share * index.vector_bytes > MEMORY_SHARE * budget


def scan(index: Index, query: Floats, chosen: NDArray[np.int64] | None = None, *, codes: bool = False) -> Floats:
    """The product of each tile's vector with a query.

    Parameters
    ----------
    index : Index
    query : float32 [D]
    chosen : int64 [N], optional
        Positions of the tiles to look at, rising. Default: all.
    codes : bool
        Read the int8 copies: each product is then off by up to about a hundredth of the query's length.

    Returns
    -------
    float32 [N]
        Of vectors within 0.001 of the query's length.
    """
    length = float(np.linalg.norm(query)) or 1.0
    unit = torch.from_numpy((query / np.float32(length)).astype(np.float32))
    if chosen is not None and len(chosen) > DENSE * len(index):
        return scan(index, query, codes=codes)[chosen]
    scores = torch.empty(len(index) if chosen is None else len(chosen), dtype=torch.float32)
    products: _Products = _Codes(index, unit) if codes else _Halves(unit)

    def score(part: _Part) -> None:
        piece, first, rows = part
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        scores[first : first + count] = products(piece, rows)

    _side_by_side(score, list(_parts(index, chosen)))
    scaled: Floats = scores.mul_(length).numpy()
    return scaled


_Part = tuple[Piece, int, slice | torch.Tensor]  # where its scores go, and which rows of the piece they are of


def _parts(index: Index, chosen: NDArray[np.int64] | None) -> Iterator[_Part]:
    for piece in index.pieces:
        if chosen is None:
            for start in range(0, len(piece), CHUNK):
                yield piece, piece.offset + start, slice(start, min(start + CHUNK, len(piece)))
        else:
            first, last = np.searchsorted(chosen, (piece.offset, piece.offset + len(piece)))
            picked = torch.from_numpy(chosen[first:last] - piece.offset)
            for start in range(0, len(picked), GATHER):
                yield piece, int(first) + start, picked[start : start + GATHER]


def _side_by_side(work: Callable[[_Part], None], parts: list[_Part]) -> None:
    """Do all parts, in as many threads as torch uses for one product.

    The threads of one product wait for each other at its end: beside other programs that doubles the time.
    """
    threads = torch.get_num_threads()
    if threads == 1 or len(parts) <= 1:
        for part in parts:
            work(part)
        return
    try:
        with ThreadPoolExecutor(threads, "scan", initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for _ in pool.map(work, parts):
                pass
    finally:
        torch.set_num_threads(threads)  # what was said last holds for threads to come


class _Products(Protocol):
    def __call__(self, piece: Piece, rows: slice | torch.Tensor) -> torch.Tensor:
        """float32 or half [N]: products of some rows of a piece with the query."""


class _Halves:
    """Products with the fp16 vectors. (numpy has no fast fp16: it takes thirty times as long.)"""

    def __init__(self, query: torch.Tensor) -> None:
        self._query = query.half()

    def __call__(self, piece: Piece, rows: slice | torch.Tensor) -> torch.Tensor:
        return torch.mv(_rows_of(piece.vectors, rows), self._query)


class _Codes:
    """Products of whole numbers, scaled by the peaks of vector and query."""

    def __init__(self, index: Index, query: torch.Tensor) -> None:
        peak = float(query.abs().max()) or 1.0
        self._query = torch.round(query * (CODE / peak)).to(torch.int8)[:, None].contiguous()
        self._scale = peak / CODE**2
        self._peaks = torch.from_numpy(index.columns.peak)

    def __call__(self, piece: Piece, rows: slice | torch.Tensor) -> torch.Tensor:
        peaks = _rows_of(self._peaks[piece.offset : piece.offset + len(piece)], rows)
        # int32 [N] of int8 [N, D] and int8 [D, 1].
        return torch._int_mm(_rows_of(piece.codes, rows), self._query)[:, 0] * (peaks * self._scale)


def _rows_of(values: torch.Tensor, rows: slice | torch.Tensor) -> torch.Tensor:
    return values[rows] if isinstance(rows, slice) else values.index_select(0, rows)
