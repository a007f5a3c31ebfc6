"""What the programs that set up the engine run with: QGIS's own Python, and an environment without QGIS's traces."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Optional
from urllib.parse import quote, urlsplit

from qgis.core import QgsSettings

from ..engine.jobs.processes import FOREIGN

__all__ = ["clean_environment", "network_of_qgis", "own_python", "proxy_of_qgis"]

# What a user set for pip or uv would send packages elsewhere, ask for other ones or link them to a cache; how to reach
# an index stays.
INSTALLERS = ("PIP_", "UV_")
NETWORK = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_PROXY", "PIP_CERT", "UV_INDEX", "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE", "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER",
    "UV_CREDENTIALS_DIR", "UV_PYTHON_INSTALL_MIRROR", "UV_CACHE_DIR",
)  # fmt: skip
ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def clean_environment(proxy: Optional[str] = None) -> dict[str, str]:
    """The environment of a program that must not meet QGIS's libraries, data files or certificates.

    Parameters
    ----------
    proxy : str, optional
        The address of a proxy, used where the environment names none.
    """
    return cleaned(os.environ, proxy)


def cleaned(environment: Mapping[str, str], proxy: Optional[str] = None) -> dict[str, str]:
    """`clean_environment` of any environment."""
    kept = {name: value for name, value in environment.items() if not name.startswith((*FOREIGN, *ENVIRONMENTS))}
    kept = {name: kept[name] for name in kept if not name.startswith(INSTALLERS) or name.startswith(NETWORK)}
    # QGIS's installer for Windows names its own bundle of certificates, which knows no company's.
    root = kept.get("OSGEO4W_ROOT")
    if root:
        kept = {name: value for name, value in kept.items() if name not in CERTIFICATES or not _lies_in(value, root)}
    if proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            if name not in kept and name.lower() not in kept:
                kept[name] = proxy
    kept.update(PYTHONSAFEPATH="1", PYTHONUTF8="1", PYTHONNOUSERSITE="1")
    return kept


def _lies_in(path: str, folder: str) -> bool:
    return os.path.normcase(path).startswith(os.path.normcase(folder))


def proxy_of_qgis() -> Optional[str]:
    """The address of the HTTP proxy that QGIS is set to use."""
    settings = QgsSettings()
    kind = settings.value("proxy/proxyType", "")
    host = settings.value("proxy/proxyHost", "")
    if not settings.value("proxy/proxyEnabled", False, type=bool) or kind not in ("HttpProxy", "HttpCachingProxy"):
        return None
    if not host:
        return None
    user, secret = (str(settings.value(f"proxy/proxy{part}", "") or "") for part in ("User", "Password"))
    who = f"{quote(user, safe='')}:{quote(secret, safe='')}@" if user else ""
    port = settings.value("proxy/proxyPort", "")
    return f"http://{who}{host}" + (f":{port}" if port else "")


def network_of_qgis() -> dict[str, str]:
    """How programs beside QGIS get to the network as QGIS does: variables that most of them know.

    The environment's own, in whichever letters, count for more.
    """
    proxy = proxy_of_qgis()
    if proxy is None:
        return {}
    given = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
    hosts = QgsSettings().value("proxy/noProxyUrls", []) or []
    direct = [urlsplit(url).hostname or url for url in ([hosts] if isinstance(hosts, str) else hosts) if url]
    if direct:
        given["NO_PROXY"] = ",".join(direct)
    return {name: value for name, value in given.items() if name not in os.environ and name.lower() not in os.environ}


def own_python() -> Optional[Path]:
    """The program file of the Python that QGIS runs on.

    On Windows and macOS `sys.executable` is QGIS itself: started with a script it would open a second window.
    """
    executable, prefix = Path(sys.executable or "."), Path(sys.base_prefix)
    names = [f"python{sys.version_info[0]}.{sys.version_info[1]}", "python3", "python"]
    if sys.platform == "win32":
        names = ["python.exe", "python3.exe"]
    base = Path(getattr(sys, "_base_executable", "") or ".")
    places = (prefix, prefix / "bin", executable.parent, executable.parent / "bin")
    candidates = [path for path in (base, executable) if path.stem.lower().startswith("python")]
    candidates += [place / name for place in places for name in names]
    return next((path for path in candidates if path.is_file()), None)
