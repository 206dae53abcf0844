"""Programs that nobody here wrote: kcat sends reports, promtool and Prometheus read metrics."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import free_ports
from shared.testing.load import Place, credit_code, registration
from shared.testing.waiting import wait_until

SERVICES = ("ingest", "metrics", "alerts")
BEARINGS = Place("341323", "3451", ())
CODES = [credit_code(number) for number in (1, 2, 3)]
OPEN = {
    "confidentiality": "off",
    "confidentiality_off_reason": "simulated figures, compared in a test",
}
PROMETHEUS_CONFIG = Path(__file__).parents[2] / "deploy" / "prometheus" / "prometheus.yml"


def _reports() -> list[tuple[str, str]]:
    return [
        (
            code,
            msgspec.json.encode(
                {
                    "event_id": f"{code}:2026-05",
                    "source": "kcat",
                    "uscc": code,
                    "period": "2026-05",
                    "indicator": "gross_output",
                    "unit": "千元",
                    "month": 18_250,
                    "ytd": 80_110,
                    "month_last_year": 15_900,
                    "ytd_last_year": 71_020,
                    "revision": 1,
                    "reported_at": "2026-06-09T16:20:00+08:00",
                }
            ).decode(),
        )
        for code in CODES
    ]


def _produce(bootstrap: str, topic: str, records: list[tuple[str, str]]) -> None:
    lines = "".join(f"{key}|{value}\n" for key, value in records)
    subprocess.run(
        ["kcat", "-P", "-b", bootstrap, "-t", topic, "-K", "|"],
        input=lines.encode(),
        check=True,
        timeout=60,
    )


@pytest.fixture
def fed(empty_topics: LocalKafka, make_system: Callable[..., Any]) -> Any:
    """All three services, fed by kcat with three bearings makers."""
    system = make_system(empty_topics.bootstrap, **OPEN)
    system.start(*SERVICES)
    entries = [(code, registration(code, BEARINGS).value.decode()) for code in CODES]
    _produce(empty_topics.bootstrap, "stats.enterprise.v1", entries)
    _produce(empty_topics.bootstrap, "stats.output.v1", _reports())
    system.wait_consumed("ingest", 6)
    return system


@pytest.mark.kafka
@pytest.mark.kcat
def test_events_produced_with_kcat_come_out_in_the_api(fed: Any) -> None:
    def judged() -> Any:
        body = fed.get("metrics", "/api/v1/clusters/szah-lb-bearings", period="2026-05")
        return body if body["enterprises"]["reporting"] == len(CODES) else None

    body = wait_until(judged, seconds=30, what="the bearings cluster has three reports")
    assert body["ytd"] == 3 * 80_110_000
    assert body["month"] == 3 * 18_250_000
    assert body["ytd_growth"] == pytest.approx(80_110 / 71_020 - 1)
    assert body["coverage"] == 1.0


@pytest.fixture
def prometheus(fed: Any, tmp_path: Path) -> Iterator[str]:
    """A real Prometheus with the shipped configuration, on the ports of this test."""
    config = PROMETHEUS_CONFIG.read_text(encoding="utf-8")
    for service, port in zip(SERVICES, ("8101", "8102", "8103"), strict=True):
        config = config.replace(f":{port}", f":{httpx.URL(fed.url(service, '')).port}")
    file = tmp_path / "prometheus.yml"
    file.write_text(config, encoding="utf-8")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={file}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=PROMETHEUS_CONFIG.parent,
        )
    yield f"http://{address}"
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.mark.kafka
@pytest.mark.kcat
@pytest.mark.prometheus
def test_promtool_accepts_every_metrics_page(fed: Any) -> None:
    for service in SERVICES:
        page = fed.text(service, "/metrics")
        checked = subprocess.run(
            ["promtool", "check", "metrics"],
            input=page,
            text=True,
            capture_output=True,
            check=False,
        )
        assert checked.returncode == 0, f"{service}: {checked.stdout}{checked.stderr}"
        assert page.count("\n") > 10


@pytest.mark.kafka
@pytest.mark.kcat
@pytest.mark.prometheus
def test_a_real_prometheus_scrapes_all_services(prometheus: str) -> None:
    query = 'clusterwatch_cluster_year_to_date_yuan{unit="szah-lb-bearings"}'

    def scraped() -> Any:
        targets = httpx.get(f"{prometheus}/api/v1/targets", timeout=10).json()["data"]
        health = [target["health"] for target in targets["activeTargets"]]
        found = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=10)
        result = found.json()["data"]["result"]
        return result if health.count("up") >= len(SERVICES) and result else None

    result = wait_until(scraped, seconds=90, what="Prometheus has scraped all services")
    assert [float(series["value"][1]) for series in result] == [3 * 80_110_000]
