"""Processes of alerts on one database, without a Kafka: they send what they are told over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from clusterwatch.launcher.ports import free_ports
from shared.testing.waiting import wait_until


@dataclass(frozen=True)
class Sender:
    """One process and its address."""

    process: subprocess.Popen[bytes]
    url: str

    def answers(self) -> bool:
        """Whether it has started."""
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/-/healthy", timeout=5).status_code == 200
        return False


@contextmanager
def senders(folder: Path, database: str | None, number: int) -> Iterator[list[Sender]]:
    """So many processes of the service that answer; on SQLite without a database's URL."""
    shared = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")},
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "CLUSTERWATCH_DATA_DIR": str(folder),
        "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
        "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.1",
        "CLUSTERWATCH_ALERTS_UPKEEP_SECONDS": "3600",
        **({"CLUSTERWATCH_DATABASE_URL": database} if database else {}),
    }
    started = [_start(folder, shared, port) for port in free_ports(number)]
    try:
        wait_until(lambda: all(one.answers() for one in started), seconds=120, what="all answer")
        yield started
    finally:
        for one in started:
            one.process.terminate()
        for one in started:
            one.process.wait(60)


def _start(folder: Path, environment: dict[str, str], port: int) -> Sender:
    with (folder / f"alerts-{port}.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "clusterwatch", "alerts"],
            env={**environment, "CLUSTERWATCH_ALERTS_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Sender(process, f"http://127.0.0.1:{port}")


def subscribe(url: str, owner: str, kind: str, target: str, colour: str = "blue") -> str:
    """Tell a target of external alerts; returns the subscription's id."""
    body = {
        "owner": owner,
        "filter": {"rule": "external", "minimum_colour": colour},
        "channels": [{"type": kind, "target": target}],
    }
    answer = httpx.post(f"{url}/api/v1/subscriptions", json=body, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])
