"""A store that `bench/enterprises.py` has filled is as if ingest had written all of it."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tables import TABLES
from services.ingest.domain.holds import Limits
from services.ingest.testing import TOKENS
from services.ingest.use_cases import IngestBatch
from shared.plans import load_catalogue
from shared.storage import outbox, reading, writing
from shared.testing.clock import FixedClock
from shared.testing.stores import migrated_store

BENCH = Path(__file__).parents[3] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


def use_case() -> IngestBatch:
    now = FixedClock(datetime(2026, 6, 9, 9, 0, tzinfo=UTC))
    return IngestBatch.following(load_catalogue().plans, TOKENS, now, Limits(4.0, 0.05))


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that stands, but for what waits to be published."""
    with reading(engine) as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in TABLES
            if not table.name.startswith("outbox")
        }


def test_rows_that_are_copied_are_those_that_ingest_writes(bench: Any, tmp_path: Path) -> None:
    store = bench("enterprises_store")
    number = 2 * store.SAMPLES
    with (
        migrated_store("ingest", tmp_path / "copied") as copied,
        migrated_store("ingest", tmp_path / "written") as written,
    ):
        store.fill(copied, use_case(), number)
        store.write(written, use_case(), range(1, number + 1))

        found, wanted = rows(copied), rows(written)
        assert found == wanted
        assert len(found["line"]) == number * len(store.PERIODS)
        assert len(found["year_part"]) > number
        assert not found["line_warning"]
        with reading(copied) as connection:
            assert outbox.depth(connection) == 0


def test_copied_enterprises_report_on_as_written_ones(bench: Any, tmp_path: Path) -> None:
    store = bench("enterprises_store")
    number = 2 * store.SAMPLES
    december, last = store.PERIODS[-2:]
    news = [
        store.reported(number, december, 1),
        store.reported(number, december, 2),
        store.reported(number - 1, last.reporting_after()),
        store.reported(number - 2, last, 2, 100),
        store.registered(number + 1),
    ]
    with (
        migrated_store("ingest", tmp_path / "copied") as copied,
        migrated_store("ingest", tmp_path / "written") as written,
    ):
        store.fill(copied, use_case(), number)
        store.write(written, use_case(), range(1, number + 1))
        for engine in (copied, written):
            with writing(engine) as connection:
                use_case()(SqlStore(connection), news)

        found = rows(copied)
        assert found == rows(written)
        assert [row[2] for row in found["reconciliation"] if row[1] == "duplicate"] == [1]
        assert found["suspicion"]
