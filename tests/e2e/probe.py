"""Runs inside QGIS (`qgis --code`): tells the test where things are on the screen, and what QGIS holds.

It only looks. Everything is done from outside, by mouse and keyboard.
"""

import json
import os
import time
from pathlib import Path

import qgis.utils
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QLineEdit, QPushButton, QToolBar
from qgis.utils import iface

TARGET = Path(os.environ["GEOFM_PROBE"])
MOST_MILLISECONDS = 100


def places():
    """What the test wants to click on or read, by the name that the test gives it."""
    plugin = qgis.utils.plugins.get("geofm_qgis")
    found = {"canvas": iface.mapCanvas()}
    for bar in iface.mainWindow().findChildren(QToolBar):
        if plugin and bar.widgetForAction(plugin.action):
            found["GeoFM"] = bar.widgetForAction(plugin.action)
    if plugin:
        panel, jobs, tabs = plugin.dock.flood, plugin.dock.jobs, plugin.dock.tabs.tabBar()
        found.update(
            {
                "panel": panel.scroll,
                "event": panel.event,
                "browse after": panel.post.browse,
                "add a date": panel.pre.add_button,
                "kind of area": panel.aoi.modes,
                "draw": panel.aoi.act,
                "size of the area": panel.aoi.size,
                "run": panel.run_bar.run,
                "progress": panel.run_bar.text,
                "cancel": panel.run_bar.cancel,
                "areas": panel.results.table.viewport(),
                "jobs": jobs.view.viewport(),
                "status": plugin.status,
            }
        )
        found.update({f"browse before {number}": row.browse for number, row in enumerate(panel.pre.rows(), 1)})
        for index in range(tabs.count()):
            found[f"tab {index}"] = (tabs, tabs.tabRect(index))
    if iface.messageBar().currentItem():
        found.update({f"message: {button.text()}": button for button in iface.messageBar().findChildren(QPushButton)})
    dialog = QApplication.activeModalWidget()
    if dialog and dialog.findChild(QLineEdit, "fileNameEdit"):
        found["file name"] = dialog.findChild(QLineEdit, "fileNameEdit")
    return found


def describe(place):
    """Where something is on the screen, and what it says."""
    widget, part = place if isinstance(place, tuple) else (place, place.rect())
    corner = widget.mapToGlobal(part.topLeft())
    text = widget.text() if hasattr(widget, "text") else ""
    return {
        "rect": [corner.x(), corner.y(), part.width(), part.height()],
        "text": text if isinstance(text, str) else "",
        "ready": widget.isEnabled() and not widget.visibleRegion().intersected(part).isEmpty(),
    }


def look():
    """What there is to click on, and the layers of the project."""
    root = QgsProject.instance().layerTreeRoot()
    plugin = qgis.utils.plugins.get("geofm_qgis")
    return {
        "time": time.time(),
        "widgets": {name: describe(place) for name, place in places().items()},
        "groups": [group.name() for group in root.findGroups()],
        "layers": [node.name() for node in root.findLayers()],
        "jobs": [job.state for job in plugin.client.jobs] if plugin else [],
        "dialog": bool(QApplication.activeModalWidget()),
        "draws": iface.mapCanvas().isDrawing(),
    }


def write():
    """Replace the file at one stroke: the test reads it at any time."""
    part = TARGET.with_suffix(".part")
    part.write_text(json.dumps(look()), encoding="utf-8")
    part.replace(TARGET)


timer = QTimer(iface.mainWindow())
timer.timeout.connect(write)
timer.start(MOST_MILLISECONDS)
