"""Services as real processes on a broker that the test chooses; ingest's store on each engine."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import Engine

from clusterwatch.launcher.ports import free_ports
from clusterwatch.services import SERVICES
from shared.testing.postgres import PostgresServer
from shared.testing.stores import empty, migrated_store
from shared.testing.waiting import wait_until

_START_SECONDS = 240
_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
_STOP_SECONDS = 30


class System:
    """Service processes that share a broker, a folder and settings."""

    def __init__(self, bootstrap: str, folder: Path, **settings: str) -> None:
        self.bootstrap = bootstrap
        self.folder = folder
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")},
            "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "CLUSTERWATCH_DATA_DIR": str(folder),
            "CLUSTERWATCH_TOKEN_SECRET": "a secret for tests only",
            **{f"CLUSTERWATCH_{n.upper()}_PORT": str(p) for n, p in self._ports.items()},
            **{f"CLUSTERWATCH_{name.upper()}": value for name, value in settings.items()},
        }

    def start(self, *services: str, seconds: float = _START_SECONDS) -> None:
        """Start services and wait until they are ready. Raises `TimeoutError`."""
        for service in services:
            with (self.folder / f"{service}.log").open("ab") as log:
                self._processes[service] = subprocess.Popen(
                    [sys.executable, "-m", "clusterwatch", service],
                    env=self.environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        for service in services:
            wait_until(
                partial(self._ready, service),
                seconds=seconds,
                what=f"{service} is ready, see {self.folder / service}.log",
            )

    def _ready(self, service: str) -> bool:
        process = self._processes[service]
        assert process.poll() is None, f"{service} ended, see {self.folder / service}.log"
        return httpx.get(self.url(service, "/readyz"), timeout=10).status_code == 200

    def url(self, service: str, path: str) -> str:
        return f"http://127.0.0.1:{self._ports[service]}{path}"

    def get(self, service: str, path: str, **params: str) -> Any:
        answer = httpx.get(self.url(service, path), params=params, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def text(self, service: str, path: str) -> str:
        answer = httpx.get(self.url(service, path), timeout=30)
        answer.raise_for_status()
        return answer.text

    def kill(self, service: str) -> None:
        """`kill -9`: no chance to finish anything."""
        process = self._processes.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ask all services to end, as Ctrl-C does."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def send(self, records: Sequence[tuple[Any, ...]], partition: int | None = None) -> None:
        """Send (topic, key, value[, headers]) records in this order, and wait for their acks."""
        asyncio.run(self._send(records, partition))

    async def _send(self, records: Sequence[tuple[Any, ...]], partition: int | None) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            max_request_size=8 * 1024 * 1024,
            enable_idempotence=True,
            linger_ms=5,
        )
        async with producer:
            waiting = [
                await producer.send(
                    topic, key=key, value=value, headers=list(*headers), partition=partition
                )
                for topic, key, value, *headers in records
            ]
            for acknowledged in waiting:
                await acknowledged

    def wait_consumed(self, service: str, number: int, *, seconds: float = 240) -> dict[str, Any]:
        """Wait until a service has consumed this many records; the identity must hold all along."""

        def consumed() -> dict[str, Any] | None:
            counts = self.get(service, "/api/v1/reconciliation")
            check_identity(counts)
            return counts if counts["consumed"] >= number else None

        return wait_until(consumed, seconds=seconds, what=f"{service} has consumed {number}")


def check_identity(counts: dict[str, Any]) -> None:
    """consumed = applied + duplicate + stale + parked + held + dead-lettered + erased, by topic."""
    states = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered", "erased")
    for body in (counts, *counts["topics"].values()):
        assert body["consumed"] == sum(body[state] for state in states), counts


@pytest.fixture(scope="session")
def system_class() -> type[System]:
    """For systems that several tests share."""
    return System


@pytest.fixture
def make_system(tmp_path: Path) -> Iterator[Callable[..., System]]:
    """Makes systems that end with the test."""
    made: list[System] = []

    def make(bootstrap: str, **settings: str) -> System:
        folder = tmp_path / f"system{len(made)}"
        folder.mkdir()
        made.append(System(bootstrap, folder, **settings))
        return made[-1]

    yield make
    for system in made:
        system.stop()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Ingest's store on each engine, brought to the newest schema."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "sqlite":
        with migrated_store("ingest", folder) as engine:
            yield engine
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create_database()
    with migrated_store("ingest", folder, url) as engine:
        yield engine
    server.drop_database(url)


@pytest.fixture
def engine(migrated: Engine) -> Engine:
    """An empty store."""
    empty(migrated, "ingest")
    return migrated
