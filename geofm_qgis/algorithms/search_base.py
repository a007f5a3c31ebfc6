"""What the algorithms of search have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)
from qgis.PyQt.QtCore import Qt

from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import SearchRequest
from ..search_indexes import is_index
from ..searches import phrases_of
from ..settings import Settings
from ..translation import tr
from .base import JobAlgorithm, helped
from .inputs import area_source, check_formats, check_only_one, extent_source

__all__ = ["INDEX", "QueryAlgorithm", "SearchAlgorithm", "query_parameters"]

INDEX, QUERY = "INDEX", "QUERY"
AOI, EXTENT, DATE_FROM, DATE_TO, NAME = "AOI", "EXTENT", "DATE_FROM", "DATE_TO", "NAME"
POLYGON = QgsProcessing.SourceType.TypeVectorPolygon


class SearchAlgorithm(JobAlgorithm):
    """Stands under one heading with the others."""

    def group(self) -> str:
        """The heading in the toolbox."""
        return tr("Search")

    def groupId(self) -> str:
        """Never changed."""
        return "search"

    def tags(self) -> list[str]:
        """What else one may type into the toolbox to find it."""
        return tr("find,similar,text,clip,embedding,retrieval,imagery,semantic").split(",")


class QueryAlgorithm(SearchAlgorithm):
    """Asks an index."""

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            check_only_one(self, parameters, AOI, EXTENT)
            SearchRequest(**self._question(parameters, context))
            check_formats(self, parameters, context)
        except GeoFMError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Find the files behind the layers: in the window's thread, to which layers belong."""
        copies = QgsProcessingUtils.generateTempFilename("geofm")
        try:
            check_only_one(self, parameters, AOI, EXTENT)
            self._inputs = {
                **self._question(parameters, context),
                "aoi": extent_source(self, parameters, EXTENT, context)
                or area_source(self, parameters, AOI, context, copies),
            }
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def _question(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Fields of the request but area and outputs."""
        index = self.parameterAsString(parameters, INDEX, context)
        if not is_index(index):
            raise RequestError(
                tr("{folder} holds no index; choose the folder of one.").format(folder=index or "“Index”")
            )
        texts, negatives = phrases_of(self.parameterAsString(parameters, QUERY, context))
        return {
            "index": index,
            "texts": texts,
            "negatives": negatives,
            "date_from": self._day(parameters, DATE_FROM, context),
            "date_to": self._day(parameters, DATE_TO, context),
            "name": self.parameterAsString(parameters, NAME, context).strip() or None,
            "device": Settings().device,
        }

    def _day(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[str]:
        if not parameters.get(name):
            return None
        day = self.parameterAsDateTime(parameters, name, context).date()
        if not day.isValid():
            label = self.parameterDefinition(name).description()
            raise RequestError(tr("“{label}” is no day; give one such as 2024-10-30.").format(label=label))
        return day.toString(Qt.DateFormat.ISODate)


def query_parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """An index, words, and where and when to search."""
    yield helped(
        QgsProcessingParameterFile(INDEX, tr("Index"), QgsProcessingParameterFile.Behavior.Folder),
        tr("The folder that “Build a search index” made."),
    )
    yield helped(
        QgsProcessingParameterString(QUERY, tr("What to search for")),
        tr("In English. “;” between phrases averages them; “not:” says what is not wanted."),
    )
    yield helped(
        QgsProcessingParameterFeatureSource(AOI, tr("Area of interest (polygons)"), [POLYGON], optional=True),
        tr("Only this area is searched."),
    )
    yield helped(
        QgsProcessingParameterExtent(EXTENT, tr("Area of interest (extent)"), optional=True),
        tr("A rectangle instead of polygons."),
    )
    for name, title in ((DATE_FROM, tr("First day")), (DATE_TO, tr("Last day"))):
        day = QgsProcessingParameterDateTime(name, title, QgsProcessingParameterDateTime.Type.Date, None, True)
        yield helped(day, tr("Of the images' acquisition; images without a date are left out then."))
    yield helped(
        QgsProcessingParameterString(NAME, tr("Name of the search"), optional=True),
        tr("Goes into the layers' names and metadata. Default: the words."),
    )
