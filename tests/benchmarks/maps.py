"""Several flood maps in one process, as a worker makes them: what each took, as a line of JSON.

maps.py OUT POST,PRE,... [POST,PRE,...]...
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from pathlib import Path

from measure import peak_mebibytes

from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest


def main(out: Path, scenes: list[str]) -> None:
    """Map each; the seconds are those of the report's stages, without the opening of the images."""
    for scene in scenes:
        post, *pre = scene.split(",")
        request = FloodRequest(
            post=(post,),
            pre=tuple((file,) for file in pre),
            mask=str(out / "flood.tif"),
            polygons=str(out / "flood.gpkg"),
            report=str(out / "report.json"),
        )
        out.mkdir(parents=True)
        before = time.process_time()
        summary = map_flood(request, QuietReport(out)).summary
        cost = {
            "seconds": summary["seconds"]["total"],
            "processor": time.process_time() - before,
            "mebibytes": peak_mebibytes(resource.getrusage(resource.RUSAGE_SELF)),
        }
        print(json.dumps(cost), flush=True)
        shutil.rmtree(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
