"""The masked autoencoder: a vision transformer sees a quarter of an image's patches, a small one draws the others.

He et al., "Masked autoencoders are scalable vision learners", CVPR 2022, with the layers of vit-pytorch's `MAE`, as
FloodViT was pre-trained (Bountos et al., "Kuro Siwo", NeurIPS 2024). Written from a description.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .vit import Transformer, VisionTransformer, patches_of, waves

__all__ = ["MaskedAutoencoder", "hidden"]

SHARE = 0.75


class MaskedAutoencoder(nn.Module):
    """Images and which of their patches are hidden -> those patches.

    Parameters
    ----------
    encoder : VisionTransformer
        Its token without a place learns nothing here.
    in_channels : int
    dim, depth, heads, head_dim, mlp : int
        Of the decoder; see `VisionTransformer`.
    """

    def __init__(
        self,
        encoder: VisionTransformer,
        in_channels: int,
        dim: int = 512,
        depth: int = 8,
        heads: int = 16,
        head_dim: int = 64,
        mlp: int = 2048,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.narrow = nn.Linear(encoder.dimension, dim)
        self.mask = nn.Parameter(torch.randn(dim))
        # One more than there are patches, as in the published weights.
        side = encoder.image // encoder.patch
        self.positions = nn.Embedding(1 + side**2, dim)
        with torch.no_grad():
            self.positions.weight[:-1] = waves(side, dim)
        self.decoder = Transformer(dim, depth, heads, head_dim, mlp)
        self.draw = nn.Linear(dim, encoder.patch**2 * in_channels)

    def forward(self, images: Tensor, order: Tensor) -> Tensor:
        """The hidden patches, as the encoder's scaling has them.

        Parameters
        ----------
        images : float32[N, C, S, S]
            Scaled; see `vit.Scaling`.
        order : int64[N, P]
            The numbers of all patches: first those that are hidden, then the others. How many are is said by `hidden`.

        Returns
        -------
        float32[N, hidden, patch * patch * C]
        """
        count = hidden(order.shape[1])
        encoder = self.encoder
        away, there = order[:, :count], order[:, count:]
        tokens = encoder.embed(patches_of(images, encoder.patch)) + encoder.positions[:, 1:]
        seen = encoder.transformer(tokens.take_along_dim(there[..., None], dim=1))
        known = self.narrow(seen) + self.positions(there)
        asked = self.mask + self.positions(away)
        drawn: Tensor = self.draw(self.decoder(torch.cat([asked, known], dim=1))[:, :count])
        return drawn


def hidden(patches: int) -> int:
    """How many of an image's patches are hidden."""
    return int(SHARE * patches)
