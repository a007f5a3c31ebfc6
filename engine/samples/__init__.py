"""Simulated Sentinel-1 and Sentinel-2 scenes of a river landscape, with exact truth."""

from .bound import bayes_iou, bayes_miou
from .classes import CLASSES, LOOKALIKES, OPTICAL_BANDS
from .landscape import DRY, FLOOD, PERMANENT, Ground
from .scene import Scene
from .simulator import Simulator, Strip
from .writing import write_samples, write_scene

__all__ = [
    "CLASSES", "DRY", "FLOOD", "LOOKALIKES", "OPTICAL_BANDS", "PERMANENT", "Ground", "Scene", "Simulator", "Strip",
    "bayes_iou", "bayes_miou", "write_samples", "write_scene",
]  # fmt: skip
