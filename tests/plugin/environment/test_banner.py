"""A tab whose engine is missing says so before anything is done, and sets it up in place."""

from __future__ import annotations

import pytest
from queue_home import MS

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.jobs.requests import FloodRequest
from geofm_qgis.environment import folders, setup, steps

pytest_plugins = ("queue_fixtures", "setup_fixtures")


@pytest.fixture
def open_dock(client, qgis_canvas, qgis_new_project, no_make, qtbot):
    docks = []

    def make():
        dock = GeoFMDock(client, qgis_canvas)
        qtbot.addWidget(dock)
        dock.show()
        docks.append(dock)
        return dock

    yield make
    for dock in docks:
        for page in dock.pages:
            page.close_tools()
        dock.readiness.setup.close()


def show(dock, page):
    dock.tabs.setCurrentWidget(page)
    return page.banner


@pytest.fixture
def scripted(monkeypatch):
    """A set-up whose last step is given as a line of Python."""

    def make(script):
        def steps_of_setup(own, folder, requirements, level):
            engine = folders.python_in(folder / folders.ENGINE)
            first = f"import pathlib; p = pathlib.Path({str(engine)!r}); p.parent.mkdir(parents=True); p.touch()"
            return tuple(
                steps.Step(title, own, ("-c", line)) for title, line in (("Making", first), ("Trying", script))
            )

        monkeypatch.setattr(setup, "steps_of_setup", steps_of_setup)

    return make


def test_each_tab_says_what_is_missing_how_large_it_is_and_how_long_it_takes(open_dock):
    dock = open_dock()
    for page in dock.pages:
        banner = show(dock, page)
        assert banner.isVisible() and "not set up yet" in banner.text.text()
        cost = "200 MB, about 1 min" if page is dock.flood else "GB, about "
        assert cost in banner.set_up.text()


def test_nothing_is_queued_without_an_engine(open_dock, client, tmp_path):
    dock = open_dock()
    said = []
    client.failed.connect(said.append)
    for page in (dock.flood, dock.train, dock.landcover, dock.search.builder):
        show(dock, dock.search if page is dock.search.builder else page)
        page.problem.connect(said.append)
        page.request = lambda: FloodRequest((str(tmp_path / "post.tif"),), mask=str(tmp_path / "flood.tif"))
        page.run()
        assert page.run_bar.currentIndex() == 0
    dock.search.ask()
    assert not said and not client.jobs
    assert not list(tmp_path.glob("*.tif"))


def test_the_flood_set_is_enough_for_floods_alone(open_dock, worked):
    dock = open_dock()
    assert not show(dock, dock.flood).isVisible()
    for page in (dock.train, dock.landcover, dock.search):
        assert "PyTorch" in show(dock, page).text.text()


def test_a_set_up_in_the_tab_goes_on_to_its_end_and_the_tab_stays_as_it_was(open_dock, scripted, qtbot):
    dock = open_dock()
    scripted("print('tried')")
    dock.flood.save_as.name.setText("Ebro")
    banner = show(dock, dock.flood)
    banner.set_up.click()
    assert banner.bar.isVisible() and banner.stop.isVisible() and not banner.set_up.isVisible()
    assert "step 1 of 2: Making" in banner.text.text()
    assert not show(dock, dock.train).isHidden(), "the other tabs show that it is under way"
    dock.tabs.setCurrentWidget(dock.flood)
    qtbot.waitUntil(lambda: not banner.isVisible(), timeout=MS)
    assert not dock.readiness.lacks("core") and dock.flood.save_as.name.text() == "Ebro"
    assert show(dock, dock.train).isVisible(), "training needs more"


def test_a_set_up_that_fails_or_is_stopped_says_so_in_the_tab(open_dock, scripted, qtbot):
    dock = open_dock()
    banner = show(dock, dock.flood)
    scripted("raise SystemExit('No space left on device (os error 28)')")
    banner.set_up.click()
    qtbot.waitUntil(lambda: "disk is full" in banner.text.text(), timeout=MS)
    assert banner.set_up.isVisible() and not banner.bar.isVisible()
    scripted("import time; time.sleep(600)")
    banner.set_up.click()
    qtbot.waitUntil(lambda: "Trying" in banner.text.text(), timeout=MS)
    banner.stop.click()
    qtbot.waitUntil(lambda: "cancelled" in banner.text.text(), timeout=MS)


def test_a_python_chosen_by_hand_is_left_to_the_options(open_dock, qtbot, tmp_path):
    from geofm_qgis.settings import Settings

    Settings().engine_python = str(tmp_path / "none")
    dock = open_dock()
    banner = show(dock, dock.flood)
    qtbot.waitUntil(lambda: "no file" in banner.text.text(), timeout=MS)
    assert not banner.set_up.isVisible()
    with qtbot.waitSignal(dock.options_requested, timeout=MS):
        banner.options.click()
