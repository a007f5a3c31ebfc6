"""Which field of a layer holds the class: by its name, and by how few values it has."""

from __future__ import annotations

from qgis.core import QgsFeatureRequest, QgsVectorLayer

from .layers import class_name

__all__ = ["likely_class_field"]

# Parts of the names that fields of classes usually have; of a code and its name, the name is taken.
USUAL = ("class", "lulc", "landcover", "land_cover", "label", "cover", "crop", "type", "name")
MOST_LOOKED_AT = 1000  # features: QGIS's window waits for it, some microseconds for each
ENOUGH = 20  # features: of fewer, a class may have one alone
FEWEST, MOST = 2, 40  # classes that a legend can tell apart


def likely_class_field(layer: QgsVectorLayer) -> str:
    """The name of the field that is most likely the class; empty for a layer without fields.

    A field counts that has few values, each for several features; numbers of features and areas have many.
    """
    fields = [field.name() for field in layer.fields()]
    values: dict[str, set[str]] = {name: set() for name in fields}
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setLimit(MOST_LOOKED_AT)
    features = 0
    for feature in layer.getFeatures(request):
        features += 1
        for name, value in zip(fields, feature.attributes()):
            values[name].add(class_name(value) or "")
    numeric = {field.name() for field in layer.fields() if field.isNumeric()}

    def rank(name: str) -> tuple[bool, int, bool, int]:
        known = len(values[name] - {""})
        fits = FEWEST <= known <= (MOST if features < ENOUGH else min(MOST, features // 2))
        place = next((number for number, part in enumerate(USUAL) if part in name.lower()), len(USUAL))
        return not fits, place, name in numeric, known

    return min(fields, key=rank, default="")
