"""Loads, runs, imports and exports models."""
