"""Composition of alerts: with `wiring` the only place that picks adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import structlog
from fastapi import FastAPI
from prometheus_client.registry import CollectorRegistry

from services.alerts.adapters.history_store import prune_steps
from services.alerts.adapters.holidays import calendar_warning
from services.alerts.adapters.sealed_targets import seal_store
from services.alerts.domain.calendar import today_in_china
from services.alerts.settings import AlertsSettings
from services.alerts.telemetry import AlertsCollector
from services.alerts.wiring.parts import SERVICE, Alerts
from services.alerts.wiring.routes import add_routes
from shared.clock import Clock, SystemClock
from shared.retention import pruning
from shared.runtime import Runtime
from shared.telemetry import PipelineCollector, configure_logging

_log = structlog.get_logger(__name__)


def audit_masking(alerts: Alerts) -> None:
    """Masking that is off is in the audit log, with who decided it and why."""
    settings = alerts.settings
    if settings.confidentiality == "off":
        with alerts.transaction() as ledger:
            reason = settings.confidentiality_off_reason
            ledger.audit("settings", "masking_off", reason, alerts.clock.now())


def warn_of_calendar(alerts: Alerts) -> None:
    """Say once that public holidays are missing in the installed data, and what follows."""
    warning = calendar_warning(today_in_china(alerts.clock.now()))
    if warning is not None:
        _log.warning("holidays_missing", detail=warning)


def _before_start(alerts: Alerts) -> None:
    seal_store(alerts.engine, alerts.keyring)
    audit_masking(alerts)
    warn_of_calendar(alerts)


def create_app(settings: AlertsSettings | None = None, clock: Clock | None = None) -> FastAPI:
    """HTTP application of alerts; connects to nothing until it is started."""
    settings = settings or AlertsSettings()
    configure_logging(settings, SERVICE)
    alerts = Alerts(settings, clock or SystemClock())
    jobs = alerts.jobs()
    runtime = Runtime(
        service=SERVICE,
        settings=settings,
        engine=alerts.engine,
        consumer=alerts.consumer,
        relay=alerts.relay,
        jobs=(
            jobs.watch_first_load,
            jobs.evaluate_waiting,
            jobs.keep_up,
            jobs.issue_papers,
            jobs.send,
            pruning(
                "history", alerts.engine, settings.alerts_history_days, prune_steps, alerts.clock
            ),
        ),
        before_start=lambda: _before_start(alerts),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with closing(alerts.papers.press):
            async with alerts.client, runtime.lifespan(app):
                yield

    registry = CollectorRegistry()
    registry.register(
        PipelineCollector(SERVICE, alerts.consumer.progress, alerts.relay, runtime.store_counts)
    )
    registry.register(
        AlertsCollector(alerts.snapshot, alerts.counts, lambda: alerts.unknown_fields)
    )
    app = runtime.application(registry, lifespan)
    app.state.alerts = alerts
    add_routes(app, alerts, runtime.access)
    return app
