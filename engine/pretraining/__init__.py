"""Ways to teach encoders by images without labels."""
