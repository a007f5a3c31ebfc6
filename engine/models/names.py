"""Names of networks in other libraries."""

from __future__ import annotations

import json
import re

from ..errors import InputError

__all__ = ["plain_name"]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def plain_name(name: object, what: str) -> str:
    """A name of a network of another library, which is that and no address: 'hf-hub:...' would be fetched.

    Parameters
    ----------
    name : object
    what : str
        It is, with a capital, for the message.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(
            f"{what} is {json.dumps(name, default=str)[:80]}, which is no plain name of a network, and GeoFM fetches "
            "none that a model names; choose another model."
        )
    return name
