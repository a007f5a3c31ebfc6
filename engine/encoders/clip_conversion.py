"""Takes in CLIP models of the open_clip library, once: as safetensors with a card that leaves nothing open."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..cards.card import CARD, BandSpec, Card
from ..errors import InputError
from ..files import read_plain
from ..models.clip import GOLDEN_PHRASE, check_configuration, golden_tile, tokens_of, write_clip
from ..models.published import clean, read_published
from ..models.runtime import Session
from ..models.store import GOLDEN, place_folder
from . import TASK
from .clip import TEXT_GRAPH, TorchClip

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Source", "Terms", "convert", "export_towers", "local_source", "tag_source"]

MOST_CONFIGURATION_BYTES = 2**20
MOST_DIFFERENCE = 1e-4  # between vectors of torch and of the graphs


@dataclass(frozen=True, slots=True)
class Source:
    """A CLIP to be taken in: its configuration in open_clip's terms, its tensors, its preprocessing.

    Attributes
    ----------
    model : dict
        With `quick_gelu` said.
    tensors : dict of str to Tensor
    mean, std : tuple of float
        Of bands in 0..1.
    """

    model: dict[str, Any]
    tensors: dict[str, Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the card says in words."""

    name: str
    title: str
    licence: str = ""
    attribution: str = ""
    source: str = ""
    limits: str = ""


def local_source(folder: str | Path, *, sha256: str | None = None, quick_gelu: bool | None = None) -> Source:
    """A model of a local folder: `open_clip_config.json` and the weights.

    Parameters
    ----------
    folder : path
    sha256 : str, optional
        Of a weights file that is a pickle (.pt, .pth, .bin): such is read only if it is the one that was meant, and
        then as plain tensors.
    quick_gelu : bool, optional
        The activation, where the configuration does not say it.

    Raises
    ------
    InputError
        If it holds no model, or one of which something is left open that would be guessed.
    """
    path = Path(folder)
    try:
        configuration = json.loads(read_plain(path / "open_clip_config.json", MOST_CONFIGURATION_BYTES, inside=True))
        model = dict(configuration["model_cfg"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path} holds no open_clip_config.json with a model_cfg ({error}); give an open_clip model."
        ) from error
    said = model.get("quick_gelu", quick_gelu)
    if said is None:
        raise InputError(
            f"{path / 'open_clip_config.json'} does not say the activation; models that come from OpenAI's need "
            "quick_gelu true, others false: write it into model_cfg."
        )
    if quick_gelu is not None and said != quick_gelu:
        raise InputError(f"{path / 'open_clip_config.json'} says quick_gelu {said}, and {quick_gelu} was asked for.")
    preprocessing = configuration.get("preprocess_cfg") or {}
    if "mean" not in preprocessing or "std" not in preprocessing:
        raise InputError(
            f"{path / 'open_clip_config.json'} does not say mean and std in preprocess_cfg; write them into it."
        )
    return Source(
        {**model, "quick_gelu": bool(said)},
        clean(read_published(_weights_file(path), sha256), strip=("module.",)),
        tuple(map(float, preprocessing["mean"])),
        tuple(map(float, preprocessing["std"])),
    )


def tag_source(model: str, tag: str | None = None) -> Source:
    """A model that open_clip downloads: a name and a tag of its list, or 'hf-hub:owner/name'.

    Raises
    ------
    InputError
        If there is none of that name, or it cannot be downloaded.
    """
    os.environ["HF_HUB_OFFLINE"] = "0"  # the user himself named what to fetch (see `engine.models`)
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg

    known = get_pretrained_cfg(model, tag) if tag else {}
    if not model.startswith("hf-hub:") and not known:
        raise InputError(f"open_clip knows no weights '{tag}' of {model}; it knows {_tags(model)}.")
    # The activation of a tag is not that of the model's own configuration: open_clip only warns of it.
    quick = bool(known.get("quick_gelu", False))
    try:
        configuration = open_clip.get_model_config(model) or _hub_configuration(model)
        check_configuration(configuration)  # it must not name more to fetch
        network = open_clip.create_model(model, tag, require_pretrained=True, weights_only=True, force_quick_gelu=quick)
    except InputError:
        raise
    except Exception as error:  # whatever the network, the hub's library or the file raises
        raise InputError(
            f"open_clip cannot load {model} {tag or ''} ({' '.join(str(error).split())[:200]})."
        ) from error
    preprocessing = open_clip.get_model_preprocess_cfg(network)
    return Source(
        {**configuration, "quick_gelu": quick or bool(configuration.get("quick_gelu", False))},
        dict(network.state_dict()),
        tuple(map(float, preprocessing["mean"])),
        tuple(map(float, preprocessing["std"])),
    )


def convert(source: Source, out: str | Path, terms: Terms) -> Card:
    """Write a model's folder: safetensors, golden vectors of both towers, and the card.

    Raises
    ------
    InputError
        If the tensors do not fit the configuration, or its tokenizer is not CLIP's own.
    OutputError
        If it cannot be written.
    """
    side = _side(source.model)
    bands = tuple(
        BandSpec(name, "display", 255 * mean, 255 * std)
        for name, mean, std in zip(("red", "green", "blue"), source.mean, source.std, strict=True)
    )
    card = Card(
        name=terms.name,
        title=terms.title,
        task=TASK,
        architecture="open-clip",
        parameters={"model": source.model, "vocabulary": "open"},
        weights="model.safetensors",
        sha256="",
        bands=bands,
        tile=side,
        overlap=side // 4,
        licence=terms.licence,
        attribution=terms.attribution,
        source=terms.source,
        limits=terms.limits,
    )
    return write_clip(Path(out), card, source.tensors)


def export_towers(folder: str | Path, card: Card, out: str | Path) -> Card:
    """Write a model of the architecture 'open-clip' as two ONNX graphs, which run about twice as fast on processors.

    Raises
    ------
    InputError
        If the graphs give other vectors than the network.
    OutputError
        If it cannot be written.
    """
    import safetensors.numpy
    import torch

    from .exporting import Tower, exported

    encoder = TorchClip(Path(folder), card, device="cpu")
    network, context = encoder._network, int(card.parameters["tokenizer"]["context_length"])
    tile = golden_tile(card.tile, card.bands)
    tiles = torch.from_numpy(np.concatenate([tile, tile[:, :, ::-1]]))
    tokens = torch.from_numpy(tokens_of([GOLDEN_PHRASE, "a car park"], context))
    image = exported(Tower(network, "encode_image"), {"tiles": tiles}, {"tiles": {0: "batch"}})
    text = exported(Tower(network, "encode_text"), {"tokens": tokens}, {"tokens": {0: "batch"}})
    vectors = encoder._run_images(tile)
    made = replace(
        card,
        architecture="open-clip-onnx",
        weights="model.onnx",
        sha256=hashlib.sha256(image).hexdigest(),
        parameters={**card.parameters, "text": {"file": TEXT_GRAPH, "sha256": hashlib.sha256(text).hexdigest()}},
    )
    _check_parity(encoder, image, text, tiles.numpy(), tokens.numpy())
    golden = safetensors.numpy.save({"input": tile, "output": vectors})
    files = {made.weights: image, TEXT_GRAPH: text, GOLDEN: golden, CARD: made.to_json().encode()}
    place_folder(Path(out).absolute(), files)
    return made


def _check_parity(
    encoder: TorchClip, image: bytes, text: bytes, tiles: npt.NDArray[np.float32], tokens: npt.NDArray[np.int32]
) -> None:
    pairs = ((image, "tiles", tiles, encoder._run_images(tiles)), (text, "tokens", tokens, encoder._run_texts(tokens)))
    for graph, name, given, exact in pairs:
        difference = float(np.abs(Session(graph, threads_of_a_run=0).run({name: given})[0] - exact).max())
        if not difference <= MOST_DIFFERENCE:
            raise InputError(
                f"The graph of {encoder.card.name} gives other vectors than the network (by {difference:.1g})."
            )


def _side(model: dict[str, Any]) -> int:
    size = model.get("vision_cfg", {}).get("image_size", 224)
    return int(size[0] if isinstance(size, list | tuple) else size)


def _weights_file(folder: Path) -> Path:
    files = [path for ending in (".safetensors", ".bin", ".pt", ".pth") for path in sorted(folder.glob(f"*{ending}"))]
    if not files:
        raise InputError(f"{folder} holds no weights; put the model's .safetensors file into it.")
    return files[0]


def _tags(model: str) -> str:
    from open_clip import list_pretrained_tags_by_model

    return ", ".join(list_pretrained_tags_by_model(model)) or "none"


def _hub_configuration(model: str) -> dict[str, Any]:
    from open_clip.factory import _get_hf_config

    return dict(_get_hf_config(model.removeprefix("hf-hub:"), cache_dir=None)["model_cfg"])
