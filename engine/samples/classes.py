"""The land-cover classes of the simulated scenes, and how radar and optical sensors see them.

Backscatter is sigma nought in dB without speckle, for an incidence angle of 37.5 degrees. Levels and slopes follow
Ulaby and Dobson, Handbook of Radar Scattering Statistics for Terrain (1989), Twele et al. (2016,
doi:10.1080/01431161.2016.1192304) for water, and Veloso et al. (2017, doi:10.1016/j.rse.2017.07.015) for crops, as
rounded figures. Reflectances are rounded Sentinel-2 level 2A surface reflectances of a Central European summer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Floats

__all__ = [
    "BARE", "BUILT_UP", "CLASSES", "CROPS", "FOREST", "GRASS", "LOOKALIKES", "OPTICAL_BANDS", "SAND_CLASS", "TARMAC",
    "WATER", "Cover", "table",
]  # fmt: skip

OPTICAL_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")


@dataclass(frozen=True, slots=True)
class Cover:
    """One class.

    Attributes
    ----------
    name, color : str
        `color` is #rrggbb.
    vv, vh : float
        Mean backscatter in dB.
    texture : (float, float)
        Standard deviation in dB of the backscatter's variation within the class, VV and VH.
    slope : (float, float)
        Change of backscatter in dB for one more degree of incidence, VV and VH.
    reflectance : tuple of float
        Mean, 0 to 1, of the ten bands of `OPTICAL_BANDS`.
    spread : float
        Relative standard deviation of the reflectance within the class.
    """

    name: str
    color: str
    vv: float
    vh: float
    texture: tuple[float, float]
    slope: tuple[float, float]
    reflectance: tuple[float, ...]
    spread: float


CLASSES = (
    Cover("water", "#1f78b4", -19.0, -26.5, (1.3, 1.6), (-0.35, -0.25),
          (0.045, 0.048, 0.035, 0.032, 0.024, 0.023, 0.020, 0.018, 0.010, 0.008), 0.18),
    Cover("forest", "#1b6b2f", -8.0, -14.0, (0.8, 0.8), (-0.08, -0.06),
          (0.020, 0.038, 0.022, 0.065, 0.190, 0.240, 0.260, 0.270, 0.120, 0.055), 0.12),
    Cover("grassland", "#a6d96a", -12.0, -18.8, (0.9, 0.9), (-0.14, -0.12),
          (0.035, 0.070, 0.050, 0.110, 0.240, 0.285, 0.310, 0.330, 0.220, 0.120), 0.12),
    Cover("winter cereals", "#ffe680", -11.8, -18.4, (0.9, 0.9), (-0.14, -0.12),
          (0.050, 0.085, 0.095, 0.140, 0.220, 0.250, 0.275, 0.290, 0.260, 0.170), 0.10),
    Cover("maize", "#f4a522", -10.3, -16.4, (0.9, 0.9), (-0.12, -0.10),
          (0.030, 0.060, 0.035, 0.095, 0.300, 0.380, 0.410, 0.420, 0.190, 0.090), 0.10),
    Cover("sugar beet", "#c77cff", -11.0, -17.4, (0.9, 0.9), (-0.12, -0.10),
          (0.032, 0.072, 0.036, 0.105, 0.360, 0.470, 0.500, 0.510, 0.210, 0.100), 0.10),
    Cover("smooth bare soil", "#9c6b3f", -16.4, -21.8, (1.1, 1.1), (-0.20, -0.16),
          (0.080, 0.110, 0.140, 0.165, 0.180, 0.195, 0.215, 0.230, 0.300, 0.260), 0.13),
    Cover("sand", "#f2e2b8", -18.0, -23.2, (1.0, 1.0), (-0.20, -0.16),
          (0.160, 0.220, 0.270, 0.290, 0.305, 0.315, 0.330, 0.340, 0.400, 0.370), 0.08),
    Cover("built-up", "#d7191c", -3.4, -11.0, (2.2, 2.0), (-0.03, -0.03),
          (0.105, 0.120, 0.135, 0.150, 0.170, 0.180, 0.195, 0.200, 0.215, 0.190), 0.28),
    Cover("tarmac", "#4d4d4d", -17.0, -22.8, (1.1, 1.1), (-0.22, -0.18),
          (0.085, 0.090, 0.095, 0.100, 0.105, 0.108, 0.112, 0.115, 0.125, 0.115), 0.12),
)  # fmt: skip

WATER, FOREST, GRASS, CEREALS, MAIZE, BEET, BARE, SAND_CLASS, BUILT_UP, TARMAC = range(len(CLASSES))
CROPS = (CEREALS, MAIZE, BEET)
LOOKALIKES = (BARE, SAND_CLASS, TARMAC)


def table(values: list[float]) -> Floats:
    """Class values as an array to index with class ids."""
    return np.array(values, np.float32)
