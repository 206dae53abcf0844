"""All parts of alerts, wired."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import httpx
from kafka.errors import KafkaError
from sqlalchemy import Engine

from services.alerts import handlers
from services.alerts.adapters.ack_links import SqlAckLinks
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.targets import why_refused
from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.adapters.message_context import Links
from services.alerts.adapters.name_book import HttpNameBook
from services.alerts.adapters.queue import SqlDeliveryQueue
from services.alerts.adapters.reads import SqlReads
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.adapters.rules_file import load_rules
from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.adapters.store import SqlLedger
from services.alerts.api.reach import Reach
from services.alerts.domain.directory import Directory
from services.alerts.domain.subscription import ChannelTarget
from services.alerts.jobs import Jobs
from services.alerts.ports import Mode, NameBook
from services.alerts.settings import AlertsSettings
from services.alerts.telemetry import Snapshot
from services.alerts.use_cases.apply_notices import ApplyNotices
from services.alerts.use_cases.apply_statuses import Applied, ApplyStatuses, EvaluateWaiting
from services.alerts.use_cases.deliver import DeliverDue, DeliveryCounts
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from services.alerts.use_cases.first_load import EndFirstLoad, EvaluateByCalendar
from services.alerts.use_cases.prune_notices import PruneNotices
from services.alerts.use_cases.subscriptions import ManageSubscriptions
from services.alerts.use_cases.upkeep import KeepUp
from services.alerts.wiring.channels import configured_channels
from services.alerts.wiring.papers import PaperParts
from shared.authorities import believed
from shared.clock import Clock
from shared.confidentiality import Masking
from shared.events.records import Record
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.lag import UPSTREAM, group_lag
from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.plans import load_catalogue
from shared.storage import open_engine, reading, writing
from shared.storage.sealing import use_keys

SERVICE = "alerts"

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
        self.papers = PaperParts(
            settings, self.engine, catalogue, self.evaluate, clock, self.name_book()
        )
        self.ack_links = SqlAckLinks(self.engine, address)
        self.renderer = TemplateRenderer(
            directory,
            Links(settings.alerts_wall_url, address, self.ack_links.url),
            settings.data_label,
            names=self.name_book(),
            own=settings.alerts_templates,
            papers=self.papers.messages,
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
        secret = token.get_secret_value() if token else ""
        verify = believed(settings.http_ca_file)
        return HttpNameBook(settings.alerts_ingest_url, secret, verify=verify)

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

    def evaluated(self, evaluated: Evaluated) -> None:
        """What changed is published and delivered at once."""
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
            papers=self.papers.send,
            look=self.papers.shelf,
            issuing=self.papers.issuing,
            deliver=DeliverDue(
                SqlDeliveryQueue(self.engine),
                configured_channels(settings, self.engine, self.client, self.clock),
                self.renderer,
                self.clock,
                timedelta(hours=settings.alerts_give_up_hours),
                self.counts,
            ),
            anything_waits=self.reads.anything_waits,
            caught_up=lambda: has_caught_up(self.consumer.progress),
            upstream_waits=lambda: upstream_waits(KafkaCluster.of(settings)),
            evaluated=self.evaluated,
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
