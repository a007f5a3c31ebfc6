"""The engine's Python: finds it, looks whether it is complete, and makes it."""
