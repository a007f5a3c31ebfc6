"""Networks run through one door: what is particular to a library is asked and done in one module each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[3] / "engine"
RUNTIME = "models/runtime.py"
# What tells of the computer lists what there is; nothing else may.
ASK_THEMSELVES = {"cuda.is_available": {"diagnostics.py"}, "get_available_providers": {"diagnostics.py"}}
DOORS = {
    "InferenceSession": {RUNTIME},  # which graphs are opened, with how much memory, and for how long they run
    "cuda.is_available": {RUNTIME},  # without a driver, torch is not even imported
    "get_available_providers": {RUNTIME},
    "torch.load": {"models/published.py"},  # pickles, after their hash is checked
    "jit.load": {"models/published.py"},
}


def uses(tree: ast.AST) -> Iterator[str]:
    """What is called, passed on or imported, by its name and by as much of the way to it as is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from endings(ast.unparse(node).split("."))
        elif isinstance(node, ast.ImportFrom):
            for item in node.names:
                yield from endings([*(node.module or "").split("."), item.name])


def endings(way: list[str]) -> Iterator[str]:
    if way[0] != "safetensors":  # whose torch.load reads no pickles
        yield from (".".join(way[start:]) for start in range(len(way)))


@pytest.fixture(scope="module")
def modules() -> dict[str, set[str]]:
    return {
        path.relative_to(ENGINE).as_posix(): set(uses(ast.parse(path.read_text(encoding="utf-8"))))
        for path in sorted(ENGINE.rglob("*.py"))
    }


@pytest.mark.parametrize("name", DOORS)
def test_one_module_does_it(modules: dict[str, set[str]], name: str) -> None:
    places = {path for path, names in modules.items() if name in names}
    assert places - ASK_THEMSELVES.get(name, set()) == DOORS[name]


def test_names_are_seen_however_they_are_written() -> None:
    for text in (
        "torch.cuda.is_available()",
        "from torch.cuda import is_available",
        "run(self._torch.cuda.is_available)",
    ):
        assert "cuda.is_available" in set(uses(ast.parse(text)))
    for text in ("ort.InferenceSession(x)", "from onnxruntime import InferenceSession"):
        assert "InferenceSession" in set(uses(ast.parse(text)))
    assert "torch.load" not in set(uses(ast.parse("safetensors.torch.load(content)")))
