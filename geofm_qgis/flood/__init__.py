"""The flood panel and its Processing algorithm."""
