"""The errors that a user may meet: each message is one sentence on what is wrong, where, and what to do."""

__all__ = ["AlreadyTold", "Cancelled", "GeoFMError", "InputError", "JobError", "OutputError", "RequestError"]


class GeoFMError(Exception):
    """Root of all errors that GeoFM raises on purpose."""


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
