"""Metrics of the units over an immutable snapshot, and of the service beside the pipeline's.

Base units are in the names (yuan, persons, joules, ratio); a null gives no sample, and a masked
unit only says that it is suppressed and whether it is on track. No sample carries a timestamp:
the reporting period and the time of the newest data are gauges of their own.
"""

from services.metrics.domain.exported import Exported, Snapshot
from services.metrics.telemetry.figures import READINGS, ClusterCollector
from services.metrics.telemetry.service import SERVICE_FAMILIES, ServiceCollector

FAMILIES = (*(reading.family for reading in READINGS), *SERVICE_FAMILIES)
"""All that this service exposes beside the pipeline's."""

__all__ = [
    "FAMILIES",
    "READINGS",
    "SERVICE_FAMILIES",
    "ClusterCollector",
    "Exported",
    "ServiceCollector",
    "Snapshot",
]
