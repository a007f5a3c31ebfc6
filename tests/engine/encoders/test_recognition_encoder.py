"""Deepness' recognition models in search: their vectors are Deepness' own, and words are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import rasterio
from affine import Affine
from command import Done
from onnx import TensorProto, helper
from rasterio.warp import transform

from engine.cards.card import BandSpec, Card, read_card
from engine.cards.searching import colour_order, reads_words, unsearchable
from engine.cards.shelf import find
from engine.encoders import load_encoder
from engine.errors import InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import ImportModelRequest, OpenIndexRequest
from engine.models.shelving import import_model
from engine.search.query.opening import open_for_search

SIDE, DIMENSION = 16, 12
PLAIN: dict[str, Any] = {"model_type": "Recognition", "resolution": 100, "tile_size": SIDE, "tiles_overlap": 50}
SCALED = {"standardization_mean": [0.485, 0.456, 0.406], "standardization_std": [0.229, 0.224, 0.225]}
PICTURES = {"water": (20, 40, 90), "forest": (30, 70, 25), "field": (150, 180, 70), "sand": (225, 200, 140)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOFM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _graph(
    path: Path,
    metadata: dict[str, Any],
    *,
    channels: int = 3,
    side: int | str = SIDE,
    batch: int | str = "batch",
    seed: int = 3,
    bias: bool = True,
) -> Path:
    """A small network of two convolutions and a projection, as others write recognition models."""
    random = np.random.default_rng(seed)
    weights = {
        "first": random.standard_normal((8, channels, 3, 3)) / 3,
        "second": random.standard_normal((16, 8, 3, 3)) / 5,
        "last": random.standard_normal((DIMENSION, 16)),
        "bias": random.standard_normal(DIMENSION) * bias,
    }
    nodes = [
        helper.make_node("Conv", ["picture", "first"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("GlobalAveragePool", ["d"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "last", "bias"], ["embedding"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "recognition",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [batch, channels, side, side])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, DIMENSION])],
        [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    onnx.save(model, path)
    return path


def _deepness(path: Path, tiles: np.ndarray) -> np.ndarray:
    """Embeddings of tiles [N, H, W, C] by Deepness' own steps, and what it compares of them: their directions.

    Those of its processing/models/{model_base,recognition,preprocessing_utils}.py and
    map_processor/map_processor_recognition.py (PUTvision/qgis-plugin-deepness), written anew.
    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = session.get_modelmeta().custom_metadata_map
    channels = session.get_inputs()[0].shape[1]
    mean, std = (
        np.array(json.loads(given.get(f"standardization_{name}", json.dumps([value] * channels))), np.float32)
        for name, value in (("mean", 0.0), ("std", 1.0))
    )
    embeddings = []
    for tile in tiles[:, :, :, :channels]:
        x = np.float32(tile * 1.0 / 255.0)
        x = np.transpose(((x - mean) / std)[None], (0, 3, 1, 2)).astype(np.float32)
        embeddings.append(session.run(None, {session.get_inputs()[0].name: x})[0][0])
    found = np.stack(embeddings)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def _shelve(path: Path, bands: tuple[str, ...] | None = None) -> Path:
    checkpoints = path.parent / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    import_model(ImportModelRequest(str(path), bands=bands), QuietReport(checkpoints))
    return find(path.stem)


@pytest.fixture
def tiles() -> np.ndarray:
    """Tiles uint8 [N, 3, S, S] that fill no batch."""
    return np.random.default_rng(5).integers(0, 256, (70, 3, SIDE, SIDE)).astype(np.uint8)


@pytest.mark.parametrize(
    ("metadata", "changes"),
    [
        ({}, {}),
        (SCALED, {}),
        ({"standardization_mean": [0.5], "standardization_std": [0.25]}, {}),
        (SCALED, {"batch": 1}),
        (SCALED, {"batch": 4}),
        (SCALED, {"side": "side"}),
    ],
    ids=["plain", "standardised", "one mean for all", "one at a time", "four at a time", "any side"],
)
def test_vectors_are_those_that_deepness_compares(
    tmp_path: Path, tiles: np.ndarray, metadata: dict[str, Any], changes: dict[str, Any]
) -> None:
    path = _graph(tmp_path / "roofs.onnx", {**PLAIN, **metadata}, **changes)
    encoder = load_encoder(str(_shelve(path)), device="cpu")
    assert (encoder.side, encoder.dimension) == (SIDE, DIMENSION)
    # A session of ours takes as many at a time as the graph wants; Deepness gives it one after the other.
    alone = path if changes.get("batch") != 4 else _graph(tmp_path / "alone.onnx", {**PLAIN, **metadata})
    expected = _deepness(alone, np.moveaxis(tiles, 1, 3))
    found = encoder.images(tiles)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # What Deepness maps is the cosine to its query picture; ours are products of the same vectors.
    np.testing.assert_allclose(found @ found[0], expected @ expected[0], atol=1e-5)
    assert encoder.images(tiles[:0]).shape == (0, DIMENSION)
    assert encoder.card.gsd_m == 1.0


def test_bands_in_another_order_are_given_in_that_order(tmp_path: Path, tiles: np.ndarray) -> None:
    path = _graph(tmp_path / "roofs.onnx", {**PLAIN, **SCALED})
    encoder = load_encoder(str(_shelve(path, ("B02", "green", "B4"))), device="cpu")
    np.testing.assert_allclose(encoder.images(tiles), _deepness(path, np.moveaxis(tiles[:, ::-1], 1, 3)), atol=1e-5)


def test_a_black_tile_of_a_network_without_bias_is_like_nothing(tmp_path: Path, tiles: np.ndarray) -> None:
    encoder = load_encoder(str(_shelve(_graph(tmp_path / "roofs.onnx", PLAIN, bias=False))), device="cpu")
    found = encoder.images(np.zeros((2, 3, SIDE, SIDE), np.uint8))
    assert not found.any()


def test_words_are_refused_in_a_sentence(tmp_path: Path) -> None:
    encoder = load_encoder(str(_shelve(_graph(tmp_path / "red_roofs.onnx", PLAIN))), device="cpu")
    with pytest.raises(InputError, match=r"^The model red roofs was made without words and finds by pictures alone: "):
        encoder.texts(["a roof"])
    assert encoder.known("a roof") is None
    assert not reads_words(encoder.card)


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 1, SIDE, SIDE), (3, SIDE, SIDE)])
def test_tiles_of_another_shape_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    encoder = load_encoder(str(_shelve(_graph(tmp_path / "roofs.onnx", PLAIN))), device="cpu")
    with pytest.raises(ValueError, match="Tiles are uint8"):
        encoder.images(np.zeros(shape, np.uint8))


def test_the_fingerprint_is_that_of_weights_and_preprocessing(tmp_path: Path) -> None:
    made = {
        "same": load_encoder(str(_shelve(_graph(tmp_path / "a.onnx", {**PLAIN, **SCALED})))).fingerprint,
        "name": load_encoder(str(_shelve(_graph(tmp_path / "b.onnx", {**PLAIN, **SCALED})))).fingerprint,
        "order": load_encoder(
            str(_shelve(_graph(tmp_path / "c.onnx", {**PLAIN, **SCALED}), ("blue", "green", "red")))
        ).fingerprint,
        "weights": load_encoder(str(_shelve(_graph(tmp_path / "d.onnx", {**PLAIN, **SCALED}, seed=4)))).fingerprint,
        "mean": load_encoder(str(_shelve(_graph(tmp_path / "e.onnx", PLAIN)))).fingerprint,
    }
    assert made["same"] == made["name"]
    assert len(set(made.values())) == 4


def test_models_of_other_pictures_are_refused(tmp_path: Path) -> None:
    raw = {"standardization_mean": [3.2, 4.1, 5.0], "standardization_std": [1.5, 1.2, 1.9]}
    folder = _shelve(_graph(tmp_path / "sentinel.onnx", {**PLAIN, **raw}), ("B04", "B03", "B02"))
    with pytest.raises(InputError, match="reads its bands as reflectance, and search shows a model 8-bit colours"):
        load_encoder(str(folder))
    folder = _shelve(_graph(tmp_path / "four.onnx", PLAIN, channels=4), ("red", "green", "blue", "nir"))
    with pytest.raises(InputError, match="reads red, green, blue, nir, and search shows a model red, green and blue"):
        load_encoder(str(folder))
    folder = _shelve(_graph(tmp_path / "infrared.onnx", PLAIN), ("nir", "red", "green"))
    with pytest.raises(InputError, match="import it again with their names"):
        load_encoder(str(folder))


def test_which_models_search_can_use_is_told_by_the_card_alone() -> None:
    def card(task: str, names: str, units: str = "display") -> Card:
        bands = tuple(BandSpec(name, units) for name in names.split())
        return Card("m", "M", task, "onnx", {}, "model.onnx", "", bands)

    assert unsearchable(card("recognition", "B04 green blue")) is None
    assert unsearchable(card("dual-encoder", "VV VH", "db")) is None
    assert "is for encoder, not for search" in str(unsearchable(card("encoder", "red green blue")))
    assert "reads its bands as dn" in str(unsearchable(card("recognition", "red green blue", "dn")))
    assert colour_order(card("recognition", "blue red green")) == (2, 0, 1)
    assert colour_order(card("recognition", "red green")) is None
    assert reads_words(card("dual-encoder", "red")) and not reads_words(card("recognition", "red"))


def test_a_model_that_gives_something_else_is_refused(tmp_path: Path) -> None:
    folder = _shelve(_graph(tmp_path / "roofs.onnx", PLAIN))
    (folder / "golden.safetensors").unlink()
    with pytest.raises(InputError, match="has no golden vector; import it again"):
        load_encoder(str(folder))
    other = _shelve(_graph(tmp_path / "others.onnx", PLAIN, seed=4))
    (folder / "golden.safetensors").write_bytes((other / "golden.safetensors").read_bytes())
    with pytest.raises(InputError, match="gives another vector than it gave when it was made"):
        load_encoder(str(folder))
    (folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(InputError, match="SHA-256 is another"):
        load_encoder(str(folder))


def _ground(path: Path) -> Path:
    """128 m x 128 m, a quarter of each kind of ground: in rows from the upper left."""
    random, half = np.random.default_rng(1), 64
    quarters = [
        np.clip(np.array(colour)[:, None, None] + random.normal(0, 8, (3, half, half)), 1, 255).astype(np.uint8)
        for colour in PICTURES.values()
    ]
    pixels = np.concatenate([np.concatenate(quarters[:2], axis=2), np.concatenate(quarters[2:], axis=2)], axis=1)
    profile = {"driver": "GTiff", "count": 3, "height": 128, "width": 128, "dtype": "uint8", "photometric": "RGB"}
    place = Affine(1, 0, 500_000, 0, -1, 5_000_000)
    with rasterio.open(path, "w", crs="EPSG:32633", transform=place, **profile) as target:
        target.write(pixels)
    return path


def _picture(path: Path, name: str) -> Path:
    noise = np.random.default_rng(9).normal(0, 8, (48, 48, 3))
    colours = np.clip(np.array(PICTURES[name]) + noise, 1, 255).astype(np.uint8)
    cv2.imwrite(str(path), colours[:, :, ::-1])
    return path


def test_an_index_is_searched_by_example_place_and_marks_but_not_by_words(
    geofm: Callable[..., Done], tmp_path: Path
) -> None:
    # Wide weights, so that colours lie apart whatever the rest of the network makes of them.
    path = _graph(tmp_path / "grounds.onnx", {**PLAIN, "standardization_mean": [0.4], "standardization_std": [0.1]})
    assert geofm("models", "import", path).status == 0
    index = tmp_path / "town.index"
    done = geofm("index", _ground(tmp_path / "ground.tif"), "--model", "grounds", "--out", index, "--windows", "16")
    assert done.status == 0, done.err

    def quarter(*words: Any) -> list[tuple[bool, bool]]:
        """Of each of the best hits, whether it is in the east and in the south."""
        done = geofm("search", index, *words, "--top", "5", "--json")
        assert done.status == 0, done.err
        (lon,), (lat,) = transform("EPSG:32633", "EPSG:4326", [500_000 + 64], [5_000_000 - 64])
        hits = done.lines[-1]["summary"]["hits"]
        tiles.extend(hit["tile"] for hit in hits)
        return [(hit["lon"] > lon, hit["lat"] < lat) for hit in hits]

    tiles: list[int] = []
    assert quarter("--like", _picture(tmp_path / "forest.png", "forest")) == [(True, False)] * 5
    forest = ",".join(map(str, tiles))
    assert quarter("--like", _picture(tmp_path / "field.png", "field")) == [(False, True)] * 5
    assert quarter("--good", forest) == [(True, False)] * 5
    (lon,), (lat,) = transform("EPSG:32633", "EPSG:4326", [500_000 + 96], [5_000_000 - 96])
    assert quarter("--at", f"{lon:.6f},{lat:.6f}") == [(True, True)] * 5
    for words in (["a forest"], ["--like", tmp_path / "field.png", "--not", "a forest"]):
        done = geofm("search", index, *words)
        assert done.status == 1
        assert "The model grounds was made without words and finds by pictures alone" in done.err
        assert len(done.err.strip().splitlines()) == 1
    result = open_for_search(OpenIndexRequest(str(index), device="cpu"), QuietReport(tmp_path))
    assert (result.summary["reads_words"], result.summary["model"]) == (False, "grounds")
    assert read_card(find("grounds")).task == "recognition"
