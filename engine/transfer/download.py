"""Brings published files here: from the mirror that `GEOFM_MODEL_MIRROR` names, or from the internet, by their hash."""

from __future__ import annotations

import hashlib
import http.client
import queue
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import __version__
from ..cards.catalogue import CatalogueFile, Entry
from ..cards.catalogue.mirror import MIRROR, mirror_folder, mirrored
from ..errors import InputError
from ..jobs.report import Report
from ..raster.sink import explained

__all__ = ["fetch"]

CHUNK = 256 * 1024
MEGABYTE = 1e6
# A silent connection counts as broken after so long. A break is tried again, up to so often without a byte between.
SILENCE_S = 30.0
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
# How long a request to cancel may go unheard.
POLL_S = 0.2
TRANSIENT = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
NAME_IT = "name it in QGIS (Settings > Options > Network) or in the environment variable HTTPS_PROXY"
BY_HAND = f"get the file in another way and put it into a folder that the environment variable {MIRROR} names"


class _Broken(Exception):
    """The connection broke or the server was busy: worth another try."""


class _Other(Exception):
    """What the server has is not the file; the words say why."""


class _Shorter(_Other):
    """It ends before what has come, so that cannot be the file's beginning."""


class _Part:
    """As much of a file as has come, its size and its hash."""

    def __init__(self, path: Path, file: CatalogueFile) -> None:
        self.path = path
        self._file = file
        self.restart()

    def restart(self) -> None:
        """Forget what has come; the next piece is the first."""
        self.size, self._hash = 0, hashlib.sha256()

    def load(self, report: Report) -> None:
        """Take up what an interrupted job left."""
        if not self.path.exists():
            return
        with explained(self.path), self.path.open("rb") as file:
            while piece := file.read(CHUNK):
                report.check_cancelled()
                self._hash.update(piece)
                self.size += len(piece)

    def append(self, piece: bytes) -> None:
        """Add what has come."""
        with explained(self.path), self.path.open("r+b" if self.size else "wb") as file:
            file.seek(self.size)
            file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    def is_whole(self) -> bool:
        """Whether what has come is the file."""
        return self._file.may_have(self.size) and self._hash.hexdigest() == self._file.sha256

    def check(self, origin: str) -> None:
        """See that it is the file, whole; else it is removed, so that the next try does not go on with it."""
        if self.is_whole():
            return
        same = self._file.may_have(self.size)
        fault = "its SHA-256 is another" if same else _of_another_size(self.size, self._file)
        self.path.unlink(missing_ok=True)
        raise _not_the_file(origin, self._file, fault)


def fetch(entry: Entry, file: CatalogueFile, report: Report) -> Path:
    """One file of a model of the catalogue, its hash checked.

    Parameters
    ----------
    entry : Entry
    file : CatalogueFile
        Of `entry.files`.
    report : Report
        The file comes to lie in its `checkpoints`, where an interrupted download is gone on with.

    Raises
    ------
    InputError
        If the file cannot be had, or what comes is another.
    OutputError
        If it cannot be written.
    Cancelled
        Within about a second.
    """
    part = _Part(report.checkpoints / f"{file.sha256[:16]}.download", file)
    at_hand = _in_mirror(entry, file)
    if at_hand is not None:
        report.message(f"Taking {file.name} from {at_hand.parent}.")
        _receive(partial(_copied, at_hand), part, file, report)
        part.check(str(at_hand))
    elif file.url is None:
        raise InputError(
            f"{file.name} is not published on the internet in this form: put the file (SHA-256 {file.sha256}) into a "
            f"folder that the environment variable {MIRROR} names."
        )
    else:
        part.load(report)
        _download(file.url, part, file, report)
        part.check(file.url)
    return part.path


def _of_another_size(size: int, file: CatalogueFile) -> str:
    return f"it has {size:,} bytes, not {'about ' if file.slack else ''}{file.size:,}"


def _not_the_file(origin: str, file: CatalogueFile, fault: str) -> InputError:
    return InputError(
        f"{origin} is not the published {file.name} ({fault}), so it was not installed: it is damaged or was changed, "
        f"or a proxy's sign-in page came instead; try again, or {BY_HAND}."
    )


def _in_mirror(entry: Entry, file: CatalogueFile) -> Path | None:
    folder = mirror_folder()
    if folder is not None and not folder.is_dir():
        raise InputError(f"{MIRROR} names {folder}, which is no folder; name one with models in it, or unset it.")
    return mirrored(entry, file)


def _copied(path: Path) -> Iterator[int | bytes]:
    yield 0
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); see to the mirror.") from error


def _download(url: str, part: _Part, file: CatalogueFile, report: Report) -> None:
    """Bring the file's rest; a broken connection is taken up where it broke."""
    host = urlsplit(url).hostname
    start = f"from {part.size / MEGABYTE:.1f} MB on, " if part.size else ""
    report.message(f"Downloading {file.name} from {host} ({start}{file.size / MEGABYTE:.1f} MB in all).")
    pauses = iter(PAUSES_S)
    whole = part.is_whole() or part.size >= file.size + file.slack
    while not whole:
        before = part.size
        try:
            _receive(partial(_served, url, before, file), part, file, report)
            if part.size < file.size - file.slack:
                raise _Broken("it closed early")
            whole = True
        except _Other as other:
            if isinstance(other, _Shorter):
                part.path.unlink(missing_ok=True)
            raise _not_the_file(url, file, str(other)) from other
        except _Broken as broken:
            if part.size > before:
                pauses = iter(PAUSES_S)
            pause = next(pauses, None)
            if pause is None:
                raise InputError(
                    f"The download of {file.name} from {host} broke off at {part.size / MEGABYTE:.1f} of "
                    f"{file.size / MEGABYTE:.1f} MB ({broken}); try again later, or {BY_HAND}."
                ) from broken
            _wait(pause, report)


def _receive(source: Callable[[], Iterator[int | bytes]], part: _Part, file: CatalogueFile, report: Report) -> None:
    """Put together what a source gives: first where it begins, then pieces."""
    for item in _watched(source, report):
        if isinstance(item, int):
            if item != part.size:
                part.restart()
        else:
            part.append(item)
        if part.size > file.size + file.slack:  # whatever comes, it is not the file
            return
        report.progress(min(part.size, file.size) / MEGABYTE, file.size / MEGABYTE, "MB")


def _served(url: str, offset: int, file: CatalogueFile) -> Iterator[int | bytes]:
    """What a server sends, from `offset` on or, where it knows no ranges, from the start."""
    headers = {"User-Agent": f"GeoFM/{__version__}", **({"Range": f"bytes={offset}-"} if offset else {})}
    try:
        with _opener().open(urllib.request.Request(url, headers=headers), timeout=SILENCE_S) as response:
            # The file cannot change under its address, which names a revision; the hash at the end is the judge.
            resumed = response.status == HTTPStatus.PARTIAL_CONTENT
            if resumed and not str(response.headers.get("Content-Range")).startswith(f"bytes {offset}-"):
                raise _Broken("the server sent another part")
            start = offset if resumed else 0
            length = response.headers.get("Content-Length", "")
            end = start + int(length) if length.isdecimal() else None
            if end is not None and not file.may_have(end):
                raise _Other(_of_another_size(end, file))
            yield start
            while piece := response.read1(CHUNK):
                start += len(piece)
                yield piece
            if end is not None and start < end:
                raise _Broken("it closed early")
    except urllib.error.HTTPError as error:
        with error:
            if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _Shorter(f"it has at most {offset:,} bytes, not {file.size:,}") from error
            raise _explained_status(error, url) from error
    except (OSError, http.client.HTTPException) as error:
        raise _explained_break(error, url) from error


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS alone, through the environment's proxies; other schemes are not for redirections to lead to."""
    opener = urllib.request.OpenerDirector()
    handlers = (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        _Redirections,
        urllib.request.HTTPErrorProcessor,
    )
    for handler in handlers:
        opener.add_handler(handler())
    return opener


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but not out of encryption."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise InputError(f"{req.full_url} leads to {newurl}, which is not encrypted; {BY_HAND}.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _explained_status(error: urllib.error.HTTPError, url: str) -> Exception:
    if error.code in TRANSIENT:
        return _Broken(f"the server said {error.code} {error.reason}")
    if error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return InputError(f"{url} is not there any more ({error.code}); {BY_HAND}.")
    if error.code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _proxy_wants_a_password(url)
    return InputError(f"{url} is refused by the server ({error.code} {error.reason}); {BY_HAND}.")


def _explained_break(error: OSError | http.client.HTTPException, url: str) -> Exception:
    host = urlsplit(url).hostname
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return InputError(
            f"The certificate of {host} is not trusted here ({reason.verify_message}): a proxy of your organisation "
            f"may stand between; set the environment variable SSL_CERT_FILE to its certificate, or {BY_HAND}."
        )
    if isinstance(reason, socket.gaierror):
        return InputError(
            f"The address of {host} is not found ({reason.strerror}): connect to the internet or, behind a proxy, "
            f"{NAME_IT}; or {BY_HAND}."
        )
    if isinstance(error, urllib.error.URLError) and isinstance(reason, TimeoutError):  # before there was a connection
        return InputError(
            f"{host} does not answer within {SILENCE_S:.0f} s: a firewall may stand between; go online or, "
            f"behind a proxy, {NAME_IT}; or {BY_HAND}."
        )
    if isinstance(reason, ConnectionRefusedError):
        return InputError(f"{host}, or the proxy before it, takes no connections; see to the network, or {BY_HAND}.")
    if "Tunnel connection failed: 407" in str(reason):
        return _proxy_wants_a_password(url)
    if isinstance(reason, str) or "Tunnel connection failed" in str(reason):
        return InputError(f"{host} cannot be reached ({reason}); see to the network, or {BY_HAND}.")
    return _Broken(str(reason) or type(reason).__name__)


def _proxy_wants_a_password(url: str) -> InputError:
    example = "http://user:password@host:port"  # pragma: allowlist secret
    return InputError(
        f"The proxy wants a user name and password before it lets {urlsplit(url).hostname} through: enter them in QGIS "
        f"(Settings > Options > Network), or set the environment variable HTTPS_PROXY to {example}, or {BY_HAND}."
    )


def _watched(source: Callable[[], Iterator[int | bytes]], report: Report) -> Iterator[int | bytes]:
    """What `source` gives from a thread of its own, so that a silent connection does not keep a cancel waiting.

    The thread writes nothing; where it is left behind, it ends when its connection does or falls silent.
    """
    items: queue.Queue[int | bytes | BaseException | None] = queue.Queue(maxsize=8)
    left = threading.Event()

    def put(item: int | bytes | BaseException | None) -> None:
        while not left.is_set():
            try:
                items.put(item, timeout=POLL_S)
            except queue.Full:
                continue
            return

    def run() -> None:
        end: BaseException | None = None
        try:
            for item in source():
                put(item)
                if left.is_set():
                    return
        except BaseException as error:  # raised again by who waits
            end = error
        put(end)

    threading.Thread(target=run, name="download", daemon=True).start()
    try:
        while True:
            report.check_cancelled()
            try:
                item = items.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()


def _wait(seconds: float, report: Report) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        report.check_cancelled()
        time.sleep(min(POLL_S, seconds))
