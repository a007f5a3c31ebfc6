"""Runs inside QGIS (`qgis --code`): tells the test where things are on the screen, and what QGIS holds.

It only looks. Everything is done from outside, by mouse and keyboard.
"""

import json
import os
import time
from pathlib import Path

import qgis.utils
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QRect, QTimer
from qgis.PyQt.QtWidgets import QApplication, QLineEdit, QPushButton, QToolBar
from qgis.utils import iface

TARGET = Path(os.environ["GEOFM_PROBE"])
MOST_MILLISECONDS = 100
SIDES = ("xMinimum", "yMinimum", "xMaximum", "yMaximum")


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
                "event": panel.save_as.name,
                "browse after": panel.post.browse,
                "add a date": panel.pre.add_button,
                "list after": panel.post.combo,
                "kind of area": panel.aoi.modes,
                "draw": panel.aoi.act,
                "size of the area": panel.aoi.size,
                "run": panel.run_bar.run,
                "progress": panel.run_bar.text,
                "cancel": panel.run_bar.cancel,
                "areas": panel.outcome.table.viewport(),
                "jobs": jobs.view.viewport(),
                "status": plugin.status,
            }
        )
        found.update({f"browse before {number}": row.browse for number, row in enumerate(panel.pre.rows(), 1)})
        listed = panel.post.combo.view()
        if listed.isVisible():
            for row in range(panel.post.combo.count()):
                place = listed.visualRect(panel.post.combo.model().index(row, 0))
                found[f"image {panel.post.combo.itemText(row)}"] = (listed.viewport(), place)
        found.update({f"facts {number}": row.facts for number, row in enumerate((panel.post, *panel.pre.rows()))})
        found.update(of_threshold(panel.outcome.threshold))
        found.update(of_land_cover(plugin.dock))
        found.update(of_search(plugin.dock.search))
        for index in range(tabs.count()):
            found[f"tab {tabs.tabText(index).replace('&', '')}"] = (tabs, tabs.tabRect(index))
    if iface.messageBar().currentItem():
        found.update({f"message: {button.text()}": button for button in iface.messageBar().findChildren(QPushButton)})
    dialog = QApplication.activeModalWidget()
    if dialog and dialog.findChild(QLineEdit, "fileNameEdit"):
        found["file name"] = dialog.findChild(QLineEdit, "fileNameEdit")
    if dialog and dialog.objectName() == "NewLabels":
        found.update({"labels file": dialog.file.lineEdit(), "make labels": dialog.buttons.buttons()[0]})
        table = dialog.table
        for row in range(table.rowCount()):
            found[f"new class {row + 1}"] = (table.viewport(), table.visualItemRect(table.item(row, 1)))
        found["one more class"] = dialog.add_button
    return found


def of_land_cover(dock):
    """The same of the tabs Train and Land cover."""
    train, cover, classes = dock.train, dock.landcover, dock.train.labels.table.table
    found = {
        "train panel": train.scroll,
        "browse image": train.images.rows()[0].browse,
        "new labels": train.labels.new_button,
        "draw labels": train.labels.draw,
        "model name": train.save_as.name,
        "best": train.presets.buttons["best"],
        "start": train.run_bar.run,
        "training": train.run_bar.text,
        "stop": train.run_bar.stop,
        "curves": train.plot,
        "scores": train.outcome.view.table.viewport(),
        "matrix": train.outcome.view.matrix,
        "map with this model": train.outcome.map_button,
        "cover panel": cover.scroll,
        "models": cover.model.combo,
        "map": cover.run_bar.run,
        "cover areas": cover.outcome.table.viewport(),
    }
    for row in range(classes.rowCount()):
        item = classes.item(row, 1)
        found[f"class {item.text()}"] = (classes.viewport(), classes.visualItemRect(item))
        found[f"polygons of {item.text()}"] = (classes.viewport(), classes.visualItemRect(classes.item(row, 2)))
    return found


def of_search(panel):
    """The Search tab: building an index, the query line, and the answer."""
    build, grid, histogram = panel.builder, panel.grid, panel.histogram
    found = {
        "search panel": panel.scroll,
        "browse images to search": build.images.browse,
        "name of the index": build.save_as.name,
        "build": build.run_bar.run,
        "facts of the index": panel.index.about,
        "query": panel.query.line,
        "said of the answer": panel.marks.note,
        "search again": panel.marks.refine,
        "marks": panel.marks.count,
        "shown hits": histogram.told,
        "save hits": panel.results.save,
        "told of hits": panel.results.told,
    }
    for row in range(min(grid.hits.rowCount(), 6)):
        found[f"hit {row + 1}"] = (grid.viewport(), grid.visualRect(grid.hits.index(row, 0)))
    if histogram.line is not None:
        found["threshold"] = of_line(histogram._plot, histogram.line)
    return found


def of_line(plot, line):
    """A line of a chart, where the mouse takes hold of it."""
    at = plot.mapFromScene(line.mapToScene(line.boundingRect().center()))
    return plot.viewport(), QRect(at.x() - 5, plot.height() // 2 - 5, 10, 10)


def of_threshold(tool):
    """The threshold of a flood map under the hand."""
    found = {
        "moved to": tool.plot._legend,
        "mark flood": tool.marks.buttons[True],
        "mark no flood": tool.marks.buttons[False],
        "told of marks": tool.marks.told,
        "told of water": tool.told,
        "as found": tool.found,
        "map again": tool.again,
    }
    if "VH" in tool.plot.lines:
        found["flood threshold"] = of_line(tool.plot._plot, tool.plot.lines["VH"])
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
        "layers": [node.name().replace(f" ({node.parent().name()})", "") for node in root.findLayers()],
        "jobs": [job.state for job in plugin.client.jobs] if plugin else [],
        "dialog": bool(QApplication.activeModalWidget()),
        "water": bool(plugin and (water := plugin.dock.flood.outcome.threshold._water) and water.view),
        "draws": iface.mapCanvas().isDrawing(),
        "extent": [getattr(iface.mapCanvas().extent(), side)() for side in SIDES],
        "polygons": {name: count.polygons for name, count in counts(plugin).items()},
        "epochs": len(plugin.dock.train.plot.points("validation F1")) if plugin else 0,
    }


def counts(plugin):
    """Of the classes of the chosen layer of labels."""
    return plugin.dock.train.labels.counts.classes if plugin else {}


def write():
    """Replace the file at one stroke: the test reads it at any time."""
    part = TARGET.with_suffix(".part")
    part.write_text(json.dumps(look()), encoding="utf-8")
    part.replace(TARGET)


timer = QTimer(iface.mainWindow())
timer.timeout.connect(write)
timer.start(MOST_MILLISECONDS)
