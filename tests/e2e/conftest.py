"""The whole system as `clusterwatch run` starts it, on free ports, in a folder of the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from clusterwatch.launcher.ports import free_ports
from demo.messages import CHINA
from shared.testing.waiting import wait_until

_PORTS = ("INGEST_PORT", "METRICS_PORT", "ALERTS_PORT", "DEMO_INBOX_PORT", "KAFKA_PORT")


class Run:
    """A running `clusterwatch run`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        self.output = folder / "output.txt"
        self.today = datetime.now(CHINA).date()
        settings = {f"CLUSTERWATCH_{name}": str(port) for name, port in self.ports.items()}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "clusterwatch", "run"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **inherited,
                    **settings,
                    "CLUSTERWATCH_DATA_DIR": str(folder / "var"),
                    # The simulated ten minutes of arriving reports in half a minute.
                    "CLUSTERWATCH_DEMO_SPEED": "20",
                    "CLUSTERWATCH_ALERTS_SETTLE_SECONDS": "10",
                    **environment,
                },
            )

    def said(self) -> str:
        """What it printed so far."""
        return self.output.read_text(encoding="utf-8")

    def url(self, port: str, path: str) -> str:
        """Address of one of its servers."""
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def get(self, port: str, path: str, **params: str) -> Any:
        """JSON from one of its servers."""
        answer = httpx.get(self.url(port, path), params=params, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def wait_started(self) -> None:
        """Wait for the box with the addresses."""

        def started() -> bool:
            assert self.process.poll() is None, self.said()
            return "/wall" in self.said()

        wait_until(started, seconds=180, what="clusterwatch run prints its addresses")

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def end(self) -> None:
        """Stop it whatever happens."""
        if self.process.poll() is None:
            self.interrupt()


@pytest.fixture(scope="module")
def start_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Run]]:
    """Starts runs that end with the module."""
    runs: list[Run] = []

    def start(**environment: str) -> Run:
        runs.append(Run(tmp_path_factory.mktemp("run"), **environment))
        runs[-1].wait_started()
        return runs[-1]

    yield start
    for run in runs:
        run.end()
