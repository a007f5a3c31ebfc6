"""The one door to running networks: torch or onnxruntime, on the CPU or an NVIDIA GPU that gives the same numbers."""

from __future__ import annotations

import ctypes
import gc
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card
from ..cpu import threads
from ..errors import GeoFMError, InputError
from .building import filled
from .onnx_library import limit_memory, onnxruntime, run_watched, trial
from .onnx_limits import check_graph
from .outputs import interpreted, unpacked
from .store import read_golden, read_weights

__all__ = [
    "OnnxRuntime",
    "Runtime",
    "Session",
    "TorchRuntime",
    "check_vectors",
    "first_line",
    "has_gpu",
    "is_out_of_memory",
    "open_runtime",
    "tried",
]

Floats = NDArray[np.float32]
Golden = tuple[Floats, Floats]

DEVICES = ("auto", "cpu", "cuda")
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# Of probabilities: autocast computes in half precision. What is further off is a fault of the GPU or its driver.
HALF_TOLERANCE = 0.02
WHOLE_TOLERANCE = 0.01  # TensorFloat-32 rounds factors to 10 bits
OUT_OF_MEMORY = (
    *("out of memory", "not enough memory", "can't allocate memory", "failed to allocate memory", "alloc_failed"),
    *("bad_alloc", "bad allocation"),
    "smaller than requested bytes",  # the limit of `onnx_library` is reached
)


class Session:
    """A graph, opened so that it takes no more memory and time than a model may, whoever made it.

    Parameters
    ----------
    graph : bytes
    device : {'cpu', 'cuda'}
    threads_of_a_run : int
        0: all cores.

    Attributes
    ----------
    inputs, outputs : list
        What onnxruntime says of them: `name`, `type`, `shape`.
    device : str
        'cpu' or 'cuda': what runs it; the CPU where CUDA was asked for and is not there.

    Raises
    ------
    InputError
        If the graph is none that GeoFM opens (see `onnx_limits`), or onnxruntime does not take it.
    """

    def __init__(self, graph: bytes, device: str = "cpu", *, threads_of_a_run: int = 1) -> None:
        check_graph(graph)
        limit_memory()
        library, providers = onnxruntime(), [CPU]
        if device == "cuda" and CUDA in library.get_available_providers():
            library.preload_dlls()  # those that come with torch
            providers.insert(0, CUDA)
        options = library.SessionOptions()
        options.intra_op_num_threads = threads_of_a_run
        options.log_severity_level = 4
        options.add_session_config_entry("session.use_env_allocators", "1")
        self._run_options = library.RunOptions
        try:
            # Constants are worked out beforehand without regard to that limit, each up to a gigabyte.
            self._session = library.InferenceSession(
                graph, options, providers=providers, disabled_optimizers=["ConstantFolding"]
            )
        except Exception as error:  # onnxruntime's errors have no common root
            raise InputError(f"The graph cannot be run ({first_line(error)}); give another model.") from error
        self.inputs, self.outputs = self._session.get_inputs(), self._session.get_outputs()
        self.device = "cuda" if CUDA in self._session.get_providers() else "cpu"

    def run(self, given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """All outputs for the inputs by name.

        Raises
        ------
        InputError
            If it takes too long.
        Exception
            onnxruntime's own, which have no common root; what a check of `onnx_library.watched` raises.
        """
        options = self._run_options()
        run = partial(self._session.run, None, dict(given), options)
        return [np.asarray(value) for value in run_watched(run, partial(setattr, options, "terminate", True))]


class Runtime(ABC):
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

    @abstractmethod
    def run_all(self, x: Floats) -> dict[str, Floats]:
        """The raw outputs by name for x, float32[N, C, H, W], normalised and without NaN."""

    def run(self, x: Floats) -> Floats:
        """The raw output of a network that has one, or its first."""
        return next(iter(self.run_all(x).values()))

    def free(self) -> None:
        """Give back what is kept for later passes."""
        gc.collect()


class TorchRuntime(Runtime):
    """A network of torch, in half precision where asked for, with channels last.

    Parameters
    ----------
    network : torch.nn.Module
        Gives one tensor, or several by name.
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

    def run_all(self, x: Floats) -> dict[str, Floats]:
        import torch

        if self.device == "cpu":
            torch.set_num_threads(1)  # of this thread
        given = torch.from_numpy(x).to(self.device).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(self.device, torch.float16) if self._half else nullcontext():
            made = self._network(given)
            if isinstance(made, torch.Tensor):
                made = {"output": made}
            return {name: value.float().contiguous().cpu().numpy() for name, value in made.items()}

    def free(self) -> None:
        import torch

        super().free()
        if self.device == "cuda":
            torch.cuda.empty_cache()


class OnnxRuntime(Runtime):
    """A graph with one image input, float32[N, C, H, W], in onnxruntime.

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
        self._session = Session(graph, device)
        self.device = self._session.device
        self.workers = _workers(self.device)
        if not self._session.inputs:
            raise InputError("The graph takes no image; give another model.")
        given = self._session.inputs[0]
        self._name, self._half = given.name, given.type == "tensor(float16)"
        self._outputs = [output.name for output in self._session.outputs]
        batch, _, height, width = given.shape if len(given.shape) == 4 else (None,) * 4
        self._batch = batch if isinstance(batch, int) else None
        self.side = next((size for size in (height, width) if isinstance(size, int)), None)

    def run_all(self, x: Floats) -> dict[str, Floats]:
        if self._batch is None:
            return self._pass(x)
        parts = [self._padded(x[start : start + self._batch]) for start in range(0, len(x), self._batch)]
        return {name: np.concatenate([part[name] for part in parts]) for name in self._outputs}

    def _padded(self, x: Floats) -> dict[str, Floats]:
        """A pass of a graph that takes just so many tiles."""
        missing = (self._batch or 0) - len(x)
        whole = np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) if missing else x
        return {name: value[: len(x)] for name, value in self._pass(whole).items()}

    def _pass(self, x: Floats) -> dict[str, Floats]:
        values = np.ascontiguousarray(x, dtype=np.float16 if self._half else np.float32)
        made = self._session.run({self._name: values})
        return {name: np.asarray(value, np.float32) for name, value in zip(self._outputs, made, strict=True)}


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
    if device == "cuda" and not has_gpu():
        raise InputError("There is no NVIDIA GPU that can be used here; choose the device auto or cpu.")
    make = _makers(folder, card)
    if device != "cpu" and has_gpu():
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
    runtime = start()
    # What a stranger's graph asks of time and memory is not known before.
    return tried(runtime, card) if isinstance(runtime, OnnxRuntime) else runtime


def tried(runtime: Runtime, card: Card) -> Runtime:
    """The same, seen to give the outputs of its card for one tile.

    Raises
    ------
    InputError
        If it does not, or takes too much time or memory for it.
    """
    side = runtime.side or card.tile
    x = np.zeros((1, len(card.bands), side, side), np.float32)
    try:
        with trial(side):
            interpreted(card, runtime.run_all(x), x)
    except GeoFMError:
        raise
    except Exception as error:  # torch's and onnxruntime's errors have no common root
        what = "takes too much memory for" if is_out_of_memory(error) else "does not run on"
        raise InputError(
            f"The model {card.title} {what} a tile of {side} x {side} pixels ({first_line(error)}); import it again, "
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
        raw = runtime.run_all(golden[0])
        made, wanted = (interpreted(card, values, golden[0]) for values in (raw, unpacked(golden[1], raw)))
    except Exception:  # whatever a driver may raise; the CPU is there
        return False
    for head in card.outputs:
        # Probabilities go up to 1, values in units to wherever they do. What is not finite is not near.
        scale = float(np.abs(wanted[head.name]).max()) if head.quantities else 1.0
        if not (np.abs(made[head.name] - wanted[head.name]) <= tolerance * scale).all():
            return False
    return True


def check_vectors(
    folder: Path, run: Callable[[NDArray[Any]], Floats], golden: tuple[NDArray[Any], Floats] | None, least_cosine: float
) -> int:
    """See that a model for search gives the vector [1, D] that it gave when it was made; gives D.

    Parameters
    ----------
    folder : Path
        Of the model, for messages.
    run : callable
        Gives its vector of an input.
    golden : tuple of an input and a vector, optional
    least_cosine : float
        Between this vector and the one that it gives.

    Raises
    ------
    InputError
        If it gives another one, cannot be run, or there is no golden one.
    """
    if golden is None:
        raise InputError(f"The model in {folder} has no golden vector; import it again.")
    try:
        with trial(golden[0].shape[-1]):
            vector = run(golden[0])
    except GeoFMError:
        raise
    except Exception as error:  # torch's and onnxruntime's errors have no common root
        raise InputError(f"The model in {folder} cannot be run ({first_line(error)}); import it again.") from error
    if vector.ndim != 2 or vector.shape != golden[1].shape or not _cosine(vector, golden[1]) >= least_cosine:
        raise InputError(
            f"The model in {folder} gives another vector than it gave when it was made; import it again, or update "
            "GeoFM's environment."
        )
    return int(vector.shape[1])


def _cosine(one: Floats, other: Floats) -> float:
    """Between two vectors [1, D]; in double precision, as a bound may be nearer to 1 than single precision knows."""
    first, second = one.ravel().astype(float), other.ravel().astype(float)
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / lengths if lengths > 0 else float("nan")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch's, onnxruntime's or numpy's error says that memory was short."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    # torch.OutOfMemoryError is a RuntimeError, as are onnxruntime's.
    return isinstance(error, Exception) and any(sign in text for sign in OUT_OF_MEMORY)


def has_gpu() -> bool:
    """Whether torch can use an NVIDIA GPU; without a driver, torch is not even imported."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    import torch

    return bool(torch.cuda.is_available())


def _workers(device: str) -> int:
    return threads() if device == "cpu" else 1


def first_line(error: BaseException) -> str:
    """What an error of a library says, for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:300]
