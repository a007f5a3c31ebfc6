"""The documentation travels with the plugin, and the buttons for help open the right page of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QToolButton

import geofm_qgis
from geofm_qgis.dock import GeoFMDock
from geofm_qgis.help import help_page
from geofm_qgis.provider import GeoFMProvider

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from docs_as_html import as_html

pytest_plugins = ("queue_fixtures",)

DOCS = Path(geofm_qgis.__file__).parent / "docs"


def test_every_algorithm_has_a_page(qgis_processing):
    provider = GeoFMProvider()
    provider.loadAlgorithms()
    algorithms = provider.algorithms()
    assert len(algorithms) > 5
    for algorithm in algorithms:
        file = Path(QUrl(algorithm.helpUrl()).toLocalFile())
        assert file.is_file() and file.stem == algorithm.groupId()


def test_every_tab_opens_its_page(client, qgis_canvas, qgis_new_project, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    for page in (*dock.pages, dock.jobs):
        button = next(button for button in page.findChildren(QToolButton) if button.accessibleName() == "Help")
        button.click()
    for page in dock.pages:
        page.close_tools()
    names = [Path(url.toLocalFile()).stem for url in opened]
    assert names == ["flood", "landcover", "landcover", "search", "qgis"]


def test_links_and_pictures_of_all_pages_are_there():
    pages = sorted(DOCS.glob("*.html"))
    assert len(pages) > 5
    anchors = {page.name: set(re.findall(r'id="([^"]+)"', page.read_text(encoding="utf-8"))) for page in pages}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            if target.startswith("http"):
                continue
            name, _, part = target.partition("#")
            assert not name or (DOCS / name).is_file(), (page.name, target)
            assert not part or part in anchors[name or page.name], (page.name, target)


def test_a_page_that_is_not_there_gives_the_first():
    assert Path(help_page("nothing").toLocalFile()).name == "qgis.html"
    assert help_page("qgis#jobs").fragment() == "jobs"


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# A & b\n\nT *one*\n**two**", '<h1 id="a--b">A &amp; b</h1>\n<p>T <em>one</em> <strong>two</strong></p>'),
        ("- a\n  b\n- c `x*y*`", "<ul><li>a b</li><li>c <code>x*y*</code></li></ul>"),
        ("1. a\n   - b\n2. c\n\nd", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>\n<p>d</p>"),
        ("    code <b>\n\n      more\n\nText", "<pre>code &lt;b&gt;\n\n  more</pre>\n<p>Text</p>"),
        ("| a |\n|---|\n| `x` |", "<table><tr><th>a</th></tr><tr><td><code>x</code></td></tr></table>"),
        ("[m](models.md#a) ![p](i/p.png)", '<p><a href="models.html#a">m</a> <img src="i/p.png" alt="p"></p>'),
    ],
)
def test_what_the_documentation_is_written_with(markdown, expected):
    assert as_html(markdown) == expected
