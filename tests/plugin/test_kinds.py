"""Each kind of work has a tab or a reason for none, and every option a parameter in Processing."""

from __future__ import annotations

import pytest

from geofm_qgis.algorithms.base import JobAlgorithm
from geofm_qgis.algorithms.declared import parameter_name
from geofm_qgis.engine.jobs.requests import kinds
from geofm_qgis.kinds import TABS, load
from geofm_qgis.widgets.tab_page import TabPage

KINDS = kinds()
PAGES = {tab.name: load(tab.page) for tab in TABS}
ALGORITHMS: list[type[JobAlgorithm]] = [load(name) for tab in TABS for name in tab.algorithms]
NO_TAB = {
    "search": "its hits are shown by whoever asked, and have no worth later",
    "open-index": "the Search tab gets ready by it",
    "look": "the Flood tab shows it beside its images",
    "water-view": "the Flood tab shows it on the map while a threshold is moved",
    "install-model": "the window with the models does it",
    "import-model": "the window with the models does it",
    "export-model": "the window with the models does it",
    "evaluate-flood": "its scores are numbers of Processing and a table of the command",
    "evaluate-segmentation": "its scores are numbers of Processing and a table of the command",
    "evaluate-scene": "who trains encoders works in a terminal",
    "evaluate-retrieval": "who trains encoders works in a terminal",
    "samples": "scenes to practise with come by the command",
    "benchmark-kuro-siwo": "it takes days, a graphics card and a terminal",
    "check-dataset": "who has a data set on disk works in a terminal",
    "pretrain-mae": "who trains encoders works in a terminal",
    "train-encoder": "a recipe for a whole day comes by the command",
}
# Options that the algorithm asks for in another way, with the reason.
IN_OTHER_WORDS = {
    ("index", "window_m"): "WINDOWS",  # as models and scripts hold it
}
NOT_IN_PROCESSING = {
    ("score-map", "top"): "a map has all places",
    ("score-map", "threshold"): "a map has all places",
}


def test_pages_keep_to_the_contract_of_tabs() -> None:
    for page in PAGES.values():
        assert issubclass(page, TabPage)
        assert set(page.kinds) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_tab_or_a_reason_for_none(kind: str) -> None:
    shown = [name for name, page in PAGES.items() if kind in page.kinds]
    assert len(shown) == (0 if kind in NO_TAB else 1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_option_and_output_has_a_parameter(algorithm: type[JobAlgorithm], qgis_app: object) -> None:
    request = algorithm.request_type
    made = algorithm().create()
    parameters = {item.name(): item for item in made.parameterDefinitions()}
    for field, option in request.options().items():
        if option.role == "setting" or (request.kind, field) in NOT_IN_PROCESSING:
            continue
        name = IN_OTHER_WORDS.get((request.kind, field), parameter_name(request, field))
        assert name in parameters, field
        assert parameters[name].help()
    outputs = [item for item in request.destinations() if item not in algorithm.by_hand]
    assert {item.upper() for item in outputs} <= set(parameters)
