"""Jobs: what is asked (`requests`), where it waits (`store`), who runs it (`launch`), what it says (`report`).

Only the standard library is used here, and only relative imports: QGIS's own Python loads this package too.
"""
