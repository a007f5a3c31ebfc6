"""The window with all models."""
