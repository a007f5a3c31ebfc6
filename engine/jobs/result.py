"""What a finished job gives back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Optional

__all__ = ["Output", "Result"]


@dataclass(frozen=True)
class Output:
    """One file or layer that a job wrote.

    Attributes
    ----------
    path : str
        A file's, with `|layername=NAME` behind it where the file holds several layers.
    kind : {'raster', 'vector', 'table', 'model', 'index', 'picture'}
    name : str
        For people, such as the layer's name.
    style : str, optional
        Name of a layer style in `resources/styles`.
    shown, unfolded : bool
        Whether the layer is visible at first, and its legend open.
    """

    path: str
    kind: str
    name: str
    style: Optional[str] = None
    shown: bool = True
    unfolded: bool = True


@dataclass(frozen=True)
class Result:
    """Outputs in the order in which layers are shown, and a summary: areas, classes, timings, warnings.

    `group` names the layer group that the outputs belong to.
    """

    outputs: tuple[Output, ...]
    group: str
    summary: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """This result as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Result:
        """The result that `to_dict` gave; what a newer GeoFM says beyond that is left out.

        Raises
        ------
        LookupError, TypeError
            If it is none.
        """
        known = {item.name for item in fields(Output)}
        outputs = tuple(
            Output(**{name: value for name, value in output.items() if name in known}) for output in values["outputs"]
        )
        if not all(map(_is_sound, outputs)) or not isinstance(values["group"], str):
            raise TypeError("The result holds values of other types.")
        if not isinstance(values["summary"], dict):
            raise TypeError("The result's summary is no object.")
        return cls(outputs, values["group"], values["summary"])


def _is_sound(output: Output) -> bool:
    texts = (output.path, output.kind, output.name, "" if output.style is None else output.style)
    return all(isinstance(text, str) for text in texts) and {output.shown, output.unfolded} <= {True, False}
