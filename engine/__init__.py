"""The part of GeoFM that trains and runs models, in a Python of its own."""

__version__ = "0.1.0"
