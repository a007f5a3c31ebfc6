"""Networks as ONNX graphs, and graphs with weights of eight bits."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..models.graph_ends import forget_traces
from ..models.onnx_library import onnxruntime

__all__ = ["Tower", "bert_onnx", "exported", "quantised", "quantised_by"]

OPSET = 18


def bert_onnx(network: nn.Module) -> bytes:
    """The graph of a sentence encoder: tokens int64[N, L], mask int64[N, L] -> vectors float32[N, D]."""
    return exported(
        network,
        {"tokens": torch.ones(2, 7, dtype=torch.int64), "mask": torch.ones(2, 7, dtype=torch.int64)},
        {"tokens": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}},
    )


class Tower(nn.Module):
    """One tower of a CLIP, by the name of the method that runs it."""

    def __init__(self, network: nn.Module, method: str) -> None:
        super().__init__()
        self.network = network
        self.method = method

    def forward(self, given: Tensor) -> Tensor:
        """Unit vectors float32[N, D] of tiles or tokens."""
        vectors: Tensor = getattr(self.network, self.method)(given, normalize=True)
        return vectors


def exported(network: nn.Module, inputs: Mapping[str, Tensor], free: Mapping[str, Mapping[int, str]]) -> bytes:
    """A network in evaluation mode as one ONNX file.

    Parameters
    ----------
    network : nn.Module
        Takes the inputs in their order and gives one tensor, which is called `vectors`.
    inputs : mapping of str to Tensor
        An example of each input; sizes of 0 and 1 would be taken for fixed.
    free : mapping of str to (mapping of axis to name)
        The axes of inputs that may have any length.
    """
    names: dict[str, torch.export.Dim] = {}
    shapes = tuple(
        {axis: names.setdefault(name, torch.export.Dim(name)) for axis, name in free.get(key, {}).items()}
        for key in inputs
    )
    with _quiet(), torch.inference_mode(False), torch.no_grad():
        program = torch.onnx.export(
            network.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=["vectors"],
            opset_version=OPSET,
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
        if program is None:
            raise RuntimeError("torch.onnx.export gave nothing")
    model = program.model_proto
    forget_traces(model)
    return bytes(model.SerializeToString())


def quantised(model: bytes) -> bytes:
    """The same graph with weights of eight bits; activations are quantised as they come (for matrix products)."""
    onnxruntime()
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        before.write_bytes(model)
        # Seven bits of a weight: products of eight by eight overflow on processors without VNNI.
        quantize_dynamic(before, after, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        return after.read_bytes()


def quantised_by(model: bytes, name: str, examples: list[npt.NDArray[np.float32]]) -> bytes:
    """The same graph in eight bits throughout (for convolutions).

    Parameters
    ----------
    model : bytes
    name : str
        Of its one input.
    examples : list of array
        Batches of input from which the ranges of the activations are taken.
    """
    onnxruntime()
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

        class Reader(CalibrationDataReader):  # type: ignore[misc]
            def __init__(self) -> None:
                self.rest = iter(examples)

            def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
                batch = next(self.rest, None)
                return None if batch is None else {name: batch}

        before, ready, after = (Path(folder) / f"{step}.onnx" for step in ("before", "ready", "after"))
        before.write_bytes(model)
        quant_pre_process(before, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            after,
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return after.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporters warn of their own future and log through the root logger; none of it concerns a user."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
