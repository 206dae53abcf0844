"""Parked lines are counted alike on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from services.ingest.adapters.parked import parked
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.use_cases import IngestBatch
from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.events import BROKER_MS, output, records
from shared.testing.plans import small_plan

pytestmark = pytest.mark.postgres


def test_parked_lines_are_counted_by_age_on_postgresql(database_url: str) -> None:
    engine = open_engine(CommonSettings(database_url=SecretStr(database_url)), "ingest")
    migrate(engine, "ingest")
    plans = [small_plan()]
    now = datetime.fromtimestamp(BROKER_MS / 1000, UTC) + timedelta(days=40)
    use_case = IngestBatch.following(plans, HmacTokens(b"for tests"), FixedClock(now), None)
    with writing(engine) as connection:
        use_case(SqlStore(connection), records([output(1), output(2), output(2, period="2026-04")]))
    with reading(engine) as connection:
        (found,) = parked(connection, now)
    assert (found.lines, found.subjects, found.oldest_ms) == (3, 2, BROKER_MS)
    assert found.ages["over_30"] == 3
    engine.dispose()
