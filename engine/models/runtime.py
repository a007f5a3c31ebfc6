"""What runs a network: torch or onnxruntime, on the CPU or on an NVIDIA GPU that gives the same numbers."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card
from ..errors import GeoFMError, InputError
from ..raster.stream import threads
from .building import filled
from .onnx_library import CPU, Session, is_out_of_memory, onnxruntime, trial
from .store import read_golden, read_weights

__all__ = [
    "OnnxRuntime",
    "Runtime",
    "TorchRuntime",
    "activated",
    "is_out_of_memory",
    "open_runtime",
    "output_kind",
    "threshold",
]

Floats = NDArray[np.float32]
Golden = tuple[Floats, Floats]

DEVICES = ("auto", "cpu", "cuda")
CUDA = "CUDAExecutionProvider"
# Of probabilities: autocast computes in half precision. What is further off is a fault of the GPU or its driver.
HALF_TOLERANCE = 0.02
WHOLE_TOLERANCE = 0.01  # TensorFloat-32 rounds factors to 10 bits


class Runtime(Protocol):
    """Runs one network.

    Attributes
    ----------
    device : str
        'cpu' or 'cuda'.
    side : int, optional
        The side that tiles must have, where the graph takes no other.
    workers : int
        How many threads should call `run` at a time. On a CPU each run keeps to one core, and as many go side by side
        as there are: cores that share a run wait for each other, so it takes half as much time again.
    """

    device: str
    side: int | None
    workers: int

    def run(self, x: Floats) -> Floats:
        """The raw output for x, float32[N, C, H, W], normalised and without NaN."""

    def free(self) -> None:
        """Give back what is kept for later passes."""


class TorchRuntime:
    """A network of torch, in half precision where asked for, with channels last.

    Parameters
    ----------
    network : torch.nn.Module
    device : {'cpu', 'cuda'}
    half : bool
        Autocast to float16: results are near, not equal.
    """

    side: int | None = None

    def __init__(self, network: Any, device: str, *, half: bool = False) -> None:
        import torch

        self.device = device
        self.workers = _workers(device)
        self._half = half
        self._network = network.eval().to(device, memory_format=torch.channels_last)

    def run(self, x: Floats) -> Floats:
        import torch

        if self.device == "cpu":
            torch.set_num_threads(1)  # of this thread
        given = torch.from_numpy(x).to(self.device).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(self.device, torch.float16) if self._half else nullcontext():
            found: Floats = self._network(given).float().contiguous().cpu().numpy()
        return found

    def free(self) -> None:
        import torch

        gc.collect()
        if self.device == "cuda":
            torch.cuda.empty_cache()


class OnnxRuntime:
    """A graph with one image input and one output, float32[N, C, H, W], in onnxruntime.

    Parameters
    ----------
    graph : bytes
    device : {'cpu', 'cuda'}

    Raises
    ------
    InputError
        If onnxruntime does not take the graph: one sentence on why.
    """

    def __init__(self, graph: bytes, device: str = "cpu") -> None:
        providers = [CPU]
        if device == "cuda":
            onnxruntime().preload_dlls()
            providers.insert(0, CUDA)
        self._session = Session(graph, providers=providers)
        self.device = "cuda" if CUDA in self._session.providers else "cpu"
        self.workers = _workers(self.device)
        if not self._session.inputs:
            raise InputError("The graph takes no image; give another model.")
        given = self._session.inputs[0]
        self._name, self._half = given.name, given.type == "tensor(float16)"
        batch, _, height, width = given.shape if len(given.shape) == 4 else (None,) * 4
        self._batch = batch if isinstance(batch, int) else None
        self.side = next((size for size in (height, width) if isinstance(size, int)), None)

    def run(self, x: Floats) -> Floats:
        if self._batch is None:
            return self._pass(x)
        parts = [self._padded(x[start : start + self._batch]) for start in range(0, len(x), self._batch)]
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def free(self) -> None:
        gc.collect()

    def _padded(self, x: Floats) -> Floats:
        """A pass of a graph that takes just so many tiles."""
        missing = (self._batch or 0) - len(x)
        whole = np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) if missing else x
        return self._pass(whole)[: len(x)]

    def _pass(self, x: Floats) -> Floats:
        values = np.ascontiguousarray(x, dtype=np.float16 if self._half else np.float32)
        found: Floats = np.asarray(self._session.run({self._name: values})[0], dtype=np.float32)
        return found


def open_runtime(folder: Path, card: Card, device: str = "auto") -> Runtime:
    """What runs the model of a folder: on a GPU only if it gives the golden output, else on the CPU.

    Parameters
    ----------
    folder : Path
    card : Card
        Its card.
    device : {'auto', 'cpu', 'cuda'}
        'cuda' is refused where the GPU cannot be used.

    Raises
    ------
    InputError
        If the model is damaged, or of an architecture that this GeoFM does not have.
    """
    if device not in DEVICES:
        raise InputError(f"There is no device '{device}'; choose {', '.join(DEVICES)}.")
    if device == "cuda" and not _has_gpu():
        raise InputError("There is no NVIDIA GPU that can be used here; choose the device auto or cpu.")
    make = _makers(folder, card)
    if device != "cpu" and _has_gpu():
        golden = read_golden(folder, card)
        for start, tolerance in make("cuda"):
            runtime = _on_gpu(start, golden, card, tolerance)
            if runtime is not None:
                return runtime
        if device == "cuda":
            raise InputError(
                f"The GPU does not run the model {card.title} as a CPU does; choose the device auto or cpu, and renew "
                f"the GPU's driver."
            )
    start, _ = make("cpu")[0]
    return _tried(start(), card)


def _tried(runtime: Runtime, card: Card) -> Runtime:
    """A graph is tried on one tile: what a stranger's asks of time and memory is not known before."""
    if not isinstance(runtime, OnnxRuntime):
        return runtime
    side = runtime.side or card.tile
    try:
        with trial(side):
            runtime.run(np.zeros((1, len(card.bands), side, side), np.float32))
    except GeoFMError:
        raise
    except Exception as error:  # onnxruntime's errors have no common root
        what = "takes too much memory for" if is_out_of_memory(error) else "does not run on"
        raise InputError(
            f"The model {card.title} {what} a tile of {side} x {side} pixels ({_first_line(error)}); import it again, "
            "or choose another model."
        ) from error
    return runtime


def _makers(folder: Path, card: Card) -> Callable[[str], list[tuple[Callable[[], Runtime], float]]]:
    """From a device to what starts the runtimes to try on it, each with how far it may be off."""
    if card.weights.endswith(".onnx"):
        graph = read_weights(folder, card)

        def start(device: str) -> Runtime:
            try:
                return OnnxRuntime(graph, device)
            except InputError as error:
                raise InputError(f"{folder / card.weights}: {error}") from error

        return lambda device: [(partial(start, device), card.tolerance)]
    from .architectures import build

    network = filled(partial(build, card.architecture, card.parameters), folder, card)

    def networks(device: str) -> list[tuple[Callable[[], Runtime], float]]:
        whole = partial(TorchRuntime, network, device)
        if device == "cpu":
            return [(whole, card.tolerance)]
        half = partial(TorchRuntime, network, device, half=True)
        return [(half, max(card.tolerance, HALF_TOLERANCE)), (whole, max(card.tolerance, WHOLE_TOLERANCE))]

    return networks


def _on_gpu(start: Callable[[], Runtime], golden: Golden | None, card: Card, tolerance: float) -> Runtime | None:
    """A runtime on the GPU, or None if it does not start there or does not give the golden output."""
    try:
        runtime = start()
    except Exception:  # whatever a driver may raise; the CPU is there
        return None
    if runtime.device == "cuda" and _matches(runtime, golden, card, tolerance):
        return runtime
    runtime.free()
    return None


def _matches(runtime: Runtime, golden: Golden | None, card: Card, tolerance: float) -> bool:
    """Whether a runtime gives a model's golden output; a model without one stays on the CPU."""
    if golden is None:
        return False
    try:
        found = runtime.run(golden[0])
    except Exception:  # whatever a driver may raise; the CPU is there
        return False
    if found.shape != golden[1].shape or not np.isfinite(found).all():
        return False
    kind = output_kind(card)
    difference = activated(found, kind) - activated(golden[1], kind)
    return float(np.abs(difference).max()) <= tolerance


def output_kind(card: Card) -> str:
    """What the network of a card gives: 'logits', 'probabilities' or 'embedding'."""
    if card.task != "segmentation":
        return "embedding"
    usual = "probabilities" if card.weights.endswith(".onnx") else "logits"
    return str(card.parameters.get("output", usual))


def threshold(card: Card) -> float | None:
    """The probability from which a class counts, where the model states one (Deepness: seg_thresh)."""
    stated = card.parameters.get("threshold")
    return None if stated is None else float(stated)


def activated(raw: Floats, kind: str, threshold: float | None = None) -> Floats:
    """Class probabilities float32[N, K, H, W] of raw outputs; one channel is that of the second of two classes.

    Parameters
    ----------
    raw : float32[N, K, H, W]
    kind : {'logits', 'probabilities', 'embedding'}
        Embeddings stay as they are.
    threshold : float, optional
        From which a class counts, as Deepness has it: where no class has as much, the first one wins (as closely as can
        be); of a single channel, the second class wins where it has more. Default: the most probable class wins.
    """
    if kind == "embedding":
        return raw
    if kind == "logits":
        shares = _softmax(np.concatenate([np.zeros_like(raw), raw], axis=1) if raw.shape[1] == 1 else raw)
        if raw.shape[1] > 1 and threshold is None:
            return shares
        shares = shares[:, 1:] if raw.shape[1] == 1 else shares
    else:
        shares = np.clip(raw, 0, 1)
    if shares.shape[1] == 1:
        limit = 0.5 if threshold is None else threshold
        shares = np.concatenate([(1 - shares) * limit, shares * (1 - limit)], axis=1)
    elif threshold is not None:
        best = shares.max(axis=1)
        shares[:, 0] = np.where(best < threshold, best, shares[:, 0])
    total = shares.sum(axis=1, keepdims=True)
    # A sigmoid per class may say no to all of them.
    even = np.float32(1 / shares.shape[1])
    found: Floats = np.divide(shares, total, out=np.full_like(shares, even), where=total > 0)
    return found


def _softmax(raw: Floats) -> Floats:
    # In place: on fresh memory each step would cost twice as much.
    shares: Floats = raw - raw.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _has_gpu() -> bool:
    """Whether torch can use an NVIDIA GPU; without a driver, torch is not even imported."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    import torch

    return bool(torch.cuda.is_available())


def _workers(device: str) -> int:
    return threads() if device == "cpu" else 1


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:300]
