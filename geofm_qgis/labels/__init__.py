"""Label layers."""
