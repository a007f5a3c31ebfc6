"""Rasters as files, streamed in row bands through one grid."""
