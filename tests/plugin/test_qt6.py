"""Qt 6 and QGIS 4, as far as Qt 5 can tell: names that exist, enumerations by their scoped names, nothing that is gone.

Qt 6 knows `Qt.Key.Key_Return` but no `Qt.Key_Return`; PyQt5 knows both, and which type a member belongs to.
"""

from __future__ import annotations

import ast
import enum
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import geofm_qgis

PLUGIN = Path(geofm_qgis.__file__).parent
FILES = [path for path in sorted(PLUGIN.rglob("*.py")) if path.relative_to(PLUGIN).parts[0] != "engine"]
BINDINGS = ("PyQt5", "PyQt6", "sip", "PySide2", "PySide6")
# Of PyQt5 and its flags; the values are what to write instead.
GONE = {"exec_": "exec", "print_": "print", "QRegExp": "QRegularExpression", "QVariant": "None, or a type of QMetaType"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_the_plugin_is_written_for_qt_6_too(path: Path) -> None:
    assert list(complaints(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("from qgis.PyQt.QtCore import Qt\nQt.Key.Key_Return", None),
        ("from qgis.PyQt.QtCore import Qt\nQt.Key_Return", "2: Qt.Key_Return lacks its type Key"),
        ("from qgis.PyQt import QtCore\nQtCore.Qt.AlignTop", "2: QtCore.Qt.AlignTop lacks its type AlignmentFlag"),
        ("from qgis.gui import QgsFileWidget as W\nW.GetFile", "2: W.GetFile lacks its type StorageMode"),
        ("from qgis.PyQt.QtCore import Qt\nQt.Key.Key_Retrun", "2: Qt.Key.Key_Retrun is not there"),
        ("from qgis.PyQt.QtCore import QDolphin", "1: qgis.PyQt.QtCore.QDolphin is not there"),
        ("from PyQt5.QtCore import Qt", "1: PyQt5.QtCore is not there everywhere: import from qgis.PyQt"),
        ("dialog.exec_()", "1: exec_ is gone: exec"),
    ],
)
def test_the_check_itself(lines: str, complaint: str | None) -> None:
    assert list(complaints(lines)) == ([complaint] if complaint else [])


def complaints(text: str) -> Iterator[str]:
    """What Qt 6 or QGIS 4 would not know, with the number of the line."""
    tree = ast.parse(text)
    known: dict[str, Any] = {}
    for node in ast.walk(tree):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if (name or "").split(".")[0] in BINDINGS:
                yield f"{node.lineno}: {name} is not there everywhere: import from qgis.PyQt"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.") and not node.level:
            module = importlib.import_module(node.module or "")
            for alias in node.names:
                if not hasattr(module, alias.name):
                    yield f"{node.lineno}: {node.module}.{alias.name} is not there"
                known[alias.asname or alias.name] = getattr(module, alias.name, None)
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in GONE:
            yield f"{node.lineno}: {name} is gone: {GONE[name]}"
        if isinstance(node, ast.Attribute):
            owner = value_of(node.value, known)
            if owner is None:
                continue
            value = getattr(owner, node.attr, None)
            if value is None:
                yield f"{node.lineno}: {ast.unparse(node)} is not there"
            elif is_enumeration(type(value)) and not is_enumeration(owner):
                yield f"{node.lineno}: {ast.unparse(node)} lacks its type {type(value).__name__}"


def value_of(node: ast.expr, known: dict[str, Any]) -> Any:
    """The class or module that dotted names mean, None for everything else."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    owner = value_of(node.value, known) if isinstance(node, ast.Attribute) else None
    value = getattr(owner, node.attr, None) if owner is not None else None
    return value if isinstance(value, type) or hasattr(value, "__path__") or hasattr(value, "__file__") else None


def is_enumeration(kind: Any) -> bool:
    """Whether it is a type of enumeration, of sip's own kind in PyQt5 or of Python's."""
    return isinstance(kind, type) and (issubclass(kind, enum.Enum) or type(kind).__name__ == "enumtype")
