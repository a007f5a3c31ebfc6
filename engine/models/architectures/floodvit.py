"""FloodViT: classes of pixels from the tokens of a vision transformer, with three heads to choose from.

Bountos et al., "Kuro Siwo: 33 billion m2 under the water", NeurIPS 2024. Written from a description of the layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...cards.band_names import same_band
from ...cards.card import MOST_CLASSES
from ...errors import InputError
from .network import BaseNetwork, Design
from .vit import VisionTransformer, resampled

__all__ = ["FloodVit"]

HEADS = {"floodvit": "deconvolution", "floodvit-linear": "linear", "floodvit-mlp": "mlp"}
MLP_WIDTH, WIDTHS = 512, (128, 64)
# Where no encoder is named: one that a few hundred polygons can teach. Presets cut chips of so many pixels.
SMALL = {"patch": 8, "dim": 192, "depth": 6, "heads": 3, "head_dim": 64, "mlp": 768}
WINDOW = 64


class FloodVit(BaseNetwork):
    """x[N, C, H, W] -> logits[N, K, H, W], H and W multiples of the encoder's image.

    Larger tiles are cut into such images, each of which the encoder sees alone.

    Parameters
    ----------
    classes : int
    encoder : mapping
        The parameters of `VisionTransformer`.
    head : {'deconvolution', 'linear', 'mlp'}
        Three transposed convolutions; one layer, or two, on the tokens, whose logits are then interpolated.
    """

    def __init__(self, classes: int, encoder: Mapping[str, Any], head: str = "deconvolution") -> None:
        super().__init__()
        if not 1 <= classes <= MOST_CLASSES:
            raise ValueError(f"A network of {classes} classes cannot be made.")
        self.encoder = VisionTransformer(**encoder)
        self.side_multiple = self.encoder.image
        self.head = _head(head, self.encoder, classes)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """Of an encoder its patch and sizes; images no larger than the chips that presets cut."""
        given = {**SMALL, "image": WINDOW, **design.encoder, "bands": list(design.bands)}
        if WINDOW % given["image"]:
            given["image"] = WINDOW
        if WINDOW % given["patch"]:
            raise InputError(
                f"The encoder's patches of {given['patch']} pixels do not fill chips of {WINDOW}; choose one with "
                "patches of 8, 16 or 32 pixels."
            )
        if power := given.pop("power", None):
            units = dict(zip(design.bands, design.units, strict=True))
            known = {name: _power(power, name) for name, unit in units.items() if unit == "db"}
            given["power"] = {name: scale for name, scale in known.items() if scale is not None}
        return {"classes": design.classes, "head": HEADS[network], "encoder": given}

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        side, patch = self.encoder.image, self.encoder.patch
        count, bands, height, width = x.shape
        if not torch.compiler.is_compiling() and (height % side or width % side):
            raise ValueError(f"A tile of {width} x {height} pixels was given; both must be multiples of {side}.")
        rows, columns, lattice = height // side, width // side, side // patch
        windows = x.reshape(count, bands, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5)
        tokens = self.encoder(windows.reshape(count * rows * columns, bands, side, side))
        features = tokens.transpose(1, 2).reshape(count, rows, columns, -1, lattice, lattice)
        features = features.permute(0, 3, 1, 4, 2, 5).reshape(count, -1, rows * lattice, columns * lattice)
        logits: Tensor = self.head(features)
        return logits

    def load_encoder(self, weights: Mapping[str, Tensor], from_bands: Sequence[str], to_bands: Sequence[str]) -> None:
        """Take the weights of an encoder that may have seen larger images, other bands or another number of dates."""
        super().load_encoder(resampled(weights, self.encoder, from_bands, to_bands), from_bands, to_bands)


def _power(known: Mapping[str, Any], band: str) -> Any:
    """How the encoder scales a band; None for one that it does not know."""
    return next((scale for name, scale in known.items() if same_band(name, band)), None)


def _head(kind: str, encoder: VisionTransformer, classes: int) -> nn.Sequential:
    """From features on the lattice of patches to logits of pixels."""
    if kind not in HEADS.values():
        raise ValueError(f"There is no head '{kind}'; choose one of {', '.join(HEADS.values())}.")
    width, patch = encoder.dimension, encoder.patch
    if kind == "deconvolution":
        if patch % 8:
            raise ValueError(f"A head that doubles three times does not reach patches of {patch} pixels.")
        first, second = WIDTHS
        return nn.Sequential(
            nn.ConvTranspose2d(width, first, 4, stride=2, padding=1),
            nn.ReLU(),
            *([nn.Upsample(scale_factor=patch // 8, mode="nearest")] if patch > 8 else []),
            nn.ConvTranspose2d(first, second, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(second, classes, 4, stride=2, padding=1),
        )
    layers = [nn.Conv2d(width, MLP_WIDTH, 1), nn.ReLU()] if kind == "mlp" else []
    last = MLP_WIDTH if kind == "mlp" else width
    # Interpolating first, as published, gives the same: both are linear, and weights of an interpolation sum to 1.
    return nn.Sequential(*layers, nn.Conv2d(last, classes, 1), nn.Upsample(scale_factor=patch, mode="bilinear"))
