"""What is printed never steers the terminal, whoever wrote the names and messages in it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from ..jobs.printable import ERASE_LINE, printable

__all__ = ["safe_streams"]


@contextmanager
def safe_streams() -> Iterator[None]:
    """Standard output and error spell control characters out; what an old terminal cannot show is a `?`.

    Of messages of GDAL's that are no UTF-8, as a damaged file makes them, nothing is told: the error itself is.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    with ExitStack() as stack:
        if sys.stdout is not None:  # as in a program without a terminal on Windows
            stack.enter_context(redirect_stdout(cast(TextIO, _Safe(sys.stdout))))
        if sys.stderr is not None:
            stack.enter_context(redirect_stderr(cast(TextIO, _Safe(sys.stderr))))
        stack.callback(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = _but_undecodable
        yield


def _but_undecodable(told: sys.UnraisableHookArgs) -> None:
    if not issubclass(told.exc_type, UnicodeDecodeError):
        sys.__unraisablehook__(told)


class _Safe:
    """A stream through which newlines and, on its own, the erasing of a line pass, and no other control."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text if text == ERASE_LINE else printable(text, keep="\n"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
