"""Composition and background jobs of metrics, without Kafka."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.assessor import Assessor, Exports
from services.metrics.domain.forecast import ForecastRequest, ForecastResult, forecast
from services.metrics.forecaster import Forecaster
from services.metrics.main import audit_masking, create_app
from services.metrics.settings import MetricsSettings
from services.metrics.testing import Service
from services.metrics.use_cases.apply_facts import apply_facts
from services.metrics.use_cases.assess import AssessUnits
from services.metrics.use_cases.changes import Changed
from services.metrics.use_cases.make_forecasts import MakeForecasts
from shared.clock import SystemClock
from shared.storage import reading, writing
from shared.storage.tables import AuditEntry, table_of
from shared.testing.facts import fact, records_of
from shared.testing.http import AppClient

WHO = "the bureau's director, for the internal wall"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MetricsSettings:
    monkeypatch.chdir(tmp_path)
    return MetricsSettings(data_dir=tmp_path, data_label="模拟数据")


def test_the_application_connects_to_nothing_until_it_is_started(
    settings: MetricsSettings, tmp_path: Path
) -> None:
    app = create_app(settings)

    paths = AppClient(app).get("/openapi.json").json()["paths"]
    assert {
        "/healthz",
        "/readyz",
        "/api/v1/reconciliation",
        "/api/v1/plans",
        "/api/v1/clusters",
        "/api/v1/clusters/{cluster}",
        "/api/v1/clusters/{cluster}/history",
        "/api/v1/clusters/{cluster}/what-if",
        "/api/v1/ranking",
        "/api/v1/scores",
    } <= set(paths)
    assert AppClient(app).get("/readyz").status_code == 503
    assert not list(tmp_path.glob("*.sqlite3"))


def audit(engine: Engine) -> list[tuple[str, str]]:
    entries = table_of(AuditEntry)
    with reading(engine) as connection:
        rows = connection.execute(select(entries.c.action, entries.c.detail)).all()
    return [(row.action, row.detail) for row in rows]


def test_every_start_with_masking_off_is_audited_with_whose_word_it_is(service: Service) -> None:
    off = MetricsSettings(confidentiality="off", confidentiality_off_reason=WHO)
    assert off.masking is None

    audit_masking(service.engine, off, service.clock)
    audit_masking(service.engine, off, service.clock)

    assert audit(service.engine) == [("confidentiality_off", WHO)] * 2


def test_a_start_with_masking_on_needs_no_entry(service: Service) -> None:
    audit_masking(service.engine, MetricsSettings(), service.clock)

    assert audit(service.engine) == []


def test_only_units_of_owned_partitions_are_assessed(service: Service) -> None:
    store = SqlAssessmentStore(service.engine)
    service.consume(records_of([fact("szah-lb-bearings", "a", "2026-05", ytd=1)], partition=3))

    def assess(*owned: int) -> int:
        units = AssessUnits(
            store, service.catalogue, service.rules, service.clock, lambda p: p in owned
        )
        return units.run()

    assert assess(0, 1) == 0
    assert assess(3) == 1


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for is not an event
            await asyncio.sleep(0.01)


def test_the_assessor_runs_at_once_after_a_change_and_shows_only_what_changed() -> None:
    changes = iter([0, 2, 0])
    passes: list[int] = []
    shown: list[int] = []
    confirmed: list[int] = []
    woken: list[int] = []

    def assess() -> int:
        passes.append(next(changes, 0))
        return passes[-1]

    async def run() -> None:
        exports = Exports(lambda: shown.append(1), lambda: confirmed.append(1), lambda: "owned")
        assessor = Assessor(assess, exports, 0.01, lambda: woken.append(1))
        task = asyncio.create_task(assessor.run())
        await until(lambda: len(passes) == 1)
        assessor.notice()
        await until(lambda: len(passes) == 2)
        assessor.notice()
        await until(lambda: len(passes) == 3)
        task.cancel()

    asyncio.run(run())

    assert passes[:3] == [0, 2, 0]
    assert len(shown) == 2  # the first view of what is owned, and the change
    assert len(confirmed) == len(passes) - 2  # the others found it as it was
    assert len(woken) >= 2


def counting(**options: Any) -> tuple[Assessor, list[int]]:
    """An assessor that finds nothing to do, and its passes."""
    passes: list[int] = []

    def assess() -> int:
        passes.append(1)
        return 0

    exports = Exports(lambda: None, lambda: None, lambda: "owned")
    return Assessor(assess, exports, 0.01, **options), passes


def test_while_a_backlog_is_read_nothing_is_assessed_until_news_of_now_arrive() -> None:
    async def run() -> int:
        assessor, passes = counting(quiet=30)
        task = asyncio.create_task(assessor.run())
        await until(lambda: len(passes) == 1)
        for _ in range(20):  # longer than the delay after which live facts are assessed
            assessor.notice(age=3600)
            await asyncio.sleep(0.01)
        during = len(passes)
        assessor.notice(age=0)
        await until(lambda: len(passes) == 2)
        task.cancel()
        return during

    assert asyncio.run(run()) == 1


def test_a_backlog_that_ends_is_assessed_without_further_facts() -> None:
    async def run() -> None:
        assessor, passes = counting(quiet=0.05)
        task = asyncio.create_task(assessor.run())
        await until(lambda: len(passes) == 1)
        assessor.notice(age=3600)
        await until(lambda: len(passes) == 2)
        task.cancel()

    asyncio.run(run())


def test_a_jam_of_seconds_is_not_awaited_for_longer_than_it_is_old() -> None:
    async def run() -> int:
        assessor, passes = counting(quiet=3600, old=0.05)
        task = asyncio.create_task(assessor.run())
        await until(lambda: len(passes) == 1)
        notices = 0
        while len(passes) == 1 and notices < 3000:  # facts keep coming, and are never of now
            assessor.notice(age=0.1)
            notices += 1
            await asyncio.sleep(0.01)
        task.cancel()
        return len(passes)

    assert asyncio.run(run()) == 2


def test_a_batch_tells_the_times_of_the_newest_reports_behind_its_facts(service: Service) -> None:
    facts = [
        fact("szah-lb-bearings", firm, "2026-05", ytd=1, as_of=as_of)
        for firm, as_of in (("a", "2026-06-09T08:20:00Z"), ("b", "2026-06-09T16:20:01+08:00"))
    ]

    with writing(service.engine) as connection:
        inputs = apply_facts(SqlFactStore(connection), records_of(facts), Changed())

    first = round(datetime(2026, 6, 9, 8, 20, tzinfo=UTC).timestamp() * 1000)
    assert inputs == {first: 1, first + 1000: 1}


class Counting:
    """A worker in this process that remembers how it was used."""

    def __init__(self) -> None:
        self.requests = 0
        self.closed = False

    async def forecast(self, request: ForecastRequest) -> ForecastResult | None:
        self.requests += 1
        return forecast(request, with_models=False)

    async def close(self) -> None:
        self.closed = True


def test_the_forecaster_makes_what_is_due_and_ends_its_worker(service: Service) -> None:
    years = [("2024-12", 600), ("2025-12", 840)]
    service.feed(
        [
            fact("szah-lb-bearings", firm, f"{period[:4]}-{month:02d}", ytd=total * month)
            for firm in "abc"
            for period, total in years
            for month in range(2, 13)
        ]
    )
    worker = Counting()
    made: list[int] = []

    async def run() -> None:
        delay = MetricsSettings(forecast_delay_seconds=0.01).forecast_delay_seconds
        store = SqlAssessmentStore(service.engine)
        forecasts = MakeForecasts(store, SystemClock(), timedelta(seconds=delay))
        forecaster = Forecaster(forecasts, worker, delay, lambda: made.append(1))
        task = asyncio.create_task(forecaster.run())
        await until(lambda: bool(made))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())

    assert worker.requests == 3
    assert worker.closed
    assert service.assess() == 3
