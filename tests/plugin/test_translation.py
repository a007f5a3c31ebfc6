"""The window in Spanish: all that is on it is translated, and its letters are not those of QGIS's Spanish menus."""

import sys
from pathlib import Path

import pytest
from qgis.core import QgsSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QAbstractButton, QComboBox, QGroupBox, QLabel
from test_keyboard import letter

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.resources import resource
from geofm_qgis.project.class_styles import speak
from geofm_qgis.provider import GeoFMProvider
from geofm_qgis.translation import install_translator, tr

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from languages import LANGUAGES, read

pytest_plugins = ("queue_fixtures",)

SPANISH = read(LANGUAGES / "geofm_es.ts")
MENUS = set("yevcfmordw")  # Proyecto, Editar, Ver, Capa, Configuración, Complementos, Vectorial, Ráster, ...


@pytest.fixture
def in_spanish(clean_settings):
    QgsSettings().setValue("locale/overrideFlag", True)
    QgsSettings().setValue("locale/userLocale", "es_MX")
    translator = install_translator()
    yield
    QCoreApplication.removeTranslator(translator)


def test_every_text_of_the_plugin_is_in_the_file_that_qt_loads(in_spanish):
    assert {text: tr(text) for text in SPANISH} == SPANISH


def test_nothing_on_the_panel_stays_in_english(in_spanish, client, qgis_canvas, qgis_new_project, qtbot):
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    tabs = [dock.tabs.tabText(number) for number in range(dock.tabs.count())]
    assert [text.replace("&", "") for text in tabs] == ["Inundación", "Entrenar", "Cobertura", "Buscar", "Trabajos"]
    shown = set(tabs)
    for page in (*dock.pages, dock.jobs):
        for widget in page.findChildren((QLabel, QAbstractButton, QGroupBox, QComboBox)):
            texts = [widget.toolTip(), widget.accessibleName()]
            if isinstance(widget, QComboBox):
                texts += [widget.itemText(place) for place in range(widget.count())]
            else:
                texts.append(widget.title() if isinstance(widget, QGroupBox) else widget.text())
            shown.update(texts)
    for page in dock.pages:
        page.close_tools()
    shown.discard(None)  # of buttons without words
    assert sorted(text for text in shown if SPANISH.get(text, text) != text) == []
    assert {"Después de la inundación", "Toda la imagen", "Filtro de moteado"} <= shown
    assert not {letter(text) for text in shown if "<" not in text} & MENUS


def test_layers_have_classes_and_fields_in_spanish(in_spanish):
    layer = QgsVectorLayer("Polygon?field=class_id:integer&field=date:string", "a", "memory")
    layer.loadNamedStyle(str(resource("styles/flood_polygons.qml")))
    speak(layer)
    assert [item.label() for item in layer.renderer().categories()][:2] == ["Inundación", "Agua permanente"]
    assert [field.alias() for field in layer.fields()] == ["Número de clase", "Día de la imagen"]


def test_the_algorithms_speak_spanish(in_spanish, qgis_processing):
    provider = GeoFMProvider()
    provider.loadAlgorithms()
    names = {algorithm.displayName() for algorithm in provider.algorithms()}
    assert "Cartografiar inundación con Sentinel-1" in names
    told = [item.description() for algorithm in provider.algorithms() for item in algorithm.parameterDefinitions()]
    assert [text for text in told if SPANISH.get(text, text) != text] == []
