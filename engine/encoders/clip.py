"""CLIP models of the open_clip library, as torch networks or as two ONNX graphs."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..cards.card import Card
from ..cards.searching import scaling
from ..errors import InputError
from ..files import read_plain
from ..models.building import filled, outline
from ..models.clip import LARGEST_SIZE, build, tokens_of
from ..models.conversion import check_fit
from ..models.onnx_limits import MOST_GRAPH_BYTES
from ..models.runtime import Session, check_vectors, has_gpu
from ..models.store import read_golden, read_weights
from . import DualEncoder

__all__ = ["TEXT_GRAPH", "OnnxClip", "TorchClip", "open_clip_encoder"]

TEXT_GRAPH = "text.onnx"
BATCH = 32
# A GPU is used only where it gives the golden vectors.
LEAST_COSINE = 0.999


def open_clip_encoder(folder: Path, card: Card, *, device: str = "auto") -> DualEncoder:
    """Open a model of the architecture 'open-clip' or 'open-clip-onnx'.

    Raises
    ------
    InputError
        If it is damaged, or what it gives is not what its golden vectors say.
    """
    kind = OnnxClip if card.architecture == "open-clip-onnx" else TorchClip
    return kind(folder, card, device=device)


class _Clip(ABC):
    """What both kinds share: the card's preprocessing and tokens, and the check against the golden vectors."""

    def __init__(self, folder: Path, card: Card) -> None:
        self.card = card
        try:
            self.dimension = int(card.parameters["dimension"])
            self._context = int(card.parameters["tokenizer"]["context_length"])
            if card.parameters["tokenizer"]["kind"] != "clip-bpe":
                raise ValueError(f"the tokenizer {str(card.parameters['tokenizer']['kind'])[:80]} is not known")
            if not 1 <= self._context <= LARGEST_SIZE or len(card.bands) != 3:
                raise ValueError("the length of its phrases or the number of its bands cannot be")
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"The card in {folder} is not of a CLIP that can be used here ({error}).") from error
        self.side = card.tile
        self._mean = np.array([band.mean for band in card.bands], np.float32)[:, None, None]
        self._std = np.array([band.std for band in card.bands], np.float32)[:, None, None]
        facts = {"weights": card.sha256, "side": self.side, "bands": scaling(card)}
        facts["parameters"] = {name: card.parameters.get(name) for name in ("model", "tokenizer", "text")}
        self.fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def images(self, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[N, D] of tiles uint8[N, 3, S, S]."""
        if tiles.dtype != np.uint8 or tiles.ndim != 4 or tiles.shape[1:] != (3, self.side, self.side):
            raise ValueError(f"Tiles are {tiles.dtype}{list(tiles.shape)}, not uint8[N, 3, {self.side}, {self.side}].")
        vectors = np.empty((len(tiles), self.dimension), np.float32)
        for start in range(0, len(tiles), BATCH):
            part = (tiles[start : start + BATCH].astype(np.float32) - self._mean) / self._std
            vectors[start : start + BATCH] = self._run_images(part)
        return vectors

    def texts(self, phrases: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[M, D] of M phrases."""
        vectors = np.empty((len(phrases), self.dimension), np.float32)
        for start in range(0, len(phrases), BATCH):
            vectors[start : start + BATCH] = self._run_texts(tokens_of(phrases[start : start + BATCH], self._context))
        return vectors

    def known(self, phrase: str) -> float | None:
        """None: CLIP's vocabulary is open."""
        return None

    @abstractmethod
    def _run_images(self, tiles: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Unit vectors of normalised tiles."""

    @abstractmethod
    def _run_texts(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Unit vectors of tokens."""

    def _open(self, folder: Path, device: str, start: Callable[[str], None]) -> None:
        """Start on a GPU where there is one that gives the vectors that the card was made with, else on the CPU."""
        said: Any = self.card.parameters.get("golden_text")
        try:
            text = tokens_of([str(said["phrase"])], self._context), np.array([said["vector"]], np.float32)
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(f"The model in {folder} has no golden vectors; convert it again.") from error
        towers = ((self._run_images, read_golden(folder, self.card)), (self._run_texts, text))
        for name in ("cpu",) if device == "cpu" or not has_gpu() else ("cuda", "cpu"):
            try:
                start(name)
                if {check_vectors(folder, run, golden, LEAST_COSINE) for run, golden in towers} != {self.dimension}:
                    raise InputError(f"The card in {folder} says another length of vectors; convert the model again.")
                return
            except InputError:
                if name == "cpu":
                    raise


class TorchClip(_Clip):
    """A CLIP as a torch network: on the GPU where there is one that gives the right vectors."""

    def __init__(self, folder: Path, card: Card, *, device: str = "auto") -> None:
        super().__init__(folder, card)
        import torch

        self._torch = torch
        # First its shapes alone: open_clip fills some tensors before it says how large they are.
        check_fit(card, outline(folder, card), folder)
        self._network: Any = filled(partial(build, card.parameters["model"]), folder, card).eval()
        self._open(folder, device, self._start)

    def _start(self, device: str) -> None:
        self._device = self._torch.device(device)
        self._network.to(self._device)

    def _run_images(self, tiles: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with self._torch.inference_mode():
            given = self._torch.from_numpy(tiles).to(self._device)
            vectors: npt.NDArray[np.float32] = self._network.encode_image(given, normalize=True).float().cpu().numpy()
        return vectors

    def _run_texts(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        with self._torch.inference_mode():
            given = self._torch.from_numpy(tokens).to(self._device)
            vectors: npt.NDArray[np.float32] = self._network.encode_text(given, normalize=True).float().cpu().numpy()
        return vectors


class OnnxClip(_Clip):
    """A CLIP as two ONNX graphs."""

    def __init__(self, folder: Path, card: Card, *, device: str = "auto") -> None:
        super().__init__(folder, card)
        graphs = read_weights(folder, card), _text_graph(folder, card)

        def start(device: str) -> None:
            self._image, self._text = (Session(graph, device, threads_of_a_run=0) for graph in graphs)

        self._open(folder, device, start)

    def _run_images(self, tiles: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        vectors: npt.NDArray[np.float32] = self._image.run({"tiles": tiles})[0]
        return vectors

    def _run_texts(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        vectors: npt.NDArray[np.float32] = self._text.run({"tokens": tokens})[0]
        return vectors


def _text_graph(folder: Path, card: Card) -> bytes:
    path = folder / TEXT_GRAPH
    try:
        content = read_plain(path, MOST_GRAPH_BYTES, inside=True)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); convert the model again.") from error
    said = card.parameters.get("text")
    if not isinstance(said, dict) or hashlib.sha256(content).hexdigest() != said.get("sha256"):
        raise InputError(f"{path} is not the file that the model's card was written for; convert the model again.")
    return content
