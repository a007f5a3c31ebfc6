"""How the models that come with GeoFM were made: programs that anyone can run again."""
