"""Models out: the ONNX file gives what the model gives, and runs in Deepness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from deepness_rules import DeepnessModel
from model_cards import make_card
from small_models import BANDS, CLASSES, HEADS, pixelwise, put_network, two_heads, values, write_network

from engine.cards.card import BandSpec, ClassSpec, Quantity, read_card
from engine.errors import InputError, OutputError
from engine.jobs.report import QuietReport
from engine.jobs.requests.networks import NETWORKS
from engine.models.architectures.galileo import band_specs
from engine.models.deepness import STORED
from engine.models.exporting import _check_parity, _exported, export_onnx, mlm_card
from engine.models.importing import import_onnx
from engine.models.runtime import OnnxRuntime
from engine.models.segmenter import load_segmenter
from engine.models.store import write_model
from engine.segmentation.quick import train_quick

# Deepness knows no dates; the contract of networks says what each of the others gives as ONNX.
SMP = [row.name for row in NETWORKS.values() if row.family == "smp"]
GRAPH = make_card(
    architecture="onnx", parameters={}, weights="model.onnx", bands=BANDS, classes=CLASSES, tile=32, overlap=8
)


def write(folder: Path, name: str) -> Path:
    """One model of each kind that GeoFM makes or takes in."""
    if name in SMP:
        put_network(folder, name, "resnet18")  # the one that torch exports fastest
    elif name == "galileo":
        specs = band_specs(["B04", "B08", "VV"])
        parameters = {"bands": ["B04", "B08", "VV"], "classes": 3}
        card = make_card(architecture="galileo-segmenter", parameters=parameters, bands=specs, classes=CLASSES)
        write_network(folder, replace(card, tile=64, overlap=16))
    elif name == "forest":
        write_model(folder, replace(GRAPH, architecture="forest"), onnx=_forest(folder.parent))
    else:
        keywords: dict[str, Any] = {
            "logits": {"activation": None},
            "free sides": {"side": "side"},
            "one tile": {"batch": 1},
            "sigmoids": {"activation": "Sigmoid"},
            "one output": {"activation": "Sigmoid", "classes": 1},
            "one logit": {"activation": None, "classes": 1},
        }[name]
        classes = CLASSES[: keywords.get("classes", 2) + 1]
        output = "logits" if keywords.get("activation", "") is None else "probabilities"
        parameters = {"output": output, **({"threshold": 0.7} if name == "one output" else {})}
        write_model(folder, replace(GRAPH, parameters=parameters, classes=classes), onnx=pixelwise(**keywords))
    return folder


def _forest(folder: Path) -> bytes:
    """What the preset Quick makes of three classes that lie apart."""
    labels = np.arange(48 * 48).reshape(48, 48) // (16 * 48)
    image = values(1, 48)[0]
    means, stds = (np.array([getattr(band, key) for band in BANDS])[:, None, None] for key in ("mean", "std"))
    image = (image - means) / stds + np.stack([labels, -labels, labels * 0])
    sample = image.astype(np.float32), labels.astype(np.uint8)
    return train_quick(lambda: [sample], BANDS, 3, 0, QuietReport(folder)).onnx


def export(folder: Path, path: Path) -> Path:
    path.write_bytes(export_onnx(folder))
    return path


KINDS = [
    "unet",
    "galileo",
    "forest",
    "logits",
    "free sides",
    "one tile",
    "sigmoids",
    "one output",
    "one logit",
    *(pytest.param(name, marks=pytest.mark.slow) for name in SMP if name != "unet"),
]


@pytest.fixture(scope="module", params=KINDS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model's folder, and the file that it was written to."""
    folder = tmp_path_factory.mktemp("exported")
    return write(folder / "m", request.param), export(folder / "m", folder / "m.onnx")


class TestEveryKind:
    def test_onnxruntime_gives_the_models_probabilities(self, exported: tuple[Path, Path]) -> None:
        """Under plain onnxruntime, for normalised tiles, within the card's tolerance."""
        folder, path = exported
        segmenter = load_segmenter(folder, device="cpu")
        card = segmenter.card
        tiles = values(2, segmenter.tile, card.bands)
        means, stds = (np.array([getattr(band, key) for band in card.bands])[:, None, None] for key in ("mean", "std"))
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        x = ((tiles - means) / stds).astype(np.float32)
        found = np.concatenate([session.run(None, {given.name: tile[np.newaxis]})[0] for tile in x])
        found /= found.sum(axis=1, keepdims=True)  # of sigmoids
        expected = segmenter.probabilities(tiles)
        assert np.abs(found - expected).max() <= card.tolerance
        assert np.ptp(expected, axis=1).mean() > 0.01  # the classes differ

    def test_deepness_maps_the_models_classes(self, exported: tuple[Path, Path]) -> None:
        """From a raster as it is stored: Sentinel-2 as whole numbers, reflectance x 10000; radar in dB."""
        folder, path = exported
        segmenter, deepness = load_segmenter(folder, device="cpu"), DeepnessModel(path)
        card, side = segmenter.card, segmenter.tile
        scales = np.array([STORED[band.units] for band in card.bands], np.float32)[:, None, None]
        stored = values(2, side, card.bands) * scales
        optical = [band.units == "reflectance" for band in card.bands]
        stored[:, optical] = np.round(stored[:, optical])
        batches = [stored] if not isinstance(deepness.input_shape[0], int) else [stored[:1], stored[1:]]
        rows = [np.moveaxis(batch, 1, 3) for batch in batches]
        expected = segmenter.probabilities((stored / scales).astype(np.float32))
        output = np.concatenate([deepness.output(batch) for batch in rows])
        assert np.abs(output / output.sum(axis=1, keepdims=True) - expected).max() < 1e-3
        order = np.sort(expected, axis=1)
        clear = order[:, -1] - order[:, -2] > 2e-3
        assert clear.mean() > 0.9
        classes = np.concatenate([deepness.classes(batch) for batch in rows])
        np.testing.assert_array_equal(classes[clear], expected.argmax(axis=1)[clear])

    def test_metadata_are_what_deepness_asks_for(self, exported: tuple[Path, Path]) -> None:
        folder, path = exported
        card, deepness = read_card(folder), DeepnessModel(path)
        assert deepness.value("model_type") == "Segmentor"
        assert deepness.class_names == [item.name for item in card.classes]
        assert deepness.channels == len(card.classes)
        side = deepness.input_shape[-1]
        assert deepness.value("tile_size") == deepness.value("tiles_size") == side
        assert deepness.value("tiles_overlap") == round(100 * card.overlap / side)
        assert deepness.value("resolution") == (None if card.gsd_m is None else 100 * card.gsd_m)
        assert len(deepness.value("standardization_mean")) == len(card.bands)

    def test_it_comes_back_as_the_same_model(self, exported: tuple[Path, Path], tmp_path: Path) -> None:
        folder, path = exported
        before = read_card(folder)
        card, graph = import_onnx(path, None, None)
        assert (card.bands, card.classes, card.gsd_m) == (before.bands, before.classes, before.gsd_m)
        assert (card.name, card.title, card.training) == (before.name, before.title, before.training)
        write_model(tmp_path / "back", card, onnx=graph)
        again, first = (load_segmenter(place, device="cpu") for place in (tmp_path / "back", folder))
        tiles = values(2, first.tile, before.bands)
        assert np.abs(again.probabilities(tiles) - first.probabilities(tiles)).max() <= before.tolerance

    def test_the_file_is_valid_for_onnx(self, exported: tuple[Path, Path]) -> None:
        onnx.checker.check_model(onnx.load(exported[1]), full_check=True)


def test_means_are_those_of_stored_values_divided_by_255(tmp_path: Path) -> None:
    bands = (
        BandSpec("red", "display", 100.0, 50.0),
        BandSpec("B08", "reflectance", 0.3, 0.1),
        BandSpec("VV", "db", -11.0, 4.0),
    )
    write_model(tmp_path / "m", replace(GRAPH, bands=bands), onnx=pixelwise())
    deepness = DeepnessModel(export(tmp_path / "m", tmp_path / "m.onnx"))
    assert deepness.value("standardization_mean") == pytest.approx([100 / 255, 3000 / 255, -11 / 255])
    assert deepness.value("standardization_std") == pytest.approx([50 / 255, 1000 / 255, 4 / 255])


def test_logits_of_an_old_opset_become_probabilities(tmp_path: Path) -> None:
    """Before opset 13, a softmax over the channels would have been one over channels and pixels together."""
    model = onnx.load_model_from_string(pixelwise(activation=None))
    model.opset_import[0].version = 11
    write_model(tmp_path / "m", replace(GRAPH, parameters={"output": "logits"}), onnx=model.SerializeToString())
    found = DeepnessModel(export(tmp_path / "m", tmp_path / "m.onnx")).output(np.zeros((1, 32, 32, 3)))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_another_graph_is_found_out() -> None:
    graph = pixelwise()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])

    def reference(off: float) -> Any:
        return lambda x: session.run(None, {"x": x})[0] + np.float32(off)

    _check_parity(graph, reference(0.0), GRAPH)
    with pytest.raises(OutputError, match=r"gives other probabilities than itself \(by up to 0\.001, allowed are 0\.0"):
        _check_parity(graph, reference(1e-3), GRAPH)
    with pytest.raises(OutputError, match="does not run"):
        _check_parity(graph[: len(graph) // 2], reference(0.0), GRAPH)


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    encoder = make_card(task="encoder", architecture="galileo", parameters={}, classes=())
    write_model(tmp_path / "encoder", replace(encoder, weights="model.onnx"), onnx=pixelwise())
    with pytest.raises(InputError, match="only models that give classes or values can be exported"):
        export_onnx(tmp_path / "encoder")
    model = onnx.load_model_from_string(pixelwise())
    for item in (model.graph.input[0], model.graph.output[0]):
        item.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    kernel = onnx.numpy_helper.to_array(model.graph.initializer[0]).astype(np.float16)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(kernel, "w"))
    write_model(tmp_path / "half", GRAPH, onnx=model.SerializeToString())
    with pytest.raises(InputError, match="half precision, which Deepness does not give"):
        export_onnx(tmp_path / "half")


@pytest.mark.parametrize("task", ["classification", "multi-label", "regression", "multi-task"])
def test_models_that_deepness_does_not_know_go_out_as_they_are(tmp_path: Path, task: str) -> None:
    quantities = tuple(Quantity(name, "m") for name in ("height", "depth", "width"))
    says: dict[str, Any] = {"classes": GRAPH.classes, "parameters": {"output": "logits"}}
    if task == "regression":
        says = {"classes": (), "quantities": quantities}
    elif task == "multi-task":
        says = {"classes": (), "heads": HEADS, "parameters": {"output": {"cover": "logits", "height": "values"}}}
    graph = two_heads() if task == "multi-task" else pixelwise(activation=None, pooled=True)
    card = write_model(tmp_path / "m", replace(GRAPH, task=task, **says), onnx=graph)
    path = export(tmp_path / "m", tmp_path / "m.onnx")
    assert {entry.key for entry in onnx.load(path).metadata_props} == {"geofm_card"}
    again, content = import_onnx(path, None, None)
    assert (again.outputs, again.task) == (card.outputs, task)
    assert again.parameters == (card.parameters or {"output": "values"})
    x = np.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(np.float32)
    before, after = (OnnxRuntime(model).run_all(x) for model in (graph, content))
    assert before.keys() == after.keys() and all(np.array_equal(before[name], after[name]) for name in before)


def test_heads_of_a_network_go_out_by_name_in_the_cards_order() -> None:
    class TwoHeads(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"height": x.mean(dim=(2, 3))[:, :2], "cover": x}

    card = replace(GRAPH, task="multi-task", classes=(), heads=HEADS)
    model, reference = _exported(TwoHeads(), card, False)
    _check_parity(model.SerializeToString(), reference, card)
    assert [item.name for item in model.graph.output] == ["cover", "height"]


def test_the_card_beside_is_a_stac_item_of_mlm(tmp_path: Path) -> None:
    card = replace(
        GRAPH,
        classes=(ClassSpec(0, "Feld", "#ffcc00"), ClassSpec(1, "Wald", "#006600"), ClassSpec(4, "See", "#0000ff")),
        licence="CC-BY-4.0",
        attribution="A. Maker",
    )
    item = mlm_card(card, "forest.onnx")
    properties = item["properties"]
    # https://github.com/stac-extensions/mlm, v1.5.0: what an item must have.
    assert item["type"] == "Feature" and item["geometry"] is None and item["links"] == []
    assert item["stac_extensions"] == ["https://stac-extensions.github.io/mlm/v1.5.0/schema.json"]
    assert {"mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output"} <= properties.keys()
    assert {"datetime", "start_datetime", "end_datetime"} <= properties.keys()
    assert (properties["license"], properties["attribution"]) == ("CC-BY-4.0", "A. Maker")
    assert properties["mlm:framework"] == "ONNX"
    given = properties["mlm:input"][0]
    assert [band["name"] for band in given["bands"]] == ["B04", "B08", "VV"]
    assert given["input"] == {
        "shape": [-1, 3, 32, 32],
        "dim_order": ["batch", "bands", "height", "width"],
        "data_type": "float32",
    }
    assert given["value_scaling"][2] == {"type": "z-score", "mean": -11.0, "stddev": 4.0}
    made = properties["mlm:output"][0]
    assert made["tasks"] == ["semantic-segmentation"]
    assert [entry["value"] for entry in made["classification:classes"]] == [0, 1, 4]
    asset = item["assets"]["model"]
    assert (asset["href"], asset["roles"], asset["mlm:artifact_type"]) == ("forest.onnx", ["mlm:model"], "onnx")
    assert not any(key.startswith("geofm:") for key in properties)
