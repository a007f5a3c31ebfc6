"""Models onto the shelf and off it: from the catalogue, from folders and ONNX files, to ONNX files."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from model_cards import make_card
from small_models import pixelwise, put_network

from engine.cards.card import CARD, BandSpec, read_card
from engine.cards.catalogue import CATALOGUE, CatalogueFile, Entry, entry
from engine.cards.catalogue.mirror import MIRROR
from engine.cards.shelf import find, models_folder, shelf
from engine.errors import Cancelled, InputError
from engine.jobs.report import JsonReport
from engine.jobs.requests import ExportModelRequest, ImportModelRequest, InstallModelRequest
from engine.models import shelving
from engine.models.clip import build, write_clip
from engine.models.conversion import DYNAMIC_WORLD_A, DYNAMIC_WORLD_B, clean, convert
from engine.models.shelving import export_model, import_model, install
from engine.models.store import read_golden, read_tensors, read_weights, write_model


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)
    return tmp_path / "home"


@pytest.fixture
def report(tmp_path: Path) -> JsonReport:
    (tmp_path / "checkpoints").mkdir()
    return JsonReport(tmp_path / "checkpoints", io.StringIO())


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of published models."""
    folder = os.environ.get("GEOFM_TEST_DATA")
    if not folder:
        pytest.skip("GEOFM_TEST_DATA does not name the folder of the test data")
    return Path(folder) / "models"


def linear() -> dict[str, torch.Tensor]:
    return {"weight": torch.ones(2, 3)}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_galileo_is_installed_from_a_mirror(
    mirror: Path, report: JsonReport, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    result = install(InstallModelRequest("galileo-nano"), report)
    folder = home / "models" / "galileo-nano"
    assert [(output.path, output.kind) for output in result.outputs] == [(str(folder), "model")]
    assert result.summary["licence"] == "MIT"
    card = read_card(folder)
    assert replace(card, sha256="") == entry("galileo-nano").card
    published = torch.load(mirror / "galileo_nano" / "encoder.pt", weights_only=True, map_location="cpu")
    tensors = read_tensors(folder, card)
    # Of 106, three embeddings of channels and ten pairs of weight and bias serve other inputs.
    assert len(tensors) == 83
    assert all(torch.equal(value, published[name]) for name, value in tensors.items())
    assert names_in(folder) == ["card.json", "weights.safetensors"]
    assert names_in(home / "models") == ["galileo-nano"]
    assert names_in(report.checkpoints) == []
    if os.name == "posix":
        assert home.stat().st_mode & 0o077 == 0


def test_an_installed_model_is_left_and_a_broken_one_is_replaced(
    mirror: Path, report: JsonReport, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    install(InstallModelRequest("galileo-nano"), report)
    weights = home / "models" / "galileo-nano" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    monkeypatch.delenv(MIRROR)
    install(InstallModelRequest("galileo-nano"), report)
    assert weights.stat().st_mtime_ns == before
    weights.write_bytes(b"damaged")
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    install(InstallModelRequest("galileo-nano"), report)
    read_tensors(weights.parent, read_card(weights.parent))


def test_dynamic_world_maps_reflectance_as_its_makers_program_does(
    mirror: Path, report: JsonReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror / "dynamicworld"))
    install(InstallModelRequest("dynamic-world"), report)
    folder = find("dynamic-world")
    card = read_card(folder)
    reflectance = np.random.default_rng(1).uniform(-0.02, 0.6, (1, 9, 96, 64)).astype(np.float32)
    session = onnxruntime.InferenceSession(read_weights(folder, card), providers=["CPUExecutionProvider"])
    probabilities = session.run(None, {"input": reflectance})[0]
    # What single_image_runner.ipynb does, in float64, before the published graph.
    x = np.log(np.maximum(reflectance, 0).astype(np.float64) * 10_000 * 0.005 + 1)
    x = (x.transpose(0, 2, 3, 1) - DYNAMIC_WORLD_A) / DYNAMIC_WORLD_B
    e = np.exp(x * 5 - 1)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    published = onnxruntime.InferenceSession(
        mirror / "dynamicworld" / "dw_forward_converted.onnx", options, providers=["CPUExecutionProvider"]
    )
    scores = published.run(None, {"image": (e / (e + 1)).astype(np.float32)})[0][0].transpose(2, 0, 1)
    expected = np.exp(scores) / np.exp(scores).sum(0)
    assert probabilities.shape == (1, 9, 96, 64)
    assert np.abs(probabilities[0] - expected).max() < 1e-4
    golden = read_golden(folder, read_card(folder))
    assert golden is not None
    assert np.array_equal(session.run(None, {"input": golden[0]})[0], golden[1])


def test_a_name_that_the_catalogue_lacks(report: JsonReport) -> None:
    with pytest.raises(InputError, match="The catalogue has no model 'oracle'"):
        install(InstallModelRequest("oracle"), report)


def test_a_cancelled_install_leaves_nothing(
    mirror: Path, report: JsonReport, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    report.cancel()
    with pytest.raises(Cancelled):
        install(InstallModelRequest("galileo-nano"), report)
    assert shelf() == [] or all(model.built_in for model in shelf())
    assert not (home / "models").exists()


# The published encoders of SSL4EO-S12 are not in the test data: a network of the same kind with random weights stands
# for them, saved as theirs are.
SSL4EO = [item for item in CATALOGUE if item.name.startswith("ssl4eo")]


def published(item: Entry, path: Path, prefix: str = "", more: dict[str, torch.Tensor] | None = None) -> Entry:
    """Save random weights as the makers would, and give the entry with their hash."""
    import timm

    torch.manual_seed(0)
    card = item.card
    network = timm.create_model(card.parameters["encoder"], num_classes=0, in_chans=card.parameters["in_channels"])
    tensors = {f"{prefix}{name}": value for name, value in network.state_dict().items()}
    torch.save({**tensors, **(more or {})}, path)
    content = path.read_bytes()
    file = CatalogueFile(path.name, None, hashlib.sha256(content).hexdigest(), len(content))
    return replace(item, files=(file,))


@pytest.mark.parametrize("item", [SSL4EO[0], SSL4EO[3]], ids=lambda item: item.name)
def test_published_encoders_become_safetensors(tmp_path: Path, item: Entry) -> None:
    made = published(item, tmp_path / "published.pth")
    card = convert(made, tmp_path / "published.pth", tmp_path / "model")
    saved = torch.load(tmp_path / "published.pth", weights_only=True)
    tensors = read_tensors(tmp_path / "model", card)
    assert tensors.keys() == saved.keys()
    assert all(torch.equal(value, saved[name]) for name, value in tensors.items())
    first = tensors.get("conv1.weight", tensors.get("patch_embed.proj.weight"))
    assert first is not None
    assert first.shape[1] == len(card.bands)


def test_a_second_network_a_queue_and_a_head_are_left_out(tmp_path: Path) -> None:
    more = {
        "module.encoder_q.fc.weight": torch.ones(3),
        "module.encoder_k.conv1.weight": torch.ones(3),
        "module.queue": torch.ones(3),
    }
    made = published(SSL4EO[0], tmp_path / "published.pth", "module.encoder_q.", more)
    card = convert(made, tmp_path / "published.pth", tmp_path / "model")
    names = read_tensors(tmp_path / "model", card).keys()
    assert "conv1.weight" in names
    assert not any(name.startswith(("module", "fc")) for name in names)


def test_names_are_stripped_only_where_all_can_be() -> None:
    assert list(clean({"a": torch.ones(1), "fc.b": torch.ones(1)}, ("x.",), ("fc.",))) == ["a"]
    assert list(clean({"x.a": torch.ones(1), "b": torch.ones(1)}, ("x.",))) == ["a"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda path: torch.save({"conv1.weight": torch.ones(3)}, path), r"do not fit the card: the tensor 'bn1"),
        (lambda path: torch.save([1, 2], path), "holds no weights by name"),
        (lambda path: torch.save({"state_dict": {"a": 1}}, path), "holds no weights by name"),
        (lambda path: path.write_bytes(b"\x80\x02cposix\nsystem\n."), "cannot be read as weights"),
        (lambda path: path.write_bytes(b""), "cannot be read as weights"),
    ],
)
def test_published_files_that_hold_something_else(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "published.pth"
    content(path)
    with pytest.raises(InputError, match="it is another file or damaged"):
        convert(SSL4EO[0], path, tmp_path / "model")
    file = CatalogueFile(path.name, None, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    with pytest.raises(InputError, match=words):
        convert(replace(SSL4EO[0], files=(file,)), path, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_folder_is_taken_in_under_its_own_name_or_another(tmp_path: Path, report: JsonReport) -> None:
    card, _ = put_network(tmp_path / "given", tile=32)
    import_model(ImportModelRequest(str(tmp_path / "given")), report)
    result = import_model(ImportModelRequest(str(tmp_path / "given"), name="Other forest"), report)
    assert result.outputs[0].path == str(models_folder() / "Other forest")
    assert read_card(find("forest")) == card
    assert read_card(find("other forest")) == replace(card, name="Other forest")
    assert names_in(find("forest")) == ["card.json", "golden.safetensors", "weights.safetensors"]
    assert read_golden(find("forest"), card) is not None
    shutil.rmtree(tmp_path / "given")
    read_tensors(find("forest"), card)


def test_what_belongs_to_a_model_comes_with_it_and_no_more(tmp_path: Path, report: JsonReport) -> None:
    folder = tmp_path / "given"
    put_network(folder, tile=32)
    for name in ("text.onnx", "report.json", "errors.gpkg", "LICENSE.txt", ".hidden.json", "image.tif", "optimiser.pt"):
        (folder / name).write_bytes(b"content")
    (folder / "more.onnx").mkdir()
    import_model(ImportModelRequest(str(folder)), report)
    assert names_in(find("forest")) == [
        *("LICENSE.txt", "card.json", "errors.gpkg", "golden.safetensors"),
        *("report.json", "text.onnx", "weights.safetensors"),
    ]
    torch.save(linear(), folder / "text.onnx")
    with pytest.raises(InputError, match=r"text\.onnx is a pickle"):
        import_model(ImportModelRequest(str(folder), name="other"), report)


def test_a_name_that_is_taken_is_refused(tmp_path: Path, report: JsonReport) -> None:
    put_network(tmp_path / "given", tile=32)
    import_model(ImportModelRequest(str(tmp_path / "given")), report)
    with pytest.raises(InputError, match="There is a model forest already"):
        import_model(ImportModelRequest(str(tmp_path / "given"), name="FOREST"), report)


@pytest.mark.parametrize("name", ["../forest", "a/b", "con"])
def test_names_that_are_no_folders_names_are_refused(tmp_path: Path, report: JsonReport, name: str) -> None:
    write_model(tmp_path / "given", make_card(name=name), tensors=linear())
    with pytest.raises(InputError, match="A model cannot be called"):
        import_model(ImportModelRequest(str(tmp_path / "given"), name=name), report)
    with pytest.raises(InputError, match="A model cannot be called"):
        import_model(ImportModelRequest(str(tmp_path / "given")), report)
    assert not any(tmp_path.glob("home/models/*"))


def test_what_is_no_model_is_not_taken_in(tmp_path: Path, report: JsonReport) -> None:
    def refused(path: Path, words: str, **more: Any) -> None:
        with pytest.raises(InputError, match=words):
            import_model(ImportModelRequest(str(path), **more), report)

    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", r"is no model: it holds no card\.json")
    refused(tmp_path / "nowhere", "There is no file or folder")
    torch.save(linear(), tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "is a pickle")
    shutil.copy(tmp_path / "model.pt", tmp_path / "model.onnx")
    refused(tmp_path / "model.onnx", "is a pickle")
    card, _ = put_network(tmp_path / "given", tile=32)
    refused(tmp_path / "given" / "weights.safetensors", "holds weights without a card")
    refused(tmp_path / "given", "names its bands itself", bands=("B02",))
    (tmp_path / "given" / "weights.safetensors").write_bytes(b"other")
    refused(tmp_path / "given", "is no whole safetensors file")
    card = replace(card, sha256=hashlib.sha256(b"other").hexdigest())
    (tmp_path / "given" / CARD).write_text(card.to_json())
    refused(tmp_path / "given", "is no whole safetensors file")
    assert not any(tmp_path.glob("home/models/*"))


def shaped(folder: Path) -> None:
    """Another shape in the last layer, as of another number of classes."""
    card, network = put_network(folder, tile=32)
    tensors = dict(network.state_dict())
    name = [name for name, value in tensors.items() if value.ndim == 4][-1]
    write_model(folder, card, tensors={**tensors, name: tensors[name][:2]})


def renamed(folder: Path) -> None:
    """A tensor under another name."""
    card, network = put_network(folder, tile=32)
    tensors = dict(network.state_dict())
    write_model(folder, card, tensors={**tensors, "other": tensors.pop(next(iter(tensors)))})


def of_fewer_bands(folder: Path) -> None:
    """A card with a band less than its network takes."""
    card, network = put_network(folder, tile=32)
    write_model(folder, replace(card, bands=card.bands[:2]), tensors=network.state_dict())


def of_fewer_classes(folder: Path) -> None:
    """A graph of three classes under a card of two."""
    card = make_card(architecture="onnx", parameters={}, weights="model.onnx", tile=32, overlap=8)
    write_model(folder, card, onnx=pixelwise(classes=3))


def no_graph(folder: Path) -> None:
    """A file that is no graph, of a model for search."""
    changes = {"task": "recognition", "classes": (), "parameters": {"output": "embedding", "dimension": 3}}
    card = make_card(architecture="onnx", weights="model.onnx", tile=32, overlap=8, **changes)
    write_model(folder, card, onnx=b"no graph")


def encoder(folder: Path) -> None:
    """A pre-trained encoder under a card that names another."""
    import timm

    tensors = timm.create_model("resnet10t", num_classes=0, in_chans=3).state_dict()
    parameters = {"encoder": "resnet18", "in_channels": 3}
    card = make_card(task="encoder", classes=(), architecture="timm", parameters=parameters)
    write_model(folder, card, tensors=tensors)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (shaped, r"do not fit the card: the tensor '.*' is of the shape \[2, .*\], not \[3, "),
        (renamed, "do not fit the card: the tensor '.*' (is missing|belongs to another network)"),
        (of_fewer_bands, "does not run on a tile of 32 x 32 pixels"),
        (of_fewer_classes, "its card is wrong"),
        (no_graph, "The graph cannot be run"),
        (encoder, "do not fit the card: the tensor '.*' (is missing|belongs to another network|is of the shape)"),
    ],
)
def test_a_folder_that_cannot_be_used_is_not_taken_in(
    tmp_path: Path, report: JsonReport, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "given")
    with pytest.raises(InputError, match=words) as told:
        import_model(ImportModelRequest(str(tmp_path / "given")), report)
    assert "\n" not in str(told.value)
    assert not any(tmp_path.glob("home/models/*"))


def test_an_encoder_is_taken_in_with_its_own_weights(
    mirror: Path, tmp_path: Path, report: JsonReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    install(InstallModelRequest("galileo-nano"), report)
    import_model(ImportModelRequest(str(find("galileo-nano")), name="mine"), report)
    assert read_tensors(find("mine"), read_card(find("mine"))).keys() == (
        read_tensors(find("galileo-nano"), read_card(find("galileo-nano"))).keys()
    )


def test_a_clip_is_taken_in_with_its_own_weights(tmp_path: Path, report: JsonReport) -> None:
    configuration = {
        "embed_dim": 32,
        "quick_gelu": True,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    }
    folder, bands = tmp_path / "given", tuple(BandSpec(name, "display", 120, 60) for name in ("red", "green", "blue"))
    changes = {"task": "dual-encoder", "classes": (), "architecture": "open-clip", "tile": 32, "overlap": 8}
    card = make_card(bands=bands, parameters={"model": configuration}, **changes)
    card = write_clip(folder, card, build(configuration).state_dict())
    import_model(ImportModelRequest(str(folder)), report)
    tensors = read_tensors(folder, card)
    assert read_tensors(find("forest"), card).keys() == tensors.keys()
    short = {name: value[:1] if name == "text_projection" else value for name, value in tensors.items()}
    write_model(folder, card, tensors=short)
    with pytest.raises(InputError, match=r"the tensor 'text_projection' is of the shape \[1, 32\], not \[32, 32\]"):
        import_model(ImportModelRequest(str(folder), name="other"), report)
    other = {**configuration, "vision_cfg": {**configuration["vision_cfg"], "layers": "two"}}
    write_model(folder, replace(card, parameters={"model": other}), tensors=tensors)
    with pytest.raises(InputError, match="The card's"):
        import_model(ImportModelRequest(str(folder), name="other"), report)


def deepness(path: Path, side: int = 16) -> Path:
    """A segmentation model as Deepness wants it: three channels, two classes, softmax in the graph."""
    helper = onnx.helper
    kernel = np.array([[1, -1, 0], [-1, 1, 0]], np.float32).reshape(2, 3, 1, 1)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "kernel"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["output"], axis=1),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [1, 2, side, side])],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    facts = {
        "model_type": "Segmentor",
        "class_names": {"0": "field", "1": "forest"},
        "resolution": 1000,
        "tile_size": side,
        "tiles_overlap": 25,
    }
    for key, value in facts.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, json.dumps(value)
    onnx.save(model, path)
    return path


def test_an_onnx_file_goes_in_and_out(tmp_path: Path, report: JsonReport) -> None:
    pytest.importorskip("engine.models.importing")
    pytest.importorskip("engine.models.exporting")
    path = deepness(tmp_path / "tiny.onnx")
    import_model(ImportModelRequest(str(path), bands=("red", "green", "blue")), report)
    folder = find("tiny")
    card = read_card(folder)
    assert (card.name, card.task, [item.name for item in card.classes]) == ("tiny", "segmentation", ["field", "forest"])
    golden = read_golden(folder, read_card(folder))
    assert golden is not None
    target = tmp_path / "out.onnx"
    result = export_model(ExportModelRequest("tiny", str(target)), report)
    assert [output.path for output in result.outputs] == [str(target), str(tmp_path / "out.json")]
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape[2:] == [16, 16]
    assert "mlm:name" in (tmp_path / "out.json").read_text()
    assert sorted(tmp_path.glob(".*")) == []


def test_a_model_that_is_not_there_cannot_be_given_out(tmp_path: Path, report: JsonReport) -> None:
    pytest.importorskip("engine.models.exporting")
    with pytest.raises(InputError, match="There is no model 'oracle'"):
        export_model(ExportModelRequest("oracle", str(tmp_path / "out.onnx")), report)


def test_what_a_killed_install_left_goes_with_the_next(
    mirror: Path, report: JsonReport, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models" / ".galileo-nano.12345678.part").mkdir(parents=True)
    home.chmod(0o700)
    monkeypatch.setenv(MIRROR, str(mirror / "galileo_nano"))
    install(InstallModelRequest("galileo-nano"), report)
    assert names_in(home / "models") == ["galileo-nano"]
    assert shelving.entry("galileo-nano").name == "galileo-nano"
