"""The land-cover panel and its Processing algorithm."""
