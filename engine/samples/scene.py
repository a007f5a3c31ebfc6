"""What a simulated scene is: a few numbers that settle every pixel of it."""

from __future__ import annotations

from dataclasses import dataclass

from affine import Affine
from rasterio.crs import CRS

from ..errors import RequestError
from ..raster.grid import Grid

__all__ = ["BLOCK_MOSAIC", "LAYOUTS", "RIVER", "SAND", "Scene"]

RIVER, BLOCK_MOSAIC, SAND = "river", "blocks", "sand"
LAYOUTS = (RIVER, BLOCK_MOSAIC, SAND)

_PIXEL_M = 10.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A simulated place with one flood.

    Attributes
    ----------
    seed : int
        0 to 2**31 - 1. Another seed is another place; the same one gives the same pixels.
    width, height : int
        In pixels of 10 m.
    water : float
        Share of the area under water on the post-event date, permanent water and flood together; 0 is a dry scene.
    permanent_share : float
        Share of that water which is permanent.
    lookalikes : float
        Share of the dry land that is tarmac, sand or smooth bare soil, each within 3 dB of water's mean; roads alone
        come to about 2 % unless it is 0.
    roughened : float
        Share of the water that wind roughens, on every date.
    layout : {'river', 'blocks', 'sand'}
        'river' is the landscape; 'blocks' sets water at random into squares of 16 pixels on that landscape; 'sand' is
        dry, uniform sand at -20 dB VV and -28 dB VH.
    incidence : (float, float)
        Incidence angle in degrees at the western and the eastern edge; equal ones switch the trend off.
    shift_db : float
        Added to all backscatter, as a wrong calibration would.
    looks : float
        Equivalent number of looks of the speckle; 4.4 is that of Sentinel-1 IW GRD in high resolution (Sentinel-1
        Product Definition, S1-RS-MDA-52-7440). Real speckle is also alike in neighbouring pixels; this is not.
    """

    seed: int = 0
    width: int = 1024
    height: int = 1024
    water: float = 0.25
    permanent_share: float = 0.3
    lookalikes: float = 0.08
    roughened: float = 0.13
    layout: str = RIVER
    incidence: tuple[float, float] = (30.0, 45.0)
    shift_db: float = 0.0
    looks: float = 4.4

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**31:
            raise RequestError(f"seed is {self.seed}; choose a whole number from 0 to {2**31 - 1}.")
        if min(self.width, self.height) < 16:
            raise RequestError(f"The scene is {self.width} x {self.height} pixels; make both sides 16 or more.")
        for name in ("water", "permanent_share", "lookalikes", "roughened"):
            if not 0 <= getattr(self, name) <= 1:
                raise RequestError(f"{name} is {getattr(self, name)}; give a share from 0 to 1.")
        if self.layout not in LAYOUTS:
            raise RequestError(f"layout is '{self.layout}'; choose one of {', '.join(LAYOUTS)}.")
        if self.looks <= 0:
            raise RequestError(f"looks is {self.looks}; give a number above 0.")

    @property
    def grid(self) -> Grid:
        """The pixels on the ground: UTM zone 33 north, 10 m, upper left corner at 400 km east and 5,500 km north."""
        transform = Affine(_PIXEL_M, 0, 400_000.0, 0, -_PIXEL_M, 5_500_000.0)
        return Grid(CRS.from_epsg(32633), transform, self.width, self.height)

    @property
    def water_share(self) -> float:
        """Share of the area under water on the post-event date; none on the sand."""
        return 0.0 if self.layout == SAND else self.water
