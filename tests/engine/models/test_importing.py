"""Models of others in: GeoFM makes of them what Deepness does, and refuses what cannot be used in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from deepness_rules import DeepnessModel
from model_cards import make_card
from onnx import TensorProto, helper
from small_models import CLASSES, HEADS, SEGMENTOR, pixelwise, two_heads

from engine.cards.card import BandSpec, Quantity, read_card
from engine.cards.shelf import find
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import ImportModelRequest
from engine.models.importing import import_onnx
from engine.models.outputs import interpreted
from engine.models.runtime import open_runtime
from engine.models.segmenter import load_segmenter
from engine.models.shelving import import_model
from engine.models.store import read_golden

SCALED = {"standardization_mean": [0.485, 0.456, 0.406], "standardization_std": [0.229, 0.224, 0.225]}
RAW = {"standardization_mean": [3.2, 4.1, 5.0], "standardization_std": [1.5, 1.2, 1.9]}
TWO = {**SEGMENTOR, "class_names": {"0": "other", "1": "road"}}
# Of each: what the graph is, what its metadata say, and how large the values of the raster are.
PLAIN = {**SEGMENTOR, "seg_thresh": 0.0}
MODELS: dict[str, tuple[dict[str, Any], Mapping[str, Any], float]] = {
    "softmax": ({}, PLAIN, 255),
    "standardised pictures": ({}, {**PLAIN, **SCALED}, 255),
    "standardised raw values": ({}, {**PLAIN, **RAW}, 3000),
    "one mean for all bands": ({}, {**PLAIN, "standardization_mean": [0.5], "standardization_std": [0.25]}, 255),
    "one tile at a time": ({"batch": 1}, PLAIN, 255),
    "four tiles at a time": ({"batch": 4}, PLAIN, 255),
    "at least a half": ({}, {**SEGMENTOR, "seg_thresh": 0.5}, 1000),
    "sigmoids": ({"activation": "Sigmoid"}, PLAIN, 255),
    "sigmoids at 0.7": ({"activation": "Sigmoid"}, {**SEGMENTOR, **SCALED, "seg_thresh": 0.7}, 255),
    "one output": ({"activation": "Sigmoid", "classes": 1}, {**TWO, "seg_thresh": 0.5}, 255),
    "one output at 0.8": ({"activation": "Sigmoid", "classes": 1}, {**TWO, "seg_thresh": 0.8}, 255),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def put(path: Path, **keywords: Any) -> Path:
    path.write_bytes(pixelwise(**keywords))
    return path


def shelve(path: Path, bands: tuple[str, ...] | None = None) -> Path:
    """Import a file as the command does; gives the model's folder."""
    checkpoints = path.parent / "checkpoints"
    checkpoints.mkdir()
    import_model(ImportModelRequest(str(path), bands=bands), QuietReport(checkpoints))
    return find(path.stem)


class TestDeepnessModels:
    @pytest.mark.parametrize("name", MODELS)
    def test_the_map_is_deepness_own(self, tmp_path: Path, name: str) -> None:
        keywords, metadata, highest = MODELS[name]
        path = put(tmp_path / "foreign.onnx", metadata=metadata, **keywords)
        folder = shelve(path)
        stored = np.random.default_rng(5).integers(0, highest, (4, 32, 32, 3), endpoint=True).astype(np.float32)
        deepness = DeepnessModel(path)
        count = deepness.input_shape[0] if isinstance(deepness.input_shape[0], int) else 4
        expected = np.concatenate([deepness.classes(stored[start : start + count]) for start in range(0, 4, count)])
        found = load_segmenter(folder, device="cpu").probabilities(np.moveaxis(stored, 3, 1))
        np.testing.assert_array_equal(found.argmax(axis=1), expected)
        assert len(np.unique(expected)) > 1
        golden = read_golden(folder, read_card(folder))
        assert golden is not None
        card = read_card(folder)
        np.testing.assert_allclose(open_runtime(folder, card, "cpu").run(golden[0]), golden[1], atol=card.tolerance)

    def test_the_card_says_what_the_metadata_say(self, tmp_path: Path) -> None:
        card, _ = import_onnx(put(tmp_path / "my_model.onnx", metadata={**SEGMENTOR, **SCALED}), None, None)
        assert (card.name, card.title, card.task, card.gsd_m) == ("my_model", "my model", "segmentation", 10.0)
        assert (card.tile, card.overlap) == (32, 8)
        assert [item.name for item in card.classes] == ["field", "forest", "water"]
        assert len({item.color for item in card.classes}) == 3
        assert [band.name for band in card.bands] == ["red", "green", "blue"]
        assert card.bands[0] == BandSpec("red", "display", 0.485 * 255, 0.229 * 255)

    def test_values_above_eight_bits_are_those_of_the_file(self, tmp_path: Path) -> None:
        """Named as Sentinel-2's, they are reflectance x 10000, as its files hold it; else nobody knows."""
        path = put(tmp_path / "m.onnx", metadata={**SEGMENTOR, **RAW})
        card, _ = import_onnx(path, None, ("B2", "nir", "band 3"))
        assert [(band.name, band.units) for band in card.bands] == [
            ("B02", "reflectance"),
            ("nir", "dn"),
            ("band 3", "dn"),
        ]
        assert card.bands[0].mean == pytest.approx(3.2 * 255 / 10_000)
        assert card.bands[1].mean == pytest.approx(4.1 * 255)
        stored = np.random.default_rng(5).integers(0, 3000, (2, 32, 32, 3)).astype(np.float32)
        found = load_segmenter(shelve(path, ("B02", "B03", "B04")), device="cpu").probabilities(
            np.moveaxis(stored, 3, 1) / np.float32(10_000)
        )
        np.testing.assert_allclose(found, DeepnessModel(path).output(stored), atol=1e-4)

    def test_without_statistics_the_names_of_bands_tell_their_units(self, tmp_path: Path) -> None:
        """A graph that says nothing gets Sentinel-2 as reflectance and radar as decibels, as they are."""
        graph = put(tmp_path / "silent.onnx", channels=4)
        card, _ = import_onnx(graph, None, ("B02", "nir", "VV", "slope"))
        assert card.bands == (
            *(BandSpec("B02", "reflectance"), BandSpec("nir", "reflectance")),
            *(BandSpec("VV", "db"), BandSpec("slope", "dn")),
        )
        assert "does not say how values are scaled" in card.limits
        reflectance = np.random.default_rng(5).uniform(0, 0.4, (2, 4, 32, 32)).astype(np.float32)
        found = load_segmenter(shelve(graph, ("B02", "B03", "B04", "B08")), device="cpu").probabilities(reflectance)
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        np.testing.assert_allclose(found, session.run(None, {"x": reflectance})[0], atol=1e-6)
        card, _ = import_onnx(graph, None, ("red", "green", "blue", "nir"))
        assert {(band.units, band.mean, band.std) for band in card.bands} == {("display", 0.0, 255.0)}

    def test_deepness_divides_by_255_whatever_the_bands(self, tmp_path: Path) -> None:
        path = put(tmp_path / "m.onnx", metadata=SEGMENTOR)
        folder = shelve(path, ("B04", "B03", "B02"))
        assert {band.units for band in read_card(folder).bands} == {"reflectance"}
        stored = np.random.default_rng(5).integers(0, 3000, (2, 32, 32, 3)).astype(np.float32)
        found = load_segmenter(folder, device="cpu").probabilities(np.moveaxis(stored, 3, 1) / np.float32(10_000))
        np.testing.assert_allclose(found, DeepnessModel(path).output(stored), atol=1e-4)

    def test_tiles_to_search_among_are_colours(self, tmp_path: Path) -> None:
        metadata = {"model_type": "Recognition", "resolution": 50, "tiles_size": 32}
        path = put(tmp_path / "m.onnx", metadata=metadata, classes=16, pooled=True, activation=None)
        assert {band.units for band in import_onnx(path, None, ("B04", "B03", "B02"))[0].bands} == {"display"}

    def test_radar_below_zero_is_in_decibels(self, tmp_path: Path) -> None:
        statistics = {"standardization_mean": [-0.05, -0.08], "standardization_std": [0.02, 0.02]}
        path = put(tmp_path / "m.onnx", channels=2, metadata={**SEGMENTOR, **statistics})
        card, _ = import_onnx(path, None, ("VV", "VH"))
        assert [(band.name, band.units, band.mean) for band in card.bands] == [
            ("VV", "db", pytest.approx(-12.75)),
            ("VH", "db", pytest.approx(-20.4)),
        ]

    def test_a_recognition_model_gives_embeddings(self, tmp_path: Path) -> None:
        metadata = {"model_type": "Recognition", "resolution": 50, "tiles_size": 32}
        path = put(tmp_path / "m.onnx", metadata=metadata, classes=16, pooled=True, activation=None)
        folder = shelve(path)
        card = read_card(folder)
        assert (card.task, card.classes, card.gsd_m) == ("recognition", (), 0.5)
        assert card.parameters == {"output": "embedding", "dimension": 16}
        x = np.random.default_rng(0).standard_normal((3, 3, 32, 32)).astype(np.float32)
        assert open_runtime(folder, card, "cpu").run(x).shape == (3, 16)

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"model_type": "SEGMENTOR"}, ["field", "forest", "water"]),
            ({"class_names": None, "names": {"0": "a", "1": "b", "2": "c"}}, ["a", "b", "c"]),
            ({"class_names": {"2": "c", "0": "a", "1": "b"}}, ["a", "b", "c"]),
            ({"class_names": {"0": "a", "1": "a"}}, ["a", "a (1)", "class 2"]),
            ({"class_names": None}, ["class 0", "class 1", "class 2"]),
        ],
    )
    def test_ways_to_name_classes(self, tmp_path: Path, changes: dict[str, Any], expected: list[str]) -> None:
        metadata = {key: value for key, value in {**SEGMENTOR, **changes}.items() if value is not None}
        card, _ = import_onnx(put(tmp_path / "m.onnx", metadata=metadata), None, None)
        assert [item.name for item in card.classes] == expected

    def test_pythons_way_of_writing_names_and_plain_words(self, tmp_path: Path) -> None:
        model = onnx.load_model_from_string(pixelwise())
        for key, value in (("names", "{0: 'a', 1: 'b', 2: 'c'}"), ("model_type", "Segmentor")):
            model.metadata_props.add(key=key, value=value)
        onnx.save(model, tmp_path / "m.onnx")
        card, _ = import_onnx(tmp_path / "m.onnx", "named", None)
        assert (card.name, [item.name for item in card.classes]) == ("named", ["a", "b", "c"])


def told(content: bytes, **metadata: str) -> bytes:
    """The same graph with metadata as they stand."""
    model = onnx.load_model_from_string(content)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    return bytes(model.SerializeToString())


NAMES = '{"0": "field", "1": "forest", "2": "water"}'
UNITS = '{"canopy height": "m", "canopy cover": "1", "biomass": "t/ha"}'


class TestTasks:
    """What a file of others is for stands in its metadata."""

    @pytest.mark.parametrize(
        ("task", "activation", "output"),
        [
            ("classification", "Softmax", "probabilities"),
            ("classification", None, "logits"),
            ("multi-label", "Sigmoid", "probabilities"),
            ("multi-label", None, "logits"),
        ],
    )
    def test_labels_of_tiles(self, tmp_path: Path, task: str, activation: str | None, output: str) -> None:
        path = tmp_path / "tiles.onnx"
        path.write_bytes(told(pixelwise(activation=activation, pooled=True), geofm_task=task, class_names=NAMES))
        folder = shelve(path)
        card = read_card(folder)
        assert (card.task, card.parameters) == (task, {"output": output})
        assert [item.name for item in card.classes] == ["field", "forest", "water"]
        x = np.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(np.float32)
        (made,) = interpreted(card, open_runtime(folder, card, "cpu").run_all(x), x).values()
        assert made.shape == (2, 3)
        assert np.allclose(made.sum(axis=1), 1) is (task == "classification")

    @pytest.mark.parametrize(("task", "pooled"), [("regression", True), ("pixelwise-regression", False)])
    def test_values_with_their_units(self, tmp_path: Path, task: str, pooled: bool) -> None:
        path = tmp_path / "height.onnx"
        path.write_bytes(told(pixelwise(activation=None, pooled=pooled), geofm_task=task, geofm_units=UNITS))
        folder = shelve(path)
        card = read_card(folder)
        assert (card.task, card.classes, card.parameters) == (task, (), {"output": "values"})
        assert card.quantities == (
            Quantity("canopy height", "m"),
            Quantity("canopy cover", "1"),
            Quantity("biomass", "t/ha"),
        )
        golden = read_golden(folder, card)
        assert golden is not None and golden[1].ndim == (2 if pooled else 4)

    def test_several_heads_by_a_card_in_the_metadata(self, tmp_path: Path) -> None:
        card = make_card(
            task="multi-task", classes=(), heads=HEADS, parameters={"output": {"cover": "logits"}}, tile=32, overlap=8
        )
        path = tmp_path / "forest.onnx"
        path.write_bytes(told(two_heads(), geofm_card=card.to_json()))
        folder = shelve(path)
        assert read_card(folder).heads == HEADS
        golden = read_golden(folder, read_card(folder))
        assert golden is not None and golden[1].shape == (1, 2 + 3 * 32 * 32)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (
                pixelwise(pooled=True),
                r"that of a segmentation model 4; .* what it is for \(geofm_task: segmentation, class",
            ),
            (told(pixelwise(), geofm_task="classification"), "has 4 dimensions, and that of a classification model 2"),
            (
                told(pixelwise(pooled=True), geofm_task="divination"),
                "geofm_task is 'divination', not one of segmentation,",
            ),
            (told(pixelwise(pooled=True), geofm_task="dual-encoder"), "geofm_task is 'dual-encoder', not one of"),
            (
                told(pixelwise(pooled=True), geofm_task="regression"),
                "do not name each value with its units; state them",
            ),
            (told(pixelwise(pooled=True), geofm_task="regression", geofm_units='{"a": "m"}'), "do not name each value"),
            (
                told(pixelwise(pooled=True), geofm_task="regression", geofm_units='["m"]'),
                "geofm_units is no JSON object",
            ),
            (
                told(pixelwise(pooled=True), geofm_task="regression", geofm_units='{"a": 1}'),
                "geofm_units is no JSON object",
            ),
            (
                told(two_heads(), geofm_task="segmentation"),
                r"1 inputs and 2 outputs, .* several heads .* \(geofm_card\)",
            ),
            (
                told(pixelwise(), geofm_card=make_card(task="multi-task", classes=(), heads=HEADS).to_json()),
                "The card in it is of another network",
            ),
            (told(pixelwise(), geofm_card=make_card(classes=CLASSES[:2]).to_json()), "of another network"),
        ],
    )
    def test_what_is_missing_is_said_in_a_sentence(self, tmp_path: Path, content: bytes, words: str) -> None:
        (tmp_path / "m.onnx").write_bytes(content)
        with pytest.raises(InputError, match=f"(?i){words}") as failed:
            import_onnx(tmp_path / "m.onnx", None, None if b"geofm_card" in content else ("red", "green", "blue"))
        assert "\n" not in str(failed.value) and str(failed.value).endswith(".")


class TestOtherGraphs:
    def test_free_sides_take_deepness_tile_or_the_one_stated(self, tmp_path: Path) -> None:
        plain = put(tmp_path / "plain.onnx", side="side", metadata={"model_type": "Segmentor"})
        assert import_onnx(plain, None, None)[0].tile == 256
        stated = put(tmp_path / "stated.onnx", side=None, metadata={**SEGMENTOR, "tile_size": 96})
        card, _ = import_onnx(stated, None, None)
        assert (card.tile, card.overlap) == (96, 24)
        folder = shelve(stated)
        assert load_segmenter(folder, device="cpu").probabilities(np.zeros((1, 3, 96, 96), np.float32)).shape[2:] == (
            96,
            96,
        )

    def test_no_metadata_need_bands(self, tmp_path: Path) -> None:
        path = put(tmp_path / "m.onnx", channels=4)
        with pytest.raises(InputError, match=r"has no metadata that say what it is; name its bands in order"):
            import_onnx(path, None, None)
        card, _ = import_onnx(path, None, ("B2", "B3", "B4", "B8"))
        assert [band.name for band in card.bands] == ["B02", "B03", "B04", "B08"]
        assert [item.name for item in card.classes] == ["class 0", "class 1", "class 2"]

    def test_logits_are_known_by_their_values(self, tmp_path: Path) -> None:
        for activation, output in ((None, "logits"), ("Softmax", "probabilities"), ("Sigmoid", "probabilities")):
            path = put(tmp_path / "m.onnx", activation=activation, metadata=SEGMENTOR)
            assert import_onnx(path, None, None)[0].parameters == {"output": output}

    def test_weights_in_another_file_are_taken_in(self, tmp_path: Path) -> None:
        model = onnx.load_model_from_string(pixelwise(metadata=SEGMENTOR))
        path = tmp_path / "m.onnx"
        onnx.save(model, path, save_as_external_data=True, location="m.bin", size_threshold=0)
        _, graph = import_onnx(path, None, None)
        (tmp_path / "m.bin").unlink()
        assert onnx.load_model_from_string(graph).graph.initializer[0].raw_data
        with pytest.raises(InputError, match="keeps in another file are missing"):
            import_onnx(path, None, None)

    def test_weights_outside_its_folder_are_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(bytes(36))
        (tmp_path / "inside").mkdir()
        model = onnx.load_model_from_string(pixelwise(metadata=SEGMENTOR))
        path = tmp_path / "inside" / "m.onnx"
        onnx.save(model, path, save_as_external_data=True, location="m.bin", size_threshold=0)
        content = onnx.load(path, load_external_data=False)
        for entry in content.graph.initializer[0].external_data:
            if entry.key == "location":
                entry.value = "../secret"
        path.write_bytes(content.SerializeToString())
        with pytest.raises(InputError, match="keeps in another file"):
            import_onnx(path, None, None)

    def test_half_precision_runs(self, tmp_path: Path) -> None:
        model = onnx.load_model_from_string(pixelwise(metadata=SEGMENTOR))
        for item in (model.graph.input[0], model.graph.output[0]):
            item.type.tensor_type.elem_type = TensorProto.FLOAT16
        kernel = onnx.numpy_helper.to_array(model.graph.initializer[0]).astype(np.float16)
        model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(kernel, "w"))
        onnx.save(model, tmp_path / "half.onnx")
        (tmp_path / "whole.onnx").write_bytes(pixelwise(metadata=SEGMENTOR))
        tiles = np.random.default_rng(0).uniform(0, 255, (2, 3, 32, 32)).astype(np.float32)
        found = load_segmenter(shelve(tmp_path / "half.onnx"), device="cpu").probabilities(tiles)
        (tmp_path / "checkpoints").rmdir()
        whole = load_segmenter(shelve(tmp_path / "whole.onnx"), device="cpu").probabilities(tiles)
        np.testing.assert_allclose(found, whole, atol=0.01)


FOUR = {"0": "field", "1": "forest", "2": "water", "3": "town"}


def ending(*nodes: tuple[str, dict[str, Any]], names: Any = FOUR, whole: bool = True, **keywords: Any) -> bytes:
    """Scores of four classes, and what follows them."""
    metadata = {key: value for key, value in {**SEGMENTOR, "class_names": names}.items() if value is not None}
    model = onnx.load_model_from_string(pixelwise(classes=4, activation=None, metadata=metadata, **keywords))
    last = model.graph.output[0].name
    for number, (kind, attributes) in enumerate(nodes):
        model.graph.node.append(helper.make_node(kind, [last], [f"end_{number}"], **attributes))
        last = f"end_{number}"
    kept = any(attributes.get("keepdims") for _, attributes in nodes)
    shape = ["batch", 1, 32, 32] if kept else ["batch", 32, 32]
    output = helper.make_tensor_value_info(last, TensorProto.INT64 if whole else TensorProto.FLOAT, shape)
    model.graph.output[0].CopyFrom(output)
    return bytes(model.SerializeToString())


class TestNumbersOfClasses:
    """Graphs that end with the number of the best class."""

    KEPT, DROPPED = {"axis": 1, "keepdims": 1}, {"axis": 1, "keepdims": 0}

    @pytest.mark.parametrize(
        ("nodes", "whole"),
        [
            ((("ArgMax", KEPT),), True),
            ((("ArgMax", DROPPED),), True),
            ((("Softmax", {"axis": 1}), ("ArgMax", KEPT)), True),
            ((("ArgMax", KEPT), ("Cast", {"to": TensorProto.FLOAT})), False),
        ],
        ids=["kept", "dropped", "softmax", "float"],
    )
    @pytest.mark.parametrize("names", [FOUR, None], ids=["named", "nameless"])
    def test_an_argmax_is_mapped_as_its_scores_are(self, tmp_path: Path, nodes: Any, whole: bool, names: Any) -> None:
        path = tmp_path / "numbers.onnx"
        path.write_bytes(ending(*nodes, whole=whole, names=names))
        tiles = np.random.default_rng(0).uniform(-255, 255, (2, 3, 32, 32)).astype(np.float32)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (expected,) = session.run(None, {"x": tiles / 255})
        folder = shelve(path)
        found = load_segmenter(folder, device="cpu").probabilities(tiles)
        np.testing.assert_array_equal(found.argmax(axis=1), expected.reshape(2, 32, 32))
        assert len(np.unique(expected)) == 4
        wanted = list(FOUR.values()) if names else [f"class {value}" for value in range(4)]
        assert [item.name for item in read_card(folder).classes] == wanted

    @pytest.mark.parametrize("names", [FOUR, None], ids=["named", "nameless"])
    def test_others_are_refused_in_a_sentence(self, tmp_path: Path, names: Any) -> None:
        """Such as a map that is brought to another size afterwards: its numbers cannot be blended."""
        end = (("ArgMax", self.KEPT), ("Cast", {"to": TensorProto.FLOAT}), ("Abs", {}))
        (tmp_path / "m.onnx").write_bytes(ending(*end, whole=False, names=names))
        with pytest.raises(InputError, match="names 4 classes and has one output" if names else "gives numbers of cl"):
            import_onnx(tmp_path / "m.onnx", None, None)

    def test_a_mask_of_zeros_and_ones_is_both(self, tmp_path: Path) -> None:
        content = pixelwise(classes=1, activation="Sigmoid", metadata=TWO)
        model = onnx.load_model_from_string(content)
        model.graph.node.append(helper.make_node("Round", ["z"], ["mask"]))
        model.graph.output[0].name = "mask"
        path = tmp_path / "mask.onnx"
        path.write_bytes(model.SerializeToString())
        tiles = np.random.default_rng(0).uniform(0, 255, (2, 3, 32, 32)).astype(np.float32)
        (expected,) = onnxruntime.InferenceSession(path).run(None, {"x": tiles / 255})
        found = load_segmenter(shelve(path), device="cpu").probabilities(tiles)
        np.testing.assert_array_equal(found.argmax(axis=1), expected[:, 0])

    @pytest.mark.parametrize(
        ("classes", "names", "words"),
        [(1, FOUR, "names 4 classes and has one output"), (3, FOUR, "names 4 classes and has 3 outputs")],
    )
    def test_no_name_is_dropped_without_a_word(self, tmp_path: Path, classes: int, names: Any, words: str) -> None:
        metadata = {**SEGMENTOR, "class_names": names}
        path = put(tmp_path / "m.onnx", classes=classes, activation="Sigmoid", metadata=metadata)
        with pytest.raises(InputError, match=words):
            import_onnx(path, None, None)


def test_names_in_a_list_of_one_dictionary(tmp_path: Path) -> None:
    """As Deepness takes them, too."""
    metadata = {**SEGMENTOR, "class_names": [{"0": "Coffee"}]}
    path = put(tmp_path / "m.onnx", classes=1, activation="Sigmoid", metadata=metadata)
    card, _ = import_onnx(path, None, None)
    assert [item.name for item in card.classes] == ["background", "Coffee"]


def last_channels(given: list[Any], gives: list[Any]) -> bytes:
    """A graph of three bands and four classes with its output's channels last, and its input's where that is said."""
    before = given[-1] == 3
    weight = np.random.default_rng(3).standard_normal((4, 3, 1, 1)).astype(np.float32)
    nodes = [helper.make_node("Transpose", ["x"], ["first"], perm=[0, 3, 1, 2])] if before else []
    nodes.append(helper.make_node("Conv", ["first" if before else "x", "w"], ["raw"]))
    nodes.append(helper.make_node("Transpose", ["raw"], ["y"], perm=[0, 2, 3, 1]))
    graph = helper.make_graph(
        nodes,
        "keras",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, gives)],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (last_channels(["N", 256, 256, 3], ["N", 256, 256, 4]), "input 'x' has .* --inputs-as-nchw x"),
        (last_channels(["N", "h", "w", 3], ["N", "h", "w", 4]), "input 'x' has .* --inputs-as-nchw x"),
        (last_channels(["N", 3, 64, 64], ["N", 64, 64, 4]), "output 'y' has .* --outputs-as-nchw y"),
        (last_channels(["N", 3, "h", "w"], ["N", "h", "w", 4]), "output 'y' has .* --outputs-as-nchw y"),
        (last_channels(["N", 3, "h", "w"], ["N", "a", "b", "c"]), "output 'y' has .* --outputs-as-nchw y"),
    ],
    ids=["fixed", "free", "output", "output of free sides", "seen when it is tried"],
)
def test_channels_last_are_said_to_be(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "keras.onnx").write_bytes(content)
    with pytest.raises(InputError, match=words):
        import_onnx(tmp_path / "keras.onnx", None, ("red", "green", "blue"))


def _no_bytes(content: bytes) -> bytes:
    return b""


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _words(content: bytes) -> bytes:
    return b"This is no model." * 100


def _two_outputs(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    model.graph.output.append(helper.make_tensor_value_info("raw", TensorProto.FLOAT, None))
    return model.SerializeToString()


def _not_finite(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    kernel = np.full((3, 3, 1, 1), np.nan, np.float32)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(kernel, "w"))
    return model.SerializeToString()


def _oblong(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    for item in (model.graph.input[0], model.graph.output[0]):
        item.type.tensor_type.shape.dim[3].dim_value = 48
    return model.SerializeToString()


def _strided(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    model.graph.node[0].attribute.append(helper.make_attribute("strides", [2, 2]))
    for dimension in model.graph.output[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = 16
    return model.SerializeToString()


def _whole_numbers(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node[0].input[0] = "f"
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT))
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("keywords", "change", "words"),
    [
        ({}, _no_bytes, "is no ONNX file"),
        ({}, _cut, "is no ONNX file"),
        ({}, _words, "is no ONNX file"),
        ({"operator": "Convolve"}, None, r"uses operators that onnxruntime does not have \(Convolve\)"),
        ({"operator": "Convolve", "domain": "my.own"}, None, r"does not have \(my\.own\); export it without"),
        ({}, _two_outputs, "has 1 inputs and 2 outputs"),
        ({}, _not_finite, "gives values that are not finite"),
        ({}, _oblong, "are 48 x 32 pixels and not square"),
        ({}, _strided, "map of a tile of 32 pixels is 16 x 16"),
        ({}, _whole_numbers, "not of floating point"),
        ({"pooled": True}, None, "output has 2 dimensions, and that of a segmentation model 4"),
        ({"channels": 5}, None, "does not name its 5 bands; name them in order"),
        ({"classes": 256}, None, "has 256 classes; at most 255"),
    ],
    ids=lambda value: value.__name__.strip("_") if isinstance(value, Callable) else None,  # type: ignore[arg-type]
)
def test_graphs_that_cannot_be_used(
    tmp_path: Path, keywords: dict[str, Any], change: Callable[[bytes], bytes] | None, words: str
) -> None:
    content = pixelwise(metadata={"model_type": "Segmentor"}, **keywords)
    (tmp_path / "m.onnx").write_bytes(change(content) if change else content)
    with pytest.raises(InputError, match=words) as failed:
        import_onnx(tmp_path / "m.onnx", None, None)
    assert "\n" not in str(failed.value)
    assert str(failed.value).startswith(f"{tmp_path / 'm.onnx'} cannot be taken as a model: ")
    assert str(failed.value).endswith(".")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("model_type", '"Detector"', "type Detector, which GeoFM does not run"),
        ("model_type", '"Superresolution"', "type Superresolution, which GeoFM does not run"),
        ("class_names", '{"0": "a", "2": "b"}', "ids in its class_names are not 0 to 1 without gaps"),
        ("class_names", "[1, 2", "class_names cannot be read"),
        ("class_names", "__import__('os').getcwd()", "class_names cannot be read"),
        ("resolution", '"coarse"', "resolution is '\"coarse\"', no float"),
        ("resolution", "NaN", "no finite number"),
        ("tile_size", "[]", "no float"),
        ("standardization_mean", "[1, 2]", "2 means and 1 deviations for 3 bands"),
        ("standardization_mean", '"high"', "no list of numbers"),
        ("standardization_std", "[1, 0, 1]", "holds a number that is not above 0"),
        ("standardization_std", "[1, Infinity, 1]", "no list of finite numbers"),
    ],
)
def test_metadata_that_cannot_be_meant(tmp_path: Path, key: str, value: str, words: str) -> None:
    model = onnx.load_model_from_string(pixelwise())
    model.metadata_props.add(key=key, value=value)
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(InputError, match=words):
        import_onnx(tmp_path / "m.onnx", None, None)


def test_bands_must_be_as_many_as_channels(tmp_path: Path) -> None:
    path = put(tmp_path / "m.onnx", metadata=SEGMENTOR)
    with pytest.raises(InputError, match="2 bands were named, and it takes 3"):
        import_onnx(path, None, ("B02", "B03"))
    with pytest.raises(InputError, match="band B02 stands twice"):
        import_onnx(path, None, ("B02", "B2", "B03"))


def test_a_damaged_card_of_our_own_is_refused(tmp_path: Path) -> None:
    for text, words in (("{}", "is missing"), ("no card", "no JSON")):
        model = onnx.load_model_from_string(pixelwise())
        model.metadata_props.add(key="geofm_card", value=text)
        onnx.save(model, tmp_path / "m.onnx")
        with pytest.raises(InputError, match=words):
            import_onnx(tmp_path / "m.onnx", None, None)


def test_metadata_of_small_models_are_json() -> None:
    """Guards the fixture: Deepness reads each value as JSON."""
    for entry in onnx.load_model_from_string(pixelwise(metadata=SEGMENTOR)).metadata_props:
        json.loads(entry.value)
