"""Downloads from a real server on this machine that breaks, lies and waits as it is told."""

from __future__ import annotations

import errno
import hashlib
import http.server
import re
import ssl
import threading
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from engine.cards.catalogue import CatalogueFile, Entry
from engine.cards.catalogue import entry as of_catalogue
from engine.cards.catalogue.mirror import MIRROR
from engine.errors import Cancelled, InputError, OutputError
from engine.jobs.report import Report
from engine.transfer import download
from engine.transfer.download import fetch

CONTENT = bytes(range(256)) * 4096  # 1 MiB


class Listener(Report):
    """Keeps what is said; cancels when `until` says so."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        self.messages: list[str] = []
        self.done: list[float] = []
        self.cancel = threading.Event()

    def send(self, event: dict[str, Any]) -> None:
        if event["event"] == "message":
            self.messages.append(event["text"])
        elif event["event"] == "progress":
            assert event["unit"] == "MB" and event["done"] <= event["total"]
            assert event["total"] == pytest.approx(len(CONTENT) / 1e6, abs=0.001)
            self.done.append(event["done"])

    def check_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("Cancelled.")


@dataclass
class Server:
    """What it serves, how it misbehaves, and what it was asked."""

    url: str = ""
    content: bytes = CONTENT
    statuses: list[int] = field(default_factory=list)  # answered first, one a request
    breaks: list[int] = field(default_factory=list)  # so many bytes of the next answers come
    ranges: bool = True
    lengths: bool = True
    waits: int = 0  # so many answers stop after the first half, until the client has gone
    location: str = ""
    asked: list[str | None] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append(request.headers.get("Range"))
        if self.statuses:
            request.send_response(self.statuses.pop(0))
            request.send_header("Location", self.location)
            request.end_headers()
            return
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        if self.ranges and asked:
            start = int(asked[1])
            if start >= len(self.content):
                request.send_error(416)
                return
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        else:
            request.send_response(200)
        body = self.content[start:]
        if self.lengths:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.breaks:
            body = body[: self.breaks.pop(0)]
        if self.waits:
            self.waits -= 1
            request.wfile.write(body[: len(body) // 2])
            self.left.wait(600)
            return
        request.wfile.write(body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    served = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)
            self.close_connection = True

        def log_message(self, *words: Any) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, address: Any) -> None:
            pass  # a client that has gone

    for name in ("http_proxy", "https_proxy", "all_proxy", MIRROR):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(download, "PAUSES_S", (0.01, 0.01))
    with Quiet(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        served.url = f"http://127.0.0.1:{listening.server_address[1]}/weights.pt"
        yield served
        served.left.set()
        listening.shutdown()
        thread.join()


@pytest.fixture
def report(tmp_path: Path) -> Listener:
    (tmp_path / "checkpoints").mkdir()
    return Listener(tmp_path / "checkpoints")


def file_at(url: str | None, content: bytes = CONTENT) -> CatalogueFile:
    return CatalogueFile("weights.pt", url, hashlib.sha256(content).hexdigest(), len(content))


def get(url: str | None, report: Report, content: bytes = CONTENT) -> bytes:
    file = file_at(url, content)
    return fetch(an_entry(file), file, report).read_bytes()


def an_entry(file: CatalogueFile) -> Entry:
    return replace(of_catalogue("galileo-nano"), files=(file,))


def parts(report: Report) -> list[Path]:
    return list(report.checkpoints.iterdir())


def test_a_file_comes_whole_and_says_how_far_it_is(server: Server, report: Listener) -> None:
    assert get(server.url, report) == CONTENT
    assert report.messages == ["Downloading weights.pt from 127.0.0.1 (1.0 MB in all)."]
    assert report.done == sorted(report.done)
    assert report.done[-1] == len(CONTENT) / 1e6
    assert server.asked == [None]


def test_broken_connections_are_taken_up_where_they_broke(server: Server, report: Listener) -> None:
    server.breaks = [100_000, 300_000, 0, 200_000]
    assert get(server.url, report) == CONTENT
    assert server.asked == [None, "bytes=100000-", "bytes=400000-", "bytes=400000-", "bytes=600000-"]


def test_a_server_that_knows_no_ranges_starts_over(server: Server, report: Listener) -> None:
    server.ranges = False
    server.breaks = [100_000]
    assert get(server.url, report) == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_what_an_interrupted_job_left_is_gone_on_with(server: Server, report: Listener) -> None:
    server.breaks = [700_000, 0, 0, 0, 0, 0, 0, 0, 0]
    with pytest.raises(InputError, match=r"broke off at 0\.7 of 1\.0 MB .*; try again later, or .*GEOFM_MODEL_MIRROR"):
        get(server.url, report)
    server.breaks, server.asked = [], []
    assert get(server.url, report) == CONTENT
    assert server.asked == ["bytes=700000-"]
    assert report.messages[-1] == "Downloading weights.pt from 127.0.0.1 (from 0.7 MB on, 1.0 MB in all)."


def test_a_file_that_is_there_whole_is_not_asked_for(server: Server, report: Listener) -> None:
    get(server.url, report)
    server.asked = []
    assert get(server.url, report) == CONTENT
    assert server.asked == []


def test_what_was_left_damaged_is_found_out_and_fetched_anew(server: Server, report: Listener) -> None:
    server.breaks = [500_000, 0, 0, 0, 0, 0]
    with pytest.raises(InputError, match="broke off"):
        get(server.url, report)
    server.breaks = []
    (part,) = parts(report)
    part.write_bytes(bytes(500_000))
    with pytest.raises(InputError, match="its SHA-256 is another"):
        get(server.url, report)
    assert get(server.url, report) == CONTENT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CONTENT[:-1] + b"x", "its SHA-256 is another"),
        (CONTENT + b"x", "it has 1,048,577 bytes, not 1,048,576"),
        (CONTENT * 9, "it has .* bytes, not 1,048,576"),
        (b"<html>Sign in</html>", "it has .* bytes, not 1,048,576"),
    ],
)
@pytest.mark.parametrize("lengths", [True, False])
def test_another_file_is_not_taken(server: Server, report: Listener, content: bytes, words: str, lengths: bool) -> None:
    server.content, server.lengths = content, lengths
    with pytest.raises(InputError, match=rf"is not the published weights\.pt \({words}|at most 20 bytes"):
        get(server.url, report)
    server.content = CONTENT
    assert get(server.url, report) == CONTENT


@pytest.mark.parametrize("off", [-800, 0, 800])
def test_a_file_whose_size_is_rounded_comes_whole(server: Server, report: Listener, off: int) -> None:
    file = replace(file_at(server.url), size=len(CONTENT) + off, slack=1000)
    server.breaks = [len(CONTENT) - 300]  # where it could be taken for whole
    assert fetch(an_entry(file), file, report).read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={len(CONTENT) - 300}-"]
    server.asked = []
    assert fetch(an_entry(file), file, report).read_bytes() == CONTENT
    assert server.asked == []


def test_a_file_of_quite_another_size_is_not_taken(server: Server, report: Listener) -> None:
    file = replace(file_at(server.url), size=len(CONTENT) + 2000, slack=1000)
    with pytest.raises(InputError, match=r"it has 1,048,576 bytes, not about 1,050,576"):
        fetch(an_entry(file), file, report)


def test_a_wrong_file_does_not_stay(server: Server, report: Listener) -> None:
    server.content = CONTENT[::-1]
    with pytest.raises(InputError, match=r"is not the published weights\.pt .* so it was not installed"):
        get(server.url, report)
    assert parts(report) == []


def test_a_busy_server_is_asked_again(server: Server, report: Listener) -> None:
    server.statuses = [503, 429]
    assert get(server.url, report) == CONTENT
    server.statuses = [500] * 9
    (part,) = parts(report)
    part.unlink()
    with pytest.raises(InputError, match=r"broke off .*the server said 500"):
        get(server.url, report)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "is not there any more"), (403, r"is refused by the server \(403"), (407, "user name and password")],
)
def test_each_refusal_has_its_sentence(server: Server, report: Listener, status: int, words: str) -> None:
    server.statuses = [status]
    with pytest.raises(InputError, match=words):
        get(server.url, report)
    assert len(server.asked) == 1


def test_redirections_are_followed(server: Server, report: Listener) -> None:
    server.statuses, server.location = [302], server.url
    assert get(server.url, report) == CONTENT


def test_redirections_do_not_lead_out_of_encryption_or_to_files(server: Server, report: Listener) -> None:
    request = download.urllib.request.Request("https://example.org/weights.pt")
    with pytest.raises(InputError, match=r"leads to http://example\.org/, which is not encrypted"):
        download._Redirections().redirect_request(request, None, 302, "Found", {}, "http://example.org/")
    server.statuses, server.location = [302], "file:///etc/passwd"
    with pytest.raises(InputError, match="is refused by the server"):
        get(server.url, report)


def test_cancelling_ends_a_silent_download_and_keeps_its_part(
    server: Server, report: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SILENCE_S", 3600.0)  # one that did not listen would outlast the test's time limit
    server.waits = 1

    def progress(done: float, total: float, unit: str) -> None:
        if done * 1e6 == len(CONTENT) / 2:  # the last that comes
            threading.Timer(0.3, report.cancel.set).start()

    with monkeypatch.context() as patch:
        patch.setattr(report, "progress", progress)
        with pytest.raises(Cancelled):
            get(server.url, report)
    (part,) = parts(report)
    assert part.read_bytes() == CONTENT[: len(CONTENT) // 2]
    server.asked = []
    report.cancel.clear()
    assert get(server.url, report) == CONTENT
    assert server.asked == [f"bytes={len(CONTENT) // 2}-"]


def test_a_connection_that_falls_silent_is_taken_up(
    server: Server, report: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SILENCE_S", 1.0)
    server.waits = 1
    assert get(server.url, report) == CONTENT
    assert server.asked == [None, f"bytes={len(CONTENT) // 2}-"]


def test_a_full_disk_is_said_to_be_full(server: Server, tiny_disk: Path) -> None:
    (tiny_disk / "other").write_bytes(bytes(1_700_000))
    with pytest.raises(OutputError, match="the disk is full"):
        get(server.url, Listener(tiny_disk))


def test_nobody_listens_there(server: Server, report: Listener) -> None:
    with pytest.raises(InputError, match="takes no connections"):
        get("http://127.0.0.1:9/weights.pt", report)


def test_a_plain_server_does_not_speak_tls(server: Server, report: Listener) -> None:
    with pytest.raises(InputError, match="broke off at 0"):
        get(server.url.replace("http:", "https:"), report)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed"), "set the environment variable SSL_CERT_FILE"),
        (download.socket.gaierror(-2, "Name or service not known"), "connect to the internet"),
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "wants a user name and password"),
        (OSError("Tunnel connection failed: 403 Forbidden"), "cannot be reached"),
        (TimeoutError("timed out"), "does not answer within 30 s"),
        ("unknown url type: ftp", "cannot be reached"),
    ],
)
def test_each_fault_of_a_network_has_its_sentence(reason: Any, words: str) -> None:
    if isinstance(reason, ssl.SSLCertVerificationError):
        reason.verify_message = "self-signed certificate in certificate chain"
    error = download._explained_break(urllib.error.URLError(reason), "https://example.org/weights.pt")
    assert isinstance(error, InputError)
    assert words in str(error)


def test_the_environments_proxy_is_used(server: Server, report: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/weights.pt"))
    monkeypatch.setenv("no_proxy", "")
    assert get("http://models.example.org/weights.pt", report) == CONTENT


@pytest.mark.parametrize("folder", ["galileo-nano", "."])
def test_a_mirror_comes_before_the_internet(
    server: Server, report: Listener, tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mirror" / folder
    place.mkdir(parents=True)
    (place / "weights.pt").write_bytes(CONTENT)
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    assert get(server.url, report) == CONTENT
    assert get(None, report) == CONTENT
    assert server.asked == []
    (place / "weights.pt").write_bytes(CONTENT[::-1])
    with pytest.raises(InputError, match=r"mirror.*its SHA-256 is another"):
        get(server.url, report)
    assert (place / "weights.pt").exists()


def test_what_the_mirror_lacks_comes_from_the_internet(
    server: Server, report: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(tmp_path))
    assert get(server.url, report) == CONTENT
    with pytest.raises(InputError, match=r"is not published on the internet in this form.*SHA-256"):
        get(None, report)
    monkeypatch.setenv(MIRROR, str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="which is no folder"):
        get(server.url, report)


def test_errors_of_writing_are_no_errors_of_the_network(
    server: Server, report: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(OutputError, match="read-only"):
        get(server.url, report)
