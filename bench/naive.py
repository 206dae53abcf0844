"""The same job the way most would write it first: a message a call, a session a message.

FastStream decodes with pydantic, and each report line is one SQLModel transaction: the newest
revision wins, and the sum of its cluster follows. It has no credit-code check, no units, no holds,
no warnings, no offsets in the store, no outbox and one cluster an enterprise.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from readers import Clock, until_finished
from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, create_engine

from shared.events.inputs import OUTPUT_TOPIC


class Report(BaseModel):
    """A report line."""

    event_id: str
    uscc: str
    period: str
    indicator: str
    month: Decimal | None = None
    ytd: Decimal
    revision: int
    reported_at: str


class NaiveLine(SQLModel, table=True):
    """The standing version of a line."""

    uscc: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    revision: int
    reported_at: str
    event_id: str
    ytd: int


class NaiveTotal(SQLModel, table=True):
    """The sum of a cluster."""

    cluster: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    ytd: int = 0


def apply(engine: Engine, report: Report) -> None:
    """Keep the newest revision and bring the sum up to date."""
    key = (report.uscc, report.indicator, report.period)
    rank = (report.revision, report.reported_at, report.event_id)
    ytd = int(report.ytd)
    with Session(engine) as session:
        known = session.get(NaiveLine, key)
        if known and (known.revision, known.reported_at, known.event_id) >= rank:
            return
        place = (report.uscc[:8], report.indicator, report.period)
        total = session.get(NaiveTotal, place)
        if total is None:
            total = NaiveTotal(cluster=place[0], indicator=place[1], period=place[2])
        total.ytd += ytd - (known.ytd if known else 0)
        line = NaiveLine(
            uscc=report.uscc,
            indicator=report.indicator,
            period=report.period,
            revision=report.revision,
            reported_at=report.reported_at,
            event_id=report.event_id,
            ytd=ytd,
        )
        session.merge(line)
        session.add(total)
        session.commit()


async def read_naively(bootstrap: str, folder: Path, records: int) -> Clock:
    """Read so many report lines into a new SQLite file."""
    clock = Clock(records)
    engine = create_engine(f"sqlite:///{folder / 'naive.sqlite3'}")

    @event.listens_for(engine, "connect")
    def _as_quick_as_ours(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    tables = [NaiveLine.metadata.tables[name] for name in ("naiveline", "naivetotal")]
    NaiveLine.metadata.create_all(engine, tables=tables)
    broker = KafkaBroker(bootstrap, logger=None)
    subscriber = broker.subscriber(
        OUTPUT_TOPIC,
        group_id=f"naive-{uuid4()}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        listener=clock,
    )

    async def handle(report: Report) -> None:
        if not clock.finished.is_set():
            apply(engine, report)
            clock.count(1)

    subscriber(handle)
    try:
        await until_finished(broker, clock)
    finally:
        engine.dispose()
    return clock
