"""Runs inside QGIS (`qgis --code`): times the plugin's start and how long its window is blocked while a job runs.

Writes figures in milliseconds as JSON into the file that GEOFM_BENCH names, then leaves QGIS.
"""

import json
import os
import sys
import time
from pathlib import Path

import qgis.utils
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication

TARGET, SCENE = Path(os.environ["GEOFM_BENCH"]), Path(os.environ["GEOFM_SCENE"])
BEAT_MS = 10
RUNS = 5  # jobs, of which the first starts the worker
figures = {"flood": [], "small job": [], "longest block": [], "loading the layers": []}


def timed(work):
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


class Heart:
    """Beats every 10 ms; the longest pause between two beats is how long the window did not answer."""

    def __init__(self):
        self.timer = QTimer()
        self.timer.setInterval(BEAT_MS)
        self.timer.timeout.connect(self.beat)
        self.timer.start()
        self.start()

    def start(self):
        self.last, self.longest = time.perf_counter(), 0.0

    def beat(self):
        now = time.perf_counter()
        self.longest = max(self.longest, 1000 * (now - self.last) - BEAT_MS)
        self.last = now


class Bench:
    """Maps the same scene several times from the panel."""

    def __init__(self, plugin):
        self.plugin, self.panel = plugin, plugin.dock.flood
        self.heart = Heart()
        self.load, plugin._load = plugin._load, self.loading
        plugin.client.jobs_changed.connect(self.follow)
        plugin.dock.show()
        self.panel.save_as.folder.setFilePath(str(TARGET.parent / "maps"))
        self.panel.post.set_sources([str(SCENE / "post.tif")])
        self.panel.pre.set_dates([[str(SCENE / "pre1.tif")], [str(SCENE / "pre2.tif")]])
        self.runs = 0
        self.waits_for, self.known = "", set()
        plugin.client.failed.connect(self.fail)
        QTimer.singleShot(1500, self.run)

    def run(self):
        self.begin("flood")
        self.panel.run()

    def run_small(self):
        """As short as an interactive job: what remains is the way through the queue and back."""
        from geofm_qgis.engine.jobs.requests import SamplesRequest

        self.begin("small job")
        self.plugin.client.submit(SamplesRequest(str(TARGET.parent / "small"), 64, 64, optical=False))

    def begin(self, what):
        self.heart.start()
        self.waits_for, self.known = what, {job.id for job in self.plugin.client.jobs}
        self.submitted_at = time.perf_counter()

    def follow(self, jobs):
        new = [job for job in jobs if job.id not in self.known]
        if not self.waits_for or not new or not (new[0].progress or new[0].ended):
            return
        if new[0].state == "failed":
            self.fail(new[0].message)
        figures[self.waits_for].append(1000 * (time.perf_counter() - self.submitted_at))
        if self.waits_for == "small job":
            QTimer.singleShot(500, self.run_small if len(figures["small job"]) < RUNS else self.leave)
        self.waits_for = ""

    def loading(self, job):
        self.heart.beat()
        figures["longest block"].append(self.heart.longest)
        figures["loading the layers"].append(timed(lambda: self.load(job)))
        self.runs += 1
        QTimer.singleShot(1000, self.run if self.runs < RUNS else self.run_small)

    def fail(self, sentence):
        print(sentence, file=sys.stderr)
        QApplication.instance().exit(1)

    def leave(self):
        TARGET.write_text(json.dumps(figures))
        QApplication.instance().exit()


def begin():
    qgis.utils.updateAvailablePlugins()
    figures["import"] = timed(lambda: qgis.utils.loadPlugin("geofm_qgis"))
    figures["full load"] = timed(lambda: qgis.utils.startPlugin("geofm_qgis"))
    begin.bench = Bench(qgis.utils.plugins["geofm_qgis"])


QTimer.singleShot(2000, begin)
