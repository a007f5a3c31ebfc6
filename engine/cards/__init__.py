"""What is known of models without opening them: cards, the shelf of installed ones, the catalogue.

Only the standard library is used here, and only relative imports: QGIS's own Python loads this package too.
"""
