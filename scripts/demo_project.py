"""Makes a QGIS project of a finished map, and a picture of it; runs in QGIS's own Python with the staged plugin.

Usage: demo_project.py MAP_FOLDER PROJECT.qgz IMAGE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsContrastEnhancement,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRasterMinMaxOrigin,
    QgsReferencedRectangle,
    QgsSingleBandGrayRenderer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QFont, QFontInfo

from geofm_qgis.engine.jobs.requests import from_json
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.project.layers import add_result

WIDTH = 1200


def result_of(folder: Path) -> tuple[Result, str]:
    """The result as its job gave it, and the request, from the report that lies beside the map."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    outputs = (
        Output(str(folder / "flood.gpkg"), "vector", "Flood polygons", "flood_polygons"),
        Output(str(folder / "flood.tif"), "raster", "Flood map", "flood"),
        Output(str(folder / "confidence.tif"), "raster", "Confidence (%)", "confidence"),
    )
    return Result(outputs, f"Flood {Path(report['request']['post'][0]).stem}", report), json.dumps(report["request"])


def picture(project: QgsProject, path: Path) -> None:
    """Draw the map as QGIS shows it."""
    settings = QgsMapSettings()
    layers = [item.layer() for item in project.layerTreeRoot().findLayers() if item.isVisible()]
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    extent = layers[-1].extent()
    settings.setExtent(extent)
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(WIDTH, round(WIDTH * extent.height() / extent.width())))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(path))


def main(folder: Path, target: Path, image: str) -> None:
    """Add image and result to a new project and save it."""
    project = QgsProject.instance()
    base = QgsRasterLayer(image, Path(image).stem)
    base.setRenderer(QgsSingleBandGrayRenderer(base.dataProvider(), 1))
    base.setContrastEnhancement(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum,
        QgsRasterMinMaxOrigin.Limits.CumulativeCut,
    )
    project.setCrs(base.crs())
    project.addMapLayer(base)
    result, request = result_of(folder)
    add_result(result, from_json(request))
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(base.extent(), base.crs()))
    if not project.write(str(target)):
        sys.exit(f"The project {target} could not be written: {project.error()}")
    picture(project, folder / "flood.png")


if __name__ == "__main__":
    application = QgsApplication([], True)
    # Without a desktop Qt names a font that may not be there, and QGIS would complain of it in every project.
    application.setFont(QFont(QFontInfo(QFont("Sans")).family()))
    application.initQgis()
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3])
    application.exitQgis()
