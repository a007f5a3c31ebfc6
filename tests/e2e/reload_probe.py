"""Runs inside QGIS (`qgis --code`): takes the plugin out, puts it in again, and tells what each step left behind."""

import gc
import json
import os
import sys
import traceback
from pathlib import Path

import qgis.utils
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QTimer
from qgis.PyQt.QtWidgets import QAction, QApplication, QDockWidget
from qgis.utils import iface

TARGET = Path(os.environ["GEOFM_PROBE"])
NAME = "geofm_qgis"


def traces():
    """What of the plugin can be met in the window."""
    window = iface.mainWindow()
    return {
        "docks": sorted(dock.objectName() for dock in window.findChildren(QDockWidget) if "GeoFM" in dock.objectName()),
        # QGIS itself keeps the empty submenu of a plugin, which is shown nowhere.
        "actions": sorted(
            action.text()
            for action in window.findChildren(QAction)
            if "GeoFM" in action.text() and action.associatedWidgets()
        ),
        "providers": [item.id() for item in QgsApplication.processingRegistry().providers() if item.id() == "geofm"],
        "widgets": sorted(
            {type(widget).__name__ for widget in QApplication.allWidgets() if type(widget).__module__.startswith(NAME)}
        ),
        "on the canvas": len(iface.mapCanvas().scene().items()),
    }


def settle():
    """Let Qt delete what waits for it."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()


def probe():
    told = {"modules": sorted(name for name in sys.modules if name == "engine" or name.startswith("engine."))}
    told["before"] = traces()
    qgis.utils.unloadPlugin(NAME)
    settle()
    told["unloaded"] = traces()
    told["started"] = bool(qgis.utils.loadPlugin(NAME) and qgis.utils.startPlugin(NAME))
    settle()
    told["loaded again"] = traces()
    return told


def run():
    try:
        told = probe()
    except BaseException:
        told = {"error": traceback.format_exc()}
    TARGET.write_text(json.dumps(told), encoding="utf-8")
    QApplication.instance().exit()


QTimer.singleShot(1500, run)
