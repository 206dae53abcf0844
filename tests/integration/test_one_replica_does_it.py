"""Work of which there is one turn for all replicas: one does it, another takes over when it dies.

A replica here is an engine of its own on one PostgreSQL; it dies as processes do, by the end of its
session. Messages are in `test_two_senders.py`, papers in `test_papers_by_calendar.py`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from services.alerts.adapters.store import SqlLedger
from services.ingest.adapters.attribution_store import SqlSubjects
from services.ingest.use_cases.reattribute import Progress
from services.metrics.adapters.assessment_sink import SqlAssessmentSink
from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.ports import DirtyMark
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.make_forecasts import MakeForecasts
from shared.events.facts import Fact
from shared.events.period import Month
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, writing
from shared.storage.migrations import metadata_of as tables_of
from shared.storage.migrations import migrate, schema_state
from shared.storage.outbox import OutboxRow
from shared.storage.turns import is_our_turn
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership, records_of
from shared.testing.stores import until_someone_waits
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.postgres

UNITS = ("szah-lb-bearings", "szah-suma-paper")
"""One in each of two partitions."""
FIRMS = ("a", "b", "c", "d")


def die(connection: Connection, bystander: Engine) -> None:
    """What PostgreSQL sees of a killed process: its session ends, and with it all it held."""
    with suppress(DBAPIError):
        pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with writing(bystander) as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    connection.invalidate()


@dataclass
class Replicas:
    """Engines of two replicas of one service."""

    first: Engine
    second: Engine


@pytest.fixture
def replicas_of(database_url: str) -> Iterator[Callable[..., Replicas]]:
    made: list[Engine] = []

    def make(service: str, *, migrated: bool = True) -> Replicas:
        settings = CommonSettings(database_url=SecretStr(database_url))
        made.extend(open_engine(settings, service) for _ in range(2))
        if migrated:
            migrate(made[0], service)
        return Replicas(*made)

    yield make
    for engine in made:
        engine.dispose()


def lock_evaluation(connection: Connection) -> None:
    """Calendar, upkeep, first load, papers and what statuses lead to, in alerts."""
    SqlLedger(connection).lock_evaluation()


def attribute_anew(connection: Connection) -> None:
    """One piece of what other plans change, in ingest."""
    subjects = SqlSubjects(connection)
    known = subjects.progress()
    assert known is not None
    subjects.save_progress(Progress(known.plans, (known.after or 0) + 1))


@pytest.mark.parametrize(
    ("service", "work"), [("alerts", lock_evaluation), ("ingest", attribute_anew)]
)
def test_the_second_waits_for_its_turn_and_goes_on_when_the_first_dies(
    service: str, work: Callable[[Connection], None], replicas_of: Callable[..., Replicas]
) -> None:
    replicas = replicas_of(service)
    if service == "ingest":
        with writing(replicas.first) as connection:
            SqlSubjects(connection).save_progress(Progress("plans", 0))

    def take_turn() -> None:
        with writing(replicas.second) as connection:
            work(connection)

    with ThreadPoolExecutor(1) as pool, replicas.first.connect() as connection:
        work(connection)
        waiting = pool.submit(take_turn)
        until_someone_waits(replicas.second)
        assert not waiting.done()
        die(connection, replicas.second)
        waiting.result(timeout=60)
    if service == "ingest":
        with writing(replicas.second) as connection:  # the first's piece was undone
            assert SqlSubjects(connection).progress() == Progress("plans", 1)


def test_one_replica_migrates_and_another_takes_over(
    replicas_of: Callable[..., Replicas],
) -> None:
    replicas = replicas_of("ingest", migrated=False)
    with ThreadPoolExecutor(1) as pool, replicas.first.connect() as connection:
        # As `migrate` begins; it would end before anybody could kill it.
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": migration_lock()})
        waiting = pool.submit(migrate, replicas.second, "ingest")
        until_someone_waits(replicas.second)
        die(connection, replicas.second)
        waiting.result(timeout=60)
    assert not schema_state(replicas.second, "ingest").missing
    assert tables_of("ingest").tables


def migration_lock() -> int:
    from shared.storage import migrations  # noqa: PLC0415 - its own business otherwise

    return migrations._LOCK


def test_one_replica_publishes_the_outbox_and_another_takes_over(
    replicas_of: Callable[..., Replicas],
) -> None:
    replicas = replicas_of("metrics")
    with writing(replicas.first) as connection:
        outbox.enqueue(connection, [OutboxRow("t", b"k", bytes([n])) for n in range(10)])

    def found_by_second() -> list[bytes | None]:
        with writing(replicas.second) as connection:
            return [item.row.value for item in outbox.take(connection, 100)]

    with replicas.first.connect() as connection:
        assert len(outbox.take(connection, 100)) == 10
        assert found_by_second() == []
        die(connection, replicas.second)
    taken = wait_until(found_by_second, seconds=60, what="the second publishes")
    assert taken == [bytes([n]) for n in range(10)], "nothing was lost with the first"


def test_one_replica_prunes_and_another_takes_over(
    replicas_of: Callable[..., Replicas],
) -> None:
    replicas = replicas_of("alerts")

    def seconds_turn() -> bool:
        with writing(replicas.second) as connection:
            return is_our_turn(connection, "old lines")

    with replicas.first.connect() as connection:
        assert is_our_turn(connection, "old lines")
        assert not seconds_turn()
        die(connection, replicas.second)
    assert wait_until(seconds_turn, seconds=60, what="the second may")


def test_two_replicas_that_both_assess_a_unit_keep_one_result(
    replicas_of: Callable[..., Replicas],
) -> None:
    replicas = replicas_of("metrics")
    marks = [DirtyMark(unit, 1, Month(2026, 5), 10) for unit in (1, 2)]
    with writing(replicas.first) as connection:
        SqlAssessmentSink(connection).mark_dirty(marks)

    def claimed_by_second() -> set[int]:
        with writing(replicas.second) as connection:
            return SqlAssessmentSink(connection).claim(marks)

    with ThreadPoolExecutor(1) as pool:
        with replicas.first.connect() as connection:
            connection.begin()
            assert SqlAssessmentSink(connection).claim(marks[:1]) == {1}
            waiting = pool.submit(claimed_by_second)
            until_someone_waits(replicas.second)
            connection.commit()
            assert waiting.result(timeout=60) == {2}, "the first one's result stands"
        with writing(replicas.first) as connection:
            SqlAssessmentSink(connection).mark_dirty(marks)
        with replicas.first.connect() as connection:
            connection.begin()
            assert SqlAssessmentSink(connection).claim(marks) == {1, 2}
            waiting = pool.submit(claimed_by_second)
            until_someone_waits(replicas.second)
            die(connection, replicas.second)
            assert waiting.result(timeout=60) == {1, 2}, "nothing of the dead one's stands"


def history_of(unit: str) -> list[Fact]:
    """Three years of simulated reports: enough for a forecast to be wanted."""
    found = [membership(unit, firm, "2023-01") for firm in FIRMS]
    for year, growth in ((2023, 10), (2024, 12), (2025, 14), (2026, 15)):
        for month in range(2, 13 if year < NOW.year else 6):
            ytd, before = growth * month * 10**6, (growth - 2) * month * 10**6
            period = f"{year}-{month:02d}"
            found += [fact(unit, f, period, ytd=ytd, ytd_last_year=before) for f in FIRMS]
    return found


def test_each_forecast_is_made_by_the_owner_of_its_partition_and_then_by_its_heir(
    replicas_of: Callable[..., Replicas],
) -> None:
    replicas, clock, delay = replicas_of("metrics"), FixedClock(NOW), timedelta(seconds=2)
    service = Service(replicas.first, load_catalogue(), clock)
    for partition, unit in enumerate(UNITS):
        service.consume(records_of(history_of(unit), partition))
    service.assess()
    clock.advance(3 * delay)
    owned = [{0}, {1}]

    def due(replica: int, engine: Engine) -> set[str]:
        forecasts = MakeForecasts(
            SqlAssessmentStore(engine), clock, delay, owned[replica].__contains__
        )
        return {wish.key.unit for wish in forecasts.due()}

    assert due(0, replicas.first) == {UNITS[0]}
    assert due(1, replicas.second) == {UNITS[1]}
    owned[1] = {0, 1}  # the group gives the partitions of the dead one to the other
    assert due(1, replicas.second) == set(UNITS)
