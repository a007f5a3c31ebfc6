"""The kinds of work: a line for each tab of the dock, with its algorithms of Processing.

Names of modules stand for the modules, so that `qgis_process` loads no window, and a window no more than it shows.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

__all__ = ["TABS", "Tab", "load"]


class Tab(NamedTuple):
    """A tab of the dock.

    Attributes
    ----------
    name : str
        Of the dock's attribute that holds its page.
    title : str
    page : str
        Its class, "module:class" in the plugin; a `TabPage`, made with the client and the map canvas.
    algorithms : tuple of str
        Likewise, in the order of the toolbox.
    """

    name: str
    title: str
    page: str
    algorithms: tuple[str, ...]


TABS = (
    Tab(
        "flood",
        QT_TRANSLATE_NOOP("GeoFM", "&Flood"),
        "flood.panel:FloodPanel",
        ("flood.algorithm:MapFlood", "flood.accuracy_algorithm:CompareFlood"),
    ),
    Tab("train", QT_TRANSLATE_NOOP("GeoFM", "&Train"), "train.panel:TrainPanel", ("train.algorithm:TrainLandcover",)),
    Tab(
        "landcover",
        QT_TRANSLATE_NOOP("GeoFM", "La&nd cover"),
        "landcover.panel:LandcoverPanel",
        ("landcover.algorithm:MapLandcover", "landcover.accuracy_algorithm:CompareLandcover"),
    ),
    Tab(
        "search",
        QT_TRANSLATE_NOOP("GeoFM", "Se&arch"),
        "search.panel:SearchPanel",
        (
            "search.index_algorithm:BuildSearchIndex",
            "search.algorithm:SearchByText",
            "search.score_map_algorithm:MapScores",
        ),
    ),
)


def load(name: str) -> Any:
    """A class by its name in `TABS`."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(f".{module}", __package__), attribute)
