"""The engine's Python: found and looked at, and what its set-up is surrounded with."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from qgis.core import QgsSettings
from queue_home import ENGINE_PYTHON

from geofm_qgis.environment import folders, levels, python
from geofm_qgis.environment.remedies import remedy_for
from geofm_qgis.environment.surroundings import cleaned, own_python, proxy_of_qgis
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures", "setup_fixtures")


# Finding --------------------------------------------------------------------------------------------------------------


def test_the_python_that_make_made_is_found(home):
    assert python.find_engine_python() == ENGINE_PYTHON
    assert python.plugin_packages_folder() == ENGINE_PYTHON.parents[2] / "plugin-packages"


def test_the_one_chosen_by_hand_comes_first_even_if_it_is_gone(home):
    Settings().engine_python = "/no/such/python"
    assert python.find_engine_python() == Path("/no/such/python")
    assert python.find_engine_python(chosen="") == ENGINE_PYTHON


def test_without_any_there_is_none(home, no_make):
    assert python.find_engine_python() is None
    assert python.plugin_packages_folder() is None


def test_only_a_whole_set_up_of_this_version_counts(home, no_make):
    made = folders.python_in(home / folders.ENGINE)
    made.parent.mkdir(parents=True)
    made.touch()
    (home / folders.PACKAGES).mkdir()
    assert python.find_engine_python() is None
    stamp = home / folders.ENGINE / folders.STAMP
    stamp.write_text(folders.stamp_of(levels.levels()[0]))
    assert python.find_engine_python() == made
    assert python.plugin_packages_folder() == home / folders.PACKAGES
    stamp.write_text("of another version")
    assert python.find_engine_python() is None
    assert python.plugin_packages_folder() is None


def test_the_newest_whole_set_up_is_used_whatever_the_clock_says(worked, whole_setup, home, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    newer = whole_setup()
    assert python.find_engine_python() == folders.python_in(newer / folders.ENGINE)
    assert python.plugin_packages_folder() == newer / folders.PACKAGES
    half = folders.new_setup(home)
    folders.python_in(half / folders.ENGINE).parent.mkdir(parents=True)
    folders.python_in(half / folders.ENGINE).touch()
    assert folders.setups(home) == (half, newer, worked, home)
    assert folders.set_up(home) == newer


def test_a_set_up_is_its_users_alone(home):
    home.mkdir(mode=0o700)
    before = os.umask(0)
    try:
        folder = folders.new_setup(home)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(made.stat().st_mode) for made in (folder, folder.parent)] == [0o700, 0o700]


def test_the_requirement_files_are_found():
    folder = folders.requirements_folder()
    assert all((folder / name).read_text().count("--hash=sha256:") for name in levels.levels()[-1].files)


# Looking --------------------------------------------------------------------------------------------------------------


def test_a_complete_python(home):
    inspection = python.inspect_python(str(ENGINE_PYTHON))
    assert inspection.version.startswith("3.") and inspection.problem is None and inspection.learns


def test_a_python_without_packages_is_told_apart(home, tmp_path):
    bare = tmp_path / "a bare one"
    subprocess.run([own_python(), "-m", "venv", "--without-pip", bare], check=True)
    problem = python.inspect_python(str(folders.python_in(bare))).problem
    assert problem.startswith("Packages are missing:") and "rasterio" in problem


def test_what_is_no_python(home, tmp_path):
    assert "no file" in python.inspect_python(str(tmp_path / "none")).problem
    text = tmp_path / "text"
    text.write_text("Hello.")
    assert "does not run as a Python" in python.inspect_python(str(text)).problem
    assert "does not run as a Python" in python.inspect_python("/bin/true").problem


def test_old_and_broken_pythons(home, tmp_path):
    def pretend(version, missing):
        program = tmp_path / "python"
        told = json.dumps({"version": version, "missing": missing, "absent": []})
        program.write_text(f"#!/bin/sh\necho noise\necho '{told}'\n")
        program.chmod(0o755)
        return python.inspect_python(str(program)).problem

    assert "3.9.2; GeoFM needs 3.11" in pretend([3, 9, 2], {})
    assert pretend([3, 12, 0], {}) is None
    assert "cannot be loaded: cv2 (libGL.so.1" in pretend([3, 12, 0], {"cv2": "libGL.so.1: cannot open shared object"})


# Surroundings ---------------------------------------------------------------------------------------------------------


def test_what_belongs_to_qgis_or_to_another_python_is_not_passed_on():
    kept = cleaned(
        {
            "PATH": "/bin",
            "PYTHONHOME": "/qgis",
            "PROJ_LIB": "/qgis/proj",
            "GDAL_DATA": "/qgis/gdal",
            "LD_LIBRARY_PATH": "/qgis/lib",
            "VIRTUAL_ENV": "/venv",
            "PIP_TARGET": "/elsewhere",
            "PIP_INDEX_URL": "https://mirror.example",
            "UV_OVERRIDE": "/other/versions.txt",
            "UV_LINK_MODE": "symlink",
            "UV_INDEX_OURS_PASSWORD": "letters",
            "OSGEO4W_ROOT": "/OSGeo4W",
            "SSL_CERT_FILE": "/OSGeo4W/bin/curl-ca-bundle.crt",
            "REQUESTS_CA_BUNDLE": "/etc/company.pem",
        }
    )
    assert kept == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://mirror.example",
        "UV_INDEX_OURS_PASSWORD": "letters",
        "OSGEO4W_ROOT": "/OSGeo4W",
        "REQUESTS_CA_BUNDLE": "/etc/company.pem",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
    }


def test_the_proxy_of_qgis_is_used_where_the_environment_names_none(clean_settings):
    settings = QgsSettings()
    try:
        assert proxy_of_qgis() is None
        for name, value in (("Enabled", True), ("Type", "HttpProxy"), ("Host", "proxy.example"), ("Port", "8080")):
            settings.setValue(f"proxy/proxy{name}", value)
        assert proxy_of_qgis() == "http://proxy.example:8080"
        settings.setValue("proxy/proxyUser", "an@user")
        settings.setValue("proxy/proxyPassword", "x/y")
        assert proxy_of_qgis() == "http://an%40user:x%2Fy@proxy.example:8080"
    finally:
        settings.remove("proxy")
    assert cleaned({}, "http://p")["HTTPS_PROXY"] == "http://p"
    assert "HTTPS_PROXY" not in cleaned({"https_proxy": "http://mine"}, "http://p")


def test_the_own_python_is_one_also_where_qgis_is_the_executable(monkeypatch, tmp_path):
    assert own_python().name.startswith("python")
    bundle = tmp_path / "QGIS.app" / "Contents" / "MacOS"
    (bundle / "bin").mkdir(parents=True)
    (bundle / "QGIS").touch()
    (bundle / "bin" / "python3").touch()
    monkeypatch.setattr(sys, "executable", str(bundle / "QGIS"))
    monkeypatch.setattr(sys, "_base_executable", str(bundle / "QGIS"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "nowhere"))
    assert own_python() == bundle / "bin" / "python3"
    (bundle / "bin" / "python3").unlink()
    assert own_python() is None


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("ProxyError('Tunnel connection failed: 407 Proxy Authentication Required')", "sign-in"),
        (
            "cause: Failed to fetch: https://a.example/x/\ncause: tunnel error: failed to create",
            "server a.example does not",
        ),
        ("hint: An index (https://b.example/whl/cpu) returned a 403 Forbidden error.", "server b.example cannot"),
        ("Looking in indexes: https://u:p@c@c.example/simple\n (from versions: none)", "server c.example cannot"),
        ("error: Failed to download `https://d.example/x/cpython-3.14.tar.gz`\n dns error", "install Python 3.11"),
        ("HTTPSConnectionPool(host='e.example', port=443): Max retries exceeded: timed out", "server e.example cannot"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "not trusted"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "not trusted"),
        ("dns error: failed to lookup address information: Name or service not known", "cannot be reached"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("PermissionError: [WinError 32] The process cannot access the file", "could not be written"),
        ("error: failed to remove file: Permission denied (os error 13)", "could not be written"),
        ("ImportError: /lib64/libc.so.6: version `GLIBC_2.28' not found", "operating system"),
        ("has no wheels with a matching platform tag (e.g., `manylinux_2_17_x86_64`)", "operating system"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "refused"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("error: No interpreter found for Python >=3.11 in managed installations", "No Python 3.11"),
    ],
)
def test_causes_are_told_with_their_remedy(printed, words):
    assert words in remedy_for(printed)


def test_what_is_not_known_has_no_remedy():
    assert remedy_for("something else") is None
