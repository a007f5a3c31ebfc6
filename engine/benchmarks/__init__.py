"""The tables of papers, made again: `geofm benchmark NAME`."""
