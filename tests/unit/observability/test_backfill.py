"""History for Prometheus: OpenMetrics from stored statuses, through the real tools."""

import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.launcher.ports import free_ports
from clusterwatch.observability.history import known_at, openmetrics
from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.testing import shown_unit
from shared.events.period import Month
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.statuses import status_of
from shared.testing.waiting import wait_until

PERIODS = ("2025-12", "2026-02", "2026-03", "2026-05")
YTD = {period: 1_000_000_000 * (number + 1) for number, period in enumerate(PERIODS)}
STATUSES = [status_of(period, ytd=YTD[period]) for period in PERIODS]


def samples(text: str, name: str) -> list[Sample]:
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    return [s for family in families for s in family.samples if s.name == name]


def test_a_period_is_known_at_the_end_of_the_month_after_it() -> None:
    assert known_at(Month(2025, 12)) == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert known_at(Month(2026, 2)) == datetime(2026, 3, 31, 16, tzinfo=UTC)


def test_each_period_has_one_sample_at_its_moment() -> None:
    units = [(known_at(Month.parse(s.period)), shown_unit(s)) for s in STATUSES]

    text = b"".join(openmetrics(units)).decode()

    found = samples(text, "clusterwatch_cluster_year_to_date_yuan")
    assert [sample.value for sample in found] == list(YTD.values())
    moments = [known_at(Month.parse(period)).timestamp() for period in PERIODS]
    assert [float(sample.timestamp) for sample in found] == moments  # type: ignore[arg-type]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the command makes of a store with these statuses, and one of this month."""
    now = datetime.now(UTC)
    current = status_of(f"{now.year:04}-{now.month:02}")
    engine = open_engine(CommonSettings(data_dir=tmp_path), "metrics")
    migrate(engine, "metrics")
    with SqlAssessmentStore(engine).transaction() as sink:
        sink.publish([*STATUSES, current], now)
    engine.dispose()
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "CONFIDENTIALITY": "off",
        "CONFIDENTIALITY_OFF_REASON": "simulated figures of a test",
    }.items():
        monkeypatch.setenv(f"CLUSTERWATCH_{name}", value)
    file = tmp_path / "history.om"
    result = CliRunner().invoke(app, ["backfill", str(file)])
    assert result.exit_code == 0, result.output
    assert "4 statuses of 4 periods" in result.output
    return file


def test_the_command_writes_past_periods_and_leaves_this_one_to_the_scrape(written: Path) -> None:
    found = samples(written.read_text(encoding="utf-8"), "clusterwatch_cluster_year_to_date_yuan")

    assert [sample.value for sample in found] == list(YTD.values())


def test_a_store_that_was_never_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_DATA_DIR", str(tmp_path))

    result = CliRunner().invoke(app, ["backfill", str(tmp_path / "x.om")])

    assert result.exit_code == 1
    assert "start the service once" in result.output


@pytest.fixture
def prometheus(written: Path, tmp_path: Path) -> Iterator[str]:
    """A real Prometheus on the blocks that promtool makes of the file."""
    data = tmp_path / "tsdb"
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(written), str(data)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    config = tmp_path / "empty.yml"
    config.write_text("scrape_configs: []\n")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={data}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield f"http://{address}"
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.mark.prometheus
def test_a_real_prometheus_shows_the_past_from_blocks(prometheus: str) -> None:
    first, last = known_at(Month(2025, 12)), known_at(Month(2026, 5))
    query = {
        "query": 'last_over_time(clusterwatch_cluster_year_to_date_yuan{name!=""}[1h])',
        "start": str(first.timestamp()),
        "end": str(last.timestamp()),
        "step": "1d",
    }

    def answered() -> Any:
        try:
            found = httpx.get(f"{prometheus}/api/v1/query_range", params=query, timeout=10)
        except httpx.TransportError:
            return None
        return found.json()["data"]["result"] if found.status_code == 200 else None

    (series,) = wait_until(answered, seconds=60, what="Prometheus answers from the blocks")
    assert series["metric"]["unit"] == "szah-lb-bearings"
    assert [float(value) for _, value in series["values"]] == list(YTD.values())
