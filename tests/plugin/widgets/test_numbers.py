"""Numbers that people can use: lengths and intervals in a few digits, and tables that can be copied."""

from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import QLocale
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QApplication

from geofm_qgis.search.filters import SearchFilters
from geofm_qgis.train.certainty import wilson
from geofm_qgis.train.confusion import ConfusionMap
from geofm_qgis.train.results import accuracy_text
from geofm_qgis.translation import metres_text
from geofm_qgis.widgets.bars import Bar, BarTable


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale("en"))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("metres", "text"),
    [(1280.47, "1,280 m"), (64.0, "64 m"), (2.236, "2.2 m"), (12_800.0, "12.8 km"), (128_000.0, "128 km")],
)
def test_lengths_have_no_digits_that_tell_nothing(metres, text):
    assert metres_text(metres) == text


@pytest.mark.parametrize(
    ("share", "count", "low", "high"),
    # Of statsmodels.stats.proportion.proportion_confint(method="wilson"), for 9 of 10, 1 of 1 and 50 of 100.
    [(0.9, 10, 0.59585, 0.98212), (1.0, 1, 0.20655, 1.0), (0.5, 100, 0.40383, 0.59617)],
)
def test_intervals_of_shares(share, count, low, high):
    assert wilson(share, count) == pytest.approx((low, high), abs=1e-4)


def test_an_accuracy_of_few_pixels_says_so():
    summary = {"metrics": {"overall_accuracy": 1.0, "macro_f1": 1.0}, "confusion": [[50, 0], [0, 43]]}
    assert "(96 to 100 %, of 93 pixels)" in accuracy_text(summary)
    many = {**summary, "confusion": [[50_000, 0], [0, 43]]}
    assert "pixels" not in accuracy_text(many)


def test_tables_are_copied_with_their_headings(qtbot):
    table = BarTable("Class", ["Share", "ha"], bar=1)
    qtbot.addWidget(table)
    table.show_rows([("Water", QColor("blue"), (Bar("60 %", 1.0), "6")), ("Together", None, ("", "10"))])
    (copy,) = (action for action in table.actions() if action.text() == "Copy")
    copy.trigger()
    assert QApplication.clipboard().text() == "Class\tShare\tha\nWater\t60 %\t6\nTogether\t\t10"
    assert table.item(1, 0).font().bold() and table.item(1, 0).icon().isNull()


def test_a_table_needs_no_scroll_bar_for_a_long_name(qtbot):
    table = BarTable("Class", ["Share", "ha"], bar=1)
    qtbot.addWidget(table)
    table.resize(320, 200)
    table.show()
    table.show_rows([("artificial surfaces and associated areas of all kinds", QColor("red"), (Bar("1 %", 1.0), "1"))])
    assert not table.horizontalScrollBar().isVisible()
    assert "of all kinds" in table.item(0, 0).toolTip()


def test_a_confusion_matrix_grows_with_its_window_and_can_be_copied(qtbot):
    matrix = ConfusionMap()
    qtbot.addWidget(matrix)
    names = ("artificial surfaces", "water")
    matrix.show_matrix(names, ((5, 1), (0, 7)))
    dialog = matrix.enlarge()
    (large,) = dialog.findChildren(ConfusionMap)
    small = large._cell(large.width())
    dialog.resize(900, 800)
    QApplication.processEvents()
    assert large._cell(large.width()) > 2 * small
    assert large._short(names[0]) == names[0] != matrix._short(names[0])
    large.copy()
    assert QApplication.clipboard().text() == "\tartificial surfaces\twater\nartificial surfaces\t5\t1\nwater\t0\t7"
    dialog.close()


def test_no_day_is_said_in_words(qgis_canvas, qtbot):
    filters = SearchFilters(qgis_canvas)
    qtbot.addWidget(filters)
    assert "NULL" not in (filters.first.text(), filters.last.text())
    filters.aoi.close_tools()
