"""CLIP models of open_clip: each trap that would give wrong vectors in silence is held here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from command import Done
from safetensors.torch import save_file

from engine.cards.card import read_card
from engine.encoders import clip, load_encoder
from engine.encoders.clip_conversion import Terms, convert, export_towers, local_source, tag_source
from engine.errors import InputError
from engine.models.clip import tokens_of
from engine.models.store import write_model

CONFIGURATION: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 48, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
MEAN, STD = [0.1, 0.2, 0.3], [0.5, 0.6, 0.7]
PHRASES = ["a river", "cars in a parking lot", "x " * 200]


def _network(*, quick_gelu: bool) -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network: torch.nn.Module = open_clip.CLIP(**CONFIGURATION, quick_gelu=quick_gelu).eval()
    return network


def _folder(path: Path, *, quick_gelu: bool | None = True, weights: str = "model.safetensors", **changes: Any) -> Path:
    """A folder as open_clip saves models, with random weights."""
    path.mkdir()
    model = {**CONFIGURATION, **changes}
    if quick_gelu is not None:
        model["quick_gelu"] = quick_gelu
    configuration = {"model_cfg": model, "preprocess_cfg": {"mean": MEAN, "std": STD, "size": 48}}
    (path / "open_clip_config.json").write_text(json.dumps(configuration))
    state = _network(quick_gelu=True).state_dict()
    if weights.endswith(".safetensors"):
        save_file({name: tensor.contiguous() for name, tensor in state.items()}, path / weights)
    elif weights:
        torch.save(state, path / weights)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    convert(local_source(_folder(folder / "source")), folder / "model", Terms("tiny", "Tiny"))
    return folder / "model"


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (5, 3, 48, 48)).astype(np.uint8)


def test_vectors_are_those_of_open_clip_with_the_models_own_preprocessing(model: Path, tiles: np.ndarray) -> None:
    network = _network(quick_gelu=True)
    shape = (1, 3, 1, 1)
    given = (torch.from_numpy(tiles) / 255 - torch.tensor(MEAN).view(shape)) / torch.tensor(STD).view(shape)
    with torch.inference_mode():
        images = network.encode_image(given, normalize=True).numpy()
        texts = network.encode_text(open_clip.tokenize(PHRASES), normalize=True).numpy()
    encoder = load_encoder(str(model), device="cpu")
    assert (encoder.side, encoder.dimension) == (48, 32)
    assert np.allclose(encoder.images(tiles), images, atol=1e-5)
    assert np.allclose(encoder.texts(PHRASES), texts, atol=1e-5)
    assert encoder.known("anything") is None


@pytest.mark.slow
def test_the_graphs_give_the_vectors_of_the_network(model: Path, tmp_path: Path, tiles: np.ndarray) -> None:
    export_towers(model, read_card(model), tmp_path / "graphs")
    network, graphs = load_encoder(str(model), device="cpu"), load_encoder(str(tmp_path / "graphs"), device="cpu")
    assert np.abs(network.images(tiles) - graphs.images(tiles)).max() < 1e-5
    assert np.abs(network.texts(PHRASES) - graphs.texts(PHRASES)).max() < 1e-5
    assert network.fingerprint != graphs.fingerprint
    # Some providers know no whole numbers of 64 bits.
    (tokens,) = graphs._text.inputs  # type: ignore[attr-defined]
    assert (tokens.type, tokens.shape[1]) == ("tensor(int32)", 77)
    _check_that_a_wrong_provider_is_not_used(tmp_path / "graphs", graphs.images(tiles), tiles)
    (tmp_path / "graphs" / "text.onnx").write_bytes(b"other")
    with pytest.raises(InputError, match=r"text\.onnx is not the file"):
        load_encoder(str(tmp_path / "graphs"))


class _Wrong:
    """A provider that runs without complaint and gives other vectors, as CoreML and TensorRT have with fp16."""

    def run(self, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        vectors = np.ones((len(next(iter(given.values()))), 32), np.float32)
        return [vectors / np.sqrt(np.float32(32))]


def _check_that_a_wrong_provider_is_not_used(folder: Path, right: np.ndarray, tiles: np.ndarray) -> None:
    asked: list[str] = []

    def session(content: bytes, device: str, **keywords: Any) -> Any:
        asked.append(device)
        return real(content, device, **keywords) if device == "cpu" else _Wrong()

    real = clip.Session
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip, "has_gpu", lambda: True)
        patch.setattr(clip, "Session", session)
        found = load_encoder(str(folder)).images(tiles)
    assert asked == ["cuda"] * 2 + ["cpu"] * 2
    assert np.array_equal(found, right)


def test_the_activation_must_be_said_and_is_kept(tmp_path: Path, tiles: np.ndarray) -> None:
    with pytest.raises(InputError, match="does not say the activation"):
        local_source(_folder(tmp_path / "open", quick_gelu=None))
    with pytest.raises(InputError, match="says quick_gelu True, and False was asked for"):
        local_source(_folder(tmp_path / "said"), quick_gelu=False)
    cards, vectors = [], []
    for quick in (True, False):
        source = local_source(_folder(tmp_path / f"source{quick}", quick_gelu=quick))
        cards.append(convert(source, tmp_path / f"model{quick}", Terms(f"m{quick}", "M")))
        vectors.append(load_encoder(str(tmp_path / f"model{quick}"), device="cpu").images(tiles))
    assert [card.parameters["model"]["quick_gelu"] for card in cards] == [True, False]
    # The same weights under another activation: other vectors, and nothing but the card would tell.
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3


def test_golden_vectors_catch_another_activation(model: Path, tmp_path: Path) -> None:
    card = read_card(model)
    parameters = {**card.parameters, "model": {**card.parameters["model"], "quick_gelu": False}}
    changed = tmp_path / "changed"
    changed.mkdir()
    for file in model.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    text = card.to_json().replace('"quick_gelu": true', '"quick_gelu": false')
    (changed / "card.json").write_text(text)
    assert read_card(changed).parameters == parameters
    # Two layers of random weights hardly feel the activation; the bound is made as tight as such a model needs.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip, "LEAST_COSINE", 1 - 1e-7)
        load_encoder(str(model), device="cpu")
        with pytest.raises(InputError, match="gives another vector than it gave when it was made"):
            load_encoder(str(changed), device="cpu")


def test_openai_tags_have_their_own_activation() -> None:
    from open_clip.pretrained import get_pretrained_cfg

    assert open_clip.get_model_config("ViT-B-32").get("quick_gelu", False) is False
    assert get_pretrained_cfg("ViT-B-32", "openai")["quick_gelu"] is True
    assert not get_pretrained_cfg("ViT-B-32", "laion2b_s34b_b79k").get("quick_gelu", False)


def test_a_folder_without_weights_is_refused_not_filled_with_random_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no weights"):
        local_source(_folder(tmp_path / "empty", weights=""))


def test_a_tag_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="knows no weights 'nobodys' of ViT-B-32; it knows openai"):
        tag_source("ViT-B-32", "nobodys")


def test_a_pickle_is_read_only_if_it_is_the_one_that_was_meant(tmp_path: Path, tiles: np.ndarray) -> None:
    folder = _folder(tmp_path / "pickled", weights="weights.pt")
    with pytest.raises(InputError, match="give its SHA-256"):
        local_source(folder)
    with pytest.raises(InputError, match="it is another file or damaged"):
        local_source(folder, sha256="0" * 64)
    digest = hashlib.sha256((folder / "weights.pt").read_bytes()).hexdigest()
    convert(local_source(folder, sha256=digest), tmp_path / "model", Terms("pickled", "P"))
    assert load_encoder(str(tmp_path / "model"), device="cpu").images(tiles).shape == (5, 32)


class _Program:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return print, ("this would have run",)


def test_a_program_in_a_pickle_does_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = _folder(tmp_path / "evil", weights="weights.pt")
    torch.save({"state_dict": _Program()}, folder / "weights.pt")
    digest = hashlib.sha256((folder / "weights.pt").read_bytes()).hexdigest()
    with pytest.raises(InputError, match="holds more than tensors"):
        local_source(folder, sha256=digest)
    assert capsys.readouterr().out == ""


def test_weights_that_lack_a_tensor_are_refused(tmp_path: Path) -> None:
    source = local_source(_folder(tmp_path / "source"))
    del source.tensors["text_projection"]
    with pytest.raises(InputError, match="the tensor 'text_projection' is missing"):
        convert(source, tmp_path / "model", Terms("short", "S"))
    assert not (tmp_path / "model").exists()


def test_a_model_of_another_tokenizer_is_refused(tmp_path: Path) -> None:
    text = {**CONFIGURATION["text_cfg"], "hf_tokenizer_name": "bert-base-uncased"}
    with pytest.raises(InputError, match="another tokenizer \\(bert-base-uncased\\)"):
        convert(local_source(_folder(tmp_path / "named", text_cfg=text)), tmp_path / "model", Terms("named", "N"))
    # The name may be missing; then open_clip would take CLIP's own, whatever the number of words says.
    text = {**CONFIGURATION["text_cfg"], "vocab_size": 30522}
    with pytest.raises(InputError, match="another tokenizer \\(30522\\)"):
        convert(local_source(_folder(tmp_path / "unnamed", text_cfg=text)), tmp_path / "model", Terms("unnamed", "U"))


def test_preprocessing_must_be_said(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "source")
    configuration = json.loads((folder / "open_clip_config.json").read_text())
    del configuration["preprocess_cfg"]
    (folder / "open_clip_config.json").write_text(json.dumps(configuration))
    with pytest.raises(InputError, match="does not say mean and std"):
        local_source(folder)


def test_tokens_are_open_clips(model: Path) -> None:
    assert np.array_equal(tokens_of(PHRASES, 77), open_clip.tokenize(PHRASES).numpy())


def test_a_model_for_another_task_is_refused(model: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    card = replace(read_card(model), task="encoder", weights="model.onnx", name="other")
    write_model(tmp_path / "other", card, onnx=b"graph")
    with pytest.raises(InputError, match="is for encoder, not for search by text"):
        load_encoder(str(tmp_path / "other"))


@pytest.mark.slow
@pytest.mark.parametrize("graphs", [False, True])
def test_the_command_takes_a_model_in(
    geofm: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiles: np.ndarray, graphs: bool
) -> None:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    words = ["models", "import-clip", _folder(tmp_path / "source"), "--name", "tiny", "--licence", "MIT", "--json"]
    done = geofm(*words, *(["--onnx"] if graphs else []))
    assert done.status == 0, done.err
    assert (done.lines[-1]["dimension"], done.lines[-1]["licence"]) == (32, "MIT")
    encoder = load_encoder("tiny", device="cpu")
    assert encoder.card.architecture == ("open-clip-onnx" if graphs else "open-clip")
    assert encoder.images(tiles).shape == (5, 32)
    done = geofm(*words)
    assert (done.status, "There is a model tiny already" in done.err) == (1, True)


def test_the_command_refuses_a_tag_that_is_not_there(
    geofm: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    done = geofm("models", "import-clip", "ViT-B-32:nobodys", "--name", "x", "--licence", "MIT")
    assert (done.status, "open_clip knows no weights 'nobodys' of ViT-B-32" in done.err) == (1, True)
