"""Land cover from labelled polygons: labels, forests on features, training, mapping."""
