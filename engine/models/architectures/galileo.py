"""Galileo's encoder, as far as one Sentinel-1 and Sentinel-2 image goes.

The architecture is that of Tseng et al., "Galileo: Learning Global and Local Features in Pretrained Remote Sensing
Models", arXiv:2502.09356 (2025), repository nasaharvest/galileo (MIT). It was written anew from a description: tokens
of band groups, a flexible patch embedding (Beyer et al., "FlexiViT", CVPR 2023) and a transformer of pre-normalised
blocks. The tests compare its tokens with those that the published code gives for the published weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...cards.band_names import same_band
from ...cards.card import BandSpec
from ...errors import InputError

__all__ = ["BANDS", "GROUPS", "MEANS", "STDS", "GalileoEncoder", "band_specs"]

# Bands in Galileo's order, and the groups that make a token each; NDVI is computed from B08 and B04.
BANDS = ("VV", "VH", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
GROUPS: dict[str, tuple[int, ...]] = {
    "S1": (0, 1),
    "S2_RGB": (2, 3, 4),
    "S2_Red_Edge": (5, 6, 7),
    "S2_NIR_10m": (8,),
    "S2_NIR_20m": (9,),
    "S2_SWIR": (10, 11),
    "NDVI": (12,),
}
# normalization.json of the published model, key "13", rounded to 7 digits: dB, DN (reflectance x 10000), NDVI.
# fmt: off
MEANS = (-11.72872, -18.85558, 1395.341, 1338.403, 1343.099, 1543.861, 2186.202, 2525.093, 2410.338, 2750.285, 2234.911,
         1474.531, 0.2892117)
STDS = (4.887146, 5.730270, 917.7041, 913.2988, 1092.679, 1047.221, 1048.010, 1143.690, 1098.979, 1204.473, 1145.977,
        980.2430, 0.2720940)
# fmt: on
LARGEST_PATCH = 32  # resizing kernels takes the fourth power of it
LARGEST_TOKEN, MOST_TIMESTEPS = 8192, 1024
# Metres: the ground sample distance that positions are counted in.
BASE_GSD_M = 10.0


def band_specs(bands: Sequence[str]) -> tuple[BandSpec, ...]:
    """What a card says of bands that Galileo reads: reflectance or dB, normalised by Galileo's own statistics.

    Raises
    ------
    InputError
        If Galileo does not know one of them.
    """
    specs = []
    for name in bands:
        index = next((index for index, own in enumerate(BANDS) if same_band(own, name)), None)
        if index is None:
            raise InputError(f"Galileo does not know the band '{name}'; it reads {', '.join(BANDS)}: leave others out.")
        units, scale = ("db", 1.0) if index < 2 else ("reflectance", 1e-4)
        specs.append(BandSpec(BANDS[index], units, MEANS[index] * scale, STDS[index] * scale))
    return tuple(specs)


class GalileoEncoder(nn.Module):
    """Tokens of one image; the defaults are those of Galileo-nano.

    Parameters
    ----------
    embedding_size, depth, heads, mlp_ratio : int
        Token size, transformer blocks, attention heads, and how much wider the middle of an MLP is than a token.
    patch : int
        The side of a patch that the stored kernels have.
    timesteps : int
        How many dates the stored positions are for.
    ndvi : mapping, optional
        "mean" and "std" by which NDVI becomes the network's input, (x - mean) / std. Default: Galileo-nano's.
    """

    pos_embed: Tensor

    def __init__(
        self,
        embedding_size: int = 128,
        depth: int = 4,
        heads: int = 8,
        mlp_ratio: int = 4,
        patch: int = 8,
        timesteps: int = 24,
        ndvi: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        if not 1 <= patch <= LARGEST_PATCH:
            raise ValueError(f"A patch of {patch} pixels cannot be had.")
        if not (1 <= embedding_size <= LARGEST_TOKEN and 1 <= timesteps <= MOST_TIMESTEPS):
            raise ValueError(f"Tokens of {embedding_size} numbers for {timesteps} dates cannot be had.")
        if embedding_size % heads or embedding_size % 16:
            raise ValueError(f"A token of {embedding_size} numbers cannot be cut into {heads} heads and 4 embeddings.")
        self.dimension = dimension = embedding_size
        self.ndvi = dict(ndvi or {"mean": MEANS[-1] - 2 * STDS[-1], "std": 4 * STDS[-1]})
        quarter = dimension // 4
        self.register_buffer("pos_embed", torch.zeros(timesteps, quarter))
        self.s_t_channel_embed = nn.Parameter(torch.randn(len(GROUPS), quarter) * 0.02)
        self.month_embed = _frozen(_months(quarter))
        self.space_time_embed = nn.ModuleDict(
            {name: _PatchEmbedding(len(bands), dimension, patch) for name, bands in GROUPS.items()}
        )
        self.blocks = nn.ModuleList(_Block(dimension, heads, mlp_ratio) for _ in range(depth))
        self.norm = nn.LayerNorm(dimension)

    def prepare(self, patch: int) -> None:
        """Keep what patches of this size need: less work in each pass, and a graph that can be exported."""
        for embedding in self.space_time_embed.values():
            cast(_PatchEmbedding, embedding).prepare(patch)

    def forward(
        self, x: Tensor, groups: Sequence[str], *, patch: int = 8, month: int = 6, gsd_m: float = BASE_GSD_M
    ) -> Tensor:
        """Tokens of square windows, each on its own.

        Parameters
        ----------
        x : float32[N, 13, H, W]
            `BANDS` and NDVI, each (value - (mean - 2 std)) / (4 std); H and W multiples of `patch`.
        groups : sequence of str
            Of `GROUPS`, in their order; the others are masked: they have no token.
        patch : int
            Side of a patch in pixels.
        month : int
            Of the image, 0 to 11; it stands at the first timestep.
        gsd_m : float
            Metres per pixel.

        Returns
        -------
        float32[N, H / patch, W / patch, G, D]
        """
        batch, _, height, width = x.shape
        rows, columns = height // patch, width // patch
        place = _positions(rows, columns, self.dimension // 4, patch * gsd_m / BASE_GSD_M).to(x)
        when = torch.cat([self.pos_embed[0], self.month_embed.weight[month]]).expand(rows, columns, -1)
        tokens = []
        for name in groups:
            index = tuple(GROUPS).index(name)
            embedded = self.space_time_embed[name](x[:, GROUPS[name]], patch).permute(0, 2, 3, 1)
            channel = self.s_t_channel_embed[index].expand(rows, columns, -1)
            tokens.append(embedded + torch.cat([channel, when, place], dim=-1))
        sequence = torch.stack(tokens, dim=3).reshape(batch, rows * columns * len(tokens), self.dimension)
        for block in self.blocks:
            sequence = block(sequence)
        normed: Tensor = self.norm(sequence)
        return normed.reshape(batch, rows, columns, len(tokens), self.dimension)


class _PatchEmbedding(nn.Module):
    """A convolution of a patch's size whose kernel is resized to the patch size that is wanted (FlexiViT)."""

    def __init__(self, channels: int, dimension: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, dimension, patch, patch)

    def prepare(self, patch: int) -> None:
        side = self.proj.kernel_size[0]
        if patch != side:
            self.register_buffer(f"inverse_{patch}", _resize_inverse(side, patch), persistent=False)

    def forward(self, x: Tensor, patch: int) -> Tensor:
        side = self.proj.kernel_size[0]
        kernel = self.proj.weight
        if patch != side:
            inverse = getattr(self, f"inverse_{patch}", None)
            if inverse is None:
                inverse = _resize_inverse(side, patch).to(kernel)
            kernel = (kernel.reshape(-1, side * side) @ inverse).reshape(*kernel.shape[:2], patch, patch)
        return functional.conv2d(x, kernel, self.proj.bias, stride=patch)


class _Block(nn.Module):
    def __init__(self, dimension: int, heads: int, mlp_ratio: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dimension)
        self.attn = _Attention(dimension, heads)
        self.norm2 = nn.LayerNorm(dimension)
        self.mlp = _Mlp(dimension, mlp_ratio)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        y: Tensor = x + self.mlp(self.norm2(x))
        return y


class _Attention(nn.Module):
    def __init__(self, dimension: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(dimension, dimension)
        self.k = nn.Linear(dimension, dimension)
        self.v = nn.Linear(dimension, dimension)
        self.proj = nn.Linear(dimension, dimension)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, dimension = x.shape
        q, k, v = (
            part(x).reshape(batch, length, self.heads, dimension // self.heads).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v)
        y: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, length, dimension))
        return y


class _Mlp(nn.Module):
    def __init__(self, dimension: int, ratio: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dimension, ratio * dimension)
        self.fc2 = nn.Linear(ratio * dimension, dimension)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return y


def _frozen(table: Tensor) -> nn.Embedding:
    """A table that does not learn; as a module, since the published weights name it so."""
    return nn.Embedding(table.shape[0], table.shape[1], _weight=table, _freeze=True)


def _months(size: int) -> Tensor:
    """float32[12, size]: the sine of the month's angle in the first half, its cosine in the second."""
    angle = 2 * torch.pi * torch.arange(12)[:, None] / 12
    return torch.cat([torch.sin(angle).expand(-1, size // 2), torch.cos(angle).expand(-1, size // 2)], dim=1)


def _positions(rows: int, columns: int, size: int, step: float) -> Tensor:
    """float32[rows, columns, size]: sines and cosines of the column in the first half, of the row in the second."""
    half = size // 2
    across = _waves(columns, half, step).expand(rows, columns, half)
    down = _waves(rows, half, step)[:, None].expand(rows, columns, half)
    return torch.cat([across, down], dim=-1)


def _waves(count: int, size: int, step: float) -> Tensor:
    """float32[count, size]; the published code divides by twice the size where others divide by half of it."""
    frequencies = 1 / 10000 ** (torch.arange(size // 2, dtype=torch.float64) / (2 * size))
    angles = (torch.arange(count, dtype=torch.float64) * step)[:, None] * frequencies
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1).float()


def _resize_inverse(side: int, patch: int) -> Tensor:
    """float32[side * side, patch * patch]: the pseudo-inverse of the resize of a patch, to be applied to kernels."""
    basis = torch.eye(side * side).reshape(side * side, 1, side, side)
    resize = functional.interpolate(basis, (patch, patch), mode="bicubic", antialias=True, align_corners=False)
    inverse: Tensor = torch.linalg.pinv(resize.reshape(side * side, patch * patch))
    return inverse.T
