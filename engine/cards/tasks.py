"""The tasks that models have: the one table of what each gives, in which shape, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSES", "HEADS", "QUANTITIES", "TASKS", "VECTORS", "Task"]

CLASSES, QUANTITIES, VECTORS, HEADS = "classes", "quantities", "vectors", "heads"


@dataclass(frozen=True)
class Task:
    """What a model is for.

    Attributes
    ----------
    name : str
        On cards.
    mlm : str
        The term of STAC's Machine Learning Model extension, whose list is closed: several of ours may share one. Blank
        of several heads, which have their own.
    words : str
        What such a model does, for people.
    gives : {'classes', 'quantities', 'vectors', 'heads'}
        What its output says of a tile or pixel: how likely each class is; values in units; a vector whose numbers have
        no names. With heads, several of the first two.
    rank : int
        Dimensions of the output: 4 is [N, K, H, W], a map of the tile; 2 is [N, K], one row a tile; 0 is not fixed.
    exclusive : bool
        Whether just one of the classes holds, so that their probabilities sum to 1.
    """

    name: str
    mlm: str
    words: str
    gives: str
    rank: int = 0
    exclusive: bool = True


_ALL = (
    Task("segmentation", "semantic-segmentation", "Maps classes", CLASSES, 4),
    Task("classification", "scene-classification", "Tells a tile's class", CLASSES, 2),
    Task("multi-label", "classification", "Tells all classes of a tile", CLASSES, 2, exclusive=False),
    Task("regression", "regression", "Estimates values of a tile", QUANTITIES, 2),
    Task("pixelwise-regression", "regression", "Maps values", QUANTITIES, 4),
    Task("multi-task", "", "Does several tasks", HEADS),
    # MLM has no word for an encoder whose features others build on.
    Task("encoder", "similarity-search", "To train on", VECTORS),
    Task("dual-encoder", "similarity-search", "Finds by words", VECTORS, 2),
    Task("recognition", "similarity-search", "Finds the like", VECTORS, 2),
)
TASKS = {task.name: task for task in _ALL}
