"""What is said below the command and QGIS names no option of the command: each of them adds its own way to mend it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import engine

ROOT = Path(engine.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z]")
# Files that may, and why.
ALLOWED = {
    "worker.py": "its own options",
    "jobs/launch.py": "starts the worker",
    "training/distributed.py": "torchrun, which a person starts in a terminal alone",
    "cards/catalogue/clips.py": "words to type in a terminal, and shown as such",
}
# Others that still do: what they say is written for the command alone.
STILL = {
    *("flood/evaluation.py", "flood/summary.py", "segmentation/evaluation.py", "segmentation/examples.py"),
    *("search/index/building.py", "search/index/lance.py", "search/index/named.py", "search/index/planning.py"),
    *("search/index/reading.py", "search/index/store.py", "search/query/searching.py"),
}


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of the constants of a module, without what documents it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.lineno, node.value


def test_no_sentence_below_the_faces_names_an_option() -> None:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("cli/") and name not in (*ALLOWED, *STILL):
            found += [f"{name}:{line}: {text}" for line, text in spoken(path) if OPTION.search(text)]
    assert not found, "\n".join(found)
