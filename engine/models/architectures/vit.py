"""A plain vision transformer on patches of SAR images, as masked autoencoders pre-train it.

The layers are those of the `ViT` of vit-pytorch, which FloodViT is (Bountos et al., "Kuro Siwo", NeurIPS 2024; He et
al., "Masked autoencoders are scalable vision learners", CVPR 2022). Written from a description.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...cards.band_names import same_band
from ...cards.card import MOST_BANDS

__all__ = ["POWER", "Scaling", "Transformer", "VisionTransformer", "decibels", "patches_of", "resampled", "waves"]

# Mean and standard deviation of sigma nought in linear power, cut at 0.15, over the benchmark (Bountos et al.).
POWER = {"VV": (0.0953, 0.0427), "VH": (0.0264, 0.0215)}
MOST_POWER, STD_DB = 0.15, 5.0
LARGEST_IMAGE, LARGEST_WIDTH, MOST_BLOCKS = 1024, 8192, 128


def patches_of(images: Tensor, patch: int) -> Tensor:
    """[N, C, H, W] -> [N, patches, patch * patch * C], row by row; within a patch rows, columns, channels."""
    count, bands, height, width = images.shape
    cut = images.reshape(count, bands, height // patch, patch, width // patch, patch).permute(0, 2, 4, 3, 5, 1)
    return cut.reshape(count, (height // patch) * (width // patch), patch * patch * bands)


class VisionTransformer(nn.Module):
    """Square images float32[N, C, S, S] -> tokens [N, (S / patch)**2, dim].

    Parameters
    ----------
    bands : sequence of str
        Names of the channels; of several dates those of the newest first.
    image, patch : int
        S and the side of a patch, in pixels.
    dim, depth, heads, head_dim, mlp : int
        Numbers of a token, blocks, heads of attention and the numbers of each, and the width of the small networks.
    power : mapping, optional
        By the band's name the mean and standard deviation of linear power, of backscatter that comes in dB; see
        `Scaling`. Other bands, by default all, are taken as they are.

    Raises
    ------
    ValueError
        If no such network can be made.
    """

    def __init__(
        self,
        bands: Sequence[str],
        image: int = 224,
        patch: int = 16,
        dim: int = 1024,
        depth: int = 24,
        heads: int = 16,
        head_dim: int = 64,
        mlp: int = 2048,
        power: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        _check_sizes(bands, image, patch)
        self.image, self.patch, self.dimension = image, patch, dim
        numbers = patch * patch * len(bands)
        self.embed = nn.Sequential(nn.LayerNorm(numbers), nn.Linear(numbers, dim), nn.LayerNorm(dim))
        self.positions = nn.Parameter(functional.pad(waves(image // patch, dim), (0, 0, 1, 0))[None])
        self.cls = nn.Parameter(torch.randn(1, 1, dim))
        self.transformer = Transformer(dim, depth, heads, head_dim, mlp)
        self.scaling = Scaling(bands, power)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of whole images, normalised as their card says."""
        tokens = self.embed(patches_of(self.scaling(x), self.patch))
        whole = torch.cat([self.cls.expand(x.shape[0], -1, -1), tokens], dim=1) + self.positions
        found: Tensor = self.transformer(whole)[:, 1:]
        return found


class Scaling(nn.Module):
    """Normalised images float32[N, C, H, W] -> the same, but backscatter as power, cut at 0.15 and standardised.

    Parameters
    ----------
    bands, power
        See `VisionTransformer`. Backscatter comes in dB, normalised by `decibels`.
    """

    parts: Tensor
    is_power: Tensor

    def __init__(self, bands: Sequence[str], power: Mapping[str, Sequence[float]] | None) -> None:
        super().__init__()
        scales = [(power or {}).get(name) for name in bands]
        numbers = [[0.0, 1.0, 0.0, 1.0] if scale is None else [*decibels(scale[0]), *scale] for scale in scales]
        self.register_buffer("parts", torch.tensor(numbers).T[:, :, None, None], persistent=False)
        is_power = torch.tensor([scale is not None for scale in scales])[:, None, None]
        self.register_buffer("is_power", is_power, persistent=False)
        self.scales = any(scale is not None for scale in scales)

    def forward(self, x: Tensor) -> Tensor:
        if not self.scales:
            return x
        mean_db, std_db, mean, std = self.parts
        power = torch.exp((x * std_db + mean_db) * (math.log(10) / 10)).clamp(max=MOST_POWER)
        return torch.where(self.is_power, (power - mean) / std, x)


def decibels(power: float) -> tuple[float, float]:
    """What backscatter in dB is normalised by where its mean in power is known: so 0 is that mean."""
    return 10 * math.log10(power), STD_DB


class Transformer(nn.Module):
    """Blocks of attention and small networks, normalised before, and once more at the end: [N, P, D] -> the same."""

    def __init__(self, dim: int, depth: int, heads: int, head_dim: int, mlp: int) -> None:
        super().__init__()
        sizes = {"width": dim, "heads": heads, "head": head_dim, "mlp": mlp}
        if wrong := [name for name, size in sizes.items() if not 1 <= size <= LARGEST_WIDTH]:
            raise ValueError(f"A transformer with {wrong[0]} {sizes[wrong[0]]} cannot be made.")
        if not 1 <= depth <= MOST_BLOCKS:
            raise ValueError(f"A transformer of {depth} blocks cannot be made.")
        self.blocks = nn.ModuleList(_Block(dim, heads, head_dim, mlp) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, tokens: Tensor) -> Tensor:
        for block in self.blocks:
            tokens = block(tokens)
        found: Tensor = self.norm(tokens)
        return found


class _Block(nn.Module):
    def __init__(self, dim: int, heads: int, head_dim: int, mlp: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * heads * head_dim, bias=False)
        self.out = nn.Linear(heads * head_dim, dim)
        self.mlp = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, mlp), nn.GELU(), nn.Linear(mlp, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        parts = self.qkv(self.norm(tokens)).chunk(3, dim=-1)
        heads = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        seen = functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
        tokens = tokens + self.out(seen)
        found: Tensor = tokens + self.mlp(tokens)
        return found


def _check_sizes(bands: Sequence[str], image: int, patch: int) -> None:
    """See that images can be cut into patches.

    Raises
    ------
    ValueError
        If they cannot.
    """
    if not 1 <= len(bands) <= MOST_BANDS:
        raise ValueError(f"A network of {len(bands)} bands cannot be made.")
    if not (1 <= patch <= image <= LARGEST_IMAGE and image % patch == 0):
        raise ValueError(f"An image of {image} pixels cannot be cut into patches of {patch}.")


def waves(side: int, dim: int) -> Tensor:
    """Positions float32[side**2, dim] on a square lattice: waves of several lengths along rows and columns (He et al.).

    From there learning begins sooner than from the chance of the published code.
    """
    quarter = max(dim // 4, 1)
    rates = 1e4 ** -(torch.arange(quarter) / quarter)
    phases = torch.arange(side)[:, None] * rates
    along = torch.cat([phases.sin(), phases.cos()], dim=1)
    rows, columns = along[:, None].expand(-1, side, -1), along[None].expand(side, -1, -1)
    whole = torch.cat([rows, columns], dim=2).flatten(0, 1)
    return functional.pad(whole, (0, max(dim - whole.shape[1], 0)))[:, :dim]


def resampled(
    weights: Mapping[str, Tensor], network: VisionTransformer, from_bands: Sequence[str], to_bands: Sequence[str]
) -> dict[str, Tensor]:
    """A transformer's weights for images of another side or of other bands.

    Positions are interpolated on their lattice. A band that the encoder knows keeps its weights, that of the same date
    where there are several; the others get the mean over all bands. Scaled so that equal bands give what they gave.

    Parameters
    ----------
    weights : mapping of str to Tensor
        The state of a `VisionTransformer` of the same patch.
    network : VisionTransformer
        That they are for.
    from_bands, to_bands : sequence of str
        Names of the channels, those of the newest date first.
    """
    found, own = dict(weights), network.state_dict()
    if "positions" in found and found["positions"].shape[1:2] != own["positions"].shape[1:2]:
        found["positions"] = _positions(found["positions"], own["positions"].shape[1] - 1)
    if list(from_bands) == list(to_bands):
        return found
    chosen = _matches(from_bands, to_bands)
    factor = len(from_bands) / len(to_bands)
    for name, scale in (("embed.0.weight", 1.0), ("embed.0.bias", 1.0), ("embed.1.weight", factor)):
        if name in found and found[name].shape[-1] % len(from_bands) == 0:
            parts = found[name].reshape(*found[name].shape[:-1], -1, len(from_bands))
            columns = [parts.mean(dim=-1) if index is None else parts[..., index] for index in chosen]
            found[name] = scale * torch.stack(columns, dim=-1).flatten(-2)
    return found


def _matches(from_bands: Sequence[str], to_bands: Sequence[str]) -> list[int | None]:
    """Which of the bands each is; the second of a name is that of an earlier date."""
    found: list[int | None] = []
    for place, name in enumerate(to_bands):
        earlier = sum(same_band(other, name) for other in to_bands[:place])
        same = [index for index, own in enumerate(from_bands) if same_band(own, name)]
        found.append(same[min(earlier, len(same) - 1)] if same else None)
    return found


def _positions(positions: Tensor, count: int) -> Tensor:
    """Positions [1, 1 + n, D] on another square lattice, of `count` places; the first is that of no place."""
    old, new = math.isqrt(positions.shape[1] - 1), math.isqrt(count)
    lattice = positions[:, 1:].transpose(1, 2).reshape(1, -1, old, old)
    finer = functional.interpolate(lattice, (new, new), mode="bicubic", align_corners=False, antialias=True)
    return torch.cat([positions[:, :1], finer.flatten(2).transpose(1, 2)], dim=1)
