"""pyogrio, started with the drivers that are on for it: whoever reads or writes vector files imports it from here."""

import rasterio

from ..drivers import PYOGRIO_OFF, restrict

with rasterio.Env():
    pass  # rasterio's GDAL, which takes other names, has started
restrict(PYOGRIO_OFF)
try:
    import pyogrio
    import pyogrio.raw
finally:
    restrict()

__all__ = ["pyogrio"]
