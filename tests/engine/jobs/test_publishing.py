"""Files that are passed on hold no passwords, and maps no folders of the computer where they were made."""

import json

import pytest

from engine.jobs.publishing import names_alone, without_credentials, write_report


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("/vsicurl/http://user:pw@host/a.tif", "/vsicurl/http://host/a.tif"),
        ("/vsicurl/https://user:sec/r@t@host/a.tif", "/vsicurl/https://host/a.tif"),
        ("/vsizip//vsicurl/https://u:p@host/a.zip/b.tif", "/vsizip//vsicurl/https://host/a.zip/b.tif"),
        ("/vsicurl/https://host/a.tif?sig=abc%2F&se=2030", "/vsicurl/https://host/a.tif"),
        ("/data/me@home/a.tif", "/data/me@home/a.tif"),
        ("may.tif: bands are taken for VV, VH?", "may.tif: bands are taken for VV, VH?"),
    ],
)
def test_credentials_go(text, published):
    assert without_credentials({"post": [text], "n": 1}) == {"post": [published], "n": 1}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/home/me/flood/a.tif", "a.tif"),
        (r"C:\Users\me\a.tif", "a.tif"),
        ("/home/me/basins.gpkg|layername=upper", "basins.gpkg|layername=upper"),
        ("/vsicurl/http://user:pw@host/a.tif", "a.tif"),
        ("median", "median"),
        ("-95.2,29.9,-95.1,30.1", "-95.2,29.9,-95.1,30.1"),
    ],
)
def test_folders_go(text, name):
    assert names_alone((text, None)) == [name, None]


def test_a_report_holds_none(tmp_path):
    write_report(tmp_path / "report.json", {"warnings": ["/vsicurl/http://u:p@h/a.tif has one band."], "n": [1, 2]})
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert found == {"warnings": ["/vsicurl/http://h/a.tif has one band."], "n": [1, 2]}
