"""The tabs of the dock, one file each: widgets in, a request out."""
