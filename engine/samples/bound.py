"""The best that a classifier of single pixels could do on a simulated scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .classes import CLASSES
from .scene import Scene
from .simulator import Simulator, Strip

__all__ = ["bayes_iou", "bayes_miou"]

_DB_FROM, _DB_STEP, _BINS = -45.0, 0.5, 110


def bayes_iou(scene: Scene, *, trained_on: int = 2) -> float:
    """IoU of water on the post-event date for the per-pixel classifier that knows the simulator's class statistics.

    The densities of (VV, VH) over water and over all else, speckle and shares included, are histograms of other scenes
    with the same parameters. A pixel is water where the odds exceed the value that is best for IoU on those scenes.

    Parameters
    ----------
    scene : Scene
        The scene to be judged.
    trained_on : int
        Number of other scenes, with the seeds after `scene.seed`.

    Returns
    -------
    float
        0 to 1; 1 where there is no water and none is found.
    """
    counts = np.zeros((2, _BINS, _BINS))
    for index in range(1, trained_on + 1):
        counts += _histograms(replace(scene, seed=(scene.seed + index) % 2**31))
    # Half a decibel of smoothing: bins with a few pixels would otherwise follow chance.
    smooth = ndimage.gaussian_filter(counts, (0, 1, 1)) + 1e-6
    odds = smooth[1] / smooth[0]
    order = np.argsort(-odds, axis=None)
    is_water = np.zeros(odds.size, bool)
    is_water[order[: int(np.argmax(_iou(counts, order))) + 1]] = True
    land, water = _histograms(scene).reshape(2, -1)
    union = water.sum() + land[is_water].sum()
    return float(water[is_water].sum() / union) if union else 1.0


def bayes_miou(scene: Scene, truth: NDArray[np.uint8], optical: NDArray[np.uint16]) -> float:
    """Mean IoU of land cover for the per-pixel classifier that knows the class statistics and the shares of classes.

    Reflectance is a class's mean times factors that are nearly normal (texture, parcel, greenness, noise), so its
    logarithms are nearly normal, too. Their means and covariances are those of two other scenes of 1024 x 512 pixels.

    Parameters
    ----------
    scene : Scene
        The scene to be judged.
    truth : uint8[H, W]
        Its classes, indices into `CLASSES`; the shares of classes are taken from here.
    optical : uint16[10, H, W]
        Its reflectance times 10,000.

    Returns
    -------
    float
        0 to 1, over the classes that occur.
    """
    others = [Simulator(Scene(scene.seed + number, 1024, 512), optical=True).whole() for number in (101, 102)]
    x = np.concatenate([np.log(_optical(whole).reshape(len(optical), -1).T) for whole in others])
    y = np.concatenate([whole.ground.cover.ravel() for whole in others])
    pixels = np.log(optical.reshape(len(optical), -1).T)
    shares = np.bincount(truth.ravel(), minlength=len(CLASSES)) / truth.size
    scores = np.full((len(CLASSES), truth.size), -np.inf)
    for value in np.flatnonzero(shares):
        own = x[y == value]
        mean, covariance = own.mean(axis=0), np.cov(own.T)
        away = pixels - mean
        distance = np.einsum("ij,jk,ik->i", away, np.linalg.inv(covariance), away, optimize=True)
        scores[value] = np.log(shares[value]) - (distance + np.linalg.slogdet(covariance)[1]) / 2
    counts = np.zeros((len(CLASSES), len(CLASSES)))
    np.add.at(counts, (truth.ravel(), scores.argmax(axis=0)), 1)
    hits, union = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    return float((hits[shares > 0] / union[shares > 0]).mean())


def _optical(strip: Strip) -> NDArray[np.uint16]:
    if strip.optical is None:
        raise ValueError("The simulator was told to leave out the optical bands.")
    return strip.optical


def _iou(counts: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """IoU when the bins are called water one after the other in this order."""
    land, water = (np.cumsum(part.ravel()[order]) for part in counts)
    return water / np.maximum(water[-1] + land, 1)  # type: ignore[no-any-return]


def _histograms(scene: Scene) -> NDArray[np.float64]:
    """float64[2, bins, bins]: pixels that are not water, and that are, by VV and VH in dB."""
    counts = np.zeros((2, _BINS, _BINS))
    for strip in Simulator(scene):
        counts += _strip_histograms(strip)
    return counts


def _strip_histograms(strip: Strip) -> NDArray[np.float64]:
    decibels = 10 * np.log10(strip.radar["post"])
    vv, vh = np.clip(((decibels - _DB_FROM) / _DB_STEP).astype(np.intp), 0, _BINS - 1)
    water = (strip.ground.truth > 0).astype(np.intp)
    flat = np.bincount(((water * _BINS + vv) * _BINS + vh).ravel(), minlength=2 * _BINS * _BINS)
    return flat.reshape(2, _BINS, _BINS).astype(np.float64)
