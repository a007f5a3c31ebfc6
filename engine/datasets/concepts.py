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


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


CONCEPTS = (
    Concept(
        "airport",
        classes=_phrases("airport, airfield"),
        taught=_phrases(
            "airport, airplanes at an airport, planes parked beside a terminal building, aircraft, runways of an "
            "airport, airport terminal and aprons, an airport with many aircraft, airplane, an airfield with a runway, "
            "passenger planes near boarding gates, taxiways and runways"
        ),
        held_out=_phrases(
            "jets standing at gates, landing strip for planes, an aerodrome, parked airliners, airport apron"
        ),
    ),
    Concept(
        "beach",
        classes=_phrases("beach, coast, shore"),
        taught=_phrases(
            "beach, a sandy beach by the sea, waves on the shore, sand and ocean, coastline, seashore, white waves "
            "break on a beach, a beach next to the sea, yellow sand beside blue water, the coast of the ocean, surf on "
            "a sandy coast"
        ),
        held_out=_phrases("sandy shoreline, a strip of sand along the sea, coast with breaking waves, seaside, shore"),
    ),
    Concept(
        "bridge",
        classes=_phrases("bridge"),
        taught=_phrases(
            "bridge, a bridge over a river, a road crosses the water on a bridge, bridge across water, a long bridge "
            "spans a river, cars on a bridge above a river, river crossing, a suspension bridge, a road bridge over a "
            "wide river, a bridge between two banks"
        ),
        held_out=_phrases(
            "a bridge spanning a waterway, a highway bridge above water, bridge connecting both river banks"
        ),
    ),
    Concept(
        "commercial area",
        classes=_phrases("commercial, commercial area, downtown, business district"),
        taught=_phrases(
            "commercial area, tall buildings in a city centre, business district, downtown, commercial, skyscrapers "
            "and office blocks, high-rise buildings of a commercial area, shopping district, dense city centre with "
            "high buildings, office towers, a shopping centre and offices"
        ),
        held_out=_phrases(
            "a central business quarter, high-rises downtown, city core with towers, shops and office buildings"
        ),
    ),
    Concept(
        "desert",
        classes=_phrases("desert, bare land, bareland, sand"),
        taught=_phrases(
            "desert, sand dunes, a yellow desert, bare sand, dry desert without plants, dunes, ripples in desert sand, "
            "arid land covered by sand, barren land, a sea of sand"
        ),
        held_out=_phrases("sandy wasteland, wind-blown dunes, arid barren ground, an empty sand desert"),
    ),
    Concept(
        "farmland",
        classes=_phrases("farmland, field, fields, agricultural, cropland, agriculture"),
        taught=_phrases(
            "farmland, field, agricultural fields, cropland, crops on rectangular fields, farm fields, ploughed "
            "fields, green and brown fields, cultivated land, patchwork of fields, fields of crops, rows of crops, "
            "arable land"
        ),
        held_out=_phrases(
            "tilled fields, plots of agricultural land, parcels under cultivation, a farm with crops, farmed land"
        ),
    ),
    Concept(
        "football field",
        classes=_phrases("football field, playground, stadium, soccer field"),
        taught=_phrases(
            "football field, football pitch, soccer field, a sports field with a running track, playground, stadium, a "
            "green football field inside a red track, athletics track, sports ground, a soccer pitch in a stadium"
        ),
        held_out=_phrases("running track around a pitch, soccer ground, a playing field for football, athletic field"),
    ),
    Concept(
        "forest",
        classes=_phrases("forest, woodland, dense forest, trees"),
        taught=_phrases(
            "forest, dense forest, many green trees, woodland, trees, dark green forest, woods, tree canopy, a forest "
            "with many trees, thick woods, an area covered by trees"
        ),
        held_out=_phrases("densely wooded land, a closed canopy of trees, wooded area, jungle of trees, timberland"),
    ),
    Concept(
        "industrial area",
        classes=_phrases("industrial, industry, industrial area, factory"),
        taught=_phrases(
            "industrial area, industry, factory, factory buildings, warehouses, industrial buildings, large halls of a "
            "factory, storage tanks and factories, industrial plant, industrial, industrial district with large roofs, "
            "works and storage halls"
        ),
        held_out=_phrases(
            "manufacturing plants, an industrial estate, big warehouse roofs, production halls, factories"
        ),
    ),
    Concept(
        "meadow",
        classes=_phrases("meadow, grass, grassland, pasture"),
        taught=_phrases(
            "meadow, grass, grassland, green grass, lawn, a green meadow, pasture, open grassland, an area covered "
            "with grass, grassy land, short grass"
        ),
        held_out=_phrases("grazing land, a grassy plain, turf, prairie, a piece of green grass"),
    ),
    Concept(
        "mountain",
        classes=_phrases("mountain, mountains"),
        taught=_phrases(
            "mountain, mountains, a mountain ridge, rocky mountains, steep slopes, mountain range, snow on mountain "
            "peaks, ridges and valleys, bare rocks of a mountain, peaks"
        ),
        held_out=_phrases("rugged mountain terrain, alpine ridges, steep rocky hills, highland relief"),
    ),
    Concept(
        "park",
        classes=_phrases("park, garden"),
        taught=_phrases(
            "park, a city park, a park with trees and a lake, public garden, paths in a park, green park with ponds "
            "and lawns, garden, recreation park, trees and paths of a park"
        ),
        held_out=_phrases(
            "urban green space, municipal park with footpaths, a landscaped garden, park with lawns and a pond"
        ),
    ),
    Concept(
        "parking lot",
        classes=_phrases("parking, parking lot, car park"),
        taught=_phrases(
            "parking lot, cars in a parking lot, car park, many parked cars, rows of cars, parking, a parking lot full "
            "of cars, vehicles parked in rows, parking spaces, parked vehicles"
        ),
        held_out=_phrases(
            "an area where cars are parked, lots of automobiles parked, vehicle parking area, lines of parked cars"
        ),
    ),
    Concept(
        "pond",
        classes=_phrases("pond, lake, reservoir"),
        taught=_phrases(
            "pond, a pond, a small lake, lake, still water of a pond, a pond with trees around it, a body of still "
            "water, reservoir, a dark green pond, fish ponds"
        ),
        held_out=_phrases("a small body of water, standing water, a little lake ringed by trees, water basin"),
    ),
    Concept(
        "port",
        classes=_phrases("port, harbor, harbour, marina"),
        taught=_phrases(
            "port, harbour, ships in a harbour, boats at the docks, many boats in a port, marina, ships at the quay, "
            "boats moored at piers, docks, container port, harbor"
        ),
        held_out=_phrases("vessels berthed at a wharf, yachts at jetties, dockyard with ships, moored boats, seaport"),
    ),
    Concept(
        "railway station",
        classes=_phrases("railway station, train station, railway"),
        taught=_phrases(
            "railway station, train station, railway tracks, trains at a station, rails, railway, a railway station "
            "with many tracks, platforms beside railway tracks, railroad, station building and rails, rail yard"
        ),
        held_out=_phrases("train platforms, a railroad station hall, parallel rail tracks, trains and platforms"),
    ),
    Concept(
        "residential area",
        classes=_phrases("residential, residential area, resident, houses, dense residential, medium residential"),
        taught=_phrases(
            "residential area, houses, many houses, a residential neighbourhood, village houses, rows of houses with "
            "gardens, residential, residential buildings, housing estate, homes, apartment blocks, suburb, dense "
            "residential area"
        ),
        held_out=_phrases("dwellings along streets, family homes, a housing neighbourhood, a settlement, town houses"),
    ),
    Concept(
        "river",
        classes=_phrases("river"),
        taught=_phrases(
            "river, a river, a winding river, a river flows through the land, a wide river, stream, a curved river "
            "between green banks, river bank, flowing water, a river through fields"
        ),
        held_out=_phrases("a meandering watercourse, a broad stream, river bend, a waterway with two banks"),
    ),
    Concept(
        "river or lake",
        classes=_phrases("river lake, river or lake, water, water body"),
        taught=_phrases(
            "river or lake, water, a river or a lake, open water, a body of water, water surface, rivers and lakes, a "
            "lake or river with its shore, inland water"
        ),
        held_out=_phrases("lakes and rivers, surface water, a waterbody, a stretch of water"),
    ),
    Concept(
        "viaduct",
        classes=_phrases("viaduct, overpass, interchange"),
        taught=_phrases(
            "viaduct, overpass, a road interchange, crossing roads on a viaduct, highway interchange, flyover, curved "
            "ramps of a motorway junction, roads crossing above each other, motorway junction, elevated road"
        ),
        held_out=_phrases(
            "cloverleaf junction, elevated highway ramps, multi-level road crossing, expressway interchange"
        ),
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
