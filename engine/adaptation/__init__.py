"""Teaches encoders."""
