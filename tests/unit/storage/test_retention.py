"""Pruning: one replica at a time, in steps, and settings that do not undercut the law."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, Engine

from services.alerts.settings import AlertsSettings
from shared.retention import one_step, pruning
from shared.settings import CommonSettings
from shared.storage import reading, writing
from shared.storage.audit import add_audit_line, audit_lines, prune_audit_lines
from shared.storage.turns import is_our_turn
from shared.testing.clock import FixedClock
from shared.testing.stores import migrated_store

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    with migrated_store("access", tmp_path, url) as opened:
        yield opened


def test_what_is_older_goes_and_what_is_younger_stays(engine: Engine) -> None:
    for days in (900, 400, 3):
        with writing(engine) as connection:
            add_audit_line(connection, "a", "b", f"{days} days ago", NOW - timedelta(days=days))
    clock = FixedClock(NOW)

    taken = [one_step("audit", engine, 365, prune_audit_lines, clock) for _ in range(2)]

    assert taken == [2, 0]
    with reading(engine) as connection:
        assert [line.detail for line in audit_lines(connection, None, 9)][1:] == ["3 days ago"]


def test_nought_days_keep_everything(tmp_path: Path) -> None:
    def never(_connection: Connection, _until: datetime, _now: datetime) -> int:
        raise AssertionError("nothing is to be pruned")

    async def some_time() -> None:
        with migrated_store("access", tmp_path) as engine:
            job = asyncio.create_task(pruning("x", engine, 0, never, FixedClock(NOW))())
            await asyncio.wait([job], timeout=0.05)
            assert not job.done()
            job.cancel()

    asyncio.run(some_time())


@pytest.mark.postgres
def test_while_one_replica_prunes_another_does_not(database_url: str, tmp_path: Path) -> None:
    with migrated_store("access", tmp_path, database_url) as engine:
        with writing(engine) as connection:
            add_audit_line(connection, "a", "b", "old", NOW - timedelta(days=900))

        def pruned(what: str) -> int:
            return one_step(what, engine, 365, prune_audit_lines, FixedClock(NOW))

        with writing(engine) as first, writing(engine) as second:
            assert is_our_turn(first, "audit of ingest")
            assert pruned("audit of ingest") == 0
            assert is_our_turn(second, "audit of metrics")
        assert pruned("audit of ingest") == 1


@pytest.mark.parametrize(
    ("settings", "name", "fewest"),
    [(CommonSettings, "audit_days", 180), (AlertsSettings, "alerts_history_days", 800)],
)
def test_too_short_a_time_is_refused_with_the_reason(
    settings: type[CommonSettings], name: str, fewest: int
) -> None:
    with pytest.raises(ValidationError, match="too short"):
        settings.model_validate({name: fewest - 1})
    for days in (0, fewest, 1095):
        assert getattr(settings.model_validate({name: days}), name) == days
