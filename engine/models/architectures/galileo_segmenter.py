"""A land-cover network on Galileo: its tokens, frozen, and a light decoder that brings back the edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...cards.band_names import same_band
from ...cards.card import MOST_CLASSES, BandSpec
from .contrasts import Contrasts, Detail, begin, convolution
from .galileo import BANDS, BASE_GSD_M, GROUPS, MEANS, STDS, GalileoEncoder, band_specs
from .network import BaseNetwork, Design, Start

if TYPE_CHECKING:
    from ...raster.image import ImageBand

__all__ = ["GalileoSegmenter"]

NDVI = len(BANDS)
RED, NIR = BANDS.index("B04"), BANDS.index("B08")
# DN: darker than any surface, so that the ratio of two dark bands stays within -1 and 1.
DARKEST = 1.0


class GalileoSegmenter(BaseNetwork):
    """x[N, C, H, W] -> logits[N, K, H, W], H and W multiples of the window (32 pixels by default).

    The image is cut into windows of `window` x `window` patches, which the encoder reads apart: it was trained on 4 to
    12 patches a side, and attention over a whole tile would cost too much. A patch's features are the tokens of all
    groups of bands, one after the other: their mean, which the published code takes, leaves out what tells bands apart.
    The decoder brings them to full resolution by bilinear steps with convolutions, and joins the bands themselves, or
    contrasts of them, so that edges are as sharp as the image.

    Parameters
    ----------
    bands : sequence of str
        Any of Galileo's Sentinel-1 and Sentinel-2 bands, in the order of the channels; each normalised by
        `galileo.band_specs`, 0 where nothing was observed. A group of which no band is there is masked; in a group of
        which some are, the others stand at their mean.
    classes : int
    patch : int
        1, 2, 4 or 8 pixels. A smaller patch costs four times as much at each halving.
    window : int
        Patches along the side of a window.
    month : int
        Of the image, 0 to 11.
    gsd_m : float
        Metres per pixel.
    width : int
        Channels of the decoder.
    encoder : mapping, optional
        The parameters of `GalileoEncoder`. Default: Galileo-nano's.
    contrasts : int
        How many sums of the bands the decoder gets instead of the bands; `start` says which. 0: the bands.

    Attributes
    ----------
    features : int
        Numbers that describe a patch.
    """

    means: Tensor
    stds: Tensor

    def __init__(
        self,
        bands: Sequence[str],
        classes: int,
        patch: int = 4,
        window: int = 8,
        month: int = 6,
        gsd_m: float = BASE_GSD_M,
        width: int = 64,
        encoder: Mapping[str, Any] | None = None,
        contrasts: int = 0,
    ) -> None:
        super().__init__()
        if patch not in (1, 2, 4, 8):
            raise ValueError(f"A patch of {patch} pixels cannot be had; choose 1, 2, 4 or 8.")
        if not 0 <= contrasts <= len(BANDS) + MOST_CLASSES:
            raise ValueError(f"There cannot be {contrasts} sums of the bands.")
        if not 0 <= month <= 11:
            raise ValueError(f"There is no month {month}; 0 is January, 11 is December.")
        specs = band_specs(bands)
        self.channels = {name: index for index, name in enumerate(spec.name for spec in specs)}
        if len(self.channels) < len(specs):
            raise ValueError("A band stands twice.")
        self.patch, self.window, self.month, self.gsd_m = patch, window, month, gsd_m
        self.side_multiple = window * patch
        self.groups = tuple(name for name, members in GROUPS.items() if self._has(name, members))
        self.encoder = GalileoEncoder(**(encoder or {}))
        self.encoder.prepare(patch)
        self.register_buffer("means", torch.tensor(MEANS), persistent=False)
        self.register_buffer("stds", torch.tensor(STDS), persistent=False)
        self.contrasts = Contrasts(len(specs), contrasts) if contrasts else None
        self.features = self.encoder.dimension * len(self.groups)
        self.decoder = _Decoder(self.features, width, patch)
        self.detail = Detail(width, contrasts or len(specs), classes)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        return {
            "bands": list(design.bands),
            "classes": design.classes,
            "month": design.month,
            "gsd_m": round(design.gsd_m, 4),
            "encoder": dict(design.encoder),
            "contrasts": design.contrasts,
        }

    @classmethod
    def prescribed(cls, bands: Sequence[ImageBand]) -> tuple[BandSpec | None, ...]:
        return tuple(
            band_specs([band.name])[0]
            if any(same_band(band.name, name) for name in BANDS) and band.units in ("reflectance", "db")
            else None
            for band in bands
        )

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x), x)

    def start(self, start: Start) -> None:
        if self.contrasts is not None:
            begin(self.contrasts, self.detail, start)

    def encode(self, x: Tensor) -> Tensor:
        """Features[N, F, H / patch, W / patch] of x[N, C, H, W]."""
        batch, _, height, width = x.shape
        side = self.side_multiple
        if not torch.compiler.is_compiling() and (height % side or width % side):
            raise ValueError(f"A tile of {width} x {height} pixels was given; both must be multiples of {side}.")
        rows, columns = height // side, width // side
        whole = self._scaled(x)
        windows = whole.reshape(batch, NDVI + 1, rows, side, columns, side).permute(0, 2, 4, 1, 3, 5)
        tokens = self.encoder(
            windows.reshape(batch * rows * columns, NDVI + 1, side, side),
            self.groups,
            patch=self.patch,
            month=self.month,
            gsd_m=self.gsd_m,
        )
        features: Tensor = tokens.reshape(batch, rows, columns, self.window, self.window, -1)
        return features.permute(0, 5, 1, 3, 2, 4).reshape(batch, -1, rows * self.window, columns * self.window)

    def decode(self, features: Tensor, x: Tensor) -> Tensor:
        """Logits[N, K, H, W] from what `encode` gave and the same x."""
        logits: Tensor = self.detail(self.decoder(features), x if self.contrasts is None else self.contrasts(x))
        return logits

    def _has(self, group: str, members: Sequence[int]) -> bool:
        if group == "NDVI":
            return BANDS[RED] in self.channels and BANDS[NIR] in self.channels
        return any(BANDS[index] in self.channels for index in members)

    def _scaled(self, x: Tensor) -> Tensor:
        """Galileo's input [N, 13, H, W]: (value - (mean - 2 std)) / (4 std), which puts the mean at a half."""
        half = torch.full_like(x[:, :1], 0.5)
        planes = [x[:, self.channels[name], None] / 4 + 0.5 if name in self.channels else half for name in BANDS]
        planes.append(self._ndvi(x) if "NDVI" in self.groups else half)
        return torch.cat(planes, dim=1)

    def _ndvi(self, x: Tensor) -> Tensor:
        red, nir = (
            (x[:, self.channels[BANDS[index]], None] * self.stds[index] + self.means[index]).clamp(min=DARKEST)
            for index in (RED, NIR)
        )
        scaled: Tensor = ((nir - red) / (nir + red) - self.encoder.ndvi["mean"]) / self.encoder.ndvi["std"]
        return scaled


class _Decoder(nn.Module):
    """A patch's features brought to full resolution: [N, D, h, w] -> [N, width, H, W]."""

    def __init__(self, dimension: int, width: int, patch: int) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.LayerNorm(dimension), nn.Linear(dimension, width))
        self.steps = nn.ModuleList(convolution(width, width) for _ in range(patch.bit_length() - 1))

    def forward(self, features: Tensor) -> Tensor:
        y: Tensor = self.enter(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        for step in self.steps:
            y = step(functional.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False))
        return y
