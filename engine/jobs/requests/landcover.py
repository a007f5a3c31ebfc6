"""What the training of a land-cover model, and a land-cover map, are asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._dates import check_dates, most_dates, places
from ._declared import bands_option, confidence_output, device_option, label, option, output, seed_option, smooth_option
from .networks import NETWORKS, PRESETS

__all__ = ["LandcoverRequest", "TrainRequest"]


@dataclass(frozen=True)
class TrainRequest(Request):
    """Learn land cover from labelled polygons.

    Attributes
    ----------
    images : tuple of tuple of str
        The images to learn from, each with its files (bands apart, tiles side by side); all of the same bands.
    labels : str
        A vector layer in any coordinate system: polygons, or lines and points with `buffer_m`.
    dates : tuple of int, optional
        Of which date each of `images` is: 0 begins a place, whose older images follow: 1 is the one before, and so on.
        As many for each place. Default: all are places of one date.
    class_field : str
        The field that holds the class, as text or as numbers. Class ids follow the sorted names; a class named
        "background" comes first.
    preset : {'quick', 'balanced', 'best'}
        A forest on features of each pixel; a frozen pre-trained encoder with a light decoder; a whole network.
    encoder : str, optional
        The encoder of `balanced` (a model's name) or of `best` (a timm name, or a flood model to learn on from).
        Default: the preset's own.
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
    title: ClassVar[str] = "training"
    task: ClassVar[str] = "engine.segmentation.training:train"
    keywords: ClassVar[tuple[str, ...]] = ("land cover", "validation")
    subject: ClassVar[str] = "labels"

    images: tuple[tuple[str, ...], ...]
    labels: str
    class_field: str
    preset: str = option(
        "quick",
        "Way to learn",
        "Quick needs no GPU and some seconds. Best wants many polygons and a GPU.",
        choices={row.name: row.title for row in PRESETS.values()},
        usual=True,
    )
    encoder: Optional[str] = option(
        None,
        "Encoder",
        "An installed encoder for Balanced and Best; for Best also a timm encoder, or a flood model to learn on from. "
        "Default: the preset's own.",
    )
    network: Optional[str] = option(
        None,
        "Network",
        "What Best builds on the encoder. Default: the preset's own.",
        choices={row.name: row.title for row in NETWORKS.values()},
        unset="As the preset says",
    )
    bands: Optional[tuple[str, ...]] = bands_option()
    buffer_m: Optional[float] = option(
        None,
        "Widen lines and points",
        "Half width of what lines become, and radius of what points become.",
        unit="m",
        low=0,
        above=True,
    )
    epochs: Optional[int] = option(
        None,
        "Epochs",
        "At most so many passes, of Balanced and Best; it ends sooner where nothing gets better any more.",
        low=1,
        high=10_000,
        whole=True,
        unset="As the preset says",
    )
    seed: int = seed_option()
    device: str = device_option()
    name: Optional[str] = label("Name of the model", "For people. Default: the name of the label layer.")
    model: Optional[str] = output(
        "model", "Model", "", "The folder that becomes the model. Default: among GeoFM's models."
    )
    errors: Optional[str] = output(
        "vector",
        "Validation errors",
        "errors.gpkg",
        "A GeoPackage: where the model was wrong on polygons that it had not seen, and what it took them for.",
        style="errors",
    )
    report: Optional[str] = output(
        "table", "Training report", "report.json", "Classes, confusion matrix, accuracy, parameters and warnings."
    )
    dates: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_dates(self.images, self.dates)
        if not self.labels:
            raise RequestError("labels is empty; give a layer of labelled polygons.")
        if not self.class_field.strip():
            raise RequestError("class_field is blank; name the field that holds the class.")
        if self.network is not None and self.preset not in NETWORKS[self.network].presets:
            presets = " and ".join(NETWORKS[self.network].presets)
            raise RequestError(f"network is for the preset {presets}; leave it out with {self.preset}.")
        self._check_network()
        if self.encoder is not None and self.network is not None and not NETWORKS[self.network].encoders:
            told = f"The network {self.network} has an encoder of its own; leave the encoder out."
            raise RequestError(told, field="encoder")
        for field in ("encoder", "epochs"):
            presets = " and ".join(name for name, row in PRESETS.items() if getattr(row, field) is not None)
            if getattr(self, field) is not None and getattr(PRESETS[self.preset], field) is None:
                raise RequestError(f"{field} is for the presets {presets}; leave it out with {self.preset}.")
        if self.model is None:
            raise RequestError("model is missing; name the folder that the model is written to.")
        self.check_paths()

    def places(self) -> list[list[tuple[str, ...]]]:
        """The images of each place, the newest first."""
        return places(self.images, self.dates)

    def _check_network(self) -> None:
        """See that the network takes as many dates as there are."""
        most = most_dates(self.dates)
        row = NETWORKS[self.network] if self.network is not None else None
        if most > 1 and self.preset != "best":
            told = f"Images of several dates are for the preset best; give one of each place to {self.preset}."
            raise RequestError(told, field="dates")
        if row is not None and most < row.least_dates:
            told = f"The network {row.name} compares images of {row.least_dates} dates; give those before, too."
            raise RequestError(told, field="dates")
        if most > (row.dates if row is not None else max(row.dates for row in NETWORKS.values())):
            told = f"Of each place there are images of {most} dates, more than the network takes; leave out the oldest."
            raise RequestError(told, field="dates")

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
    smooth : bool
        Cut the corners of the polygons.
    device : {'auto', 'cpu', 'cuda'}
    name : str, optional
        Of the group of the results. Default: of the first file.
    map, polygons, report, confidence, probabilities : str, optional
        Where to write the class raster (GeoTIFF), the polygons (GeoPackage), the report (JSON), the probability of the
        class in per cent and of all classes in per cent (GeoTIFF).
    """

    kind: ClassVar[str] = "landcover"
    title: ClassVar[str] = "land cover map"
    task: ClassVar[str] = "engine.landcover.mapping:map_landcover"
    keywords: ClassVar[tuple[str, ...]] = ("land cover",)
    subject: ClassVar[str] = "image"

    image: tuple[str, ...]
    model: str
    aoi: Optional[str] = None
    bands: Optional[tuple[str, ...]] = bands_option()
    augment: bool = option(
        False, "Average over turned and mirrored images", "A little better, and about eight times slower."
    )
    min_area_ha: float = option(
        0.0,
        "Minimum mapping unit",
        "Patches that are smaller take the class around them.",
        unit="ha",
        low=0,
        unset="None",
        usual=True,
    )
    smooth: bool = smooth_option()
    device: str = device_option()
    name: Optional[str] = label("Name of the map", "Names the layers' group. Default: the name of the first file.")
    map: Optional[str] = output(
        "raster",
        "Land cover",
        "landcover.tif",
        "A GeoTIFF with the classes' numbers, names and colours; 255 not observed.",
    )
    polygons: Optional[str] = output(
        "vector",
        "Land cover polygons",
        "landcover.gpkg",
        "Each patch with its class and area, as a GeoPackage. Large without a minimum mapping unit.",
        style="landcover_polygons",
        layer="landcover",
        outline=True,
        offer="Also polygons",
        shown=False,
        unfolded=False,
        wanted=False,
    )
    confidence: Optional[str] = confidence_output(
        "A raster: how likely each pixel's class is to the model, in per cent."
    )
    probabilities: Optional[str] = output(
        "raster",
        "Class probabilities (%)",
        "probabilities.tif",
        "A raster with one band for each class, in per cent.",
        style="probabilities",
        offer="Also the probabilities of all classes",
        shown=False,
        unfolded=False,
        wanted=False,
    )
    report: Optional[str] = output(
        "table", "Land cover report", "report.json", "Areas, classes, the model's card, parameters and warnings."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.image or not all(self.image):
            raise RequestError("image names no file; give the image to map.")
        if not self.model:
            raise RequestError("model is empty; name a model's folder or an installed model.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The image, the model and the area."""
        return [*self.image, self.model, *([self.aoi] if self.aoi else [])]
