"""Runs one service: store, consumer, relay and background jobs behind one HTTP server."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from kafka.errors import KafkaError
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import Engine

from shared.access.control import Access
from shared.clock import SystemClock
from shared.http import Lifespan, create_service_app
from shared.messaging.cluster import KafkaCluster
from shared.messaging.consumer import BatchConsumer
from shared.messaging.permissions import PERMISSIONS, missing_permissions
from shared.messaging.refusals import why_refused
from shared.messaging.relay import OutboxRelay
from shared.pages import Render
from shared.retention import pruning
from shared.settings import CommonSettings, is_loopback
from shared.storage import ping, reading, reconciliation, writing
from shared.storage.audit import AuditLine, add_audit_line, audit_lines, prune_audit_lines
from shared.storage.migrations import migrate, require_usable
from shared.telemetry import StoreCounts, store_counts

_log = structlog.get_logger(__name__)

_CONNECT_RETRY_SECONDS = 2.0
ANSWER_SECONDS = 5.0
"""In which the store, and then Kafka, must answer for the service to be ready."""
_ALLOWED_SECONDS, _REFUSED_SECONDS = 20.0, 4.0
GRACEFUL_SECONDS = 15.0
"""For the batch under way when a service is told to end."""

Job = Callable[[], Awaitable[None]]
"""A background job; runs until it is cancelled, and is started again should it fail."""


class Runtime:
    """Life of one service process."""

    def __init__(
        self,
        *,
        service: str,
        settings: CommonSettings,
        engine: Engine,
        consumer: BatchConsumer,
        relay: OutboxRelay,
        jobs: Sequence[Job] = (),
        before_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._engine = engine
        self._consumer = consumer
        self._relay = relay
        self._jobs = (consumer.watch, self._watch_kafka_access, *jobs)
        self._before_start = before_start
        self.access = Access(service, settings)
        self._jobs += tuple(self._prunings())
        self._connected = False
        self._cluster = KafkaCluster.of(settings)
        self._kafka_refuses: str | None = None
        self._broker = KafkaBroker(
            self._cluster.addresses,
            security=self._cluster.security(),
            client_id=f"clusterwatch-{service}",
            allow_auto_create_topics=False,
            graceful_timeout=GRACEFUL_SECONDS,
            consumer_only=True,  # records go out by the relay; topics are made by their own command
            logger=_quiet_logger(),
        )
        consumer.register(self._broker)

    def _prunings(self) -> Iterator[Job]:
        """Old lines go from the audit log of the service, and from that of access control."""
        for whose, engine in ((self._service, self._engine), ("access", self.access.engine)):
            if engine is not None:
                days = self._settings.audit_days
                yield pruning(f"audit of {whose}", engine, days, prune_audit_lines, SystemClock())

    def application(
        self,
        registry: CollectorRegistry,
        lifespan: Lifespan | None = None,
        metrics: Render | None = None,
    ) -> FastAPI:
        """The service's HTTP application with the common routes.

        `lifespan` wraps that of the runtime; `metrics` renders the page in place of the registry.
        """
        return create_service_app(
            title=f"clusterwatch {self._service}",
            version="1",
            lifespan=lifespan or self.lifespan,
            registry=registry,
            alive=self.alive,
            ready=self.ready,
            reconciliation=self.reconciliation,
            metrics=metrics,
            access=self.access,
            audit=self.audit,
        )

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Start everything, and stop it in reverse order; Kafka may come later than we do."""
        await asyncio.to_thread(self._prepare_store)
        async with self.access.running(), self._working():
            yield

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        await self._relay.start()
        tasks = [asyncio.create_task(self._keep_running(job)) for job in self._jobs]
        tasks.append(asyncio.create_task(self._connect()))
        try:
            yield
        finally:
            self._consumer.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._broker.stop()
            await self._relay.stop()
            self._engine.dispose()

    def _prepare_store(self) -> None:
        if self._settings.auto_migrate:
            migrate(self._engine, self._service)
        else:
            require_usable(self._engine, self._service)
        if self._settings.access == "off" and not is_loopback(self._settings.host):
            reason = self._settings.access_off_reason
            with writing(self._engine) as connection:
                now = SystemClock().now()
                add_audit_line(connection, "settings", "access_off", reason, now)
        self._before_start()

    async def _connect(self) -> None:
        while not self._connected:
            try:
                await self._broker.start()
            except Exception as error:  # noqa: BLE001 - Kafka may come later than we do
                _log.warning("kafka_not_reached", error=repr(error))
                await asyncio.sleep(_CONNECT_RETRY_SECONDS)
            else:
                self._connected = True
                _log.info("consuming", brokers=self._settings.kafka_bootstrap_servers)

    async def _watch_kafka_access(self) -> None:
        """Find out what the brokers refuse: the clients would try again for ever and say little."""
        while self._cluster.is_secured:
            before, self._kafka_refuses = self._kafka_refuses, await self._refusal()
            if self._kafka_refuses is not None and self._kafka_refuses != before:
                _log.error("kafka_refuses", detail=self._kafka_refuses)
            refused = self._kafka_refuses is not None
            await asyncio.sleep(_REFUSED_SECONDS if refused else _ALLOWED_SECONDS)
        await asyncio.Event().wait()  # an open broker refuses nothing: there is nothing to do

    async def _refusal(self) -> str | None:
        """What keeps us from working, in words; null when nothing does or Kafka is away."""
        refusal = await why_refused(self._cluster)
        if refusal is not None:
            return refusal
        wanted = PERMISSIONS[self._service]
        try:
            lacking = await asyncio.to_thread(missing_permissions, self._cluster, wanted)
        except KafkaError as error:
            _log.debug("permissions_not_known", error=repr(error))
            return self._kafka_refuses
        who = f"user {self._cluster.username}" if self._cluster.signs_in else "our certificate"
        words = f"Kafka does not allow {who} to {', '.join(lacking)}; see deploy/kafka/acls.yaml"
        return words if lacking else None

    async def _keep_running(self, job: Job) -> None:
        while True:
            try:
                await job()
            except Exception:  # noqa: BLE001 - a job's fault must not stop the others
                _log.exception("job_failed")
            await asyncio.sleep(_CONNECT_RETRY_SECONDS)

    def alive(self) -> str | None:
        """What has come to a standstill, if anything."""
        return self._consumer.progress.stalled(time.monotonic(), self._settings.stall_seconds)

    async def ready(self) -> str | None:
        """What is missing, if anything: Kafka, the store, or a topic that was stopped."""
        if self._kafka_refuses is not None:
            return self._kafka_refuses
        if not self._connected:
            return "Kafka has not been reached yet"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.to_thread(ping, self._engine)
        except Exception as error:  # noqa: BLE001 - any failure means not ready
            return f"the store does not answer: {type(error).__name__}"
        if not await self._consumer.reaches_kafka(ANSWER_SECONDS):
            return "Kafka does not answer"
        return self._consumer.ceiling.reason()

    def store_counts(self) -> StoreCounts:
        """What the store says for a scrape."""
        with reading(self._engine) as connection:
            return store_counts(connection)

    def audit(self, before: int | None, limit: int) -> list[AuditLine]:
        """Lines of the audit log, newest first."""
        with reading(self._engine) as connection:
            return audit_lines(connection, before, limit)

    def reconciliation(self) -> Mapping[str, object]:
        """Body of ``GET /api/v1/reconciliation``."""
        return reconciliation.summary(self.store_counts().records)


def _quiet_logger() -> logging.Logger:
    """FastStream logs every message, and warns that it makes no topics; we want its errors."""
    logger = logging.getLogger("clusterwatch.faststream")
    logger.setLevel(logging.ERROR)
    return logger
