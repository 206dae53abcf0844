"""The three services as processes, and what they use: CPU time, memory, bytes in stores and topics.

Used by `capacity.py`.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from kafka.errors import KafkaError
from pydantic import SecretStr
from sqlalchemy import Engine, text

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import free_ports
from clusterwatch.launcher.processes import ProcessSpec, Supervisor
from clusterwatch.rebuild.stores import unassessed
from clusterwatch.services import SERVICES
from shared.messaging.lag import group_lag
from shared.messaging.topics import topic_specs
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading
from shared.testing.processes import looking

_LOOK_SECONDS = 0.25
_QUIET_LOOKS = 4
PATIENCE = 900.0


@dataclass
class Use:
    """What one service's processes used so far."""

    own: float = 0.0
    """CPU seconds of the service's own process."""
    helpers: float = 0.0
    """CPU seconds of the processes that it started: forecasts, press."""


@dataclass
class Meter:
    """Looks at the services' processes again and again, in a thread of its own."""

    processes: dict[str, psutil.Process]
    peak: dict[str, int] = field(default_factory=dict)
    """Largest resident bytes of a service with its helpers."""
    used: dict[str, Use] = field(default_factory=dict)
    _helpers: dict[str, dict[int, float]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator["Meter"]:
        """Look ten times a second."""
        self.look()
        with looking(self.look, 0.1):
            yield self

    def look(self) -> dict[str, Use]:
        """CPU time until now."""
        for name, process in self.processes.items():
            with suppress(psutil.NoSuchProcess):
                times, resident = process.cpu_times(), process.memory_info().rss
                helpers = self._helpers.setdefault(name, {})
                for child in process.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        spent = child.cpu_times()
                        helpers[child.pid] = spent.user + spent.system
                        resident += child.memory_info().rss
                self.used[name] = Use(times.user + times.system, sum(helpers.values()))
                self.peak[name] = max(self.peak.get(name, 0), resident)
        return dict(self.used)


class Spent:
    """CPU seconds of each service over a stretch of time, less idling."""

    def __init__(self, meter: Meter, idle: dict[str, float]) -> None:
        self._meter, self._idle = meter, idle
        self._began, self._before = time.monotonic(), meter.look()

    def own(self, service: str) -> float:
        """Of the service's own process."""
        spent = self._meter.look()[service].own - self._before[service].own
        return max(0.0, spent - self._idle[service] * (time.monotonic() - self._began))

    def helpers(self, service: str) -> float:
        """Of the processes that it started."""
        return self._meter.look()[service].helpers - self._before[service].helpers


class System:
    """A running system on one Kafka and one database."""

    def __init__(self, kafka: LocalKafka, folder: Path, url: str | None) -> None:
        self.kafka = kafka
        self._folder = folder
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self._environment = {
            "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "CLUSTERWATCH_DATA_DIR": str(folder),
            "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
            "CLUSTERWATCH_ALERTS_SETTLE_SECONDS": "3",
            "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.1",
            "CLUSTERWATCH_ALERTS_INGEST_URL": self.urls["ingest"],
            "CLUSTERWATCH_ALERTS_METRICS_URL": self.urls["metrics"],
            "CLUSTERWATCH_WALL_ALERTS_URL": self.urls["alerts"],
            **{f"CLUSTERWATCH_{name.upper()}_PORT": str(port) for name, port in ports.items()},
            **({"CLUSTERWATCH_DATABASE_URL": url} if url else {}),
        }
        secret = None if url is None else SecretStr(url)
        settings = CommonSettings(data_dir=folder, database_url=secret)
        self._settings = settings
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def running(self) -> Iterator[Meter]:
        """Start the services; they end with the block."""
        supervisor = Supervisor()
        with supervisor.supervised():
            children = supervisor.start(*(self._spec(name) for name in SERVICES))
            self._engines = {name: open_engine(self._settings, name) for name in SERVICES}
            processes = {c.name: psutil.Process(c.process.pid) for c in children}
            with Meter(processes).running() as meter:
                yield meter
            for engine in self._engines.values():
                engine.dispose()

    def _spec(self, name: str) -> ProcessSpec:
        return ProcessSpec(
            name,
            [sys.executable, "-m", "clusterwatch", name],
            self._folder / f"{name}.log",
            self._environment,
            f"{self.urls[name]}/readyz",
            patience=300.0,
        )

    def counts(self, service: str) -> dict[str, int]:
        """Records that a service has consumed, by what became of them."""
        answer = httpx.get(f"{self.urls[service]}/api/v1/reconciliation", timeout=60)
        return {k: v for k, v in answer.json().items() if isinstance(v, int)}

    def page(self, service: str) -> str:
        """What a service shows on `/metrics`."""
        return httpx.get(f"{self.urls[service]}/metrics", timeout=60).text

    def is_quiet(self, *, assessed: bool = True) -> bool:
        """Whether nothing waits in Kafka, in an outbox or, if asked, for an assessment."""
        try:
            lags = group_lag(self.kafka.bootstrap)
        except KafkaError:
            return False
        if any((part.end if part.lag is None else part.lag) for part in lags):
            return False
        for name, engine in self._engines.items():
            with reading(engine) as connection:
                if (assessed or name == "ingest") and outbox.depth(connection):
                    return False
        return not (assessed and unassessed(self._engines["metrics"]))

    def settle(self, *, assessed: bool = True) -> None:
        """Wait until nothing has waited for several looks in a row."""
        quiet, deadline = 0, time.monotonic() + PATIENCE
        while quiet < (_QUIET_LOOKS if assessed else 1):
            if time.monotonic() > deadline:
                raise SystemExit("the services did not come to rest")
            time.sleep(_LOOK_SECONDS)
            quiet = quiet + 1 if self.is_quiet(assessed=assessed) else 0

    def rows(self, service: str, table: str) -> int:
        """Number of rows of a table."""
        with reading(self._engines[service]) as connection:
            return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())  # noqa: S608 - our own

    def store_bytes(self) -> dict[str, int]:
        """Bytes of each service's tables and indexes."""
        found = {}
        for name, engine in self._engines.items():
            if engine.dialect.name == "sqlite":
                files = self._folder.glob(f"{name}.sqlite3*")
                found[name] = sum(file.stat().st_size for file in files)
                continue
            with engine.connect() as connection:
                size = text(
                    "select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c "
                    "join pg_namespace n on n.oid = c.relnamespace "
                    "where n.nspname = :schema and c.relkind = 'r'"
                )
                found[name] = int(connection.execute(size, {"schema": name}).scalar_one())
        return found

    def topic_bytes(self) -> dict[str, int]:
        """Bytes of each topic's records in the broker's files, one copy, not compacted yet."""
        folder = self.kafka.data_dir / "log"
        return {
            spec.name: sum(
                file.stat().st_size
                for number in range(spec.partitions)
                for file in (folder / f"{spec.name}-{number}").glob("*.log")
            )
            for spec in topic_specs()
        }
