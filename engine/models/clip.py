"""CLIP networks of the open_clip library: built from a configuration that leaves nothing open, written as models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..cards.card import BandSpec, Card
from ..errors import GeoFMError, InputError
from .building import sized
from .names import plain_name
from .store import load_into, write_model

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["GOLDEN_PHRASE", "build", "check_configuration", "golden_tile", "tokens_of", "write_clip"]

VOCABULARY = 49408  # of CLIP's byte-pair encoding, which comes with open_clip
CONTEXT = 77  # tokens that a phrase has, where a configuration does not say it
GOLDEN_PHRASE = "a river through green fields"
LARGEST_SIZE, MOST_PATCHES = 4096, 128  # of pixels, tokens, widths; a side's patches: more than any CLIP has
OWN_TOKENIZER = "CLIP's own, which is the only one here; choose another model"
SEED = 20240917  # of the golden tile; the value means nothing


def build(model: Mapping[str, Any]) -> nn.Module:
    """A CLIP with random weights, of a configuration in open_clip's terms that says its activation.

    The network is built here, not by `open_clip.create_model`, which fills in what a configuration leaves open and may
    end with random weights; here every weight must come from the file.

    Raises
    ------
    InputError
        If it is none.
    """
    import open_clip

    check_configuration(model)
    configuration = {**model}
    custom = configuration.pop("custom_text", False)
    if "quick_gelu" not in configuration:
        raise InputError("The card's model does not say its activation (quick_gelu); convert the model again.")
    try:
        network: nn.Module = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**configuration)
    except GeoFMError:
        raise
    except Exception as error:  # the library's errors for wrong values have no common root
        raise InputError(f"The card's model is none that open_clip can build ({error}); convert it again.") from error
    return network


def check_configuration(model: object) -> None:
    """See that a configuration in open_clip's terms makes it fetch nothing, and is of a size that a CLIP can have.

    Raises
    ------
    InputError
        If it does not.
    """
    vision, text = (model.get(name) if isinstance(model, dict) else None for name in ("vision_cfg", "text_cfg"))
    if not isinstance(vision, dict) or not isinstance(text, dict):
        raise InputError("The card's model does not describe two towers as open_clip does; convert the model again.")
    if other := text.get("hf_tokenizer_name") or text.get("hf_model_name"):
        raise InputError(f"The model wants another tokenizer ({str(other)[:80]}) than {OWN_TOKENIZER}.")
    if vision.get("timm_model_name") is not None:
        plain_name(vision["timm_model_name"], "The image tower")
    if vision.get("timm_model_pretrained"):
        raise InputError("The card's model wants weights of others (timm_model_pretrained); convert it again.")
    for name, value in (*vision.items(), *text.items()):
        if name != "vocab_size" and any(abs(item) > LARGEST_SIZE for item in _numbers(value)):
            raise InputError(
                f"The card's model has {name} {str(value)[:80]}, more than {LARGEST_SIZE}; choose another."
            )
    image, patch = (_numbers(vision.get(name, usual)) for name, usual in (("image_size", 224), ("patch_size", 16)))
    if not image or not patch or max(image) > MOST_PATCHES * min(patch):
        raise InputError(f"The card's model cuts pictures into over {MOST_PATCHES} patches a side; choose another.")


def _numbers(value: object) -> list[float]:
    """The numbers of a value that is one or several."""
    return [item for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, int | float)]


def tokens_of(phrases: Sequence[str], context: int) -> npt.NDArray[np.int32]:
    """Tokens int32[M, context] by CLIP's own byte-pair encoding; words beyond the context are cut off.

    Whole numbers of 32 bits, since some providers know no others.
    """
    from open_clip.tokenizer import SimpleTokenizer

    tokens: npt.NDArray[np.int32] = SimpleTokenizer(context_length=context)(list(phrases)).numpy().astype(np.int32)
    return tokens


def write_clip(folder: Path, card: Card, tensors: Mapping[str, Tensor]) -> Card:
    """Write a model's folder: safetensors in single precision, golden vectors of both towers, and the card.

    Parameters
    ----------
    folder : Path
    card : Card
        Of the architecture 'open-clip', with the configuration as its parameter `model`; what is found out of the
        network (dimension, tokens, golden vectors) comes to it.
    tensors : mapping of str to Tensor
        By open_clip's names; every one of the network's, and no other.

    Raises
    ------
    InputError
        If the tensors do not fit the configuration, or its tokenizer is not CLIP's own.
    OutputError
        If it cannot be written.
    """
    import torch

    check_configuration(card.parameters.get("model"))
    text = card.parameters["model"]["text_cfg"]
    if text.get("vocab_size", VOCABULARY) != VOCABULARY:
        raise InputError(f"The model {card.name} wants another tokenizer ({text['vocab_size']}) than {OWN_TOKENIZER}.")
    with sized(tensors, Path(card.name)):
        network = build(card.parameters["model"]).eval()
    load_into(network, tensors, Path(card.name))
    context = int(text.get("context_length", CONTEXT))
    tile = golden_tile(card.tile, card.bands)
    with torch.inference_mode():
        image = _encoded(network, "encode_image", torch.from_numpy(tile))
        words = _encoded(network, "encode_text", torch.from_numpy(tokens_of([GOLDEN_PHRASE], context)))
    facts = {
        "dimension": image.shape[1],
        "tokenizer": {"kind": "clip-bpe", "context_length": context},
        "golden_text": {"phrase": GOLDEN_PHRASE, "vector": [round(float(value), 7) for value in words[0]]},
    }
    card = replace(card, parameters={**card.parameters, **facts})
    kinds = {name: tensor.dtype for name, tensor in network.state_dict().items()}
    del network  # hundreds of megabytes, and the writing needs as much again
    whole = {name: tensor.to(kinds[name]) for name, tensor in tensors.items()}
    return write_model(folder, card, tensors=whole, golden=(tile, image))


def golden_tile(side: int, bands: Sequence[BandSpec]) -> npt.NDArray[np.float32]:
    """float32[1, 3, S, S] as the network gets it: smooth colours, as pictures have them."""
    import cv2

    coarse = np.random.default_rng(SEED).integers(0, 256, (8, 8, 3)).astype(np.float32)
    tile = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)[None]
    mean, std = (
        np.array([getattr(band, name) for band in bands], np.float32)[:, None, None] for name in ("mean", "std")
    )
    return np.ascontiguousarray((tile - mean) / std, dtype=np.float32)


def _encoded(network: Any, method: str, given: Tensor) -> npt.NDArray[np.float32]:
    vectors: npt.NDArray[np.float32] = getattr(network, method)(given, normalize=True).float().numpy()
    return vectors
