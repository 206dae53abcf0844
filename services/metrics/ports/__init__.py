"""What the use cases ask of the outside."""

from services.metrics.ports.assessment import (
    AssessmentSink,
    AssessmentSource,
    AssessmentStore,
    BaseKey,
    ForecastKey,
    ForecastWish,
    PastSource,
    ProjectReport,
    Report,
    UnitRecord,
)
from services.metrics.ports.facts import DirtyMark, FactStore
from services.metrics.ports.forecasting import ForecasterGone, ForecastWorker
from services.metrics.ports.reading import (
    AlertsNotRead,
    AlertSource,
    StatusReader,
    StatusStore,
)

__all__ = [
    "AlertSource",
    "AlertsNotRead",
    "AssessmentSink",
    "AssessmentSource",
    "AssessmentStore",
    "BaseKey",
    "DirtyMark",
    "FactStore",
    "ForecastKey",
    "ForecastWish",
    "ForecastWorker",
    "ForecasterGone",
    "PastSource",
    "ProjectReport",
    "Report",
    "StatusReader",
    "StatusStore",
    "UnitRecord",
]
