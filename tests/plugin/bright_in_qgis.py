"""Uses a kind of work that was added: `bright_in_qgis.py PYTHON IMAGE FOLDER`, with the plugin first on the path.

Maps by Processing and by the tab, adds the layers as the window does, and prints what is there as JSON.
"""

import json
import sys
import time
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsMapCanvas

python, image, folder = sys.argv[1:]
application = QgsApplication([], True)
application.initQgis()
sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))

import processing  # noqa: E402 - QGIS's own, once QGIS has begun
from processing.core.Processing import Processing  # noqa: E402
from processing.gui import Postprocessing  # noqa: E402

from geofm_qgis.dock import GeoFMDock  # noqa: E402
from geofm_qgis.jobs.client import JobClient  # noqa: E402
from geofm_qgis.project.layers import add_result  # noqa: E402
from geofm_qgis.provider import GeoFMProvider  # noqa: E402
from geofm_qgis.settings import Settings  # noqa: E402

MINUTES = 10  # after so long what must come will not

Settings.engine_python = python
Processing.initialize()
Postprocessing.iface = None
provider = GeoFMProvider()
QgsApplication.processingRegistry().addProvider(provider)
algorithm = QgsApplication.processingRegistry().algorithmById("geofm:mapbright")
options = {item.name(): item.description() for item in algorithm.parameterDefinitions()}
made = processing.run("geofm:mapbright", {"IMAGE": [image], "LEAST": 100, "MAP": str(Path(folder) / "bright.tif")})

client = JobClient()
dock = GeoFMDock(client, QgsMapCanvas())
page = dock.bright
page.image.set_sources([image])
page.options.widgets["least"].setValue(100)
page.save_as.folder.setFilePath(folder)
ended = []
client.job_ended.connect(ended.append)
page.run()
deadline = time.monotonic() + 60 * MINUTES
while not ended and time.monotonic() < deadline:
    QgsApplication.processEvents()
    time.sleep(0.01)
job = ended[0]
page.outcome.show_result(job.result)
group = add_result(job.result, job.load_request())
layers = {node.name(): node.layer().isValid() for node in group.findLayers()}
history = [line for node in group.findLayers() for line in node.layer().metadata().history()]
told = {
    "options": options,
    "made": made["MAP"],
    "state": job.state,
    "group": group.name(),
    "layers": layers,
    "finding": page.outcome.finding(job.result),
    "rows": [*page.options.widgets],
    "history": history,
}
print(json.dumps(told))
client.close()
sys.stdout.flush()
# QGIS's own end is not what is looked at here, and not always a quiet one.
import os  # noqa: E402

os._exit(0)
