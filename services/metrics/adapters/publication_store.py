"""Published months in SQL, with the statuses of their moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from services.metrics.adapters.status_store import SqlStatusReader
from services.metrics.adapters.tables import PublicationRow, PublishedStatusRow, StatusRow
from services.metrics.use_cases.publications import Publication
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import reading, writing
from shared.storage.audit import add_audit_line
from shared.storage.tables import table_of

_publications, _published = table_of(PublicationRow), table_of(PublishedStatusRow)
_statuses = table_of(StatusRow)
_decoder = msgspec.json.Decoder(Status)


class FrozenReader:
    """`StatusReader` of one published month."""

    def __init__(self, connection: Connection, publication: Publication) -> None:
        self._connection = connection
        self._publication = publication
        self._period = Month.parse(publication.period)

    def newest_periods(self, plan: str) -> dict[tuple[str, str], Month]:
        """The published month of each (unit, indicator) that it has a status of."""
        if plan != self._publication.plan:
            return {}
        rows = self._connection.execute(
            select(_published.c.unit, _published.c.indicator).where(*self._same())
        )
        return {(row.unit, row.indicator): self._period for row in rows}

    def of_periods(self, plan: str, indicator: str, periods: Iterable[Month]) -> list[Status]:
        """Statuses of all units, where the published month is one of the periods."""
        return self.of_indicator(plan, indicator) if self._period in set(periods) else []

    def of_indicator(self, plan: str, indicator: str) -> list[Status]:
        """Statuses of all units in the published month."""
        if plan != self._publication.plan:
            return []
        wanted = select(_published.c.body).where(*self._same(), _published.c.indicator == indicator)
        rows = self._connection.execute(wanted.order_by(_published.c.unit))
        return [_decoder.decode(row.body) for row in rows]

    def changed_since(self, version: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Changes of what is known today: what is hidden today is hidden in publications too."""
        return SqlStatusReader(self._connection).changed_since(version, known)

    def change_mark(self) -> str:
        """A publication never changes."""
        return self._publication.published_at

    def partitions(self) -> dict[str, int]:
        """None: nobody owns what was published."""
        return {}

    def _same(self) -> tuple[ColumnElement[bool], ...]:
        c = _published.c
        return (c.plan == self._publication.plan, c.period == self._period.number)


class SqlPublicationStore:
    """`PublicationStore` on an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, publication: Publication) -> bool:
        """Freeze the month's statuses; False where it was published already."""
        period = Month.parse(publication.period)
        with writing(self._engine) as connection:
            if not _inserted(connection, publication, period):
                return False
            c = _statuses.c
            frozen = select(c.plan, literal(period.number), c.unit, c.indicator, c.body).where(
                c.plan == publication.plan, c.period == period.number
            )
            columns = ["plan", "period", "unit", "indicator", "body"]
            connection.execute(_published.insert().from_select(columns, frozen))
            detail = f"{publication.plan} {publication.period}: {publication.note}"
            moment = datetime.fromisoformat(publication.published_at)
            add_audit_line(connection, publication.actor, "published", detail, moment)
        return True

    def all(self) -> Sequence[Publication]:
        """All publications, newest month first."""
        c = _publications.c
        with reading(self._engine) as connection:
            rows = connection.execute(select(_publications).order_by(c.period.desc(), c.plan))
            return [
                Publication(
                    plan=row.plan,
                    period=str(Month.from_number(row.period)),
                    published_at=row.published_at,
                    actor=row.actor,
                    note=row.note,
                )
                for row in rows
            ]

    @contextmanager
    def reader(self, publication: Publication) -> Iterator[FrozenReader]:
        """A reader of the statuses as they were published."""
        with reading(self._engine) as connection:
            yield FrozenReader(connection, publication)


def _inserted(connection: Connection, publication: Publication, period: Month) -> bool:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(_publications).values(
        plan=publication.plan,
        period=period.number,
        published_at=publication.published_at,
        actor=publication.actor,
        note=publication.note,
    )
    made = connection.execute(statement.on_conflict_do_nothing().returning(_publications.c.plan))
    return made.one_or_none() is not None
