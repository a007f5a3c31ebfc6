"""pyogrio, started with the drivers that are on for it: whoever reads or writes vector files imports it from here."""

import rasterio

from ..drivers import PYOGRIO_OFF, restrict

with rasterio.Env():
    pass  # rasterio's GDAL, which takes other names, has started
restrict(PYOGRIO_OFF)
try:
    import pyogrio
    import pyogrio.core
    import pyogrio.raw
finally:
    restrict()

# pyogrio takes names for URIs and cuts them at '!' and '?'; GDAL opens files by any name that the system knows.
for _module in (pyogrio.core, pyogrio.raw):
    for _name in ("get_vsi_path_or_buffer", "vsi_path"):
        setattr(_module, _name, str)

__all__ = ["pyogrio"]
