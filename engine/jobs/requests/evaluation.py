"""What is asked of a comparison with the truth: of maps, and of encoders on pictures of known classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import device_option, option, output

__all__ = [
    "EvaluateFloodRequest",
    "EvaluateRetrievalRequest",
    "EvaluateScenesRequest",
    "EvaluateSegmentationRequest",
]


def scores() -> Any:
    """A field with the file of the scores."""
    return output("table", "Scores", "scores.json", "All scores, with the confusion matrix of a map.", wanted=False)


def ignored(told: str) -> Any:
    """A field with values that count for nothing."""
    return option((), "Values to leave out", told, low=-(2**31), high=2**31 - 1, whole=True)


@dataclass(frozen=True)
class EvaluateFloodRequest(Request):
    """Compare a flood map with a raster of the truth, pixels pooled.

    Attributes
    ----------
    prediction : str
        A flood map: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind, 255 not observed.
    truth : str
        A raster with the same classes.
    ignore : tuple of int
        Values of the truth that count for nothing.
    report : str, optional
        Where to write the scores (JSON).
    """

    kind: ClassVar[str] = "evaluate-flood"
    title: ClassVar[str] = "accuracy of a flood map"
    task: ClassVar[str] = "engine.flood.evaluation:evaluate_flood"
    subject: ClassVar[str] = "prediction"

    prediction: str
    truth: str
    ignore: tuple[int, ...] = ignored("Of the truth: pixels that have them count for nothing.")
    report: Optional[str] = scores()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.prediction or not self.truth:
            raise RequestError("prediction or truth is empty; give a map and the truth.")
        if self.outputs():
            self.check_paths()

    def inputs(self) -> list[str]:
        """Map and truth."""
        return [self.prediction, self.truth]


@dataclass(frozen=True)
class EvaluateSegmentationRequest(EvaluateFloodRequest):
    """Compare a class raster with a raster of the truth, or with labelled polygons, pixels pooled.

    Attributes
    ----------
    prediction : str
        A class raster.
    truth : str
        A class raster, or a vector layer with `class_field`.
    class_field : str, optional
        The field of polygons that holds the class.
    """

    kind: ClassVar[str] = "evaluate-segmentation"
    title: ClassVar[str] = "accuracy of a class map"
    task: ClassVar[str] = "engine.segmentation.evaluation:evaluate_segmentation"

    class_field: Optional[str] = None


@dataclass(frozen=True)
class EvaluateScenesRequest(Request):
    """Score an encoder on pictures of known classes, by words alone.

    Attributes
    ----------
    model : str, optional
        An installed model, or a model's folder.
    data : str, optional
        A folder of class folders, or of a webdataset's shards.
    features : str, optional
        Stored features (.npz) in place of model and data.
    captions : str, optional
        Phrases for classes or pictures, in place of class names and paraphrases.
    device : {'auto', 'cpu', 'cuda'}
    report : str, optional
        Where to write the scores (JSON).
    """

    kind: ClassVar[str] = "evaluate-scene"
    title: ClassVar[str] = "accuracy of an encoder"
    task: ClassVar[str] = "engine.encoders.evaluation.tasks:evaluate_scene"
    subject: ClassVar[str] = "model"

    model: Optional[str] = None
    data: Optional[str] = None
    features: Optional[str] = None
    captions: Optional[str] = None
    device: str = device_option()
    report: Optional[str] = scores()

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.features is None) == (self.model is None or self.data is None):
            raise RequestError("An encoder is scored by model and data, or by stored features alone; give one of both.")
        if self.outputs():
            self.check_paths()

    def inputs(self) -> list[str]:
        """The model, the pictures or features, and the captions."""
        return [path for path in (self.model, self.data, self.features, self.captions) if path]


@dataclass(frozen=True)
class EvaluateRetrievalRequest(Request):
    """Score an encoder by recall at K.

    Attributes
    ----------
    model, data, captions, device, report
        As for `EvaluateScenesRequest`.
    ranks : tuple of int
        The K.
    """

    kind: ClassVar[str] = "evaluate-retrieval"
    title: ClassVar[str] = "recall of an encoder"
    task: ClassVar[str] = "engine.encoders.evaluation.tasks:evaluate_recall"
    subject: ClassVar[str] = "model"

    model: str
    data: str
    captions: Optional[str] = None
    ranks: tuple[int, ...] = option((1, 5, 10), "Ranks", "Recall at each of them.", low=1, high=10**6, whole=True)
    device: str = device_option()
    report: Optional[str] = scores()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.model or not self.data:
            raise RequestError("model or data is empty; give an encoder, and a folder of pictures of known classes.")
        if self.outputs():
            self.check_paths()

    def inputs(self) -> list[str]:
        """The model, the pictures and the captions."""
        return [path for path in (self.model, self.data, self.captions) if path]
