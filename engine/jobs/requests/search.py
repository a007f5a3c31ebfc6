"""What an index of imagery, and a search in one, are asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import bands_option, device_option, label, option, output

__all__ = [
    "DEFAULT_MODEL",
    "LONGEST_PHRASE",
    "IndexRequest",
    "OpenIndexRequest",
    "ScoreMapRequest",
    "SearchRequest",
]

DEFAULT_MODEL = "geofm-basic"
LONGEST_PHRASE = 500
MOST_PHRASES = 100
MOST_WINDOWS = 6
HIGHEST_OVERLAP = 0.9


def weight(default: float, part: str) -> Any:
    """A field that says how much a part of a query counts."""
    return option(default, f"Weight of {part}", f"How much {part} count.", low=0)


@dataclass(frozen=True)
class IndexRequest(Request):
    """Make imagery searchable: cut it into tiles on the ground and keep one vector of each.

    Attributes
    ----------
    images : tuple of tuple of str
        The images, each with its files (bands apart, tiles side by side), in any coordinate system and resolution.
        `refresh` without images looks at all of the index.
    index : str
        The index's folder.
    action : {'build', 'add', 'refresh', 'remove'}
        Make a new index (or go on with one that was broken off); put images into one; read images again that have
        changed; take images out.
    model : str
        Name or folder of the dual encoder that a new index is made with; an index keeps its own.
    window_m : tuple of float
        Sides of the square windows in metres on the ground, for a new index. Default: of each image, what the model
        sees at its own resolution (or at the image's, where that is coarser), and twice that.
    overlap : float
        Of neighbouring windows as a share of their side, 0 to 0.9, for a new index.
    bands : tuple of str, optional
        Names of the images' bands in file order where the files name none, or wrong ones; 'skip' leaves a band out.
    device : {'auto', 'cpu', 'cuda'}
    name : str, optional
        Of the index, and of the group of its layers. Default: of its folder.
    lance : bool
        Also copy the vectors into a table of LanceDB, by which queries find their way in an index beyond memory; make
        it anew where it no longer fits. Needs what requirements/lance.txt lists.
    """

    kind: ClassVar[str] = "index"
    title: ClassVar[str] = "index for search"
    task: ClassVar[str] = "engine.search.index.building:build_index"
    subject: ClassVar[str] = "index"

    images: tuple[tuple[str, ...], ...] = ()
    index: Optional[str] = output(
        "index", "Index", "", "A new or empty folder; to add, refresh or remove the folder of an index."
    )
    action: str = option(
        "build",
        "Action",
        "Refreshing reads images again that have changed.",
        choices={
            "build": "Build a new index",
            "add": "Add to an index",
            "refresh": "Look for changed images in an index",
            "remove": "Take images out of an index",
        },
    )
    model: str = DEFAULT_MODEL
    window_m: tuple[float, ...] = option(
        (),
        "Windows",
        "Sides on the ground, such as: 64, 128. Default: by model and image.",
        unit="m",
        low=0,
        above=True,
    )
    overlap: float = option(
        0.5, "Overlap of windows", "As a share of their side; for a new index.", low=0, high=HIGHEST_OVERLAP
    )
    bands: Optional[tuple[str, ...]] = bands_option()
    device: str = device_option()
    name: Optional[str] = label("Name of the index", "The list of indexes shows it. Default: the name of the folder.")
    lance: bool = option(
        False,
        "Also keep the vectors in a table of LanceDB",
        "For an index larger than memory: queries then find their way by it.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.index is None:
            raise RequestError("index is missing; name the folder of the index.")
        if not self.images and self.action != "refresh":
            raise RequestError(f"images names no image; give at least one to {self.action}.")
        if not all(image and all(image) for image in self.images):
            raise RequestError("images holds an image without files; leave that image out.")
        if not self.model:
            raise RequestError("model is empty; name a model's folder or an installed model.")
        if len(self.window_m) > MOST_WINDOWS:
            raise RequestError(f"window_m has {len(self.window_m)} sides; give at most {MOST_WINDOWS}.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The images."""
        return [path for image in self.images for path in image]


@dataclass(frozen=True)
class OpenIndexRequest(Request):
    """Get ready to search an index, and tell what it holds: queries that follow find index and model in memory.

    Attributes
    ----------
    index : str
        The index's folder.
    device : {'auto', 'cpu', 'cuda'}
    """

    kind: ClassVar[str] = "open-index"
    lane: ClassVar[str] = "interactive"
    title: ClassVar[str] = "opening of an index"
    task: ClassVar[str] = "engine.search.query.opening:open_for_search"
    subject: ClassVar[str] = "index"

    index: str
    device: str = device_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.index:
            raise RequestError("index is empty; name the folder of an index.")

    def inputs(self) -> list[str]:
        """The index."""
        return [self.index]


@dataclass(frozen=True)
class SearchRequest(Request):
    """Find the places of an index that fit a phrase, an example, a place on the ground, or marks of the user.

    Attributes
    ----------
    index : str
        The index's folder.
    texts : tuple of str
        Phrases for what is wanted; several are averaged.
    negatives : tuple of str
        Phrases for what is not wanted: their direction is subtracted.
    examples : tuple of str
        Image files that show what is wanted.
    at : tuple of float, optional
        Longitude and latitude in WGS84 degrees of a place like which others are wanted.
    like : str, optional
        An area on the ground like which others are wanted: `west,south,east,north` in WGS84 degrees, a GeoJSON geometry
        in WGS84, or a vector file.
    good, bad : tuple of int
        Tiles of an earlier answer that the user marked.
    text_weight, negative_weight, example_weight, place_weight : float
        How much each part of the query counts, 0 or more.
    aoi : str, optional
        Where to search; as `like`. Default: everywhere.
    date_from, date_to : str, optional
        First and last day of acquisition, as YYYY-MM-DD; images without a date are left out then.
    top : int
        The most hits, 1 to 10,000.
    threshold : float, optional
        The lowest score of a hit: standard deviations above what the query gives to the index's average tile.
    device : {'auto', 'cpu', 'cuda'}
    name : str, optional
        Of the group of the results. Default: of the query.
    hits : str, optional
        Where to write the hits as polygons (GeoPackage).
    table : str, optional
        Where to write hits, histogram of all scores and calibration (JSON).
    thumbnails : str, optional
        The folder that gets one small JPEG for each hit.
    heat_map : str, optional
        Where to write the scores of all tiles as a raster (GeoTIFF).
    """

    kind: ClassVar[str] = "search"
    lane: ClassVar[str] = "interactive"
    title: ClassVar[str] = "search"
    task: ClassVar[str] = "engine.search.query.searching:search"
    subject: ClassVar[str] = "index"

    index: str
    texts: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    at: Optional[tuple[float, ...]] = None
    like: Optional[str] = None
    good: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    text_weight: float = weight(1.0, "phrases")
    negative_weight: float = weight(0.5, "phrases for what is not wanted")
    example_weight: float = weight(1.0, "example images")
    place_weight: float = weight(1.0, "places on the ground")
    aoi: Optional[str] = None
    date_from: Optional[str] = None
    date_to: Optional[str] = None
    top: int = option(
        50, "Most hits", "How many of the best places are brought at most.", low=1, high=10_000, whole=True, usual=True
    )
    threshold: Optional[float] = option(None, "Lowest score", "Places that fit less are left out.", usual=True)
    device: str = device_option()
    name: Optional[str] = label("Name of the search", "Names the layers' group. Default: the words.")
    hits: Optional[str] = output(
        "vector",
        "Hits",
        "hits.gpkg",
        "A GeoPackage: each place with rank, score, image and date.",
        style="hits",
        layer="hits",
    )
    heat_map: Optional[str] = output(
        "raster",
        "Scores",
        "scores.tif",
        "A GeoTIFF with one band; no data where nothing was indexed.",
        style="scores",
        wanted=False,
    )
    table: Optional[str] = output(
        "table", "Table of hits", "hits.json", "The hits, and how often each score occurs.", wanted=False
    )
    thumbnails: Optional[str] = output(
        "picture", "Thumbnails", "thumbnails", "A folder with a small picture of each hit.", wanted=False
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.index:
            raise RequestError("index is empty; name the folder of an index.")
        self._check_query()
        self._check_marks()
        self._check_dates()
        if self.outputs():
            self.check_paths()

    def inputs(self) -> list[str]:
        """The index, the examples and the areas."""
        return [self.index, *self.examples, *(area for area in (self.like, self.aoi) if area)]

    def _check_query(self) -> None:
        phrases = (*self.texts, *self.negatives)
        for phrase in phrases:
            if not phrase.strip():
                raise RequestError("The query is empty; say in a few words what to look for.")
            if len(phrase) > LONGEST_PHRASE:
                raise RequestError(
                    f"A phrase of the query has {len(phrase):,} characters; say it in at most {LONGEST_PHRASE}."
                )
        if len(phrases) > MOST_PHRASES:
            raise RequestError(f"The query has {len(phrases):,} phrases; give at most {MOST_PHRASES}.")
        if not all(self.examples):
            raise RequestError("examples holds an empty path; name an image file.")
        if self.at is not None and not (len(self.at) == 2 and abs(self.at[0]) <= 180 and abs(self.at[1]) <= 90):
            raise RequestError(f"at is {self.at}; give longitude and latitude in WGS84 degrees.")
        if self.texts or self.examples or self.at is not None or self.like or self.good:
            return
        if self.negatives or self.bad:
            raise RequestError(
                "The query says only what is not wanted; add a phrase, an example, a place or a tile marked good."
            )
        raise RequestError("The query is empty; give a phrase, an example image, a place or a tile marked good.")

    def _check_marks(self) -> None:
        if set(self.good) & set(self.bad):
            raise RequestError(
                f"Tile {min(set(self.good) & set(self.bad))} is marked good and bad; choose one of them."
            )

    def _check_dates(self) -> None:
        for name in ("date_from", "date_to"):
            text = getattr(self, name)
            if text is not None and not _is_date(text):
                raise RequestError(f"{name} is '{text[:40]}'; give a day as YYYY-MM-DD.")
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise RequestError(f"date_from {self.date_from} lies after date_to {self.date_to}; swap them.")


@dataclass(frozen=True)
class ScoreMapRequest(SearchRequest):
    """A search that writes the scores of all tiles as a raster; a long job, as its pixels may be many."""

    kind: ClassVar[str] = "score-map"
    lane: ClassVar[str] = "long"
    title: ClassVar[str] = "map of scores"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heat_map is None:
            raise RequestError("heat_map is missing; name the raster to write.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
