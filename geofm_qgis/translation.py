"""Every text that a user sees goes through `tr`."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale, QTranslator

from .engine.jobs.areas import area_unit
from .engine.resources import resource

__all__ = ["area_text", "install_translator", "metres_text", "number_text", "tr"]

# What the engine calls classes, and layers of one date: `tr` gets these at run time, so a catalogue finds them only
# here. Words of requests it finds by itself.
WORDS_OF_THE_ENGINE = (
    QT_TRANSLATE_NOOP("GeoFM", "dry"),
    QT_TRANSLATE_NOOP("GeoFM", "permanent water"),
    QT_TRANSLATE_NOOP("GeoFM", "flood"),
    QT_TRANSLATE_NOOP("GeoFM", "water of unknown kind"),
    QT_TRANSLATE_NOOP("GeoFM", "not observed"),
    QT_TRANSLATE_NOOP("GeoFM", "Dry"),
    QT_TRANSLATE_NOOP("GeoFM", "Permanent water"),
    QT_TRANSLATE_NOOP("GeoFM", "Flood"),
    QT_TRANSLATE_NOOP("GeoFM", "Water of unknown kind"),
    QT_TRANSLATE_NOOP("GeoFM", "Not observed"),
    QT_TRANSLATE_NOOP("GeoFM", "Water map"),
    QT_TRANSLATE_NOOP("GeoFM", "Water polygons"),
)


def tr(text: str) -> str:
    """The text in the language of QGIS; English where no translation is there."""
    return QCoreApplication.translate("GeoFM", text)


def number_text(value: float, decimals: int) -> str:
    """A number as the user writes it."""
    return QLocale().toString(float(value), "f", decimals)


def area_text(metres: float) -> str:
    """An area of so many square metres, in the unit that fits it."""
    unit = area_unit(metres)
    return f"{number_text(*unit.of(metres))} {unit.symbol}"


def metres_text(metres: float) -> str:
    """A length on the ground, without digits that tell nothing: 1280.47 is 1280 m."""
    unit = tr("{length} km") if metres >= 10_000 else tr("{length} m")
    value = metres / 1000 if metres >= 10_000 else metres
    return unit.format(length=number_text(value, 0 if value >= 100 else 1 if value % 1 >= 0.05 else 0))


def install_translator() -> Optional[QTranslator]:
    """Load `resources/i18n/geofm_LANGUAGE.qm` for the language of QGIS, if there is one; to be removed at unload."""
    translator = QTranslator()
    if not translator.load(f"geofm_{QgsApplication.locale()}", str(resource("i18n"))):
        return None
    QCoreApplication.installTranslator(translator)
    return translator
