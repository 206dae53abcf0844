"""Stores of ingest with as many simulated enterprises as one wants, and records about them.

A few enterprises go through the use case; what it has written about them is copied, by SQL, for all
others, which report the same figures under other credit codes. So what the use case finds is what
it would have written itself; only the outbox is empty, as the relay leaves it.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

from services.ingest.adapters.keys import KEYS_OF_A_SUBJECT
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tables import (
    LineRow,
    LineWarningRow,
    RegistrationRow,
    SentRow,
    SourceRow,
    SubjectRow,
    YearPartRow,
)
from services.ingest.domain.subjects import SubjectKind
from services.ingest.use_cases import IngestBatch
from shared.events.period import Month
from shared.events.records import Record
from shared.storage import writing
from shared.storage.tables import OutboxBundle, table_of
from shared.testing.events import output, record, registration
from shared.testing.load import credit_code

SAMPLES = 20
"""Enterprises whose rows are written by the use case; there are a multiple of as many."""
PERIODS = (*(Month(2025, month) for month in range(2, 13)), Month(2026, 2))
"""Of the lines that stand: eleven periods of a year, and the first one of the next."""
_PLACES = (("341323", "3451"), ("341324", "3670"), ("341371", "2221"), ("341321", "1392"))
_SPREAD = 387_420_489
"""Prime to ten, so that codes differ; they come as little in order as real ones."""
_PIECE = 20_000
_OWNER: dict[type[SQLModel], str] = {
    RegistrationRow: "subject_id",
    SourceRow: "subject_id",
    LineRow: "id",
    SentRow: "line_id",
    YearPartRow: "line_id",
    LineWarningRow: "line_id",
}
"""Tables that grow with enterprises, and the column that says of whom a row is."""


def code_of(number: int) -> str:
    """Credit code of an enterprise; numbers begin at 1."""
    return credit_code(number * _SPREAD % 10**9)


def registered(number: int) -> Record:
    """The register event of an enterprise."""
    region, industry = _PLACES[number % len(_PLACES)]
    code = code_of(number)
    return record(
        registration(
            event_id="simulated-entry",
            uscc=code,
            name="模拟企业",
            region=region,
            industry=industry,
        )
    )


def reported(number: int, period: Month, revision: int = 1, times: int = 1) -> Record:
    """A report of an enterprise; each revision says a little more of last year than the one before.

    A December's also of its own year, whose totals move with it. With `times` it says so many times
    as much, as one in a wrong unit does.
    """
    size = (1 + (number - 1) % SAMPLES) * 1_000
    month = size * 2 if period.month == 2 else size  # noqa: PLR2004 - February holds January
    ytd, more = size * period.month, revision - 1
    now = more if period.month == 12 else 0  # noqa: PLR2004 - no later line goes on from it
    return record(
        output(
            event_id=f"simulated-{period}-{revision}",
            uscc=code_of(number),
            period=str(period),
            month=month + now,
            ytd=(ytd + now) * times,
            month_last_year=month + more,
            ytd_last_year=ytd + more,
            revision=revision,
        )
    )


def write(engine: Engine, use_case: IngestBatch, numbers: Iterable[int]) -> None:
    """Register enterprises and let them report, by the use case: one after the other."""
    for number in numbers:
        with writing(engine) as connection:
            records = [registered(number), *(reported(number, period) for period in PERIODS)]
            use_case(SqlStore(connection), records)


def fill(
    engine: Engine,
    use_case: IngestBatch,
    enterprises: int,
    told: Callable[[int], None] = lambda _number: None,
) -> None:
    """So many enterprises in an empty store, a multiple of `SAMPLES`; `told` how many there are."""
    if enterprises % SAMPLES:
        raise ValueError(f"{enterprises} is no multiple of {SAMPLES}")
    write(engine, use_case, range(1, SAMPLES + 1))
    with engine.connect() as connection:
        _keep_samples(connection)
        for first in range(SAMPLES + 1, enterprises + 1, _PIECE):
            last = min(first + _PIECE, enterprises + 1)
            _add(connection, first, last)
            told(last - 1)
        times = enterprises // SAMPLES
        for name in ("reconciliation", "warning"):
            connection.exec_driver_sql(f"UPDATE {name} SET count = count * {times}")  # noqa: S608 - our names
        connection.exec_driver_sql(f"DELETE FROM {table_of(OutboxBundle).name}")  # noqa: S608 - as above
        connection.commit()


def _keep_samples(connection: Connection) -> None:
    """What the use case has written, with whom it is about, so that it is found quickly."""
    for model, column in _OWNER.items():
        name = table_of(model).name
        of = column if column == "subject_id" else f"{column} / {KEYS_OF_A_SUBJECT}"
        run = connection.exec_driver_sql
        run(f"CREATE TEMP TABLE sample_{name} AS SELECT {of} AS owner, {name}.* FROM {name}")  # noqa: S608 - as above
        run(f"CREATE INDEX temp.of_{name} ON sample_{name} (owner)")


def _add(connection: Connection, first: int, end: int) -> None:
    """Enterprises from one number up to before another, in one transaction."""
    values = [(n, int(SubjectKind.ENTERPRISE), code_of(n)) for n in range(first, end)]
    subjects = table_of(SubjectRow).name
    insert = f"INSERT INTO {subjects} (id, kind, code) VALUES (?, ?, ?)"  # noqa: S608 - as above
    connection.exec_driver_sql(insert, values)
    for model, column in _OWNER.items():
        table = table_of(model)
        columns = [each.name for each in table.columns]
        copied = ", ".join(_copied(each, column) for each in columns)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {copied} "  # noqa: S608 - as above
            f"FROM {subjects} CROSS JOIN sample_{table.name} AS sample "  # CROSS keeps this order
            f"ON sample.owner = ({subjects}.id - 1) % {SAMPLES} + 1 "
            f"WHERE {subjects}.id >= {first} AND {subjects}.id < {end}"
        )
    connection.commit()


def _copied(column: str, owner: str) -> str:
    """What a column of a copy has in it: only whom it is about differs."""
    if column == "subject_id":
        return "subject.id"
    if column == owner:
        return f"sample.{column} + (subject.id - sample.owner) * {KEYS_OF_A_SUBJECT}"
    return f"sample.{column}"
