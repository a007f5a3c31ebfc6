"""BERT's encoder with mean pooling, as sentence encoders use it (Devlin et al. 2019; Reimers and Gurevych 2019)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["SentenceBert"]


class SentenceBert(nn.Module):
    """Tokens to unit vectors. Its sizes are read off the tensors that it is made of.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Of a BERT encoder, by the names of the `transformers` library.
    heads : int
        Attention heads, which the tensors do not tell.
    epsilon : float
        Of the layer norms.
    """

    def __init__(self, tensors: Mapping[str, Tensor], heads: int, epsilon: float = 1e-12) -> None:
        super().__init__()
        words, width = tensors["embeddings.word_embeddings.weight"].shape
        positions = len(tensors["embeddings.position_embeddings.weight"])
        inner = len(tensors["encoder.layer.0.intermediate.dense.weight"])
        depth = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer."))
        self.words = nn.Embedding(words, width)
        self.positions = nn.Embedding(positions, width)
        self.kind = nn.Parameter(torch.zeros(width))  # of the first segment: a phrase has one alone
        self.norm = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(_Layer(width, inner, heads, epsilon) for _ in range(depth))
        self.load_state_dict(_renamed(tensors))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors float32[N, D] of tokens int64[N, L], of which those with mask int64[N, L] = 1 count."""
        x = self.words(tokens) + self.positions.weight[: tokens.shape[1]] + self.kind
        x = self.norm(x)
        hidden = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e9
        for layer in self.layers:
            x = layer(x, hidden)
        weights = mask[:, :, None].to(x.dtype)
        return F.normalize((x * weights).sum(1) / weights.sum(1), dim=1)


class _Layer(nn.Module):
    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.attended = nn.LayerNorm(width, epsilon)
        self.rise, self.fall = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        split = (x.shape[0], x.shape[1], self.heads, -1)
        query, key, value = (part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5 + hidden
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        x = self.attended(x + self.out(mixed))
        normed: Tensor = self.norm(x + self.fall(F.gelu(self.rise(x))))
        return normed


_PARTS = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "attended",
    "intermediate.dense": "rise",
    "output.dense": "fall",
    "output.LayerNorm": "norm",
}


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {
        "words.weight": tensors["embeddings.word_embeddings.weight"],
        "positions.weight": tensors["embeddings.position_embeddings.weight"],
        "kind": tensors["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": tensors["embeddings.LayerNorm.weight"],
        "norm.bias": tensors["embeddings.LayerNorm.bias"],
    }
    for name, tensor in tensors.items():
        if name.startswith("encoder.layer."):
            number, rest = name.removeprefix("encoder.layer.").split(".", 1)
            part, kind = rest.rsplit(".", 1)
            renamed[f"layers.{number}.{_PARTS[part]}.{kind}"] = tensor
    return renamed
