"""Flood maps from Sentinel-1 backscatter."""
