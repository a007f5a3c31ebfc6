"""What runs networks: parity of torch and onnxruntime, golden outputs, devices, memory errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_cards import make_card
from small_models import CLASSES, HEADS, pixelwise, put_network, two_heads, values

from engine.cards.card import BandSpec, Card, Quantity, read_card
from engine.errors import InputError
from engine.models import runtime
from engine.models.outputs import activated, interpreted, packed, unpacked
from engine.models.runtime import OnnxRuntime, TorchRuntime, is_out_of_memory, open_runtime
from engine.models.store import write_model


def normal(count: int, channels: int = 3, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, channels, side, side)).astype(np.float32)


class TestGraphs:
    def test_any_number_of_tiles_where_the_batch_is_free(self) -> None:
        graph = OnnxRuntime(pixelwise())
        assert graph.side == 32
        whole = graph.run(normal(3))
        assert whole.shape == (3, 3, 32, 32)
        np.testing.assert_array_equal(whole[1:2], graph.run(normal(3)[1:2]))

    @pytest.mark.parametrize("batch", [1, 2])
    def test_a_fixed_batch_is_filled_up(self, batch: int) -> None:
        free, fixed = OnnxRuntime(pixelwise()), OnnxRuntime(pixelwise(batch=batch))
        for count in (1, 2, 3, 5):
            np.testing.assert_array_equal(fixed.run(normal(count)), free.run(normal(count)))

    def test_free_sides_take_any_tile(self) -> None:
        graph = OnnxRuntime(pixelwise(side="side"))
        assert graph.side is None
        assert graph.run(normal(1, side=48)).shape == (1, 3, 48, 48)

    def test_unknown_operators_are_refused_in_a_sentence(self) -> None:
        with pytest.raises(InputError, match=r"cannot be run .*give another model"):
            OnnxRuntime(pixelwise(operator="Convolve", domain="elsewhere"))


class TestNetworks:
    def test_gives_what_the_network_gives(self, tmp_path: Path) -> None:
        card, network = put_network(tmp_path / "m")
        found = open_runtime(tmp_path / "m", card, "cpu")
        assert isinstance(found, TorchRuntime)
        x = normal(2, side=64)
        with torch.inference_mode():
            np.testing.assert_allclose(found.run(x), network(torch.from_numpy(x)).numpy(), atol=1e-4)

    def test_wrong_shapes_are_refused(self, tmp_path: Path) -> None:
        card, network = put_network(tmp_path / "m")
        tensors = {**network.state_dict(), "model.segmentation_head.0.bias": torch.zeros(7)}
        card = write_model(tmp_path / "m", card, tensors=tensors)
        with pytest.raises(InputError, match=r"segmentation_head\.0\.bias.* shape"):
            open_runtime(tmp_path / "m", card, "cpu")

    def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        card, _ = put_network(tmp_path / "m")
        weights = tmp_path / "m" / card.weights
        content = bytearray(weights.read_bytes())
        content[len(content) // 2] ^= 1
        weights.write_bytes(content)
        with pytest.raises(InputError, match="SHA-256"):
            open_runtime(tmp_path / "m", card, "cpu")

    def test_a_pickle_is_refused_before_anything_opens_it(self, tmp_path: Path) -> None:
        card, network = put_network(tmp_path / "m")
        torch.save(network.state_dict(), tmp_path / "m" / card.weights)
        with pytest.raises(InputError, match="pickle"):
            open_runtime(tmp_path / "m", card, "cpu")


class TestDevices:
    def test_a_gpu_that_is_not_there_is_refused_when_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runtime, "has_gpu", lambda: False)
        card = write_model(tmp_path / "m", graph_card(), onnx=pixelwise())
        with pytest.raises(InputError, match="no NVIDIA GPU"):
            open_runtime(tmp_path / "m", card, "cuda")
        assert open_runtime(tmp_path / "m", card, "auto").device == "cpu"

    @pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine whose GPU does not work")
    @pytest.mark.parametrize("kind", ["network", "graph"])
    def test_a_gpu_that_does_not_work_leaves_the_cpu(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        """As with a driver that is too old: there seems to be a GPU, and nothing starts on it."""
        monkeypatch.setattr(runtime, "has_gpu", lambda: True)
        if kind == "network":
            card, _ = put_network(tmp_path / "m", tile=32)
        else:
            golden = normal(1), OnnxRuntime(pixelwise()).run(normal(1))
            card = write_model(tmp_path / "m", graph_card(), onnx=pixelwise(), golden=golden)
        found = open_runtime(tmp_path / "m", card, "auto")
        assert found.device == "cpu"
        assert found.run(normal(1)).shape == (1, 3, 32, 32)
        with pytest.raises(InputError, match="The GPU does not run the model"):
            open_runtime(tmp_path / "m", card, "cuda")

    def test_networks_run_with_channels_last(self, tmp_path: Path) -> None:
        _, network = put_network(tmp_path / "m", tile=32)
        expected = network(torch.from_numpy(normal(1))).detach().numpy()
        found = TorchRuntime(network, "cpu").run(normal(1))
        kernels = [value for value in network.parameters() if value.ndim == 4]
        assert all(value.is_contiguous(memory_format=torch.channels_last) for value in kernels)
        assert found.flags.c_contiguous
        np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_an_unknown_device_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no device 'tpu'"):
            open_runtime(tmp_path, graph_card(), "tpu")

    def test_only_what_gives_the_golden_output_is_used(self) -> None:
        card, graph = graph_card(), OnnxRuntime(pixelwise())
        golden = normal(1), graph.run(normal(1))
        assert runtime._matches(graph, golden, card, card.tolerance)
        assert not runtime._matches(graph, (golden[0], golden[1] + np.float32(0.001)), card, card.tolerance)
        assert not runtime._matches(graph, (golden[0], golden[1][:, :2]), card, card.tolerance)
        assert not runtime._matches(graph, None, card, card.tolerance)
        assert not runtime._matches(graph, (normal(1, channels=5), golden[1]), card, card.tolerance)

    def test_half_precision_is_within_its_tolerance(self, tmp_path: Path) -> None:
        """On the CPU, which computes float16 too, the same check as a GPU goes through."""
        card, network = put_network(tmp_path / "m", tile=32)
        x = normal(1, side=32)
        exact = TorchRuntime(network, "cpu").run(x)
        half = TorchRuntime(network, "cpu", half=True)
        assert runtime._matches(half, (x, exact), card, runtime.HALF_TOLERANCE)
        assert not runtime._matches(half, (x, exact), card, 0.0)

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
    def test_a_gpu_is_used_where_it_matches(self, tmp_path: Path) -> None:
        card, _ = put_network(tmp_path / "m")
        found = open_runtime(tmp_path / "m", card, "cuda")
        assert found.device == "cuda"
        cpu = open_runtime(tmp_path / "m", card, "cpu")
        x = values(2, 64)
        difference = activated(found.run(x), "logits") - activated(cpu.run(x), "logits")
        assert np.abs(difference).max() < 0.05


class TestActivation:
    def test_logits_become_what_torch_makes_of_them(self) -> None:
        raw = 40 * normal(2)
        expected = torch.from_numpy(raw).softmax(dim=1).numpy()
        np.testing.assert_allclose(activated(raw, "logits"), expected, atol=1e-6)

    def test_one_channel_is_that_of_the_second_class(self) -> None:
        raw = normal(2, channels=1)
        found = activated(raw, "logits")
        np.testing.assert_allclose(found[:, 1:], torch.from_numpy(raw).sigmoid().numpy(), atol=1e-6)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        given = np.full((1, 1, 2, 2), 0.3, np.float32)
        np.testing.assert_allclose(activated(given, "probabilities")[0, :, 0, 0], [0.7, 0.3], atol=1e-6)

    def test_sigmoids_of_many_classes_are_made_to_sum_to_one(self) -> None:
        given = np.array([0.2, 0.6, 0.0], np.float32).reshape(1, 3, 1, 1)
        np.testing.assert_allclose(activated(given, "probabilities").ravel(), [0.25, 0.75, 0], atol=1e-6)
        np.testing.assert_allclose(activated(0 * given, "probabilities").ravel(), [1 / 3] * 3, atol=1e-6)


VALUES = tuple(Quantity(name, "m") for name in ("height", "depth", "width"))
# Of each task of one output: how the graph ends, and what its card says.
TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "segmentation": ({"activation": None}, {"parameters": {"output": "logits"}}),
    "classification": ({"activation": None, "pooled": True}, {"parameters": {"output": "logits"}}),
    "multi-label": ({"activation": None, "pooled": True}, {"parameters": {"output": "logits"}}),
    "regression": ({"activation": None, "pooled": True}, {"classes": (), "quantities": VALUES}),
    "pixelwise-regression": ({"activation": None}, {"classes": (), "quantities": VALUES}),
    "recognition": ({"activation": None, "pooled": True}, {"classes": ()}),
}


class TestTasks:
    @pytest.mark.parametrize("task", TASKS)
    def test_outputs_are_what_the_task_says(self, tmp_path: Path, task: str) -> None:
        ends, says = TASKS[task]
        card = write_model(tmp_path / "m", graph_card(task=task, **says), onnx=pixelwise(**ends))
        runtime = open_runtime(tmp_path / "m", card, "cpu")
        x, raw = normal(2), torch.from_numpy(runtime.run(normal(2)))
        (made,) = interpreted(card, runtime.run_all(x), x).values()
        assert made.shape == ((2, 3) if ends.get("pooled") else (2, 3, 32, 32))
        expected = (
            raw if "output" not in card.parameters else raw.sigmoid() if task == "multi-label" else raw.softmax(1)
        )
        np.testing.assert_allclose(made, expected.numpy(), atol=1e-6)

    @pytest.mark.parametrize("task", [task for task in TASKS if task != "recognition"])
    def test_outputs_of_another_task_are_refused_when_the_model_is_opened(self, tmp_path: Path, task: str) -> None:
        ends, says = TASKS[task]
        other = pixelwise(**{**ends, "pooled": not ends.get("pooled")})
        card = write_model(tmp_path / "m", graph_card(task=task, **says), onnx=other)
        with pytest.raises(
            InputError, match=r"gives an array of shape \[1, 3.*\] where its card promises \[1, 3.*card is"
        ):
            open_runtime(tmp_path / "m", card, "cpu")

    def test_a_single_label_has_a_probability_of_its_own(self) -> None:
        np.testing.assert_allclose(activated(np.zeros((1, 1), np.float32), "logits", exclusive=False), [[0.5]])
        extreme = activated(np.array([[-1e4, 1e4]], np.float32), "logits", exclusive=False)
        np.testing.assert_array_equal(extreme, [[0, 1]])

    @pytest.mark.parametrize("kind", ["graph", "network"])
    def test_several_heads_are_outputs_by_name(self, tmp_path: Path, kind: str) -> None:
        card = graph_card(task="multi-task", classes=(), heads=HEADS, parameters={"output": {"cover": "logits"}})
        if kind == "graph":
            card = write_model(tmp_path / "m", card, onnx=two_heads())
            found = open_runtime(tmp_path / "m", card, "cpu")
        else:
            found = TorchRuntime(TwoHeads(), "cpu")
        x = normal(2)
        made = interpreted(card, found.run_all(x), x)
        assert {name: value.shape for name, value in made.items()} == {"cover": (2, 3, 32, 32), "height": (2, 2)}
        np.testing.assert_allclose(made["cover"].sum(axis=1), 1, atol=1e-6)

    def test_missing_heads_are_named(self, tmp_path: Path) -> None:
        card = graph_card(task="multi-task", classes=(), heads=(*HEADS, replace(HEADS[1], name="depth")))
        write_model(tmp_path / "m", card, onnx=two_heads())
        with pytest.raises(
            InputError, match="gives the outputs cover, height where its card promises cover, depth, height"
        ):
            open_runtime(tmp_path / "m", read_card(tmp_path / "m"), "cpu")

    def test_golden_outputs_of_several_heads(self) -> None:
        card = graph_card(task="multi-task", classes=(), heads=HEADS, parameters={"output": {"cover": "logits"}})
        graph = OnnxRuntime(two_heads())
        raw = graph.run_all(normal(1))
        golden = normal(1), packed(raw)
        assert golden[1].shape == (1, 2 + 3 * 32 * 32)
        assert all(np.array_equal(value, raw[name]) for name, value in unpacked(golden[1], raw).items())
        assert runtime._matches(graph, golden, card, card.tolerance)
        for place in (0, 5):  # a value, a logit
            off = golden[1].copy()
            off[0, place] += 1
            assert not runtime._matches(graph, (golden[0], off), card, card.tolerance)
        assert not runtime._matches(graph, (golden[0], golden[1][:, 1:]), card, card.tolerance)

    def test_values_in_units_may_be_off_by_a_share_of_themselves(self) -> None:
        card = graph_card(task="regression", classes=(), quantities=VALUES)
        graph = OnnxRuntime(pixelwise(activation=None, pooled=True))
        made = graph.run(normal(1))
        near, far = (made + np.float32(share * np.abs(made).max()) for share in (0.5e-4, 2e-4))
        assert runtime._matches(graph, (normal(1), near), card, card.tolerance)
        assert not runtime._matches(graph, (normal(1), far), card, card.tolerance)

    def test_several_dates_are_one_tensor(self, tmp_path: Path) -> None:
        bands = tuple(BandSpec(name, "db", date=date) for date in (0, 1) for name in ("VV", "VH"))
        card = write_model(tmp_path / "m", graph_card(bands=bands), onnx=pixelwise(channels=4))
        assert open_runtime(tmp_path / "m", card, "cpu").run(normal(2, channels=4)).shape == (2, 3, 32, 32)


class TwoHeads(torch.nn.Module):
    """The heads in another order than the card's."""

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"height": x.mean(dim=(2, 3))[:, :2], "cover": x}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
            True,
        ),
        (RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"), True),
        (RuntimeError("bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 4"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
    ],
)
def test_what_says_that_memory_was_short(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_a_real_shortage_of_each_library_is_known() -> None:
    with pytest.raises(RuntimeError) as failed:
        torch.empty(2**60)
    assert is_out_of_memory(failed.value)
    with pytest.raises(MemoryError) as failed_too:
        np.empty(2**57)
    assert is_out_of_memory(failed_too.value)


def graph_card(**changes: Any) -> Card:
    says = {"architecture": "onnx", "parameters": {}, "weights": "model.onnx", "classes": CLASSES, **changes}
    return make_card(**says, tile=32, overlap=8)
