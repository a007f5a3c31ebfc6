"""The part of GeoFM that trains and runs models, in a Python of its own."""

import warnings

from .drivers import restrict

__version__ = "0.1.0"

# Not in QGIS, where this package is called `geofm_qgis.engine` and other plugins share the process and its GDAL.
if __name__ == "engine":
    restrict()

# Pictures without a place on the Earth are told of in sentences of our own. Said once for the whole process, because
# `warnings.catch_warnings` around each opening is not safe where threads open files side by side.
warnings.filterwarnings("ignore", "Dataset has no geotransform")
