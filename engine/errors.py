"""The errors that a user may meet: each message is one sentence on what is wrong, where, and what to do.

No message names an option of the command or a widget: who shows it adds that, by the field of the request.
"""

from __future__ import annotations

__all__ = ["AlreadyTold", "Cancelled", "GeoFMError", "InputError", "JobError", "OutputError", "RequestError"]


class GeoFMError(Exception):
    """Root of all errors that GeoFM raises on purpose.

    Attributes
    ----------
    field : str, optional
        The field of the request that mends it.
    """

    def __init__(self, *arguments: object, field: str | None = None) -> None:
        super().__init__(*arguments)
        self.field = field

    def pointing_to(self, control: str) -> str:
        """The message with what the user changes the field by: "… cannot be told apart; give its units (--units)."."""
        return f"{str(self).rstrip('.')} ({control})."


class RequestError(GeoFMError):
    """A request asks for something that cannot be: the message names the field and the fix."""


class InputError(GeoFMError):
    """A file or layer cannot be used as it is."""


class OutputError(GeoFMError):
    """A result cannot be written."""


class JobError(GeoFMError):
    """The job database or a job in it cannot do what was asked."""


class AlreadyTold(GeoFMError):
    """Another process of the same command failed first, and tells why."""


class Cancelled(GeoFMError):
    """The user cancelled the job."""
