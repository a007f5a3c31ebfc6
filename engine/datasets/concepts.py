"""The concepts that the basic model is taught, and the words for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["AMBIGUOUS", "CONCEPTS", "Concept", "ambiguous", "class_key", "concept_of", "spelt"]


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that a picture from above may show.

    Attributes
    ----------
    name : str
        For readers; also the first phrase that is taught.
    classes : tuple of str
        Names of classes of scene data sets that mean it, as `spelt` writes them.
    taught : tuple of str
        Phrases that the image tower learns to lie near.
    held_out : tuple of str
        Phrases that no training sees, so that tests can tell whether a concept was learned or a wording.
    """

    name: str
    classes: tuple[str, ...]
    taught: tuple[str, ...]
    held_out: tuple[str, ...]


CONCEPTS = (
    Concept(
        "airport",
        ("airport", "airfield"),
        (
            *("airport", "airplanes at an airport", "planes parked beside a terminal building", "aircraft"),
            *("runways of an airport", "airport terminal and aprons", "an airport with many aircraft", "airplane"),
            *("an airfield with a runway", "passenger planes near boarding gates", "taxiways and runways"),
        ),
        ("jets standing at gates", "landing strip for planes", "an aerodrome", "parked airliners", "airport apron"),
    ),
    Concept(
        "beach",
        ("beach", "coast", "shore"),
        (
            *("beach", "a sandy beach by the sea", "waves on the shore", "sand and ocean", "coastline", "seashore"),
            *("white waves break on a beach", "a beach next to the sea", "yellow sand beside blue water"),
            *("the coast of the ocean", "surf on a sandy coast"),
        ),
        ("sandy shoreline", "a strip of sand along the sea", "coast with breaking waves", "seaside", "shore"),
    ),
    Concept(
        "bridge",
        ("bridge",),
        (
            *("bridge", "a bridge over a river", "a road crosses the water on a bridge", "bridge across water"),
            *("a long bridge spans a river", "cars on a bridge above a river", "river crossing"),
            *("a suspension bridge", "a road bridge over a wide river", "a bridge between two banks"),
        ),
        ("a bridge spanning a waterway", "a highway bridge above water", "bridge connecting both river banks"),
    ),
    Concept(
        "commercial area",
        ("commercial", "commercial area", "downtown", "business district"),
        (
            *("commercial area", "tall buildings in a city centre", "business district", "downtown", "commercial"),
            *("skyscrapers and office blocks", "high-rise buildings of a commercial area", "shopping district"),
            *("dense city centre with high buildings", "office towers", "a shopping centre and offices"),
        ),
        ("a central business quarter", "high-rises downtown", "city core with towers", "shops and office buildings"),
    ),
    Concept(
        "desert",
        ("desert", "bare land", "bareland", "sand"),
        (
            *("desert", "sand dunes", "a yellow desert", "bare sand", "dry desert without plants", "dunes"),
            *("ripples in desert sand", "arid land covered by sand", "barren land", "a sea of sand"),
        ),
        ("sandy wasteland", "wind-blown dunes", "arid barren ground", "an empty sand desert"),
    ),
    Concept(
        "farmland",
        ("farmland", "field", "fields", "agricultural", "cropland", "agriculture"),
        (
            *("farmland", "field", "agricultural fields", "cropland", "crops on rectangular fields", "farm fields"),
            *("ploughed fields", "green and brown fields", "cultivated land", "patchwork of fields", "fields of crops"),
            *("rows of crops", "arable land"),
        ),
        (
            "tilled fields",
            "plots of agricultural land",
            "parcels under cultivation",
            "a farm with crops",
            "farmed land",
        ),
    ),
    Concept(
        "football field",
        ("football field", "playground", "stadium", "soccer field"),
        (
            *("football field", "football pitch", "soccer field", "a sports field with a running track", "playground"),
            *("stadium", "a green football field inside a red track", "athletics track", "sports ground"),
            *("a soccer pitch in a stadium",),
        ),
        ("running track around a pitch", "soccer ground", "a playing field for football", "athletic field"),
    ),
    Concept(
        "forest",
        ("forest", "woodland", "dense forest", "trees"),
        (
            *("forest", "dense forest", "many green trees", "woodland", "trees", "dark green forest", "woods"),
            *("tree canopy", "a forest with many trees", "thick woods", "an area covered by trees"),
        ),
        ("densely wooded land", "a closed canopy of trees", "wooded area", "jungle of trees", "timberland"),
    ),
    Concept(
        "industrial area",
        ("industrial", "industry", "industrial area", "factory"),
        (
            *("industrial area", "industry", "factory", "factory buildings", "warehouses", "industrial buildings"),
            *("large halls of a factory", "storage tanks and factories", "industrial plant", "industrial"),
            *("industrial district with large roofs", "works and storage halls"),
        ),
        ("manufacturing plants", "an industrial estate", "big warehouse roofs", "production halls", "factories"),
    ),
    Concept(
        "meadow",
        ("meadow", "grass", "grassland", "pasture"),
        (
            *("meadow", "grass", "grassland", "green grass", "lawn", "a green meadow", "pasture", "open grassland"),
            *("an area covered with grass", "grassy land", "short grass"),
        ),
        ("grazing land", "a grassy plain", "turf", "prairie", "a piece of green grass"),
    ),
    Concept(
        "mountain",
        ("mountain", "mountains"),
        (
            *("mountain", "mountains", "a mountain ridge", "rocky mountains", "steep slopes", "mountain range"),
            *("snow on mountain peaks", "ridges and valleys", "bare rocks of a mountain", "peaks"),
        ),
        ("rugged mountain terrain", "alpine ridges", "steep rocky hills", "highland relief"),
    ),
    Concept(
        "park",
        ("park", "garden"),
        (
            *("park", "a city park", "a park with trees and a lake", "public garden", "paths in a park"),
            *("green park with ponds and lawns", "garden", "recreation park", "trees and paths of a park"),
        ),
        ("urban green space", "municipal park with footpaths", "a landscaped garden", "park with lawns and a pond"),
    ),
    Concept(
        "parking lot",
        ("parking", "parking lot", "car park"),
        (
            *("parking lot", "cars in a parking lot", "car park", "many parked cars", "rows of cars", "parking"),
            *("a parking lot full of cars", "vehicles parked in rows", "parking spaces", "parked vehicles"),
        ),
        ("an area where cars are parked", "lots of automobiles parked", "vehicle parking area", "lines of parked cars"),
    ),
    Concept(
        "pond",
        ("pond", "lake", "reservoir"),
        (
            *("pond", "a pond", "a small lake", "lake", "still water of a pond", "a pond with trees around it"),
            *("a body of still water", "reservoir", "a dark green pond", "fish ponds"),
        ),
        ("a small body of water", "standing water", "a little lake ringed by trees", "water basin"),
    ),
    Concept(
        "port",
        ("port", "harbor", "harbour", "marina"),
        (
            *("port", "harbour", "ships in a harbour", "boats at the docks", "many boats in a port", "marina"),
            *("ships at the quay", "boats moored at piers", "docks", "container port", "harbor"),
        ),
        ("vessels berthed at a wharf", "yachts at jetties", "dockyard with ships", "moored boats", "seaport"),
    ),
    Concept(
        "railway station",
        ("railway station", "train station", "railway"),
        (
            *("railway station", "train station", "railway tracks", "trains at a station", "rails", "railway"),
            *("a railway station with many tracks", "platforms beside railway tracks", "railroad"),
            *("station building and rails", "rail yard"),
        ),
        ("train platforms", "a railroad station hall", "parallel rail tracks", "trains and platforms"),
    ),
    Concept(
        "residential area",
        ("residential", "residential area", "resident", "houses", "dense residential", "medium residential"),
        (
            *("residential area", "houses", "many houses", "a residential neighbourhood", "village houses"),
            *("rows of houses with gardens", "residential", "residential buildings", "housing estate", "homes"),
            *("apartment blocks", "suburb", "dense residential area"),
        ),
        ("dwellings along streets", "family homes", "a housing neighbourhood", "a settlement", "town houses"),
    ),
    Concept(
        "river",
        ("river",),
        (
            *("river", "a river", "a winding river", "a river flows through the land", "a wide river", "stream"),
            *("a curved river between green banks", "river bank", "flowing water", "a river through fields"),
        ),
        ("a meandering watercourse", "a broad stream", "river bend", "a waterway with two banks"),
    ),
    Concept(
        "river or lake",
        ("river lake", "river or lake", "water", "water body"),
        (
            *("river or lake", "water", "a river or a lake", "open water", "a body of water", "water surface"),
            *("rivers and lakes", "a lake or river with its shore", "inland water"),
        ),
        ("lakes and rivers", "surface water", "a waterbody", "a stretch of water"),
    ),
    Concept(
        "viaduct",
        ("viaduct", "overpass", "interchange"),
        (
            *("viaduct", "overpass", "a road interchange", "crossing roads on a viaduct", "highway interchange"),
            *("flyover", "curved ramps of a motorway junction", "roads crossing above each other", "motorway junction"),
            *("elevated road",),
        ),
        ("cloverleaf junction", "elevated highway ramps", "multi-level road crossing", "expressway interchange"),
    ),
)

# Pairs of concepts of which a picture may show either: neither is held against the other in training.
AMBIGUOUS = (("river or lake", "river"), ("river or lake", "pond"))


def spelt(name: str) -> str:
    """A class name or the name of a folder as words: 'RiverLake', 'river_lake' and 'river-lake' are 'river lake'.

    A single small letter before a capital only puts folders in order, as in RSSCN7's 'dRiverLake'.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"^[a-z](?=[A-Z])", "", name))
    return " ".join(re.sub(r"[_\-./\\]+", " ", apart).split()).lower()


def class_key(name: str) -> str:
    """What spellings of one class have in common: without spaces, and in the singular.

    'football_field', 'footballfield' and 'Football Fields' are one class.
    """
    glued = spelt(name).replace(" ", "")
    for ending, singular in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ss", "ss")):
        if glued.endswith(ending):
            return glued.removesuffix(ending) + singular
    return glued.removesuffix("s")


def concept_of(name: str) -> Concept | None:
    """The concept that a class of a data set means, or None."""
    key = class_key(name)
    return next((item for item in CONCEPTS if key in map(class_key, (item.name, *item.classes))), None)


def ambiguous(first: str, second: str) -> bool:
    """Whether two concepts, by name, may both be right of one picture."""
    return (first, second) in AMBIGUOUS or (second, first) in AMBIGUOUS
