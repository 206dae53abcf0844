"""SQL side of suspicions, decisions, the closed years they rest on, and feeds."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Table, delete, func, select, text

from services.ingest.adapters.keys import pack
from services.ingest.adapters.names import Names
from services.ingest.adapters.tables import DecisionRow, FeedRow, SuspicionRow, YearPartRow
from services.ingest.domain.decisions import Ruling
from services.ingest.domain.holds import Suspicion
from services.ingest.domain.subjects import Subject
from services.ingest.ports import Closing, LineKey
from shared.events.decisions import DecisionVerdict
from shared.events.period import Month
from shared.storage import select_in, upsert
from shared.storage.tables import table_of

_decisions = table_of(DecisionRow)
_feeds = table_of(FeedRow)
_parts = table_of(YearPartRow)
_suspicions = table_of(SuspicionRow)

_PIECE = 500
_LOCK = 4_713_002
"""First half of the advisory locks on closed years; the second is the closing's own number."""
_SHARED = text("select pg_advisory_xact_lock_shared(:space, :closing)")
_ALONE = text("select pg_advisory_xact_lock(:space, :closing)")


class SqlHolds:
    """`services.ingest.ports.HoldStore` on one connection."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self._connection = connection
        self._names = names

    def rulings(self, subjects: Collection[Subject]) -> dict[LineKey, list[Ruling]]:
        ids = self._names.ids(subjects)
        result: dict[LineKey, list[Ruling]] = {}
        for row in select_in(self._connection, [_decisions], _decisions.c.subject_id, ids):
            subject = self._names.subject(row.subject_id)
            key = LineKey(subject, row.indicator, Month.from_number(row.period))
            ruling = Ruling(
                subject=subject,
                indicator=key.indicator,
                period=key.period,
                verdict=DecisionVerdict(row.verdict),
                revision=row.revision,
                digest=bytes(row.digest),
                decision_id=row.decision_id,
                decided_at_us=row.decided_at_us,
                who=row.who,
                why=row.why,
                broker_ms=row.broker_ms,
            )
            result.setdefault(key, []).append(ruling)
        return result

    def save_rulings(self, rulings: Iterable[Ruling]) -> None:
        values = [
            {
                "decision_id": ruling.decision_id,
                "subject_id": self._names.id(ruling.subject),
                "indicator": ruling.indicator,
                "period": ruling.period.number,
                "verdict": ruling.verdict.value,
                "revision": ruling.revision,
                "digest": ruling.digest,
                "decided_at_us": ruling.decided_at_us,
                "who": ruling.who,
                "why": ruling.why,
                "broker_ms": ruling.broker_ms,
            }
            for ruling in rulings
        ]
        upsert(self._connection, _decisions, values, ("decision_id",), ())

    def suspicions(self, keys: Collection[LineKey]) -> dict[LineKey, Suspicion]:
        ids = {self._names.line_id(key): key for key in keys}
        found = select_in(self._connection, [_suspicions], _suspicions.c.line_id, ids)
        return {ids[row.line_id]: read_suspicion(row.content) for row in found}

    def save_suspicions(self, changes: Mapping[LineKey, Suspicion | None]) -> None:
        gone = [self._names.line_id(key) for key, suspicion in changes.items() if not suspicion]
        self._delete(_suspicions, gone)
        values = [
            {
                "line_id": self._names.line_id(key),
                "subject_id": self._names.id(key.subject),
                "closing": self._closing(Closing(key.indicator, key.period.last_year.december)),
                "content": msgspec.msgpack.encode(suspicion),
            }
            for key, suspicion in changes.items()
            if suspicion
        ]
        upsert(self._connection, _suspicions, values, ("line_id",), ("content",))

    def weighed_by(self, closings: Collection[Closing]) -> set[LineKey]:
        columns = [_suspicions.c.line_id, _suspicions.c.subject_id]
        wanted = [self._closing(closing) for closing in closings]
        found = select_in(self._connection, columns, _suspicions.c.closing, wanted)
        self._names.load([row.subject_id for row in found])
        return {self._names.line_key(row.line_id) for row in found}

    def year_parts(self, keys: Collection[LineKey]) -> dict[LineKey, dict[str, int]]:
        ids = {self._names.line_id(key): key for key in keys}
        result: dict[LineKey, dict[str, int]] = {key: {} for key in keys}
        for row in select_in(self._connection, [_parts], _parts.c.line_id, ids):
            result[ids[row.line_id]][self._names.word(row.unit_id)] = row.amount
        return result

    def save_year_parts(self, parts: Mapping[LineKey, Mapping[str, int]]) -> None:
        ids = {key: self._names.line_id(key) for key in parts}
        self._delete(_parts, list(ids.values()))
        values = [
            {
                "line_id": ids[key],
                "unit_id": self._names.word_id(unit),
                "closing": self._closing(Closing(key.indicator, key.period)),
                "amount": amount,
            }
            for key, by_unit in parts.items()
            for unit, amount in by_unit.items()
        ]
        upsert(self._connection, _parts, values, ("line_id", "unit_id"), ("closing", "amount"))

    def unit_totals(self, closing: Closing, units: Collection[str]) -> dict[str, int]:
        ids = {self._names.word_id(unit): unit for unit in units}
        query = (
            select(_parts.c.unit_id, func.sum(_parts.c.amount))
            .where(_parts.c.closing == self._closing(closing), _parts.c.unit_id.in_(ids))
            .group_by(_parts.c.unit_id)
        )
        # PostgreSQL sums bigints to a numeric.
        return {ids[unit]: int(total) for unit, total in self._connection.execute(query).all()}

    def fix_totals(self, closing: Closing, *, reading: bool) -> None:
        if self._connection.dialect.name != "postgresql":
            return  # SQLite has one writer at a time anyway
        # Whoever weighs needs the totals alone; those who change them do not disturb each other.
        statement = _ALONE if reading else _SHARED
        self._connection.execute(statement, {"space": _LOCK, "closing": self._closing(closing)})

    def feeds(self, sources: Collection[str]) -> dict[tuple[str, str, str], Month]:
        found = select_in(self._connection, [_feeds], _feeds.c.source, sources)
        return {(row.source, row.topic, row.city): Month.from_number(row.period) for row in found}

    def save_feeds(self, feeds: Mapping[tuple[str, str, str], Month]) -> None:
        values = [
            {"source": source, "topic": topic, "city": city, "period": period.number}
            for (source, topic, city), period in feeds.items()
        ]
        upsert(self._connection, _feeds, values, ("source", "topic", "city"), ("period",))

    def _closing(self, closing: Closing) -> int:
        return pack(0, self._names.word_id(closing.indicator), closing.december)

    def _delete(self, table: Table, line_ids: Sequence[int]) -> None:
        for start in range(0, len(line_ids), _PIECE):
            piece = line_ids[start : start + _PIECE]
            self._connection.execute(delete(table).where(table.c.line_id.in_(piece)))


def read_suspicion(content: bytes) -> Suspicion:
    """A suspicion as it is stored."""
    return msgspec.msgpack.decode(content, type=Suspicion)
