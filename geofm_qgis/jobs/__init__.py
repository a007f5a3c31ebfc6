"""The queue as QGIS shows it."""
