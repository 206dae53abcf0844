"""History for Prometheus: OpenMetrics from stored statuses, through the real tools."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.observability.history import known_at, openmetrics
from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.testing import shown_unit
from shared.events.period import Month
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.prometheus import running
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
    assert "run `clusterwatch migrate metrics`" in result.output


@pytest.mark.prometheus
def test_a_real_prometheus_shows_the_past_from_blocks(written: Path, tmp_path: Path) -> None:
    data = tmp_path / "tsdb"
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(written), str(data)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    query = 'last_over_time(clusterwatch_cluster_year_to_date_yuan{name!=""}[1h])'
    first, last = (known_at(Month.parse(p)).timestamp() for p in (PERIODS[0], PERIODS[-1]))

    with running({"scrape_configs": []}, tmp_path, data) as prometheus:
        (series,) = wait_until(
            lambda: prometheus.range(query, first, last, "1d"),
            seconds=60,
            what="Prometheus answers from the blocks",
        )

    assert series["metric"]["unit"] == "szah-lb-bearings"
    assert [float(value) for _, value in series["values"]] == list(YTD.values())
