"""What a batch asks of PostgreSQL's server, counted: rows looked at, statements, kept versions."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.holds import Limits
from services.ingest.use_cases import IngestBatch
from services.metrics.testing import NOW, Service
from shared.events.facts import Fact
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.storage import writing
from shared.testing.clock import FixedClock
from shared.testing.events import output, records, registration
from shared.testing.facts import fact, records_of
from shared.testing.plans import small_plan
from shared.testing.statements import counting
from shared.testing.stores import migrated_store

pytestmark = pytest.mark.postgres

UNITS = ("szah-lb-bearings", "szah-xiao-batteries")
MANY, FEW = 240, 20
_READ = text(
    "SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables "
    "WHERE seq_tup_read > 0 OR idx_tup_fetch > 0"
)
_LARGE = {"line", "sent_fact", "registration", "subject", "subject_source"}


def rows_read(connection: Connection) -> dict[str, tuple[int, int]]:
    """By table, for about a second: rows that scans of it saw, and rows found by an index."""
    return {name: (scanned, found or 0) for name, scanned, found in connection.execute(_READ)}


@pytest.fixture
def ingest(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with migrated_store("ingest", tmp_path, database_url) as engine:
        yield engine


@pytest.fixture
def metrics(database_url: str, tmp_path: Path) -> Iterator[Service]:
    with migrated_store("metrics", tmp_path, database_url) as engine:
        yield Service(engine, load_catalogue(), FixedClock(NOW))


def reports(revision: int, firms: range) -> list[Record]:
    return records(
        output(n, revision=revision, ytd=80_110 + revision, event_id=f"{n}:{revision}")
        for n in firms
    )


def take(engine: Engine, batch: Sequence[Record]) -> dict[str, tuple[int, int]]:
    clock = FixedClock(datetime(2026, 6, 9, tzinfo=UTC))
    use_case = IngestBatch.following([small_plan()], HmacTokens(b"x"), clock, Limits(4.0, 0.05))
    with writing(engine) as connection:
        before = rows_read(connection)
        use_case(SqlStore(connection), batch)
        now = rows_read(connection)
    nothing = (0, 0)
    return {
        name: (scanned - before.get(name, nothing)[0], found - before.get(name, nothing)[1])
        for name, (scanned, found) in now.items()
    }


def test_a_batch_looks_up_its_own_rows_though_its_statements_were_planned_for_few(
    ingest: Engine,
) -> None:
    for first in range(1, MANY, FEW):  # plans are made while the tables grow
        firms = range(first, first + FEW)
        take(ingest, records(map(registration, firms)))
        take(ingest, reports(1, firms))

    read = take(ingest, reports(2, range(1, 1 + FEW)))

    assert read.keys() >= _LARGE
    for table in _LARGE:
        scanned, found = read[table]
        assert scanned == 0, table
        assert found <= 5 * FEW, table


def facts(version: int, firms: int = 30) -> list[Fact]:
    names = [f"firm-{number}" for number in range(firms)]
    return [
        fact(unit, firm, "2026-05", version=version, ytd=1_000 + version)
        for firm in names
        for unit in UNITS
    ]


def versions_of(service: Service) -> list[tuple[int, int]]:
    kept = text("SELECT version, count(*) FROM metrics_fact_version GROUP BY 1 ORDER BY 1")
    with service.engine.connect() as connection:
        return [(version, number) for version, number in connection.execute(kept)]


def test_a_batch_of_facts_takes_as_many_statements_of_ten_units_as_of_one(
    metrics: Service,
) -> None:
    metrics.consume(records_of(facts(1)))
    asked = []
    for version, number in ((2, 1), (3, 60)):
        with counting(metrics.engine) as statements:
            metrics.consume(records_of(facts(version)[:number]))
        asked.append(statements.number)

    assert asked[0] == asked[1] <= 17


@pytest.mark.parametrize("again", [False, True], ids=["new", "kept already"])
def test_a_version_that_stood_is_kept_once(
    metrics: Service,
    again: bool,  # noqa: FBT001 - the case
) -> None:
    first, other = (fact(UNITS[0], "firm", "2026-05", version=5, ytd=ytd) for ytd in (1_000, 2_000))
    metrics.consume(records_of([first]))
    if again:  # two contents of one version: the greater stands, the other is kept
        metrics.consume(records_of([other]))
    metrics.consume(
        records_of(
            fact(UNITS[0], firm, "2026-05", version=6, ytd=3_000) for firm in ("firm", "else")
        )
    )

    assert versions_of(metrics) == [(5, 1)]
    assert metrics.counts()["applied"] == (4 if again else 3)
