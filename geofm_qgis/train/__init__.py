"""The panel that trains land-cover models, and its Processing algorithm."""
