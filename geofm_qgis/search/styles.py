"""How layers of hits look: a style whose classes fit the scores."""

from __future__ import annotations

from qgis.core import QgsClassificationEqualInterval, QgsGraduatedSymbolRenderer, QgsMapLayer, QgsVectorLayer

__all__ = ["grade"]

CLASSES = 5


def grade(layer: QgsMapLayer) -> None:
    """Spread the style's classes over the scores that the layer has."""
    renderer = layer.renderer() if isinstance(layer, QgsVectorLayer) else None
    if isinstance(renderer, QgsGraduatedSymbolRenderer) and layer.featureCount():
        method = QgsClassificationEqualInterval()
        method.setLabelFormat("%1 – %2")
        method.setLabelPrecision(2)
        method.setLabelTrimTrailingZeroes(False)
        fresh = renderer.clone()  # the legend notices a new renderer alone
        fresh.setClassificationMethod(method)
        fresh.updateClasses(layer, CLASSES)
        layer.setRenderer(fresh)
