"""Noise that is a function of position alone, so that any part of a scene can be computed without the rest.

Values on lattices come from a hash of the lattice coordinates; a cubic B-spline carries them to the pixels. Unlike
bilinear value noise, this gives an almost Gaussian field whose variance hardly depends on the place in the cell.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["Noise", "hash32", "layer_seed", "normals", "uniform"]

Floats = NDArray[np.float32]
Hashes = NDArray[np.uint32]

# The mean over a cell of the squared weights of a cubic B-spline: the factor by which it lowers variance, per axis.
_SPLINE_VARIANCE = 151.0 / 315.0
# OpenBLAS multiplies in one thread up to 2**18 multiplications (GEMM_MULTITHREAD_THRESHOLD = 4).
_SINGLE_THREAD_PRODUCT = 200_000
# Lattice coordinates may be negative near the scene's edge; the hash wants them unsigned.
_OFFSET = 1 << 20


def layer_seed(seed: int, layer: str) -> int:
    """A 32-bit seed for one named layer of a scene."""
    return (seed * 0x9E3779B1 + zlib.crc32(layer.encode()) * 0x85EBCA6B) & 0xFFFFFFFF


def hash32(seed: int, *coordinates: NDArray[np.integer]) -> Hashes:
    """A 32-bit hash of integer coordinates of one broadcast shape (the finaliser of MurmurHash3, once for each)."""
    value: Hashes = np.full((1,), seed & 0xFFFFFFFF, np.uint32)
    for coordinate in coordinates:
        value = value ^ (coordinate.astype(np.uint32) * np.uint32(0x9E3779B1))
        value ^= value >> np.uint32(16)
        value *= np.uint32(0x85EBCA6B)
        value ^= value >> np.uint32(13)
        value *= np.uint32(0xC2B2AE35)
        value ^= value >> np.uint32(16)
    return value


def uniform(hashes: Hashes) -> Floats:
    """Hashes as numbers in [0, 1)."""
    return (hashes >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def normals(seed: int, shape: tuple[int, ...]) -> Floats:
    """Standard normal numbers for the small look-up tables of a scene."""
    return np.random.Generator(np.random.SFC64(seed)).standard_normal(shape, dtype=np.float32)


class Noise:
    """A smooth random field with mean 0 and standard deviation 1.

    Parameters
    ----------
    seed : int
        Of the scene.
    layer : str
        Fields with different names are independent.
    cell : float
        Spacing of the coarsest lattice in pixels; features are two to three cells across.
    octaves : int
        Every further octave halves the cell and the amplitude.
    """

    def __init__(self, seed: int, layer: str, cell: float, octaves: int = 1) -> None:
        self._seed = layer_seed(seed, layer)
        amplitudes = 0.5 ** np.arange(octaves)
        # A lattice value is uniform with variance 1/12.
        amplitudes *= np.sqrt(12.0) / (_SPLINE_VARIANCE * np.sqrt(np.sum(amplitudes**2)))
        self._octaves = [(cell / 2**k, float(amplitude)) for k, amplitude in enumerate(amplitudes)]

    def __call__(self, rows: Floats, columns: Floats, slope: str = "") -> Floats:
        """The field, or its derivative per pixel along 'rows' or 'columns', at all pairs of positions.

        Parameters
        ----------
        rows, columns : float32[R], float32[C]
            Positions in pixels, ascending.

        Returns
        -------
        float32[R, C]
        """
        downs, acrosses = [], []
        for octave, (cell, amplitude) in enumerate(self._octaves):
            first_row, down = _dense_weights(rows, cell, slope == "rows")
            first_column, places, weights = _weights(columns, cell, slope == "columns")
            lattice_rows = np.arange(first_row, first_row + down.shape[1]) + _OFFSET
            lattice_columns = np.arange(first_column, first_column + places[-1] + 4) + _OFFSET
            hashes = hash32(self._seed + octave, lattice_rows[:, None], lattice_columns[None, :])
            lattice = (uniform(hashes) - np.float32(0.5)) * np.float32(amplitude)
            across = np.take(lattice, places, axis=1) * weights[0]
            for tap in range(1, 4):
                across += np.take(lattice, places + tap, axis=1) * weights[tap]
            downs.append(down)
            acrosses.append(across)
        return _product(np.concatenate(downs, axis=1), np.concatenate(acrosses, axis=0))


def _product(left: Floats, right: Floats) -> Floats:
    """Matrix product in pieces for which OpenBLAS starts no threads of its own.

    Those would fight with the threads that compute several blocks at once (a twentyfold loss on a busy machine), and
    could make the last bits of a pixel depend on their number.
    """
    result = np.empty((left.shape[0], right.shape[1]), np.float32)
    step = max(_SINGLE_THREAD_PRODUCT // left.size, 1)
    for start in range(0, right.shape[1], step):
        np.matmul(left, right[:, start : start + step], out=result[:, start : start + step])
    return result


def _weights(positions: Floats, cell: float, slope: bool) -> tuple[int, NDArray[np.intp], Floats]:
    """The first lattice index used, each position's first tap counted from there, and the weights of its four taps."""
    scaled = positions.astype(np.float64) / cell
    whole = np.floor(scaled).astype(np.intp)
    t = scaled - whole
    if slope:
        taps = [-((1 - t) ** 2) / 2, (3 * t - 4) * t / 2, (1 + 2 * t - 3 * t * t) / 2, t * t / 2]
        weights = np.stack(taps) / cell
    else:
        taps = [(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3]
        weights = np.stack(taps) / 6
    return int(whole[0]) - 1, whole - whole[0], weights.astype(np.float32)


def _dense_weights(positions: Floats, cell: float, slope: bool) -> tuple[int, Floats]:
    """The first lattice index used and a matrix that takes lattice values to the positions."""
    first, places, weights = _weights(positions, cell, slope)
    matrix = np.zeros((len(positions), int(places[-1]) + 4), np.float32)
    for tap in range(4):
        matrix[np.arange(len(positions)), places + tap] = weights[tap]
    return first, matrix
