"""Files that strangers made to harm: one sentence or a result, no request, nothing written elsewhere, within limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from counts import count, largest, scaled
from hostile import goods
from hostile.attempts import FINE
from hostile.canary import calls, listening, surroundings

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="attempts are watched by /proc"),
    pytest.mark.timeout(900),
]

STEP = scaled(20, 2)  # every so many-th input of each kind
# Side by side, each in turn; the last takes the imports of torch and onnxruntime.
LANES = (
    ("rasters", "sizes", "products", "vectors", "outputs", "queues"),
    ("formats", "pictures", "beside", "layers", "polygons"),
    ("graphs", "models", "indexes"),
)
TESTS = Path(__file__).parents[1]
FOLDERS = (TESTS.parent, *(TESTS / name for name in ("faults", "engine", "engine/raster", "engine/models")))


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[list[dict[str, Any]]]]]:
    """What came of the inputs, by their kind."""
    folder = tmp_path_factory.mktemp("hostile")
    goods.scene(folder / "good")
    pools = [ThreadPoolExecutor(1) for _ in LANES]
    yield {kind: pool.submit(run, kind, folder) for pool, kinds in zip(pools, LANES, strict=True) for kind in kinds}
    for pool in pools:
        pool.shutdown(cancel_futures=True)


def run(kind: str, folder: Path) -> list[dict[str, Any]]:
    """One process for a kind, from which every attempt is forked."""
    root, good, log = (folder / name for name in (f"{kind}/root", "good", f"{kind}/calls"))
    root.mkdir(parents=True)
    with listening(log, goods.raster(good)) as address:
        own = {"HOME": root / "home", "GEOFM_HOME": root / "geofm", "TMPDIR": root / "tmp", "GEOFM_MEMORY_MB": 1000}
        path = os.pathsep.join(map(str, FOLDERS))
        environment = {**surroundings(address), **{name: str(value) for name, value in own.items()}, "PYTHONPATH": path}
        words = [sys.executable, "-m", "hostile.batch", kind, root, good, address, log, 1, STEP]
        done = subprocess.run(
            [*map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment
        )
        assert (done.returncode, done.stderr) == (0, "")
        tried = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(calls(log)) == sum(len(one.get("requests", ())) for one in tried), "somebody called unseen"
    return tried


@pytest.mark.parametrize("kind", [kind for kinds in LANES for kind in kinds])
def test_hostile_inputs(batches: dict[str, Future[list[dict[str, Any]]]], kind: str) -> None:
    tried = batches[kind].result()
    assert tried
    for one in tried:
        count("hostile inputs", one["outcome"])
        count("kinds of hostile inputs", kind)
        largest("hostile inputs, most of one", "MB", round(one["bytes"] / 1e6))
        largest("hostile inputs, most of one", "s of the processor", round(one["cpu_s"]))
    bad = [json.dumps(one, indent=1) for one in tried if one["outcome"] not in FINE]
    assert not bad, f"{len(bad)} of {len(tried)}:\n" + "\n".join(bad)
