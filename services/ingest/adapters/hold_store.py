"""SQL side of suspicions, decisions, the closed years they rest on, and feeds."""

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, func, select, text

from services.ingest.adapters.keys import pack
from services.ingest.adapters.names import Names
from services.ingest.adapters.tables import DecisionRow, FeedRow, SuspicionRow, YearPartRow
from services.ingest.domain.decisions import Ruling
from services.ingest.domain.holds import Suspicion
from services.ingest.domain.plausibility import Doubt, ReferenceKind
from services.ingest.domain.subjects import Subject
from services.ingest.ports import Closing, LineKey
from shared.events.decisions import DecisionVerdict
from shared.events.period import Month
from shared.storage import select_in
from shared.storage.bulk import BulkTable
from shared.storage.tables import table_of

_parts = table_of(YearPartRow)
_suspicions = table_of(SuspicionRow)

_DECISIONS = BulkTable(
    table_of(DecisionRow),
    (
        *("subject_id", "indicator", "period", "verdict", "revision", "digest"),
        *("decision_id", "decided_at_us", "who", "why", "broker_ms"),
    ),
    ("decision_id",),
    keep=True,
)
_FEEDS = BulkTable(
    table_of(FeedRow), ("source", "topic", "city", "period"), ("source", "topic", "city")
)
_PARTS = BulkTable(_parts, ("line_id", "unit_id", "closing", "amount"), ("line_id", "unit_id"))
_SUSPICIONS = BulkTable(_suspicions, ("line_id", "content"), ("line_id",))
_SUSPECTED = BulkTable(_suspicions, ("line_id", "subject_id", "closing", "content"), ("line_id",))
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
        for subject_id, indicator, period, verdict, *rest in _DECISIONS.read(
            self._connection, "subject_id", ids
        ):
            revision, digest, decision_id, decided_at_us, who, why, broker_ms = rest
            key = LineKey(self._names.subject(subject_id), indicator, Month.from_number(period))
            ruling = Ruling(
                subject=key.subject,
                indicator=indicator,
                period=key.period,
                verdict=DecisionVerdict(verdict),
                revision=revision,
                digest=bytes(digest),
                decision_id=decision_id,
                decided_at_us=decided_at_us,
                who=who,
                why=why,
                broker_ms=broker_ms,
            )
            result.setdefault(key, []).append(ruling)
        return result

    def save_rulings(self, rulings: Iterable[Ruling]) -> None:
        values = [
            (
                self._names.id(ruling.subject),
                ruling.indicator,
                ruling.period.number,
                ruling.verdict.value,
                ruling.revision,
                ruling.digest,
                ruling.decision_id,
                ruling.decided_at_us,
                ruling.who,
                ruling.why,
                ruling.broker_ms,
            )
            for ruling in rulings
        ]
        _DECISIONS.write(self._connection, values)

    def suspicions(self, keys: Collection[LineKey]) -> dict[LineKey, Suspicion]:
        ids = self._names.line_ids(keys)
        found = _SUSPICIONS.read(self._connection, "line_id", ids)
        return {ids[number]: read_suspicion(content) for number, content in found}

    def save_suspicions(self, changes: Mapping[LineKey, Suspicion | None]) -> None:
        gone = [self._names.line_id(key) for key, suspicion in changes.items() if not suspicion]
        _SUSPECTED.remove(self._connection, "line_id", gone)
        values = [
            (
                self._names.line_id(key),
                self._names.id(key.subject),
                self._closing(Closing(key.indicator, key.period.last_year.december)),
                _of_suspicion(suspicion),
            )
            for key, suspicion in changes.items()
            if suspicion
        ]
        _SUSPECTED.write(self._connection, values)

    def weighed_by(self, closings: Collection[Closing]) -> set[LineKey]:
        columns = [_suspicions.c.line_id, _suspicions.c.subject_id]
        wanted = [self._closing(closing) for closing in closings]
        found = select_in(self._connection, columns, _suspicions.c.closing, wanted)
        self._names.load([row.subject_id for row in found])
        return {self._names.line_key(row.line_id) for row in found}

    def year_parts(self, keys: Collection[LineKey]) -> dict[LineKey, dict[str, int]]:
        ids = self._names.line_ids(keys)
        result: dict[LineKey, dict[str, int]] = {key: {} for key in keys}
        for number, unit, _, amount in _PARTS.read(self._connection, "line_id", ids):
            result[ids[number]][self._names.word(unit)] = amount
        return result

    def save_year_parts(self, parts: Mapping[LineKey, Mapping[str, int]]) -> None:
        ids = {key: self._names.line_id(key) for key in parts}
        _PARTS.remove(self._connection, "line_id", ids.values())
        values = [
            (
                ids[key],
                self._names.word_id(unit),
                self._closing(Closing(key.indicator, key.period)),
                amount,
            )
            for key, by_unit in parts.items()
            for unit, amount in by_unit.items()
        ]
        _PARTS.write(self._connection, values)

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
        found = _FEEDS.read(self._connection, "source", sources)
        return {tuple(feed): Month.from_number(period) for *feed, period in found}

    def save_feeds(self, feeds: Mapping[tuple[str, str, str], Month]) -> None:
        values = [(*feed, period.number) for feed, period in feeds.items()]
        _FEEDS.write(self._connection, values)

    def _closing(self, closing: Closing) -> int:
        return pack(0, self._names.word_id(closing.indicator), closing.december)


class _Month(msgspec.Struct, frozen=True):
    """A month by the names that databases have it under."""

    year: int
    month: int


class _Doubt(msgspec.Struct, frozen=True):
    field: str
    value: int
    expected: int
    reference: ReferenceKind
    reference_period: _Month
    shift: int
    months: int


class _Suspicion(msgspec.Struct, frozen=True):
    """Form of a suspicion in the store, whatever it is in the program."""

    doubt: _Doubt
    shares: dict[str, float]


def read_suspicion(content: bytes) -> Suspicion:
    """A suspicion as it is stored."""
    kept = msgspec.msgpack.decode(content, type=_Suspicion)
    told = kept.doubt
    period = Month(told.reference_period.year, told.reference_period.month)
    doubt = Doubt(
        field=told.field,
        value=told.value,
        expected=told.expected,
        reference=told.reference,
        reference_period=period,
        shift=told.shift,
        months=told.months,
    )
    return Suspicion(doubt, kept.shares)


def _of_suspicion(suspicion: Suspicion) -> bytes:
    doubt = suspicion.doubt
    kept = _Doubt(
        doubt.field,
        doubt.value,
        doubt.expected,
        doubt.reference,
        _Month(doubt.reference_period.year, doubt.reference_period.month),
        doubt.shift,
        doubt.months,
    )
    return msgspec.msgpack.encode(_Suspicion(kept, dict(suspicion.shares)))
