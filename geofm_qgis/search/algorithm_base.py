"""What the algorithms of search have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import Qt

from ..algorithms.area import area_parameters, area_source, check_area
from ..algorithms.base import About, JobAlgorithm
from ..algorithms.parameters import helped
from ..engine.cards.index_files import is_index
from ..engine.errors import RequestError
from ..engine.jobs.requests import SearchRequest
from ..translation import tr
from .queries import phrases_of

__all__ = ["INDEX", "QueryAlgorithm", "about_search"]

INDEX, QUERY = "INDEX", "QUERY"
DATE_FROM, DATE_TO = "DATE_FROM", "DATE_TO"


def about_search(name: str, title: str, summary: str, text: str) -> About:
    """Of an algorithm under the heading that all of search have."""
    tags = tr("find,similar,text,clip,embedding,retrieval,imagery,semantic")
    return About(name, title, "search", tr("Search"), tags, summary, text)


class QueryAlgorithm(JobAlgorithm):
    """Asks an index."""

    def asked(self) -> Iterator[QgsProcessingParameterDefinition]:
        """An index, words, and where and when to search."""
        yield helped(
            QgsProcessingParameterFile(INDEX, tr("Index"), QgsProcessingParameterFile.Behavior.Folder),
            tr("The folder that “Build a search index” made."),
        )
        yield helped(
            QgsProcessingParameterString(QUERY, tr("What to search for")),
            tr("In English. “;” between phrases averages them; “not:” says what is not wanted."),
        )
        yield from area_parameters(tr("Only this area is searched."))
        for name, title in ((DATE_FROM, tr("First day")), (DATE_TO, tr("Last day"))):
            day = QgsProcessingParameterDateTime(name, title, QgsProcessingParameterDateTime.Type.Date, None, True)
            yield helped(day, tr("Of the images' acquisition; images without a date are left out then."))

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """The question, if it can be asked."""
        check_area(self, parameters)
        index = self.parameterAsString(parameters, INDEX, context)
        if not is_index(index):
            raise RequestError(
                tr("{folder} holds no index; choose the folder of one.").format(folder=index or "“Index”")
            )
        texts, negatives = phrases_of(self.parameterAsString(parameters, QUERY, context))
        fields = {
            **super().fields(parameters, context),
            "index": index,
            "texts": texts,
            "negatives": negatives,
            "date_from": self._day(parameters, DATE_FROM, context),
            "date_to": self._day(parameters, DATE_TO, context),
        }
        SearchRequest(**fields)  # it says what is wrong
        return fields

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """The area."""
        return {"aoi": area_source(self, parameters, context, copies)}

    def _day(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[str]:
        if not parameters.get(name):
            return None
        day = self.parameterAsDateTime(parameters, name, context).date()
        if not day.isValid():
            label = self.parameterDefinition(name).description()
            raise RequestError(tr("“{label}” is no day; give one such as 2024-10-30.").format(label=label))
        return day.toString(Qt.DateFormat.ISODate)
