"""A real Prometheus for tests: starts it, asks it, and fills in the variables of dashboards."""

import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

Series = dict[str, Any]
_OK, _STARTING = 200, 503


class Prometheus:
    """A running Prometheus at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, expression: str) -> list[Series]:
        """Answer to an instant query; nothing while it starts. A bad query fails the test."""
        return self._result("query", {"query": expression})

    def range(self, expression: str, start: float, end: float, step: str) -> list[Series]:
        """Answer to a query over time; seconds since 1970."""
        asked = {"query": expression, "start": str(start), "end": str(end), "step": step}
        return self._result("query_range", asked)

    def rules(self) -> list[Series]:
        """All rules with their health and state."""
        answer = httpx.get(f"{self.url}/api/v1/rules", timeout=30).json()
        return [rule for group in answer["data"]["groups"] for rule in group["rules"]]

    def _result(self, path: str, asked: Mapping[str, str]) -> list[Series]:
        try:
            answer = httpx.get(f"{self.url}/api/v1/{path}", params=asked, timeout=30)
        except httpx.TransportError:
            return []
        if answer.status_code == _STARTING:
            return []
        if answer.status_code != _OK:
            raise AssertionError(f"{asked['query']}: {answer.text}")
        found: list[Series] = answer.json()["data"]["result"]
        return found


@contextmanager
def running(
    config: Mapping[str, Any], folder: Path, data: Path | None = None
) -> Iterator[Prometheus]:
    """Prometheus with a configuration; `{own}` in it stands for its own address."""
    address = _free_address()
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(config)).replace("{own}", address), encoding="utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - for tests
            [  # noqa: S607 - found on the PATH
                "prometheus",
                f"--config.file={file}",
                f"--storage.tsdb.path={data or folder / 'tsdb'}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Prometheus(f"http://{address}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def shipped(deploy: Path, targets: Mapping[str, str], interval: str = "1s") -> dict[str, Any]:
    """The shipped configuration with absolute rules and these targets by job.

    A job that is not named keeps its own address; nothing receives the alerts.
    """
    config: dict[str, Any] = yaml.safe_load((deploy / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": interval, "evaluation_interval": interval}
    config["rule_files"] = [str(deploy / "rules" / "*.yml")]
    config["alerting"] = {}
    for job in config["scrape_configs"]:
        target = targets.get(job["job_name"], "{own}")
        job["static_configs"] = [{"targets": [target]}]
    return config


def filled(expression: str, unit: str, plan: str = "suzhou-2027") -> str:
    """A query of a dashboard with its variables chosen."""
    for name, value in {"plan": plan, "region": ".+", "cluster": unit}.items():
        expression = expression.replace(f"${{{name}}}", value).replace(f"${name}", value)
    return expression.replace("$__rate_interval", "10s").replace("$__interval", "1d")


def _free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"
