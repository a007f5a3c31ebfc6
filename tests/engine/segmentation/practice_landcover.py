"""`geofm train` with a small network and a checkpoint after almost every step: practice_landcover.py WORD..."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from engine.cli import main
from engine.jobs.requests.networks import PRESETS, Tiling
from engine.segmentation import networks

SMALL = Tiling(64, 16, 4)
PRESET = replace(PRESETS["best"], chip=32, batch=4, least_steps=6, tiling=SMALL, judging=SMALL)

if __name__ == "__main__":
    settings = partial(networks.Settings, checkpoint_s=0.05)
    with (
        patch.dict(PRESETS, best=PRESET),
        patch.object(networks, "Settings", settings),
        patch.object(networks, "threads", lambda: 1),
    ):
        sys.exit(main(["train", *sys.argv[1:]]))
