"""The networks of segmentation-models-pytorch, on its own or timm's encoders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from ...cards.card import MOST_BANDS, MOST_CLASSES
from ...errors import InputError
from ..names import plain_name
from .contrasts import Contrasts, Detail
from .stems import adapt_stem

__all__ = ["NETWORKS", "Segmentation"]

# Ours -> the class of segmentation_models_pytorch.
NETWORKS = {
    "unet": "Unet",
    "deeplabv3plus": "DeepLabV3Plus",
    "upernet": "UPerNet",
    "fpn": "FPN",
    "segformer": "Segformer",
}


class Segmentation(nn.Module):
    """An encoder and a decoder: x[N, C, H, W] -> logits[N, K, H, W], H and W multiples of 32.

    Parameters
    ----------
    network : {'unet', 'deeplabv3plus', 'upernet', 'fpn', 'segformer'}
    encoder : str
        A name of segmentation-models-pytorch ("resnet18", "tu-" and a name of timm); nothing is downloaded.
    in_channels, classes : int
    encoder_weights : mapping of str to Tensor, optional
        A state dict of just this encoder with `in_channels` bands; see also `load_encoder`. Default: random weights.
    contrasts : int
        How many sums of the bands a branch at full resolution gets; `contrasts.set` says which. 0: no such branch.

    Raises
    ------
    ValueError
        If there is no such network or encoder, or the two do not go together.
    """

    def __init__(
        self,
        network: str,
        encoder: str,
        in_channels: int,
        classes: int,
        encoder_weights: Mapping[str, Tensor] | None = None,
        contrasts: int = 0,
    ) -> None:
        super().__init__()
        if network not in NETWORKS:
            raise ValueError(f"There is no network '{network}'; choose one of {', '.join(NETWORKS)}.")
        if not (1 <= in_channels <= MOST_BANDS and 1 <= classes <= MOST_CLASSES):
            raise ValueError(f"A network of {in_channels} bands and {classes} classes cannot be made.")
        if not 0 <= contrasts <= in_channels + classes:
            raise ValueError(f"There cannot be {contrasts} sums of {in_channels} bands.")
        import segmentation_models_pytorch as smp

        make = getattr(smp, NETWORKS[network])
        encoder = plain_name(encoder, "The encoder")
        try:
            self.model = make(encoder, encoder_weights=None, in_channels=in_channels, classes=classes)
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise ValueError(
                f"No {network} can be made on the encoder '{encoder}' ({str(error).strip(' .')[:200]})."
            ) from error
        self.contrasts = Contrasts(in_channels, contrasts) if contrasts else None
        self.detail = Detail(features=classes, sums=contrasts, classes=classes) if contrasts else None
        if encoder_weights is not None:
            self._fill_encoder(dict(encoder_weights))

    def forward(self, x: Tensor) -> Tensor:
        """Logits[N, K, H, W] of x[N, C, H, W], normalised."""
        logits: Tensor = self.model(x)
        if self.contrasts is not None and self.detail is not None:
            logits = self.detail(logits, self.contrasts(x))
        return logits

    def encoder_parameters(self) -> Iterator[nn.Parameter]:
        """What pre-training gives: learns slowly."""
        yield from self.model.encoder.parameters()

    def load_encoder(self, weights: Mapping[str, Tensor], from_bands: Sequence[str], to_bands: Sequence[str]) -> None:
        """Take the weights of an encoder that was trained on other bands.

        Parameters
        ----------
        weights : mapping of str to Tensor
            A state dict of the same timm or torchvision encoder; a classifier's head in it is left out.
        from_bands, to_bands : sequence of str
            The encoder's bands and this network's, in order.

        Raises
        ------
        InputError
            If the weights are of another encoder.
        """
        own = self.model.encoder.state_dict()
        stem = next(key for key, value in own.items() if value.ndim == 4)
        prefix = "model." if stem.startswith("model.") and stem not in weights else ""
        given = {prefix + key: value for key, value in weights.items() if prefix + key in own}
        if stem not in given or given[stem].ndim != 4 or given[stem].shape[1] != len(from_bands):
            raise InputError(
                f"The weights have no first convolution '{stem.removeprefix(prefix)}' of {len(from_bands)} bands; they "
                f"are of another encoder: choose the encoder that they were made for."
            )
        given[stem] = adapt_stem(given[stem], from_bands, to_bands)
        self._fill_encoder(given)

    def _fill_encoder(self, weights: dict[str, Tensor]) -> None:
        encoder = self.model.encoder
        own = encoder.state_dict()
        # A count of training batches, which older files lack and which inference does not read.
        missing = [key for key in own if key not in weights and not key.endswith("num_batches_tracked")]
        wrong = [key for key in weights if key in own and weights[key].shape != own[key].shape]
        if missing or wrong:
            what = f"lack '{missing[0]}'" if missing else f"hold '{wrong[0]}' in another shape"
            raise InputError(f"The weights {what}; they are of another encoder: choose the one they were made for.")
        with torch.no_grad():
            encoder.load_state_dict({**own, **{key: weights[key] for key in weights if key in own}})
