"""What the project holds and says of layers: sources, styles, provenance."""
