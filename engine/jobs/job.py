"""One row of the job database, and the states that a job can be in."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from typing import Any

from .. import __version__
from ..errors import RequestError
from .requests import LANES, NoRequestError, Request, from_json
from .result import Result

__all__ = [
    "ACTIVE",
    "CANCELLED",
    "ENDED",
    "FAILED",
    "INTERRUPTED",
    "QUEUED",
    "RUNNING",
    "STATES",
    "SUCCEEDED",
    "Job",
    "is_foreign",
]

QUEUED, RUNNING = "queued", "running"
SUCCEEDED, FAILED, CANCELLED, INTERRUPTED = "succeeded", "failed", "cancelled", "interrupted"
ACTIVE = (QUEUED, RUNNING)
ENDED = (SUCCEEDED, FAILED, CANCELLED, INTERRUPTED)
STATES = ACTIVE + ENDED

# The process that runs a job gives a sign of life every two seconds, so this many are several missed in a row.
SECONDS_UNTIL_SILENT = 15.0


@dataclass(frozen=True)
class Job:
    """A job as it was when it was read; times are seconds since 1970.

    Attributes
    ----------
    id : int
        Never used twice in one database.
    kind, lane : str
        Of its request.
    request : str
        The request as JSON; `load_request` gives the object.
    state : str
        One of `STATES`. Interrupted means that its process died; it can be resumed.
    created_at, started_at, finished_at, cancel_requested_at, heartbeat_at : float, optional
        `started_at` is of the latest attempt; `heartbeat_at` is the last sign of life of its process.
    attempt : int
        How often it was started.
    pid : int, optional
        Of the process that runs it.
    progress : dict, optional
        The last progress: `done`, `total`, `unit`, `rate` (units per second), `eta_s` (seconds).
    message : str, optional
        While it runs the last message of the task; afterwards, if it did not succeed, why.
    result : Result, optional
    engine_version : str, optional
        Of the GeoFM that ran it last or, before that, submitted it.
    """

    id: int
    kind: str
    lane: str
    request: str
    state: str
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    cancel_requested_at: float | None = None
    heartbeat_at: float | None = None
    attempt: int = 0
    pid: int | None = None
    progress: dict[str, Any] | None = None
    message: str | None = None
    result: Result | None = None
    engine_version: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it unless somebody resumes it."""
        return self.state in ENDED

    @property
    def is_foreign(self) -> bool:
        """Whether it waits for another GeoFM, which submitted it and which alone can do it."""
        return self.state == QUEUED and is_foreign(self.lane, self.request, self.engine_version)

    def load_request(self) -> Request:
        """The request; a `RequestError` tells that another version of GeoFM wrote it."""
        return from_json(self.request)

    def silent_s(self) -> float | None:
        """For how many seconds a running job has given no sign of life, if that is remarkable.

        It may hang in native code, or the computer slept: whether its process lives is told by a lock alone.
        """
        if self.state != RUNNING or self.heartbeat_at is None:
            return None
        silent = time.time() - self.heartbeat_at
        return silent if silent >= SECONDS_UNTIL_SILENT else None

    def to_dict(self) -> dict[str, Any]:
        """This job as values that JSON can hold."""
        return asdict(self)


def is_foreign(lane: object, request: object, version: object) -> bool:
    """Whether another version of GeoFM submitted a job that this one does not know how to do.

    A request that no GeoFM can have written is not: whoever finds it takes it, and tells what is wrong with it.
    """
    if not isinstance(version, str) or version == __version__ or not re.fullmatch(r"\d+(\.\w+)+", version):
        return False
    try:
        from_json(str(request))
    except NoRequestError:
        return False
    except RequestError:
        return True
    return lane not in LANES
