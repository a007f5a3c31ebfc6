"""What a network's numbers mean: its outputs by name, seen to be those of its card, as probabilities and values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card, Head
from ..cards.tasks import CLASSES, QUANTITIES, TASKS
from ..errors import InputError

__all__ = ["activated", "interpreted", "output_kind", "packed", "threshold", "unpacked"]

Floats = NDArray[np.float32]


def output_kind(card: Card, head: Head | None = None) -> str:
    """What the network of a card gives, in this output or its only one: one of `cards.parameters.OUTPUTS`."""
    head = head or card.outputs[0]
    gives = TASKS[head.task].gives
    if gives != CLASSES:
        return "values" if gives == QUANTITIES else "embedding"
    stated = card.parameters.get("output")
    if isinstance(stated, Mapping):
        stated = stated.get(head.name)
    return str(stated or ("probabilities" if card.weights.endswith(".onnx") else "logits"))


def threshold(card: Card) -> float | None:
    """The probability from which a class counts, where the model states one (Deepness: seg_thresh)."""
    stated = card.parameters.get("threshold")
    return None if stated is None else float(stated)


def interpreted(card: Card, made: Mapping[str, Floats], x: Floats, threshold: float | None = None) -> dict[str, Floats]:
    """Probabilities and values by the names of the card's outputs.

    Parameters
    ----------
    card : Card
    made : mapping of str to float32
        What the network gives by name; the name of a single output does not matter.
    x : float32[N, C, H, W]
        For which it does.
    threshold : float, optional
        See `activated`.

    Returns
    -------
    dict of str to float32
        [N, K, H, W] of maps and [N, K] of tiles, where K is the number of classes or quantities. Probabilities sum to 1
        over K where just one class holds, and lie within 0 and 1 else.

    Raises
    ------
    InputError
        If these are not the outputs that the card promises.
    """
    heads = {head.name: head for head in card.outputs}
    if not card.heads and len(made) == 1:
        made = dict(zip(heads, made.values(), strict=True))
    if made.keys() != heads.keys():
        raise InputError(
            f"The model {card.title} gives the outputs {', '.join(sorted(made))} where its card promises "
            f"{', '.join(sorted(heads))}; its card is wrong: import or train it again."
        )
    values = {}
    for name, head in heads.items():
        task, value = TASKS[head.task], made[name]
        if value.ndim == task.rank:
            value = activated(value, output_kind(card, head), threshold, exclusive=task.exclusive)
        expected = (len(x), head.channels, *x.shape[2:])[: task.rank]
        if head.channels and value.shape != expected:
            whose = f" for {name}" if card.heads else ""
            raise InputError(
                f"The model {card.title} gives an array of shape {list(value.shape)}{whose} where its card promises "
                f"{list(expected)}; its card is wrong: import or train it again."
            )
        values[name] = value
    return values


def packed(made: Mapping[str, Floats]) -> Floats:
    """Raw outputs for one tile as one array: a single one as it is, several as rows [1, M] side by side."""
    if len(made) == 1:
        return next(iter(made.values()))
    return np.concatenate([value.reshape(1, -1) for value in made.values()], axis=1)


def unpacked(values: Floats, like: Mapping[str, Floats]) -> dict[str, Floats]:
    """The outputs that `packed` made one array of, with the names and shapes of others; none if they do not fit."""
    if values.shape != packed(like).shape:
        return {}
    ends = np.cumsum([value.size for value in like.values()])
    parts = np.split(values.ravel(), ends[:-1])
    return {name: part.reshape(value.shape) for (name, value), part in zip(like.items(), parts, strict=True)}


def activated(raw: Floats, kind: str, threshold: float | None = None, *, exclusive: bool = True) -> Floats:
    """Class probabilities float32[N, K, ...] of raw outputs; one channel is that of the second of two classes.

    Parameters
    ----------
    raw : float32[N, K, ...]
    kind : {'logits', 'probabilities', 'embedding', 'values'}
        The last two stay as they are.
    threshold : float, optional
        From which a class counts, as Deepness has it: where no class has as much, the first one wins (as closely as can
        be); of a single channel, the second class wins where it has more. Default: the most probable class wins.
    exclusive : bool
        Whether just one class holds. Else each has a probability of its own, also a single one.
    """
    if kind not in ("logits", "probabilities"):
        return raw
    if not exclusive:
        return _sigmoid(raw) if kind == "logits" else np.clip(raw, 0, 1)
    if kind == "logits":
        shares = _softmax(np.concatenate([np.zeros_like(raw), raw], axis=1) if raw.shape[1] == 1 else raw)
        if raw.shape[1] > 1 and threshold is None:
            return shares
        shares = shares[:, 1:] if raw.shape[1] == 1 else shares
    else:
        shares = np.clip(raw, 0, 1)
    if shares.shape[1] == 1:
        limit = 0.5 if threshold is None else threshold
        shares = np.concatenate([(1 - shares) * limit, shares * (1 - limit)], axis=1)
    elif threshold is not None:
        best = shares.max(axis=1)
        shares[:, 0] = np.where(best < threshold, best, shares[:, 0])
    total = shares.sum(axis=1, keepdims=True)
    # A sigmoid per class may say no to all of them.
    even = np.float32(1 / shares.shape[1])
    evened: Floats = np.divide(shares, total, out=np.full_like(shares, even), where=total > 0)
    return evened


def _softmax(raw: Floats) -> Floats:
    # In place: on fresh memory each step would cost twice as much.
    shares: Floats = raw - raw.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _sigmoid(raw: Floats) -> Floats:
    # 1 / (1 + exp(-x)), without an exponential that overflows.
    return np.asarray(np.exp(-np.logaddexp(0, -raw)), np.float32)
