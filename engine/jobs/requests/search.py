"""What an index of imagery, and a search in one, are asked to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import DEVICES, Request, check_choice, output

__all__ = [
    "ACTIONS",
    "DEFAULT_MODEL",
    "LONGEST_PHRASE",
    "MOST_HITS",
    "IndexRequest",
    "OpenIndexRequest",
    "ScoreMapRequest",
    "SearchRequest",
]

ACTIONS = ("build", "add", "refresh", "remove")
DEFAULT_MODEL = "geofm-basic"
LONGEST_PHRASE = 500
MOST_PHRASES = 100
MOST_HITS = 10_000
MOST_WINDOWS = 6
HIGHEST_OVERLAP = 0.9


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

    images: tuple[tuple[str, ...], ...] = ()
    index: Optional[str] = output()
    action: str = "build"
    model: str = DEFAULT_MODEL
    window_m: tuple[float, ...] = ()
    overlap: float = 0.5
    bands: Optional[tuple[str, ...]] = None
    device: str = "auto"
    name: Optional[str] = None
    lance: bool = False

    def __post_init__(self) -> None:
        if self.index is None:
            raise RequestError("index is missing; name the folder of the index.")
        check_choice("action", self.action, ACTIONS)
        check_choice("device", self.device, DEVICES)
        if not self.images and self.action != "refresh":
            raise RequestError(f"images names no image; give at least one to {self.action}.")
        if not all(image and all(image) for image in self.images):
            raise RequestError("images holds an image without files; leave that image out.")
        if not self.model:
            raise RequestError("model is empty; name a model's folder or an installed model.")
        if len(self.window_m) > MOST_WINDOWS or not all(0 < side < math.inf for side in self.window_m):
            raise RequestError(f"window_m is {self.window_m}; give at most {MOST_WINDOWS} sides in metres above 0.")
        if not 0 <= self.overlap <= HIGHEST_OVERLAP:
            raise RequestError(f"overlap is {self.overlap}; give a share of the window, 0 to {HIGHEST_OVERLAP}.")
        if self.name is not None and not self.name.strip():
            raise RequestError("name is blank; name the index, or leave it out.")
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

    index: str
    device: str = "auto"

    def __post_init__(self) -> None:
        if not self.index:
            raise RequestError("index is empty; name the folder of an index.")
        check_choice("device", self.device, DEVICES)

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

    index: str
    texts: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    at: Optional[tuple[float, ...]] = None
    like: Optional[str] = None
    good: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    text_weight: float = 1.0
    negative_weight: float = 0.5
    example_weight: float = 1.0
    place_weight: float = 1.0
    aoi: Optional[str] = None
    date_from: Optional[str] = None
    date_to: Optional[str] = None
    top: int = 50
    threshold: Optional[float] = None
    device: str = "auto"
    name: Optional[str] = None
    hits: Optional[str] = output()
    table: Optional[str] = output()
    thumbnails: Optional[str] = output()
    heat_map: Optional[str] = output()

    def __post_init__(self) -> None:
        if not self.index:
            raise RequestError("index is empty; name the folder of an index.")
        self._check_query()
        self._check_weights()
        self._check_dates()
        if not 1 <= self.top <= MOST_HITS:
            raise RequestError(f"top is {self.top}; give a number of hits, 1 to {MOST_HITS:,}.")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise RequestError(f"threshold is {self.threshold}; give a number, or leave it out.")
        check_choice("device", self.device, DEVICES)
        if self.name is not None and not self.name.strip():
            raise RequestError("name is blank; name the search, or leave it out.")
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

    def _check_weights(self) -> None:
        for name in ("text_weight", "negative_weight", "example_weight", "place_weight"):
            if not 0 <= getattr(self, name) < math.inf:
                raise RequestError(f"{name} is {getattr(self, name)}; give a number, 0 or more.")
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

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heat_map is None:
            raise RequestError("heat_map is missing; name the raster to write.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
