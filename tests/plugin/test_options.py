"""The page in QGIS's options, and the settings behind it."""

from __future__ import annotations

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtWidgets import QWidget
from queue_home import ENGINE_PYTHON, MS

from geofm_qgis import options_page as options
from geofm_qgis.environment import setup, steps
from geofm_qgis.options_page import OptionsFactory
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures",)


@pytest.fixture
def factory(home):
    """What the plugin registers with QGIS."""
    factory = OptionsFactory()
    yield factory
    factory.close()


@pytest.fixture
def open_page(factory, qtbot):
    """Opens the page as the dialog does."""

    def make():
        dialog = QWidget()
        qtbot.addWidget(dialog)
        page = factory.createWidget(dialog)
        dialog.show()
        page.dialog_of_test = dialog  # as long as the page lives
        return page

    return make


def test_settings_have_defaults_and_survive_nonsense(home, tmp_path):
    settings = Settings()
    assert (settings.engine_python, settings.job_folder, settings.device, settings.threads) == ("", "", "auto", 0)
    assert settings.job_home == home
    settings.job_folder, settings.threads = str(tmp_path), 3
    assert (Settings().job_home, Settings().threads) == (tmp_path, 3)
    for name in ("device", "threads"):
        QgsSettings().setValue(f"geofm/{name}", "nonsense")
    assert (settings.device, settings.threads) == ("auto", 0)


def test_each_queue_has_its_own_memory_of_what_was_told(home, tmp_path):
    settings = Settings()
    assert settings.told_until(home) is None
    settings.set_told_until(home, 1_700_000_000.123456)
    assert Settings().told_until(home) == 1_700_000_000.123456
    assert settings.told_until(tmp_path) is None


def test_the_page_shows_the_settings_and_stores_them(open_page, tmp_path):
    Settings().threads = 2
    Settings().device = "cpu"
    page = open_page()
    assert (page.threads.value(), page.device.currentData(), page.folder.filePath()) == (2, "cpu", "")
    page.threads.setValue(0)
    assert page.threads.text() == "All but one"
    page.device.setCurrentIndex(page.device.findData("cuda"))
    page.folder.setFilePath(str(tmp_path / "jobs"))
    page.python.setFilePath(str(ENGINE_PYTHON))
    assert page.isValid()
    page.apply()
    settings = Settings()
    assert (settings.threads, settings.device) == (0, "cuda")
    assert settings.job_folder == str(tmp_path / "jobs")
    assert settings.engine_python == str(ENGINE_PYTHON)


def test_the_factory_tells_that_something_changed(factory, open_page, qtbot):
    page = open_page()
    with qtbot.waitSignal(factory.changed):
        page.apply()
    assert not factory.icon().isNull()


def test_a_folder_that_cannot_be_is_refused_below_the_field(open_page, tmp_path):
    page = open_page()
    file = tmp_path / "file"
    file.touch()
    page.folder.setFilePath(str(file))
    assert not page.isValid()
    assert str(file) in page.folder_problem.text() and page.folder_problem.isVisible()
    page.apply()
    assert Settings().job_folder == ""
    page.folder.setFilePath("relative")
    assert not page.isValid() and "whole path" in page.folder_problem.text()
    page.folder.setFilePath("")
    assert page.isValid() and not page.folder_problem.isVisible()


def test_the_page_says_whether_the_python_is_ready(open_page, qtbot, tmp_path):
    page = open_page()
    assert str(ENGINE_PYTHON) in page.python.lineEdit().placeholderText()
    qtbot.waitUntil(lambda: page.status.text().endswith("with all packages: ready"), timeout=MS)
    page.python.setFilePath(str(tmp_path / "none"))
    qtbot.waitUntil(lambda: "no file" in page.status.text(), timeout=MS)
    page.python.setFilePath("")
    qtbot.waitUntil(lambda: page.status.text().endswith("with all packages: ready"), timeout=MS)


def test_without_a_python_the_page_says_what_to_do(open_page, monkeypatch):
    monkeypatch.setattr(options, "find_engine_python", lambda chosen=None: None)
    page = open_page()
    assert "press “Set up”" in page.status.text()
    assert page.python.lineEdit().placeholderText() == "Automatic: none found"


def test_a_set_up_goes_on_while_the_dialog_is_closed(factory, open_page, monkeypatch, qtbot):
    def steps_of_setup(own, data, requirements, level):
        script = "import time; print('first', flush=True); time.sleep(600)"
        return (steps.Step("Installing", own, ("-c", script)),)

    monkeypatch.setattr(setup, "steps_of_setup", steps_of_setup)
    page = open_page()
    assert not page.log.isVisible() and page.setup_button.isEnabled()
    page.setup_button.click()
    assert page.cancel_button.isVisible() and not page.setup_button.isEnabled()
    assert page.step.text() == "Installing … (step 1 of 1; 200 MB, about 1 min in all)"
    qtbot.waitUntil(lambda: "first" in page.log.toPlainText(), timeout=MS)
    page.dialog_of_test.close()
    page.dialog_of_test.deleteLater()
    again = open_page()
    assert "first" in again.log.toPlainText()
    assert again.step.text().startswith("Installing …") and again.log.isVisible()
    with qtbot.waitSignal(factory.changed, timeout=MS):
        again.cancel_button.click()
    assert "cancelled" in again.step.text()
    assert again.setup_button.isEnabled() and not again.cancel_button.isVisible()


def test_every_field_has_a_name_for_screen_readers_or_a_label(open_page):
    page = open_page()
    assert page.python.lineEdit().accessibleName() and page.folder.lineEdit().accessibleName()
    assert all("&" in button.text() for button in (page.setup_button, page.cancel_button))
