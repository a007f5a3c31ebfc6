"""A listener on loopback that counts who calls."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["calls", "listening", "surroundings"]


class _Answer(BaseHTTPRequestHandler):
    """200 with something small that could be what was asked for."""

    server: _Server

    def _answer(self) -> None:
        self.server.note(f"{self.command} {self.path}")
        body = self.server.raster.read_bytes() if ".tif" in self.path and self.server.raster.exists() else b"{}"
        start, _, end = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        part = body[int(start) : int(end) + 1] if start.isdigit() and end.isdigit() else body
        self.send_response(206 if part is not body else 200)
        if part is not body:
            self.send_header("Content-Range", f"bytes {start}-{int(start) + len(part) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(part)

    do_GET = do_HEAD = do_POST = do_PUT = do_CONNECT = do_OPTIONS = do_PROPFIND = _answer

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, log: Path, raster: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.log, self.raster, self._lock = log, raster, threading.Lock()

    def note(self, text: str) -> None:
        with self._lock, self.log.open("a") as file:
            file.write(text[:300] + "\n")

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.note("a connection")
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def listening(log: Path, raster: Path) -> Iterator[str]:
    """Listen; gives the address. Each connection and request is a line in `log`.

    Parameters
    ----------
    raster : Path
        What is answered to whom asks for a `.tif`.
    """
    log.touch()
    server = _Server(log, raster)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def calls(log: Path) -> list[str]:
    """Who called so far."""
    return log.read_text().splitlines()


def surroundings(address: str) -> dict[str, str]:
    """Environment variables by which requests to any host end at the listener."""
    host = address.removeprefix("http://")
    proxies = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "GDAL_HTTP_PROXY")
    others = {"HF_ENDPOINT": address, "AWS_S3_ENDPOINT": host, "AWS_HTTPS": "NO", "AWS_NO_SIGN_REQUEST": "YES"}
    others |= {"CPL_GS_ENDPOINT": f"{address}/", "GS_NO_SIGN_REQUEST": "YES", "AZURE_NO_SIGN_REQUEST": "YES"}
    others |= {"AZURE_STORAGE_ACCOUNT": "a", "GDAL_HTTP_TIMEOUT": "5", "no_proxy": "", "NO_PROXY": ""}
    return {**os.environ, **dict.fromkeys(proxies, address), **others}
