"""Convolutional networks of timm that tell what a tile shows: features, the mean of all pixels, a linear layer."""

from __future__ import annotations

from typing import Any, cast

import timm
from torch import Tensor, nn

from .network import BaseNetwork, Design

__all__ = ["TimmClassifier"]


class TimmClassifier(BaseNetwork):
    """x[N, C, H, W] -> logits[N, K], from a random start.

    Parameters
    ----------
    encoder : str
        A convolutional network of timm, such as 'resnet50', 'densenet121', 'efficientnet_b0' or 'vgg16'.
    channels, classes : int
    """

    side_multiple = 32

    def __init__(self, encoder: str, channels: int, classes: int) -> None:
        super().__init__()
        features = timm.create_model(encoder, pretrained=False, in_chans=channels, num_classes=0, global_pool="")
        if hasattr(features, "pre_logits"):  # VGG's dense layers, 119 of its 134 million parameters
            features.pre_logits = nn.Identity()
        self.features = features
        self.head = nn.Linear(cast(int, features.num_features), classes)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """For the name of timm's."""
        return {"encoder": network, "channels": len(design.bands), "classes": design.classes}

    @property
    def backbone(self) -> nn.Module:
        return self.features

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x).mean(dim=(2, 3)))
        return logits
