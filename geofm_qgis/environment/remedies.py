"""Tells what went wrong in a set-up from what its programs printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Optional

from ..translation import tr

__all__ = ["remedy_for"]


# How the programs name the address that they asked; what stands before "@" is a secret.
ADDRESS = re.compile(r"https?://(?:[^/\s]*@)?([^/\s:)'\"`]+)(\S*)|ConnectionPool\(host='([^']+)'")
# By its path is known what comes from elsewhere than the package index: builds of PyTorch, and Python itself.
BUILDS, PYTHON = "/whl/", "/cpython-"


def _remedies() -> tuple[tuple[str, str], ...]:
    """Patterns in the order in which they are looked for: a cause stands before what it brings about.

    In a remedy {host} stands for whom was asked last.
    """
    return (
        (
            r"No space left on device|not enough space on the disk|os error (28|112)\b|Disk quota exceeded",
            tr("The disk is full: free some space, then press “Set up” again."),
        ),
        (
            r"\b407\b|Proxy Authentication Required",
            tr("The proxy wants a sign-in: enter user and password in Settings > Options > Network, then try again."),
        ),
        (
            r"tunnel error: failed to create|ProxyError|Cannot connect to proxy|proxy connect error",
            tr(
                "The proxy on the way to the server {host} does not answer, or does not let it through: check its "
                "address in Settings > Options > Network, or ask that the server be opened."
            ),
        ),
        (
            r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|SSLCertVerificationError|SSLError",
            tr(
                "The connection to the server {host} is not trusted, as where a company's proxy inspects traffic: ask "
                "your administrator to install its certificate in the system, or to name its file in the environment "
                "variable SSL_CERT_FILE."
            ),
        ),
        (
            r"hash(es)? (mismatch|do not match)|DO NOT MATCH THE HASHES|Hash mismatch",
            tr("A download is not what GeoFM expects, so it was refused: try again, or use another network."),
        ),
        (
            r"dns error|failed to lookup|Name or service not known|Temporary failure in name resolution|getaddrinfo"
            r"|No address associated|nodename nor servname|Network is unreachable|No route to host|Connection refused"
            r"|Connection reset|connection closed|unexpected EOF|tunnel error|error sending request"
            r"|tcp connect error|Failed to establish a new connection|timed out|operation timeout"
            r"|HTTP status \w+ error|returned an? \d+ |from versions: none",
            tr(
                "The server {host} cannot be reached, or refuses to answer: check the network, and the proxy in "
                "Settings > Options > Network; where it is blocked, ask that it be opened, or {way}."
            ),
        ),
        (
            r"used by another process|os error (5|32)\b|WinError (5|32)\b|Access is denied|Permission denied"
            r"|Operation not permitted|Read-only file system",
            tr(
                "A file could not be written or replaced: another program, such as antivirus software or a running "
                "job, may hold it, or the folder may not be yours. Close other QGIS windows and try again."
            ),
        ),
        (
            r"ensurepip is not|No module named '?(venv|ensurepip)",
            tr("QGIS's Python cannot make environments: install your system's package python3-venv, then try again."),
        ),
        (
            r"No interpreter found|No download found|No download was found",
            tr("No Python 3.11 or newer was found or could be downloaded: install one, and choose it above."),
        ),
        (
            r"GLIBC_\d|manylinux|no wheels? (with|for|are)|no matching distribution|No matching distribution"
            r"|has no usable wheels|no (source|built) distribution|Building source distributions",
            tr(
                "There are no packages for this operating system or processor: GeoFM needs 64-bit Windows 10, "
                "macOS 11, Linux with glibc 2.28, or newer. Or choose a Python that has them."
            ),
        ),
    )


def remedy_for(printed: str) -> Optional[str]:
    """What the cause and the remedy are, naming the host that failed; None if the text tells neither."""
    remedy = next((remedy for pattern, remedy in _remedies() if re.search(pattern, printed, re.IGNORECASE)), None)
    if remedy is None:
        return None
    *_, (host, path) = (tr("of the package index"), ""), *_addresses(printed)
    if BUILDS in path:
        way = tr("choose the other set for training and search, which does without it")
    elif PYTHON in path:
        way = tr("install Python 3.11 or newer on this computer")
    else:
        way = tr("name a mirror of it in the environment variables PIP_INDEX_URL and UV_DEFAULT_INDEX")
    return remedy.format(host=host, way=way)


def _addresses(printed: str) -> Iterator[tuple[str, str]]:
    """Host and path of each address in a text."""
    for match in ADDRESS.finditer(printed):
        yield match[1] or match[3], match[2] or ""
