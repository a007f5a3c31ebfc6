"""Where the files lie that are shipped beside the code: icons, layer styles, default weights."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource"]


def resource(name: str) -> Path:
    """The path of a shipped file or folder, such as 'styles/flood.qml'.

    A wheel holds the folder `resources` inside this package; a checkout and the plugin's zip hold it beside.
    """
    package = Path(__file__).parent
    inside = package / "resources"
    return (inside if inside.is_dir() else package.parent / "resources") / name
