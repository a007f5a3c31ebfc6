"""The index: tiles of imagery on a grid of ground distance, and one vector of each, in a folder that the user owns."""
