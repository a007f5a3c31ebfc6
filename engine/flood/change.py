"""Flood, permanent water and dry land, from water now, water before, and the change of each pixel against its own past.

The change is a log-ratio: the fall of the darkness (dB) from the median of the dates before to the post-event date.
Look-alikes such as tarmac, sand and smooth soil are as dark before as after, so an object that fell stands as water
even where its contrast to land alone would not prove it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.components import Tally
from .filtering import HIGH_GROUND
from .observe import Observation
from .tiles import darkness
from .water import SEED, WaterModel, stands_out, water_models

__all__ = [
    "CERTAIN_FALL_DB",
    "FALL_DB",
    "UNCHANGED_FALL_DB",
    "ChangeDetector",
    "Evidence",
    "SeenPixels",
    "change_detector",
    "fallen",
]

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

FALL_DB = 3.0  # to half the power: least fall of new water, of a pixel as of an object's mean
CERTAIN_FALL_DB = 2 * FALL_DB  # a pixel that fell by more is new water even where it was dark before
UNCHANGED_FALL_DB = 1.0  # Sentinel-1's radiometric accuracy (3 sigma): a pixel that fell by less has not changed
NOTHING = np.float32(0)
NEVER = np.float32(-2)  # score of ground on which water cannot stand


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of each pixel of one band, all [H, W].

    Attributes
    ----------
    observed, compared : bool
        Seen on the post-event date; seen before, too.
    score, joint, before : float32
        Score of water after, the same with the change taken in, and before. -2 where not observed.
    darkness, darkness_before, fall : float32
        In dB; 0 where not observed, or not compared.
    reference : float32 or None
        1 where the user's layer says permanent water, 0 where it says none, NaN where it says nothing.
    high_ground : bool or None
        Too steep, or too high above the drainage, for standing water.
    """

    observed: Mask
    compared: Mask
    score: Image
    joint: Image
    before: Image
    darkness: Image
    darkness_before: Image
    fall: Image
    reference: Image | None
    high_ground: Mask | None

    def sums(self) -> Mapping[str, np.ndarray]:
        """Features to sum over objects of water now."""
        return {"score": self.score, "darkness": self.darkness, **self.change_sums()}

    def joint_sums(self) -> Mapping[str, np.ndarray]:
        """The same over objects that change has helped to find."""
        return {**self.sums(), "score": self.joint}

    def sums_before(self) -> Mapping[str, np.ndarray]:
        """Features to sum over objects of water before."""
        return {"score": self.before, "darkness": self.darkness_before}

    def change_sums(self) -> Mapping[str, np.ndarray]:
        """Features to sum over objects of new water."""
        return {"fall": self.fall, "compared": self.compared}


@dataclass
class SeenPixels:
    """How many pixels were seen, and what of them.

    Attributes
    ----------
    observed, high_ground, reference_water : int
        Pixels observed; of these, on ground that is too steep or too high, and in the user's permanent water.
    """

    observed: int = 0
    high_ground: int = 0
    reference_water: int = 0

    def add(self, evidence: Evidence) -> None:
        """Count one band."""
        self.observed += int(evidence.observed.sum())
        if evidence.high_ground is not None:
            self.high_ground += int((evidence.high_ground & evidence.observed).sum())
        if evidence.reference is not None:
            self.reference_water += int(((evidence.reference == 1) & evidence.observed).sum())


class ChangeDetector:
    """The two times' models of water, and the rules that turn evidence into objects of water.

    Parameters
    ----------
    observation : Observation
    after : WaterModel
    before : WaterModel or None
        None where no date before was given.
    """

    def __init__(self, observation: Observation, after: WaterModel, before: WaterModel | None) -> None:
        self._observation, self.after, self.before = observation, after, before
        self._physics = physics = observation.physics
        # Display products are stretched date by date: only against its own land can a date's level be read.
        self._offset = np.float32(0)
        if not physics.calibrated and before and before.land is not None and after.land is not None:
            self._offset = np.float32(before.land - after.land)

    @property
    def dates_before(self) -> bool:
        """Whether there is a past to compare with."""
        return self.before is not None

    def evidence(self, start: int, stop: int) -> Evidence:
        """The evidence for rows `start` to `stop`."""
        planes = self._observation.planes
        values = self._observation.scratch.read(start, stop)
        post = values[planes.post]
        missing = np.isnan(post[0])
        score = _known(self.after.score(post), missing, NEVER)
        high = None if planes.high_ground is None else values[planes.high_ground] == HIGH_GROUND
        if high is not None:
            score[high] = NEVER
        dark = _known(darkness(post, self._physics.polarisations), missing)
        reference = None if planes.reference is None else values[planes.reference]
        if self.before is None:
            nothing = np.zeros_like(score)
            never, none = np.full_like(score, NEVER), np.zeros_like(missing)
            return Evidence(~missing, none, score, score, never, dark, nothing, nothing, reference, high)
        pre = values[planes.pre]
        alone = missing | np.isnan(pre[0])
        before = _known(self.before.score(pre), alone, NEVER)
        dark_before = _known(darkness(pre, self._physics.polarisations), alone)
        fall = self._fall(dark, dark_before, alone)
        joint = (fall - np.float32(FALL_DB)) / np.float32(FALL_DB)
        np.clip(joint, -1, 1, out=joint)
        joint *= (score > NEVER) & ~alone
        joint += score
        return Evidence(~missing, ~alone, score, joint, before, dark, dark_before, fall, reference, high)

    def fall(self, start: int, stop: int) -> Image:
        """The fall alone, as `evidence` has it."""
        planes, names = self._observation.planes, self._physics.polarisations
        values = self._observation.scratch.read(start, stop)
        post, pre = values[planes.post], values[planes.pre]
        missing = np.isnan(post[0])
        missing |= np.isnan(pre[0])
        return self._fall(darkness(post, names), darkness(pre, names), missing)

    def _fall(self, dark: Image, dark_before: Image, missing: Mask) -> Image:
        fall = dark_before - dark
        fall -= self._offset
        return _known(fall, missing)

    def water_objects(self, tally: Tally) -> Mask:
        """Which objects of the post-event date are water: they stand out from land, or have fallen."""
        proven = self.standing_objects(tally)
        return proven | ((tally.sums["score"] > SEED * tally.pixels) & fallen(tally, FALL_DB))

    def standing_objects(self, tally: Tally) -> Mask:
        """Which objects of the post-event date are water by their contrast alone."""
        return stands_out(self.after, self._physics, tally, dates_before=self.dates_before)

    def objects_before(self, tally: Tally) -> Mask:
        """Which objects of the dates before were water."""
        if self.before is None:
            return np.zeros(tally.pixels.shape, bool)
        return stands_out(self.before, self._physics, tally, dates_before=True)


def change_detector(observation: Observation, threshold: str, by_hand: Mapping[str, float]) -> ChangeDetector:
    """What the tiles of both times say of water.

    Parameters
    ----------
    observation : Observation
    threshold : str
        One of `thresholds.METHODS`.
    by_hand : mapping of str to float
        Thresholds of the post-event date that were chosen, in dB, by polarisation.
    """
    physics = observation.physics
    pre = observation.pre if observation.planes.dates_before else None
    after, before = water_models(observation.post, pre, physics, threshold)
    if by_hand:
        own = zip(physics.polarisations, after.thresholds, strict=True)
        after = after.at([by_hand.get(name, value) for name, value in own], physics)
    return ChangeDetector(observation, after, before)


def fallen(tally: Tally, least: float) -> Mask:
    """Which objects fell by more than `least` dB in the mean over their compared pixels."""
    compared = tally.sums["compared"]
    return (compared > 0) & (tally.sums["fall"] > least * compared)


def _known(values: Image, missing: Mask, instead: np.float32 = NOTHING) -> Image:
    """`values`, with another value where they are missing; in place."""
    if missing.any():
        values[missing] = instead
    return values
