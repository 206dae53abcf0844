"""Contract of the stores, the same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.domain.comparison import Contribution
from services.metrics.domain.keys import pack_cell, pack_fact
from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import CellState, Totals
from services.metrics.ports import DirtyMark, Report
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.gather import AssessmentRules
from shared.events.period import Month
from shared.events.status import STATUS_TOPIC
from shared.plans import Catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import migrate, schema_state
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership
from shared.testing.statuses import ON_TRACK

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
MAY, JUNE = Month(2026, 5), Month(2026, 6)
BIG = 9 * 10**15


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    settings = CommonSettings(data_dir=tmp_path, database_url=SecretStr(url) if url else None)
    engine = open_engine(settings, "metrics")
    migrate(engine, "metrics")
    yield engine
    engine.dispose()


def test_the_schema_is_the_newest_after_migrating_twice(engine: Engine) -> None:
    migrate(engine, "metrics")

    assert not schema_state(engine, "metrics").missing


def test_ids_are_made_once_and_units_remember_their_newest_partition(engine: Engine) -> None:
    with writing(engine) as connection:
        store = SqlFactStore(connection)
        first = store.unit_ids({"a": 1, "b": 2})
        tokens = store.subject_ids({"x", "y"})
    with writing(engine) as connection:
        store = SqlFactStore(connection)
        assert store.unit_ids({"b": 5, "c": 3}).items() >= {("b", first["b"])}
        assert store.subject_ids({"y", "z"})["y"] == tokens["y"]
    with SqlStatusStore(engine).reader() as reader:
        assert reader.partitions() == {"a": 1, "b": 5, "c": 3}


def test_facts_and_totals_come_back_as_they_were_saved(engine: Engine) -> None:
    cell = pack_cell(1, 1, MAY)
    keys = [pack_fact(cell, 1), pack_fact(pack_cell(1, 1, JUNE), 2)]
    standing = Standing(keys[0], 7, 1, 0, None, BIG, 0, None, "x", 5)
    gone = Standing(keys[1], 8, 1, 1, None, None, None, None, None, 6)
    state = CellState(Totals(1, ytd=BIG, ytd_count=1), "2026-06-09T08:20:00.000+00:00", 7)
    with writing(engine) as connection:
        store = SqlFactStore(connection)
        store.save_facts([gone, standing])
        store.save_cells({cell: state})
        assert store.standing(keys) == {keys[0]: standing, keys[1]: gone}
        assert store.cells([cell, cell + 1]) == {cell: state}
    with SqlAssessmentStore(engine).view() as view:
        expected = [Report(MAY, 1, Contribution(None, BIG, 0, None))]
        assert view.reports(1, 1, MAY, JUNE) == expected
        assert view.cells_of(1, 1) == {MAY: state}


def test_a_mark_is_widened_and_only_an_unchanged_one_is_forgotten(engine: Engine) -> None:
    store = SqlAssessmentStore(engine)
    with store.transaction() as sink:
        sink.mark_dirty([DirtyMark(1, 1, JUNE, 10), DirtyMark(2, 1, JUNE, 10)])
    with store.view() as view:
        seen = view.dirty()
    with store.transaction() as sink:
        sink.mark_dirty([DirtyMark(1, 1, MAY, 11)])
    with store.transaction() as sink:
        assert sink.claim(seen) == {1, 2}
    with store.view() as view:
        assert view.dirty() == [DirtyMark(1, 1, MAY, 11)]
    with store.transaction() as sink:
        assert sink.claim(seen) == {1}


def test_a_status_is_published_once_with_a_growing_version(engine: Engine) -> None:
    store = SqlAssessmentStore(engine)
    with store.transaction() as sink:
        assert sink.publish([ON_TRACK], NOW) == 1
        assert sink.publish([ON_TRACK], NOW) == 0
    with SqlStatusStore(engine).reader() as reader:
        [stored] = reader.of_indicator(ON_TRACK.plan, ON_TRACK.indicator)
        newest = reader.newest_periods(ON_TRACK.plan)
    assert stored.version == int(NOW.timestamp() * 1_000_000)
    assert newest == {(ON_TRACK.unit, ON_TRACK.indicator): MAY}


def test_facts_become_statuses_on_both_engines(engine: Engine, catalogue: Catalogue) -> None:
    service = Service(engine, catalogue, FixedClock(NOW), AssessmentRules())
    unit = "szah-lb-bearings"
    members = [membership(unit, firm, "2023-01") for firm in "abc"]
    facts = [
        fact(unit, firm, period, ytd=ytd, ytd_last_year=ytd // 2)
        for firm in "abc"
        for period, ytd in (("2024-12", 830_000_000), ("2025-12", 1_162_000_000))
    ]

    service.feed([*members, *facts, *facts])

    status = service.status(unit, "2025-12")
    assert status.ratio == pytest.approx(0.4 / 0.58952, rel=1e-4)
    assert service.outbox(STATUS_TOPIC) == 2
    assert service.counts() == {"consumed": 15, "applied": 9, "duplicate": 6}
