"""Composition of alerts: the only place that picks adapters."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import httpx
import structlog
from fastapi import FastAPI
from kafka.errors import KafkaError
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import Engine

from services.alerts import handlers
from services.alerts.adapters.ack_links import SqlAckLinks
from services.alerts.adapters.budget import SqlSendingBudget
from services.alerts.adapters.channels.alertmanager import AlertmanagerChannel
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.mail import MailChannel, SmtpServer
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.robots import DingTalk, Feishu, RobotChannel, WeCom
from services.alerts.adapters.channels.targets import why_refused
from services.alerts.adapters.channels.webhook import WebhookChannel
from services.alerts.adapters.holidays import calendar_warning, chinese_working_days
from services.alerts.adapters.message_context import Links
from services.alerts.adapters.name_book import HttpNameBook
from services.alerts.adapters.paper_messages import PaperMessages
from services.alerts.adapters.paper_store import SqlPapers
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.adapters.papers.press import Press
from services.alerts.adapters.queue import SqlDeliveryQueue
from services.alerts.adapters.reads import SqlReads
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.adapters.rules_file import load_rules
from services.alerts.adapters.scratch import scratch_ledger
from services.alerts.adapters.sealed_targets import keyring_of, seal_store
from services.alerts.adapters.store import SqlLedger
from services.alerts.api.alertmanager import Compatibility, alertmanager_router
from services.alerts.api.alerts import alerts_router
from services.alerts.api.life import acknowledgement_router, silences_router
from services.alerts.api.papers import Papers, papers_router
from services.alerts.api.preview import preview_router
from services.alerts.api.reach import Reach
from services.alerts.api.subscriptions import subscriptions_router
from services.alerts.console.ingest import IngestPages
from services.alerts.console.pages import Pages
from services.alerts.console.parts import ConsoleParts
from services.alerts.console.router import console_router
from services.alerts.domain.calendar import today_in_china
from services.alerts.domain.directory import Directory
from services.alerts.domain.papers.builders import builders
from services.alerts.domain.papers.wording import Wording
from services.alerts.domain.sending_limits import LIMITS
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.jobs import Jobs
from services.alerts.ports import Channel, Mode, NameBook
from services.alerts.settings import AlertsSettings
from services.alerts.telemetry import AlertsCollector, Snapshot
from services.alerts.use_cases.acknowledge import AcknowledgeAlert
from services.alerts.use_cases.apply_notices import ApplyNotices
from services.alerts.use_cases.apply_statuses import Applied, ApplyStatuses, EvaluateWaiting
from services.alerts.use_cases.deliver import DeliverDue, DeliveryCounts
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.first_load import EndFirstLoad, EvaluateByCalendar
from services.alerts.use_cases.issue_papers import IssuePapers
from services.alerts.use_cases.preview import Preview
from services.alerts.use_cases.prune_notices import PruneNotices
from services.alerts.use_cases.read_papers import ReadPapers
from services.alerts.use_cases.send_papers import SendPapers
from services.alerts.use_cases.silences import ManageSilences
from services.alerts.use_cases.subscriptions import ManageSubscriptions
from services.alerts.use_cases.upkeep import KeepUp
from shared.access.control import Access
from shared.access.readers import Reader
from shared.clock import Clock, SystemClock
from shared.confidentiality import Masking
from shared.events.records import Record
from shared.http import create_service_app
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.lag import UPSTREAM, group_lag
from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.plans import load_catalogue
from shared.runtime import Runtime
from shared.storage import open_engine, reading, writing
from shared.storage.audit import AuditLine, audit_lines
from shared.storage.sealing import use_keys
from shared.telemetry import PipelineCollector, configure_logging

SERVICE = "alerts"

_log = structlog.get_logger(__name__)

_COMMITS_LATE_MS = 60_000
"""No batch takes a minute from its beginning until it is committed."""

_OLD_MS = 5000
"""A status that waited this long in Kafka was part of a backlog."""


class Alerts:
    """All parts of the service, wired; nothing is connected until it is started."""

    def __init__(self, settings: AlertsSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.engine: Engine = open_engine(settings, SERVICE)
        self.keyring = keyring_of(settings)
        use_keys(self.engine, self.keyring)
        self.relay = OutboxRelay(self.engine, settings)
        self.counts = DeliveryCounts()
        self.new_deliveries = asyncio.Event()
        self.unknown_fields = 0
        self.guard = TargetGuard(
            tuple(settings.alerts_private_targets), frozenset(settings.alerts_allowed_hosts)
        )
        self.client: httpx.AsyncClient = new_client(self.guard)
        catalogue = self.catalogue = load_catalogue(settings.plans or None)
        directory = Directory(catalogue)
        self.reach = Reach(catalogue, directory)
        masking = Masking(catalogue.plans, settings.masking, _COMMITS_LATE_MS)
        self.reads = SqlReads(self.engine, masking.of)
        self.evaluate = Evaluate(
            load_rules(settings.alerts_rules),
            directory,
            chinese_working_days,
            masking.of,
        )
        address = settings.alerts_public_url.rstrip("/")
        self.press = Press()
        words = paper_wording(settings.alerts_templates)
        self.papers = self._papers(words)
        self.send_papers = SendPapers(self.papers.issue, directory)
        self.ack_links = SqlAckLinks(self.engine, address)
        self.renderer = TemplateRenderer(
            directory,
            Links(settings.alerts_wall_url, address, self.ack_links.url),
            settings.data_label,
            names=self.name_book(),
            own=settings.alerts_templates,
            papers=PaperMessages(
                self.papers.read, self.shelf, self.press, words, address, settings.data_label
            ),
        )
        self.consumer: BatchConsumer = handlers.consumer(
            settings,
            self.engine,
            ApplyStatuses(self.evaluate, clock, self._is_behind),
            ApplyNotices(self.evaluate, clock, self._is_behind),
            self._applied,
            lambda _records: self.wake(),
        )

    def name_book(self) -> NameBook | None:
        """Where names are asked for; null while they stay tokens for everybody."""
        settings = self.settings
        if settings.alerts_subject_names == "off":
            return None
        token = settings.alerts_ingest_token
        return HttpNameBook(settings.alerts_ingest_url, token.get_secret_value() if token else "")

    def _applied(self, applied: Applied) -> None:
        self.unknown_fields += applied.unknown_fields

    def _is_behind(self, records: Sequence[Record]) -> bool:
        """Whether the batch is old, or more waits; after a start nobody knows that yet."""
        now_ms = self.clock.now().timestamp() * 1000
        old = any(now_ms - record.timestamp_ms > _OLD_MS for record in records)
        lag = self.consumer.progress.lag
        return old or not lag or any(lag.values())

    def wake(self) -> None:
        """There is something to publish and to deliver."""
        self.relay.wake()
        self.new_deliveries.set()

    def _evaluated(self, evaluated: Evaluated) -> None:
        if evaluated.transitions:
            self.wake()

    @contextmanager
    def transaction(self) -> Iterator[SqlLedger]:
        """A write transaction on the ledger."""
        with writing(self.engine) as connection:
            yield SqlLedger(connection)

    @contextmanager
    def look(self) -> Iterator[SqlLedger]:
        """A transaction that only reads."""
        with reading(self.engine) as connection:
            yield SqlLedger(connection)

    def channels(self) -> dict[ChannelType, Channel]:
        """The channels that are configured."""
        settings = self.settings
        poster = Poster(self.client)
        budget = SqlSendingBudget(self.engine, self.clock, LIMITS)
        channels: dict[ChannelType, Channel] = {
            ChannelType.WEBHOOK: WebhookChannel(poster),
            ChannelType.ALERTMANAGER: AlertmanagerChannel(poster),
        }
        for dialect in (WeCom(), DingTalk(), Feishu()):
            channels[dialect.type] = RobotChannel(dialect, poster, budget, self.clock)
        if settings.alerts_smtp_host is not None:
            password = settings.alerts_smtp_password
            channels[ChannelType.EMAIL] = MailChannel(
                SmtpServer(
                    settings.alerts_smtp_host,
                    settings.alerts_smtp_port,
                    settings.alerts_smtp_security,
                    settings.alerts_smtp_username,
                    password.get_secret_value() if password else None,
                    settings.alerts_smtp_sender,
                )
            )
        return channels

    def jobs(self) -> Jobs:
        """Background jobs."""
        settings = self.settings
        settle = timedelta(seconds=settings.alerts_settle_seconds)
        return Jobs(
            transaction=self.transaction,
            end_first_load=EndFirstLoad(self.evaluate, self.clock, settle),
            by_calendar=EvaluateByCalendar(self.evaluate, self.clock),
            waiting=EvaluateWaiting(self.evaluate, self.clock),
            prune=PruneNotices(self.clock),
            upkeep=KeepUp(self.evaluate.rulebook, self.evaluate.tell, self.clock),
            papers=self.send_papers,
            look=self.shelf,
            issuing=self.issuing,
            deliver=DeliverDue(
                SqlDeliveryQueue(self.engine),
                self.channels(),
                self.renderer,
                self.clock,
                timedelta(hours=settings.alerts_give_up_hours),
                self.counts,
            ),
            anything_waits=self.reads.anything_waits,
            caught_up=lambda: has_caught_up(self.consumer.progress),
            upstream_waits=lambda: upstream_waits(KafkaCluster.of(settings)),
            evaluated=self._evaluated,
            queued=self.wake,
            new_deliveries=self.new_deliveries,
            calendar_seconds=settings.alerts_calendar_seconds,
            delivery_seconds=settings.alerts_delivery_seconds,
            upkeep_seconds=settings.alerts_upkeep_seconds,
        )

    def snapshot(self) -> Snapshot:
        """What the store says for a scrape."""
        alerts, deliveries = self.reads.counts()
        with reading(self.engine) as connection:
            live = SqlLedger(connection).mode() is Mode.LIVE
        return Snapshot(live, alerts, deliveries)

    def compatibility(self, silences: ManageSilences) -> Compatibility:
        """What Alertmanager's API needs."""
        return Compatibility(
            self.transaction,
            self.look,
            ReceiveExternal(self.evaluate.tell, self.clock),
            silences,
            self.clock,
            self._evaluated,
            self.settings.alerts_public_url.rstrip("/"),
            self.reach,
            self.evaluate.mask_of,
        )

    def visible_subscriptions(self, reader: Reader) -> frozenset[str] | None:
        """Ids of the subscriptions that a reader may see; null for all."""
        if not reader.scope.is_limited:
            return None
        found = self.reads.all_subscriptions()
        return frozenset(one.id for one in found if self.reach.subscription(reader, one))

    @contextmanager
    def shelf(self) -> Iterator[SqlPapers]:
        """A transaction that reads papers and what they are made from."""
        with reading(self.engine) as connection:
            yield SqlPapers(connection)

    @contextmanager
    def issuing(self) -> Iterator[SqlPapers]:
        """A transaction that issues papers."""
        with writing(self.engine) as connection:
            yield SqlPapers(connection)

    def _papers(self, words: Wording) -> Papers:
        """What the routes of papers need."""
        evaluate, settings = self.evaluate, self.settings
        issue = IssuePapers(
            self.catalogue,
            evaluate.rulebook,
            evaluate.working_days,
            evaluate.mask_of,
            self.clock,
            settings.data_label,
        )
        read = ReadPapers(builders(words), issue, self.name_book())
        return Papers(read, issue, self.shelf, self.issuing, self.press)

    def manage(self) -> ManageSubscriptions:
        """Use case of the subscription routes."""

        def check(channel: ChannelTarget) -> str | None:
            return why_refused(channel, self.guard)

        return ManageSubscriptions(self.clock, check)


def has_caught_up(progress: Progress) -> bool:
    """Whether nothing waits: no batch in hand, and no known lag."""
    return progress.pending_since is None and not any(progress.lag.values())


def upstream_waits(kafka: KafkaCluster | str) -> bool:
    """Whether ingest or metrics still has records to read; so it is while Kafka does not say."""
    try:
        return any(part.lag for part in group_lag(kafka, UPSTREAM))
    except KafkaError:
        return True


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
        ),
        before_start=lambda: _before_start(alerts),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with alerts.client, runtime.lifespan(app):
            yield
        alerts.press.close()

    registry = CollectorRegistry()
    registry.register(
        PipelineCollector(SERVICE, alerts.consumer.progress, alerts.relay, runtime.store_counts)
    )
    registry.register(
        AlertsCollector(alerts.snapshot, alerts.counts, lambda: alerts.unknown_fields)
    )
    app = create_service_app(
        title="clusterwatch alerts",
        version="1",
        lifespan=lifespan,
        registry=registry,
        alive=runtime.alive,
        ready=runtime.ready,
        reconciliation=runtime.reconciliation,
        access=runtime.access,
        audit=runtime.audit,
    )
    app.state.alerts = alerts
    _add_routes(app, alerts, runtime.access)
    return app


def _add_routes(app: FastAPI, alerts: Alerts, access: Access) -> None:
    reach, transaction = alerts.reach, alerts.transaction
    app.include_router(alerts_router(alerts.reads, reach, alerts.visible_subscriptions))
    preview = Preview(alerts.evaluate, alerts.clock, scratch_ledger)
    app.include_router(preview_router(preview, alerts.look, reach))
    app.include_router(subscriptions_router(alerts.manage(), transaction, reach))
    acknowledge = AcknowledgeAlert(alerts.evaluate.tell, alerts.clock)
    app.include_router(acknowledgement_router(acknowledge, transaction, alerts.reads.view, reach))
    silences = ManageSilences(alerts.clock)
    app.include_router(silences_router(silences, transaction, alerts.clock, reach))
    app.include_router(papers_router(alerts.papers))
    app.include_router(alertmanager_router(alerts.compatibility(silences)))
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
        visible_subscriptions=alerts.visible_subscriptions,
        transaction=alerts.transaction,
        look=alerts.look,
        manage=alerts.manage(),
        preview=preview,
        acknowledge=acknowledge,
        links=alerts.ack_links,
        silences=silences,
        papers=alerts.papers,
        ingest=IngestPages(
            settings.alerts_ingest_url.rstrip("/"), settings.alerts_metrics_url.rstrip("/")
        ),
        audit_logs=audit_logs,
        wake=alerts.wake,
        clock=alerts.clock,
    )
