"""kill -9 of QGIS itself while it waits for a flood job: the job goes on, or was never submitted."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from counts import count, scaled
from live_queue import Queue
from moments import Moment, wait_until
from results import OUTPUTS, Outcome, only_outputs, request_of

from engine.jobs import job as jobs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from open_qgis import PLUGINS, prepare_profile, system_path  # noqa: E402 - scripts is no package

KILLS = scaled(2, 20)
PARAMETERS = {"mask": "MASK", "polygons": "POLYGONS", "report": "REPORT"}
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")

pytestmark = pytest.mark.skipif(
    PROGRAM is None or not (PLUGINS / "geofm_qgis").is_dir(),
    reason="needs QGIS and the plugin that `make plugin` stages",
)


@pytest.fixture(scope="module")
def unbroken_in_qgis(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What the algorithm's own defaults make of the scene."""
    request = request_of(scene, tmp_path_factory.mktemp("unbroken"), speckle_filter="median")
    return Outcome.undisturbed(request, tmp_path_factory.mktemp("checkpoints"))


def start_qgis(home: Path, scene: Path, out: Path, queue: Queue) -> subprocess.Popen[bytes]:
    """QGIS without a window, which submits the job and waits for it."""
    prepare_profile(home / ".local" / "share" / "QGIS" / "QGIS3")
    home.chmod(0o700)  # as the runtime folder of Qt must be
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_", "VIRTUAL_ENV"))}
    variables = {
        "HOME": str(home),
        "PATH": system_path(),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(PLUGINS),
        "PYTHONPATH": str(PLUGINS),
        "GEOFM_HOME": str(queue.home),
    }
    inputs = {"POST": "post", "PRE_1": "pre1", "PRE_2": "pre2"}
    words = [f"--{name}={scene / file}.tif" for name, file in inputs.items()]
    words += [f"--{PARAMETERS[name]}={out / file}" for name, file in OUTPUTS.items()]
    with (home / "qgis.log").open("ab") as log:
        command = [str(PROGRAM), "run", "geofm:mapflood", *words]
        return subprocess.Popen(command, env={**kept, **variables}, stdout=log, stderr=log, start_new_session=True)


def test_qgis_itself(queue: Queue, scene: Path, unbroken_in_qgis: Outcome, tmp_path: Path) -> None:
    source = random.Random("QGIS")
    home = tmp_path / "qgis home"
    home.mkdir()
    for number in range(KILLS):
        out = tmp_path / f"map{number}"
        out.mkdir()
        before = len(queue.list())
        process = start_qgis(home, scene, out, queue)
        try:
            if number % 4 == 0:  # while it starts, or just when it submits
                time.sleep(source.uniform(0.2, 3))
            else:
                wait_until(lambda: len(queue.list()) > before or process.poll() is not None)  # noqa: B023 - at once
                assert process.poll() is None, (home / "qgis.log").read_text(errors="replace")[-2000:]
                Moment.draw(source).of_job(queue, before + 1)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        count("kill -9", "QGIS")
        if len(queue.list()) == before:
            assert list(out.iterdir()) == []
            continue
        assert queue.wait(before + 1).state == jobs.SUCCEEDED
        Outcome.of(out).assert_same(unbroken_in_qgis)
        assert only_outputs(out)
        count("flood jobs that were killed and came out the same", "asked for by QGIS")
