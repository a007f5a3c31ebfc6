"""The networks that can learn land cover, and the presets that teach them: a row of each.

Requests, the command, QGIS and the engine read what they are called, who takes them and how long they learn here. It
lies below `engine.cards`, where models that have learned say what they are, because requests are checked by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

__all__ = ["NETWORKS", "PRESETS", "Network", "Preset"]


@dataclass(frozen=True)
class Network:
    """What a preset may build on an encoder.

    Attributes
    ----------
    name : str
        As requests, the command and cards have it.
    title : str
        The name in the trade, for people. Models and scripts of Processing keep it, so it stays as it is.
    presets : tuple of str
        Those that can be asked for it.
    """

    name: str
    title: str
    presets: tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """A way to learn; what is not said is not to be had with it.

    Attributes
    ----------
    name : str
    encoder, network : str, optional
        What it takes where the request names none.
    epochs : int, optional
        At most so many, where the request does not say.
    batch, least_steps : int
        Chips of a step, and steps of an epoch: a few small polygons alone would make epochs of one step.
    step_s : float
        Seconds of one core for a step, to tell about how long a training takes.
    """

    name: str
    encoder: Optional[str] = None
    network: Optional[str] = None
    epochs: Optional[int] = None
    batch: int = 0
    least_steps: int = 0
    step_s: float = 0.0


# New rows go below the others: models of Processing that were made by earlier versions know a network by its place.
NETWORKS = {
    row.name: row
    for row in (
        Network("unet", "U-Net", ("best",)),
        Network("deeplabv3plus", "DeepLabV3+", ("best",)),
        Network("upernet", "UPerNet", ("best",)),
        Network("fpn", "FPN", ("best",)),
        Network("segformer", "SegFormer", ("best",)),
    )
}
PRESETS = {
    row.name: row
    for row in (
        Preset("quick"),
        Preset("balanced", "galileo-nano", epochs=40, batch=8, least_steps=16, step_s=0.6),
        Preset("best", "resnet18", "unet", epochs=30, batch=8, least_steps=16, step_s=0.5),
    )
}
