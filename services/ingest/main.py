"""Composition of ingest: the only place that picks adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import Engine

from services.ingest import handlers
from services.ingest.adapters.erasure_store import warn_of_unreadable_erasures
from services.ingest.adapters.held_desk import HeldDesk
from services.ingest.adapters.inbox import KafkaInbox
from services.ingest.adapters.parked import Parked, parked
from services.ingest.adapters.secret_store import keep_secret
from services.ingest.adapters.store import warnings
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.adapters.warning_store import WarnedLine, warned_lines
from services.ingest.api.events import events_router
from services.ingest.api.files import files_router
from services.ingest.api.held import held_router
from services.ingest.api.letters import letters_router
from services.ingest.api.subjects import subjects_router
from services.ingest.api.waiting import read_one, read_page, waiting_router
from services.ingest.api.warnings import warnings_router
from services.ingest.domain.holds import Limits
from services.ingest.domain.reading import Reader
from services.ingest.domain.warnings import Warned
from services.ingest.jobs import reattribution
from services.ingest.settings import IngestSettings
from services.ingest.telemetry import HttpCounts, WarningCollector
from services.ingest.use_cases import IngestBatch
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.reattribute import Reattribute
from services.ingest.use_cases.replay import PrepareReplay
from shared.clock import SystemClock
from shared.files.mapping import shipped_mappings
from shared.messaging.cluster import KafkaCluster
from shared.messaging.relay import OutboxRelay
from shared.plans import Plan, load_catalogue
from shared.runtime import Runtime
from shared.storage import open_engine, reading, writing
from shared.storage.audit import add_audit_line
from shared.storage.secret_file import secret_from
from shared.telemetry import PipelineCollector, configure_logging

SERVICE = "ingest"


def use_case(settings: IngestSettings, plans: tuple[Plan, ...]) -> IngestBatch:
    """The use case with its real collaborators."""
    return IngestBatch.following(plans, tokens_of(settings), SystemClock(), limits_of(settings))


def tokens_of(settings: IngestSettings) -> HmacTokens:
    """Tokens by the configured secret, or by one that is made once."""
    secret = settings.token_secret.get_secret_value() if settings.token_secret else None
    return HmacTokens(secret_from(secret, settings.data_dir / "token-secret"))


def limits_of(settings: IngestSettings) -> Limits | None:
    """From where on reports are held; None while that is turned off."""
    if settings.held_reports == "off":
        return None
    return Limits(settings.held_factor, settings.held_unit_share)


def create_app(settings: IngestSettings | None = None) -> FastAPI:
    """HTTP application of ingest; connects to nothing until it is started."""
    settings = settings or IngestSettings()
    configure_logging(settings, SERVICE)
    plans = load_catalogue(settings.plans or None).plans
    engine = open_engine(settings, SERVICE)
    relay = OutboxRelay(engine, settings)
    consumer = handlers.consumer(
        settings, engine, use_case(settings, plans), lambda _records: relay.wake()
    )
    tokens = tokens_of(settings)
    reattribute = Reattribute(use_case(settings, plans), plans, limits_of(settings))
    runtime = Runtime(
        service=SERVICE,
        settings=settings,
        engine=engine,
        consumer=consumer,
        relay=relay,
        jobs=[reattribution(reattribute, engine, relay.wake)],
        before_start=lambda: _before_start(engine, settings, tokens),
    )

    registry = CollectorRegistry()
    registry.register(PipelineCollector(SERVICE, consumer.progress, relay, runtime.store_counts))
    registry.register(WarningCollector(partial(_warnings, engine)))
    inbox = KafkaInbox(settings, settings.http_patience_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with runtime.lifespan(app):
            try:
                yield
            finally:
                await inbox.stop()

    app = runtime.application(registry, lifespan)
    check = CheckEvents(Reader(plans), SystemClock())
    _add_intake(app, settings, check, inbox, registry)
    _add_waiting(app, settings, engine)
    desk = HeldDesk(engine, SystemClock(), relay.wake)
    _add_desk(app, settings, desk, engine)
    _add_letters(app, settings, desk, PrepareReplay(check), inbox)
    return app


def _warnings(engine: Engine) -> dict[str, dict[str, int]]:
    with reading(engine) as connection:
        return warnings(connection)


def _add_letters(
    app: FastAPI,
    settings: IngestSettings,
    desk: HeldDesk,
    prepare: PrepareReplay,
    inbox: KafkaInbox,
) -> None:
    read = read_one(KafkaCluster.of(settings))
    app.include_router(letters_router(read, prepare, inbox, desk.audit))


def _before_start(engine: Engine, settings: IngestSettings, tokens: HmacTokens) -> None:
    keep_secret(engine, tokens)
    warn_of_unreadable_erasures(engine, tokens)
    if settings.held_reports == "off":
        reason = settings.held_reports_off_reason
        with writing(engine) as connection:
            add_audit_line(connection, "settings", "holding_off", reason, SystemClock().now())


def _add_desk(app: FastAPI, settings: IngestSettings, desk: HeldDesk, engine: Engine) -> None:
    tokens = tokens_of(settings)
    index = SubjectIndex(engine, tokens)
    named = settings.subject_names == "on"
    app.include_router(held_router(desk, index, tokens))
    app.include_router(subjects_router(index, desk.audit, allowed=named))


def _add_intake(
    app: FastAPI,
    settings: IngestSettings,
    check: CheckEvents,
    inbox: KafkaInbox,
    registry: CollectorRegistry,
) -> None:
    counts = HttpCounts(registry)
    limit = settings.http_body_limit
    app.include_router(
        events_router(check, inbox, counts, body_limit=limit, item_limit=settings.http_item_limit)
    )
    app.include_router(
        files_router(check, inbox, counts, SystemClock(), shipped_mappings(), body_limit=limit)
    )


def _add_waiting(app: FastAPI, settings: IngestSettings, engine: Engine) -> None:
    clock = SystemClock()

    def read_parked() -> list[Parked]:
        with reading(engine) as connection:
            return parked(connection, clock.now())

    def read_warned(
        topic: str | None, warning: Warned | None, after: int, limit: int
    ) -> Sequence[WarnedLine]:
        with reading(engine) as connection:
            return warned_lines(connection, topic=topic, warning=warning, after=after, limit=limit)

    app.include_router(waiting_router(read_page(KafkaCluster.of(settings)), read_parked))
    app.include_router(warnings_router(read_warned, tokens_of(settings).token))
