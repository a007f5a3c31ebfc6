"""What the training of a land-cover model, and a land-cover map, are asked to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import DEVICES, HIGHEST_SEED, Request, check_choice, output
from .networks import NETWORKS, PRESETS

__all__ = ["LEAST_EPOCHS", "MOST_EPOCHS", "LandcoverRequest", "TrainRequest"]

LEAST_EPOCHS, MOST_EPOCHS = 1, 10_000


@dataclass(frozen=True)
class TrainRequest(Request):
    """Learn land cover from labelled polygons.

    Attributes
    ----------
    images : tuple of tuple of str
        The images to learn from, each with its files (bands apart, tiles side by side); all of the same bands.
    labels : str
        A vector layer in any coordinate system: polygons, or lines and points with `buffer_m`.
    class_field : str
        The field that holds the class, as text or as numbers. Class ids follow the sorted names; a class named
        "background" comes first.
    preset : {'quick', 'balanced', 'best'}
        A forest on features of each pixel; a frozen pre-trained encoder with a light decoder; a whole network.
    encoder : str, optional
        The encoder of `balanced` (a model's name) or of `best` (a timm name). Default: the preset's own.
    network : str, optional
        One of `networks.NETWORKS` that the preset takes. Default: the preset's own.
    bands : tuple of str, optional
        Names of the images' bands in file order where the files name none, or wrong ones; 'skip' leaves a band out.
    buffer_m : float, optional
        Half width in metres to which lines and points are widened.
    epochs : int, optional
        At most so many passes over the training pixels, of `balanced` and `best`. Default: the preset's own.
    seed : int
        0 to 2**31 - 1; the same seed on the same machine gives the same model.
    device : {'auto', 'cpu', 'cuda'}
        Where networks learn; `quick` learns on the CPU.
    name : str, optional
        The model's name for people, and of the group of its layers. Default: of the label layer.
    model : str, optional
        The folder that becomes the model: card and weights.
    report, errors : str, optional
        Where to write the report (JSON) and the validation pixels that were mapped wrongly (GeoPackage).
    """

    kind: ClassVar[str] = "train"

    images: tuple[tuple[str, ...], ...]
    labels: str
    class_field: str
    preset: str = "quick"
    encoder: Optional[str] = None
    network: Optional[str] = None
    bands: Optional[tuple[str, ...]] = None
    buffer_m: Optional[float] = None
    epochs: Optional[int] = None
    seed: int = 0
    device: str = "auto"
    name: Optional[str] = None
    model: Optional[str] = output()
    report: Optional[str] = output()
    errors: Optional[str] = output()

    def __post_init__(self) -> None:
        if not self.images or not all(image and all(image) for image in self.images):
            raise RequestError("images names no image, or one without files; give at least one.")
        if not self.labels:
            raise RequestError("labels is empty; give a layer of labelled polygons.")
        if not self.class_field.strip():
            raise RequestError("class_field is blank; name the field that holds the class.")
        check_choice("preset", self.preset, tuple(PRESETS))
        check_choice("network", self.network, tuple(NETWORKS))
        check_choice("device", self.device, DEVICES)
        if self.network is not None and self.preset not in NETWORKS[self.network].presets:
            presets = " and ".join(NETWORKS[self.network].presets)
            raise RequestError(f"network is for the preset {presets}; leave it out with {self.preset}.")
        for field in ("encoder", "epochs"):
            presets = " and ".join(name for name, row in PRESETS.items() if getattr(row, field) is not None)
            if getattr(self, field) is not None and getattr(PRESETS[self.preset], field) is None:
                raise RequestError(f"{field} is for the presets {presets}; leave it out with {self.preset}.")
        if self.buffer_m is not None and not 0 < self.buffer_m < math.inf:
            raise RequestError(f"buffer_m is {self.buffer_m}; give metres above 0.")
        if self.epochs is not None and not LEAST_EPOCHS <= self.epochs <= MOST_EPOCHS:
            raise RequestError(f"epochs is {self.epochs}; give {LEAST_EPOCHS} to {MOST_EPOCHS}.")
        if not 0 <= self.seed <= HIGHEST_SEED:
            raise RequestError(f"seed is {self.seed}; choose a whole number from 0 to {HIGHEST_SEED}.")
        if self.name is not None and not self.name.strip():
            raise RequestError("name is blank; name the model, or leave it out.")
        if self.model is None:
            raise RequestError("model is missing; name the folder that the model is written to.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The images and the labels."""
        return [*(path for image in self.images for path in image), self.labels]


@dataclass(frozen=True)
class LandcoverRequest(Request):
    """Map land cover with a trained model.

    Attributes
    ----------
    image : tuple of str
        The files of one image: bands apart, tiles side by side, or one file.
    model : str
        A model's folder, or the name of an installed one.
    aoi : str, optional
        A vector file, `west,south,east,north` in WGS84 degrees, or a GeoJSON geometry in WGS84. Default: the image.
    bands : tuple of str, optional
        Names of the image's bands in file order where the file names none, or wrong ones; 'skip' leaves a band out.
    augment : bool
        Average over turned and mirrored images: slower (about eight times), and a little better.
    min_area_ha : float
        Minimum mapping unit in hectares: smaller patches take the class around them.
    device : {'auto', 'cpu', 'cuda'}
    name : str, optional
        Of the group of the results. Default: of the first file.
    map, polygons, report, confidence, probabilities : str, optional
        Where to write the class raster (GeoTIFF), the polygons (GeoPackage), the report (JSON), the probability of the
        class in per cent and of all classes in per cent (GeoTIFF).
    """

    kind: ClassVar[str] = "landcover"

    image: tuple[str, ...]
    model: str
    aoi: Optional[str] = None
    bands: Optional[tuple[str, ...]] = None
    augment: bool = False
    min_area_ha: float = 0.0
    device: str = "auto"
    name: Optional[str] = None
    map: Optional[str] = output()
    polygons: Optional[str] = output()
    report: Optional[str] = output()
    confidence: Optional[str] = output()
    probabilities: Optional[str] = output()

    def __post_init__(self) -> None:
        if not self.image or not all(self.image):
            raise RequestError("image names no file; give the image to map.")
        if not self.model:
            raise RequestError("model is empty; name a model's folder or an installed model.")
        check_choice("device", self.device, DEVICES)
        if not 0 <= self.min_area_ha < math.inf:
            raise RequestError(f"min_area_ha is {self.min_area_ha}; give hectares, 0 or more.")
        if self.name is not None and not self.name.strip():
            raise RequestError("name is blank; name the map, or leave it out.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The image, the model and the area."""
        return [*self.image, self.model, *([self.aoi] if self.aoi else [])]
