"""The routes of alerts: API, Alertmanager's API, console."""

from functools import partial

from fastapi import FastAPI

from services.alerts.adapters.scratch import scratch_ledger
from services.alerts.api.alertmanager.parts import Compatibility
from services.alerts.api.alertmanager.router import alertmanager_router
from services.alerts.api.alerts import alerts_router
from services.alerts.api.life import acknowledgement_router, silences_router
from services.alerts.api.papers import papers_router
from services.alerts.api.preview import preview_router
from services.alerts.api.subscriptions import subscriptions_router
from services.alerts.console.ingest import IngestPages
from services.alerts.console.pages import Pages
from services.alerts.console.parts import ConsoleParts
from services.alerts.console.router import console_router
from services.alerts.use_cases.acknowledge import AcknowledgeAlert
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.preview import Preview
from services.alerts.use_cases.silences import ManageSilences
from services.alerts.wiring.parts import Alerts
from shared.access.control import Access
from shared.access.readers import Reader
from shared.authorities import believed
from shared.storage import reading
from shared.storage.audit import AuditLine, audit_lines


def add_routes(app: FastAPI, alerts: Alerts, access: Access) -> None:
    """Every route of the service, with its use case."""
    reach, transaction = alerts.reach, alerts.transaction
    app.include_router(alerts_router(alerts.reads, reach, partial(_visible_subscriptions, alerts)))
    preview = Preview(alerts.evaluate, alerts.clock, scratch_ledger)
    app.include_router(preview_router(preview, alerts.look, reach))
    app.include_router(subscriptions_router(alerts.manage(), transaction, reach))
    acknowledge = AcknowledgeAlert(alerts.evaluate.tell, alerts.clock)
    app.include_router(acknowledgement_router(acknowledge, transaction, alerts.reads.view, reach))
    silences = ManageSilences(alerts.clock)
    app.include_router(silences_router(silences, transaction, alerts.clock, reach))
    app.include_router(papers_router(alerts.papers.of_routes))
    app.include_router(alertmanager_router(_compatibility(alerts, silences)))
    app.include_router(console_router(_console(alerts, access, preview, acknowledge, silences)))


def _console(
    alerts: Alerts,
    access: Access,
    preview: Preview,
    acknowledge: AcknowledgeAlert,
    silences: ManageSilences,
) -> ConsoleParts:
    settings = alerts.settings

    def audit_logs(limit: int) -> list[tuple[str, list[AuditLine]]]:
        with reading(alerts.engine) as connection:
            found = [("告警服务", audit_lines(connection, None, limit))]
        if access.store is not None:
            found.append(("令牌与登录", list(access.store.audit(limit))))
        return found

    return ConsoleParts(
        pages=Pages.load(settings.data_label),
        reads=alerts.reads,
        reach=alerts.reach,
        visible_subscriptions=partial(_visible_subscriptions, alerts),
        transaction=alerts.transaction,
        look=alerts.look,
        manage=alerts.manage(),
        preview=preview,
        acknowledge=acknowledge,
        links=alerts.ack_links,
        silences=silences,
        papers=alerts.papers.of_routes,
        ingest=IngestPages(
            settings.alerts_ingest_url.rstrip("/"),
            settings.alerts_metrics_url.rstrip("/"),
            verify=believed(settings.http_ca_file),
        ),
        audit_logs=audit_logs,
        wake=alerts.wake,
        clock=alerts.clock,
    )


def _compatibility(alerts: Alerts, silences: ManageSilences) -> Compatibility:
    return Compatibility(
        alerts.transaction,
        alerts.look,
        ReceiveExternal(alerts.evaluate.tell, alerts.clock),
        silences,
        alerts.clock,
        alerts.evaluated,
        alerts.settings.alerts_public_url.rstrip("/"),
        alerts.reach,
        alerts.evaluate.mask_of,
    )


def _visible_subscriptions(alerts: Alerts, reader: Reader) -> frozenset[str] | None:
    """Ids of the subscriptions that a reader may see; null for all."""
    if not reader.scope.is_limited:
        return None
    found = alerts.reads.all_subscriptions()
    return frozenset(one.id for one in found if alerts.reach.subscription(reader, one))
