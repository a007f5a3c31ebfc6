"""The networks of segmentation-models-pytorch, on its own or timm's encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ...cards.card import MOST_BANDS, MOST_CLASSES
from ...errors import InputError
from ..names import plain_name
from .contrasts import Contrasts, Detail, begin
from .network import BaseNetwork, Design, Start
from .stems import adapt_stem

__all__ = ["CLASSES", "SmpNetwork"]

# Ours -> the class of segmentation_models_pytorch.
CLASSES = {
    "unet": "Unet",
    "deeplabv3plus": "DeepLabV3Plus",
    "upernet": "UPerNet",
    "fpn": "FPN",
    "segformer": "Segformer",
}


class SmpNetwork(BaseNetwork):
    """An encoder and a decoder: x[N, C, H, W] -> logits[N, K, H, W], H and W multiples of 32.

    Parameters
    ----------
    network : {'unet', 'deeplabv3plus', 'upernet', 'fpn', 'segformer'}
    encoder : str
        A name of segmentation-models-pytorch ("resnet18", "tu-" and a name of timm); nothing is downloaded.
    in_channels, classes : int
    contrasts : int
        How many sums of the bands a branch at full resolution gets; `start` says which. 0: no such branch.

    Raises
    ------
    ValueError
        If there is no such network or encoder, or the two do not go together.
    """

    side_multiple = 32

    def __init__(self, network: str, encoder: str, in_channels: int, classes: int, contrasts: int = 0) -> None:
        super().__init__()
        if network not in CLASSES:
            raise ValueError(f"There is no network '{network}'; choose one of {', '.join(CLASSES)}.")
        if not (1 <= in_channels <= MOST_BANDS and 1 <= classes <= MOST_CLASSES):
            raise ValueError(f"A network of {in_channels} bands and {classes} classes cannot be made.")
        if not 0 <= contrasts <= in_channels + classes:
            raise ValueError(f"There cannot be {contrasts} sums of {in_channels} bands.")
        import segmentation_models_pytorch as smp

        make = getattr(smp, CLASSES[network])
        encoder = plain_name(encoder, "The encoder")
        try:
            self.model = make(encoder, encoder_weights=None, in_channels=in_channels, classes=classes)
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise ValueError(
                f"No {network} can be made on the encoder '{encoder}' ({str(error).strip(' .')[:200]})."
            ) from error
        self.contrasts = Contrasts(in_channels, contrasts) if contrasts else None
        self.detail = Detail(features=classes, sums=contrasts, classes=classes) if contrasts else None

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        return {
            "network": network,
            "encoder": plain_name(design.encoder.get("encoder"), "The encoder"),
            "in_channels": len(design.bands),
            "classes": design.classes,
            "contrasts": design.contrasts,
        }

    @property
    def backbone(self) -> nn.Module:
        encoder: nn.Module = self.model.encoder
        return encoder

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.model(x)
        if self.contrasts is not None and self.detail is not None:
            logits = self.detail(logits, self.contrasts(x))
        return logits

    def start(self, start: Start) -> None:
        if self.contrasts is not None and self.detail is not None:
            begin(self.contrasts, self.detail, start)

    def load_encoder(self, weights: Mapping[str, Tensor], from_bands: Sequence[str], to_bands: Sequence[str]) -> None:
        """Take the weights of the same timm or torchvision encoder; a classifier's head in them is left out."""
        own = self.backbone.state_dict()
        stem = next(key for key, value in own.items() if value.ndim == 4)
        prefix = "model." if stem.startswith("model.") and stem not in weights else ""
        given = {prefix + key: value for key, value in weights.items() if prefix + key in own}
        if stem not in given or given[stem].ndim != 4 or given[stem].shape[1] != len(from_bands):
            raise InputError(
                f"The weights have no first convolution '{stem.removeprefix(prefix)}' of {len(from_bands)} bands; they "
                f"are of another encoder: choose the encoder that they were made for."
            )
        given[stem] = adapt_stem(given[stem], from_bands, to_bands)
        super().load_encoder(given, from_bands, to_bands)
