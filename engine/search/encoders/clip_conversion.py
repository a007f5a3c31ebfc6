"""Takes in CLIP models of the open_clip library, once: as safetensors with a card that leaves nothing open."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...cards.card import CARD, BandSpec, Card
from ...errors import InputError
from ...models.store import GOLDEN, place_folder, refuse_pickle, write_model
from . import TASK
from .clip import TEXT_GRAPH, VOCABULARY, TorchClip, build, tokens_of

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Source", "Terms", "convert", "export_towers", "local_source", "tag_source"]

GOLDEN_PHRASE = "a river through green fields"
SEED = 20240917  # of the golden tile; the value means nothing
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
        configuration = json.loads((path / "open_clip_config.json").read_text(encoding="utf-8"))
        model = dict(configuration["model_cfg"])
    except (OSError, ValueError, KeyError, TypeError) as error:
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
        _tensors(_weights_file(path), sha256),
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
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg

    known = get_pretrained_cfg(model, tag) if tag else {}
    if not model.startswith("hf-hub:") and not known:
        raise InputError(f"open_clip knows no weights '{tag}' of {model}; it knows {_tags(model)}.")
    # The activation of a tag is not that of the model's own configuration: open_clip only warns of it.
    quick = bool(known.get("quick_gelu", False))
    try:
        network = open_clip.create_model(model, tag, require_pretrained=True, weights_only=True, force_quick_gelu=quick)
    except Exception as error:  # whatever the network, the hub's library or the file raises
        raise InputError(
            f"open_clip cannot load {model} {tag or ''} ({' '.join(str(error).split())[:200]})."
        ) from error
    configuration = open_clip.get_model_config(model) or _hub_configuration(model)
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
    import torch

    from ...models.store import load_into

    text = source.model.get("text_cfg", {})
    other = text.get("hf_tokenizer_name") or text.get("hf_model_name")
    if other or text.get("vocab_size", VOCABULARY) != VOCABULARY:
        raise InputError(
            f"The model {terms.name} wants another tokenizer ({other or text['vocab_size']}) than CLIP's own, which is "
            "the only one here; choose another model."
        )
    network = build(source.model).eval()
    load_into(network, source.tensors, Path(terms.name))
    side = _side(source.model)
    bands = tuple(
        BandSpec(name, "display", 255 * mean, 255 * std)
        for name, mean, std in zip(("red", "green", "blue"), source.mean, source.std, strict=True)
    )
    context = int(text.get("context_length", 77))
    tile = _golden_tile(side, bands)
    with torch.inference_mode():
        image = _encoded(network, "encode_image", torch.from_numpy(tile))
        words = _encoded(network, "encode_text", torch.from_numpy(tokens_of([GOLDEN_PHRASE], context)))
    card = Card(
        name=terms.name,
        title=terms.title,
        task=TASK,
        architecture="open-clip",
        parameters={
            "model": source.model,
            "dimension": image.shape[1],
            "tokenizer": {"kind": "clip-bpe", "context_length": context},
            "golden_text": {"phrase": GOLDEN_PHRASE, "vector": [round(float(value), 7) for value in words[0]]},
            "vocabulary": "open",
        },
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
    return write_model(Path(out), card, tensors=network.state_dict(), golden=(tile, image))


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
    tile = _golden_tile(card.tile, card.bands)
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
    from ...models.onnx_library import onnxruntime

    ort = onnxruntime()
    pairs = ((image, "tiles", tiles, encoder._run_images(tiles)), (text, "tokens", tokens, encoder._run_texts(tokens)))
    for graph, name, given, exact in pairs:
        session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
        difference = float(np.abs(session.run(None, {name: given})[0] - exact).max())
        if not difference <= MOST_DIFFERENCE:
            raise InputError(
                f"The graph of {encoder.card.name} gives other vectors than the network (by {difference:.1g})."
            )


def _encoded(network: Any, method: str, given: Tensor) -> npt.NDArray[np.float32]:
    vectors: npt.NDArray[np.float32] = getattr(network, method)(given, normalize=True).float().numpy()
    return vectors


def _golden_tile(side: int, bands: tuple[BandSpec, ...]) -> npt.NDArray[np.float32]:
    """float32[1, 3, S, S] as the network gets it: smooth colours, as pictures have them."""
    import cv2

    coarse = np.random.default_rng(SEED).integers(0, 256, (8, 8, 3)).astype(np.float32)
    tile = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1)[None]
    mean, std = (
        np.array([getattr(band, name) for band in bands], np.float32)[:, None, None] for name in ("mean", "std")
    )
    return np.ascontiguousarray((tile - mean) / std, dtype=np.float32)


def _side(model: dict[str, Any]) -> int:
    size = model.get("vision_cfg", {}).get("image_size", 224)
    return int(size[0] if isinstance(size, list | tuple) else size)


def _weights_file(folder: Path) -> Path:
    found = [path for ending in (".safetensors", ".bin", ".pt", ".pth") for path in sorted(folder.glob(f"*{ending}"))]
    if not found:
        raise InputError(f"{folder} holds no weights; put the model's .safetensors file into it.")
    return found[0]


def _tensors(path: Path, sha256: str | None) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        with path.open("rb") as stream:
            refuse_pickle(path, stream.read(4))
        try:
            return dict(load_file(path))
        except (SafetensorError, ValueError, RuntimeError) as error:
            raise InputError(f"{path} is no whole safetensors file ({error}); put it there again.") from error
    import torch

    if sha256 is None:
        raise InputError(
            f"{path} is a pickle, which is read only if it is the file that was meant: give its SHA-256, or the "
            "weights as safetensors."
        )
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256.lower():
        raise InputError(f"{path} has the SHA-256 {found}, not {sha256}; it is another file or damaged.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's errors, torch's and zip's share no root but this one
        raise InputError(f"{path} holds more than tensors, or is damaged, and is not opened.") from error
    state = state.get("state_dict", state) if isinstance(state, dict) else {}
    tensors = {name.removeprefix("module."): value for name, value in state.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise InputError(f"{path} holds no tensors; give the weights of an open_clip model.")
    return tensors


def _tags(model: str) -> str:
    from open_clip import list_pretrained_tags_by_model

    return ", ".join(list_pretrained_tags_by_model(model)) or "none"


def _hub_configuration(model: str) -> dict[str, Any]:
    from open_clip.factory import _get_hf_config

    return dict(_get_hf_config(model.removeprefix("hf-hub:"), cache_dir=None)["model_cfg"])
