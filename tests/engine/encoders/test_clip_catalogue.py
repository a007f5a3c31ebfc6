"""CLIP models of the catalogue: published files of each form become models, once their hash has been checked."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from command import Done
from open_clip.model import build_model_from_openai_state_dict
from open_clip.pretrained import get_pretrained_cfg
from safetensors.torch import save_file

from engine.cards.card import read_card
from engine.cards.catalogue import CatalogueFile, Entry, entry
from engine.cards.catalogue.clips import CLIPS
from engine.cards.catalogue.mirror import MIRROR
from engine.encoders import load_encoder
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import ImportModelRequest, InstallModelRequest
from engine.models import shelving
from engine.models.clip import build
from engine.models.shelving import install
from engine.models.store import read_tensors

SIDE = 32
# Heads of 64, as OpenAI's have: open_clip reads all else off the tensors.
SMALL: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
}
PHRASES = ["a river", "cars in a parking lot"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(MIRROR, str(tmp_path))
    return tmp_path / "home"


@pytest.fixture
def report(tmp_path: Path) -> QuietReport:
    (tmp_path / "checkpoints").mkdir()
    return QuietReport(tmp_path / "checkpoints")


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (3, 3, SIDE, SIDE)).astype(np.uint8)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Weights of chance, by the names that OpenAI, open_clip and all others have."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        network = open_clip.CLIP(**SMALL, quick_gelu=True)
        for parameter in network.parameters():  # those of chance hardly feel the activation
            torch.nn.init.normal_(parameter, std=0.3)
    return {name: tensor.detach() for name, tensor in network.state_dict().items()}


class _Part(torch.nn.Module):
    """A module that only holds what lies below a name."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        super().__init__()
        below: dict[str, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            first, _, rest = name.partition(".")
            if rest:
                below.setdefault(first, {})[rest] = tensor
            elif tensor.is_floating_point():
                self.register_parameter(first, torch.nn.Parameter(tensor))
            else:
                self.register_buffer(first, tensor)
        for first, inside in below.items():
            self.add_module(first, _Part(inside))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return given


def _archive(path: Path, state: dict[str, torch.Tensor]) -> Path:
    """A TorchScript archive as OpenAI's: weights in half precision, and three whole numbers beside them."""
    numbers = {"input_resolution": SIDE, "context_length": 77, "vocab_size": 49408}
    halves = {name: tensor.half() for name, tensor in state.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that torch would rather have other formats
        module = torch.jit.script(_Part({**halves, **{name: torch.tensor(value) for name, value in numbers.items()}}))
        module.save(str(path))
    return path


def _published(path: Path, like: str, **changes: Any) -> Entry:
    """The entry of the catalogue with a small network and a file of ours."""
    item = entry(like)
    content = path.read_bytes()
    parameters = {**item.card.parameters, "model": {**SMALL, "quick_gelu": item.card.parameters["model"]["quick_gelu"]}}
    file = CatalogueFile(path.name, None, hashlib.sha256(content).hexdigest(), len(content))
    return replace(item, card=replace(item.card, parameters=parameters, tile=SIDE, overlap=8), files=(file,), **changes)


def _install(item: Entry, report: QuietReport, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shelving, "entry", lambda name: item)
    return Path(install(InstallModelRequest(item.name), report).outputs[0].path)


def _expected(network: torch.nn.Module, tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of tiles and phrases by open_clip alone, with OpenAI's preprocessing."""
    mean, std = (
        torch.tensor(values).view(1, 3, 1, 1)
        for values in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)
    )
    with torch.inference_mode():
        images = network.encode_image((torch.from_numpy(tiles) / 255 - mean) / std, normalize=True)  # type: ignore[operator]
        texts = network.encode_text(open_clip.tokenize(PHRASES), normalize=True)  # type: ignore[operator]
    return images.numpy(), texts.numpy()


def _agrees(folder: Path, network: torch.nn.Module, tiles: np.ndarray) -> None:
    images, texts = _expected(network.eval(), tiles)
    encoder = load_encoder(str(folder), device="cpu")
    assert np.abs(encoder.images(tiles) - images).max() < 1e-5
    assert np.abs(encoder.texts(PHRASES) - texts).max() < 1e-5


def test_openais_archive_becomes_safetensors_with_its_own_activation(
    tmp_path: Path,
    report: QuietReport,
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, torch.Tensor],
    tiles: np.ndarray,
) -> None:
    item = _published(_archive(tmp_path / "ViT-B-32.pt", state), "openai-clip-b32")
    folder = _install(item, report, monkeypatch)
    card = read_card(folder)
    assert (card.weights, card.licence) == ("model.safetensors", "MIT")
    tensors = read_tensors(folder, card)
    assert tensors.keys() == state.keys()
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())
    assert all(torch.equal(tensor, state[name].half().float()) for name, tensor in tensors.items())
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "golden.safetensors", "model.safetensors"]
    assert not any(report.checkpoints.iterdir())
    # As open_clip itself builds a network from what lies in OpenAI's archives.
    halves = {name: tensor.half() for name, tensor in state.items()}
    _agrees(folder, build_model_from_openai_state_dict(halves, cast_dtype=torch.float32).float(), tiles)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("laion-clip-b32", "open_clip_model.safetensors"),
        ("georsclip-b32", "RS5M_ViT-B-32.pt"),
        ("remoteclip-b32", "RemoteCLIP-ViT-B-32.pt"),
    ],
)
def test_the_other_files_become_models_as_well(
    tmp_path: Path,
    report: QuietReport,
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, torch.Tensor],
    tiles: np.ndarray,
    name: str,
    file: str,
) -> None:
    (save_file if file.endswith(".safetensors") else torch.save)(dict(state), tmp_path / file)
    item = _published(tmp_path / file, name)
    folder = _install(item, report, monkeypatch)
    network = open_clip.CLIP(**SMALL, quick_gelu=name != "laion-clip-b32")
    network.load_state_dict(state)
    _agrees(folder, network, tiles)
    other = open_clip.CLIP(**SMALL, quick_gelu=name == "laion-clip-b32")
    other.load_state_dict(state)
    with pytest.raises(AssertionError):
        _agrees(folder, other, tiles)


def test_nothing_is_opened_before_the_hash_was_checked(
    tmp_path: Path, report: QuietReport, monkeypatch: pytest.MonkeyPatch, state: dict[str, torch.Tensor]
) -> None:
    path = _archive(tmp_path / "ViT-B-32.pt", state)
    item = _published(path, "openai-clip-b32")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))

    def opened(*words: Any, **more: Any) -> None:
        pytest.fail("the file was opened")

    monkeypatch.setattr(torch.jit, "load", opened)
    with pytest.raises(InputError, match="its SHA-256 is another"):
        _install(item, report, monkeypatch)
    assert not (tmp_path / "home" / "models" / item.name).exists()


class _Program:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return print, ("this would have run",)


@pytest.mark.parametrize("like", ["openai-clip-b32", "remoteclip-b32"])
def test_a_program_in_a_published_file_does_not_run(
    tmp_path: Path, report: QuietReport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], like: str
) -> None:
    torch.save({"visual.proj": _Program()}, tmp_path / "weights.pt")
    with pytest.raises(InputError, match="cannot be read as weights"):
        _install(_published(tmp_path / "weights.pt", like), report, monkeypatch)
    assert "would have run" not in capsys.readouterr().out


def test_an_archive_of_another_network_is_refused(
    tmp_path: Path, report: QuietReport, monkeypatch: pytest.MonkeyPatch, state: dict[str, torch.Tensor]
) -> None:
    less = {name: tensor for name, tensor in state.items() if name != "visual.proj"}
    item = _published(_archive(tmp_path / "ViT-B-32.pt", less), "openai-clip-b32")
    with pytest.raises(InputError, match=r"the tensor 'visual\.proj' is missing"):
        _install(item, report, monkeypatch)


@pytest.mark.parametrize("item", CLIPS, ids=lambda item: item.name)
def test_each_entry_says_what_open_clip_knows_of_it(item: Entry) -> None:
    model = item.card.parameters["model"]
    plain = {name: value for name, value in model.items() if name != "quick_gelu"}
    assert plain == open_clip.get_model_config("ViT-B-32")
    tag = "laion2b_s34b_b79k" if item.name == "laion-clip-b32" else "openai"  # from which the others were trained on
    known = get_pretrained_cfg("ViT-B-32", tag)
    assert model["quick_gelu"] is bool(known.get("quick_gelu", False))
    assert [band.name for band in item.card.bands] == ["red", "green", "blue"]
    assert [band.mean / 255 for band in item.card.bands] == pytest.approx(known["mean"])
    assert [band.std / 255 for band in item.card.bands] == pytest.approx(known["std"])
    if item.name == "openai-clip-b32":
        assert item.files[0].url == known["url"]
    if item.name == "laion-clip-b32":
        assert known["hf_hub"].strip("/") in str(item.files[0].url)


def test_the_entries_sizes_are_those_of_their_network() -> None:
    with torch.device("meta"):
        count = sum(tensor.numel() for tensor in build(CLIPS[0].card.parameters["model"]).state_dict().values())
    for item in CLIPS:
        for file in item.files:
            single = 2 if item.convert == "clip-torchscript" else 4
            # Some of OpenAI's are in single precision, and a pickle names each tensor.
            assert count * single <= file.size + file.slack <= 1.2 * count * single


def test_a_model_without_a_known_hash_tells_what_to_do(report: QuietReport, home: Path) -> None:
    words = "not downloaded by itself, since the SHA-256 of its file is not known here: download FarSLIP2_ViT-B-32"
    with pytest.raises(InputError, match=words):
        install(InstallModelRequest("farslip-b32"), report)
    assert not (home / "models" / "farslip-b32").exists()


def test_weights_are_taken_in_by_what_the_catalogue_knows_of_them(
    tmp_path: Path,
    report: QuietReport,
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, torch.Tensor],
    tiles: np.ndarray,
) -> None:
    path = tmp_path / "FarSLIP2_ViT-B-32.pt"
    torch.save(dict(state), path)
    like = _published(path, "farslip-b32")
    monkeypatch.setattr(shelving, "entry", lambda name: like)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    def imported(file: Path = path, **changes: Any) -> Path:
        request = ImportModelRequest(str(file), like="farslip-b32", **changes)
        return Path(shelving.import_model(request, report).outputs[0].path)

    with pytest.raises(InputError, match="give its SHA-256"):
        imported()
    with pytest.raises(InputError, match="it is another file or damaged"):
        imported(sha256="0" * 64)
    folders = imported(sha256=digest.upper()), imported(sha256=digest, name="mine")
    network = open_clip.CLIP(**SMALL, quick_gelu=True)
    network.load_state_dict(state)
    for folder, name in zip(folders, ("farslip-b32", "mine"), strict=True):
        card = read_card(folder)
        assert (folder.name, card.name, card.licence) == (name, name, "MIT")
        _agrees(folder, network, tiles)
    with pytest.raises(InputError, match="There is a model farslip-b32 already"):
        imported(sha256=digest)
    save_file(dict(state), tmp_path / "weights.safetensors")
    safe = imported(tmp_path / "weights.safetensors", name="safe")
    assert read_card(safe).sha256 == read_card(folders[0]).sha256


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["x.pt", "--like", "oracle"], 1, "The catalogue has no model 'oracle'"),
        (["card.json", "--like", "galileo-nano"], 1, "is no CLIP"),
        (["x.pt", "--like", "farslip-b32"], 1, "There is no file or folder"),
        (["card.json", "--like", "farslip-b32"], 1, "give its SHA-256"),
        (["card.json", "--like", "farslip-b32", "--sha256", "0x12"], 1, "sha256 is '0x12', not 64 hexadecimal digits"),
        (["card.json", "--like", "farslip-b32", "--bands", "red"], 1, "leave the bands out"),
        ([".", "--like", "farslip-b32", "--sha256", "0" * 64], 1, "cannot be read"),
    ],
)
def test_the_command_asks_for_what_it_needs(
    geofm: Callable[..., Done],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "card.json").write_text("{}")
    done = geofm("models", "import", *words)
    assert (done.status, said in done.err) == (status, True), done.err
    assert len([line for line in done.err.splitlines() if line.startswith("geofm: ")]) == 1
    assert ("Licence: MIT" in done.out) == ("oracle" not in words)
    assert not (tmp_path / "home" / "models" / "farslip-b32").exists()
