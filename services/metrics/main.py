"""Composition of metrics: the only place that picks adapters."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import structlog
from aiokafka import TopicPartition
from fastapi import FastAPI
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import Engine, insert

from services.metrics import handlers
from services.metrics.adapters.alert_source import HttpAlertSource
from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.forecast_process import ForecastProcess
from services.metrics.adapters.page import MetricsPage
from services.metrics.adapters.past_source import open_past
from services.metrics.adapters.publication_store import SqlPublicationStore
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.api import add_routes
from services.metrics.assessor import Assessor, Exports
from services.metrics.forecaster import Forecaster
from services.metrics.settings import MetricsSettings
from services.metrics.telemetry import ServiceCollector
from services.metrics.telemetry.service import ServiceCounts
from services.metrics.use_cases.assess import AssessUnits
from services.metrics.use_cases.export import Snapshots
from services.metrics.use_cases.gather import Owns
from services.metrics.use_cases.kept_cells import KeptCells
from services.metrics.use_cases.make_forecasts import MakeForecasts
from services.metrics.use_cases.past import past_of
from services.metrics.use_cases.publications import Publications
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.authorities import believed
from shared.clock import CHINA, Clock, SystemClock
from shared.events.facts import FACTS_TOPIC
from shared.messaging.consumer import BatchConsumer
from shared.messaging.relay import OutboxRelay
from shared.plans import load_catalogue
from shared.runtime import Runtime
from shared.storage import open_engine, writing
from shared.storage.tables import AuditEntry, table_of
from shared.telemetry import PipelineCollector, configure_logging

SERVICE = "metrics"

_log = structlog.get_logger(__name__)


def create_app(settings: MetricsSettings | None = None) -> FastAPI:
    """HTTP application of metrics; connects to nothing until it is started."""
    settings = settings or MetricsSettings()
    configure_logging(settings, SERVICE)
    catalogue, clock, kept = load_catalogue(settings.plans or None), SystemClock(), KeptCells()
    engine = open_engine(settings, SERVICE)
    relay = OutboxRelay(engine, settings)

    def stored(inputs: Mapping[int, int]) -> None:
        counts.stored(inputs, clock.now().timestamp())
        assessor.notice(age=clock.now().timestamp() - max(inputs, default=0) / 1000)

    consumer = handlers.consumer(settings, engine, stored, kept.changes)
    owns = _ownership(consumer)
    store = SqlStatusStore(engine)
    read = ReadClusters(store, catalogue, settings.masking, clock, settings.data_label)
    pipeline, counts = CollectorRegistry(), ServiceCounts()
    page = MetricsPage(pipeline, lambda: [part.partition for part in consumer.assigned])
    assessments = SqlAssessmentStore(engine)
    snapshots = Snapshots(read, store, owns)
    exports = Exports(
        lambda: page.replace(snapshots.take(clock.now())),
        lambda: page.confirm(clock.now()),
        # Projects stall by the calendar, so a new day is a change as well.
        lambda: (consumer.assigned, clock.now().astimezone(CHINA).date()),
    )
    units = AssessUnits(assessments, catalogue, settings.rules, clock, owns, kept)
    assessor = Assessor(units.run, exports, settings.assess_delay_seconds, relay.wake)
    delay = settings.forecast_delay_seconds
    forecasts = MakeForecasts(assessments, clock, timedelta(seconds=delay), owns)
    forecaster = Forecaster(forecasts, ForecastProcess(), delay / 2, assessor.notice, counts)
    runtime = Runtime(
        service=SERVICE,
        settings=settings,
        engine=engine,
        consumer=consumer,
        relay=relay,
        jobs=[assessor.run, forecaster.run],
        before_start=lambda: audit_masking(engine, settings, clock),
    )
    pipeline.register(PipelineCollector(SERVICE, consumer.progress, relay, runtime.store_counts))
    pipeline.register(ServiceCollector(counts, lambda: page.compared_at))
    app = runtime.application(pipeline, metrics=page.render)
    past = past_of(read, partial(open_past, engine), catalogue, settings.rules)
    published = Publications(SqlPublicationStore(engine), clock)
    add_routes(app, read, past, published, alert_source(settings), clock)
    return app


def alert_source(settings: MetricsSettings) -> HttpAlertSource | None:
    """Where the wall's ticker reads alerts; None while no alerts service is named."""
    if not settings.wall_alerts_url:
        return None
    token = settings.wall_alerts_token
    secret = token.get_secret_value() if token is not None else ""
    verify = believed(settings.http_ca_file)
    return HttpAlertSource(settings.wall_alerts_url, secret, verify=verify)


def _ownership(consumer: BatchConsumer) -> Owns:
    """Whether this replica owns a partition: it alone assesses and exports its units."""
    return lambda partition: TopicPartition(FACTS_TOPIC, partition) in consumer.assigned


def audit_masking(engine: Engine, settings: MetricsSettings, clock: Clock) -> None:
    """Record each start with masking off, and by whose word; the setting refuses to be silent."""
    if settings.masking is not None:
        return
    reason = settings.confidentiality_off_reason
    _log.warning("confidentiality_off", reason=reason)
    entry = {
        "at": clock.now().isoformat(),
        "actor": "setting CLUSTERWATCH_CONFIDENTIALITY",
        "action": "confidentiality_off",
        "detail": reason,
    }
    with writing(engine) as connection:
        connection.execute(insert(table_of(AuditEntry)), [entry])
