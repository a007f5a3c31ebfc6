"""What a finished job gives back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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
    """

    path: str
    kind: str
    name: str
    style: Optional[str] = None


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
        outputs = tuple(
            Output(output["path"], output["kind"], output["name"], output["style"]) for output in values["outputs"]
        )
        texts = [values["group"], *(text for output in outputs for text in asdict(output).values() if text is not None)]
        if not all(isinstance(text, str) for text in texts) or not isinstance(values["summary"], dict):
            raise TypeError("The result holds values of other types.")
        return cls(outputs, values["group"], values["summary"])
