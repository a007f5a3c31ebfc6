"""What a job is asked to do: one frozen dataclass per kind of job.

The same request runs from a panel, from Processing, from `geofm` and from tests, and is stored as JSON in the job
database. A request says what it wants and where results go; it never opens a file.
"""

from __future__ import annotations

from ._base import AREA_LAYER, LANES, MOST_WHOLE, NoRequestError, Request, from_json, is_storable, kinds, marks_of
from ._declared import DEVICES, UNITS, Destination, Option
from .benchmarks import KURO_SIWO_MODELS, KuroSiwoBenchmarkRequest
from .datasets import CheckDataSetRequest
from .encoders import TrainEncoderRequest
from .evaluation import (
    EvaluateFloodRequest,
    EvaluateRetrievalRequest,
    EvaluateScenesRequest,
    EvaluateSegmentationRequest,
)
from .flood import BY_HAND, WITHOUT_WEIGHTS, FloodRequest
from .landcover import LandcoverRequest, TrainRequest
from .look import LookRequest
from .models import ExportModelRequest, ImportModelRequest, InstallModelRequest
from .pretraining import PretrainMaeRequest
from .samples import SamplesRequest
from .search import IndexRequest, OpenIndexRequest, ScoreMapRequest, SearchRequest
from .water_view import WaterViewRequest

__all__ = [
    "AREA_LAYER",
    "BY_HAND",
    "DEVICES",
    "KURO_SIWO_MODELS",
    "LANES",
    "MOST_WHOLE",
    "UNITS",
    "WITHOUT_WEIGHTS",
    "CheckDataSetRequest",
    "Destination",
    "EvaluateFloodRequest",
    "EvaluateRetrievalRequest",
    "EvaluateScenesRequest",
    "EvaluateSegmentationRequest",
    "ExportModelRequest",
    "FloodRequest",
    "ImportModelRequest",
    "IndexRequest",
    "InstallModelRequest",
    "KuroSiwoBenchmarkRequest",
    "LandcoverRequest",
    "LookRequest",
    "NoRequestError",
    "OpenIndexRequest",
    "Option",
    "PretrainMaeRequest",
    "Request",
    "SamplesRequest",
    "ScoreMapRequest",
    "SearchRequest",
    "TrainEncoderRequest",
    "TrainRequest",
    "WaterViewRequest",
    "from_json",
    "is_storable",
    "kinds",
    "marks_of",
]
