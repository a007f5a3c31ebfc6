"""The recipe of the flood networks, `geofm-flood-pair` and `geofm-flood-single`: `python -m engine.recipes.floods`."""
