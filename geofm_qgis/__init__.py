"""GeoFM's plugin for QGIS."""


def classFactory(iface):
    """Called by QGIS when it loads the plugin; everything else is imported then."""
    from .plugin import GeoFMPlugin

    return GeoFMPlugin(iface)
