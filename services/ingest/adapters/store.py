"""SQL store of ingest: one transaction of SQLite or PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from services.ingest.adapters import rows
from services.ingest.adapters.hold_store import SqlHolds
from services.ingest.adapters.names import Names
from services.ingest.adapters.tables import (
    LineRow,
    RegistrationRow,
    SentRow,
    SourceRow,
    WarningRow,
)
from services.ingest.adapters.warning_store import SqlWarnings
from services.ingest.domain.facts import Change, FactKey, Sent
from services.ingest.domain.register import Registration
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey, RegistrationKey, StoredLine
from shared.storage import outbox, reconciliation, select_in, upsert
from shared.storage.outbox import OutboxRow
from shared.storage.tables import table_of

_lines = table_of(LineRow)
_registrations = table_of(RegistrationRow)
_sent = table_of(SentRow)
_sources = table_of(SourceRow)
_warnings = table_of(WarningRow)

_VERSION = ("revision", "reported_at_us", "event_id", "digest", "broker_ms")
_LINE_VALUES = (
    *("topic", "state", *_VERSION),
    *("month", "ytd", "month_last_year", "ytd_last_year", "project"),
)


class SqlStore:
    """`services.ingest.ports.Store` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = Names(connection)
        self.holds = SqlHolds(connection, self._names)
        self.warnings = SqlWarnings(connection, self._names)

    def lock(self, subjects: Collection[Subject]) -> None:
        self._names.lock(subjects)

    def sources(self, subjects: Collection[Subject]) -> dict[tuple[Subject, str], str]:
        found = select_in(
            self._connection,
            [_sources],
            _sources.c.subject_id,
            self._names.ids(subjects),
        )
        return {(self._names.subject(row.subject_id), row.topic): row.source for row in found}

    def registrations(self, subjects: Collection[Subject]) -> dict[RegistrationKey, Registration]:
        found = select_in(
            self._connection,
            [_registrations],
            _registrations.c.subject_id,
            self._names.ids(subjects),
        )
        read = [rows.registration(row, self._names.subject(row.subject_id)) for row in found]
        return {_registration_key(item): item for item in read}

    def lines(self, keys: Collection[LineKey]) -> dict[LineKey, StoredLine]:
        ids = {self._line_id(key): key for key in keys}
        found = select_in(self._connection, [_lines], _lines.c.id, ids)
        return {ids[row.id]: rows.line(row, ids[row.id]) for row in found}

    def lines_of(self, subjects: Collection[Subject]) -> dict[LineKey, StoredLine]:
        ids = self._names.ids(subjects)
        found = select_in(self._connection, [_lines], _lines.c.subject_id, ids)
        keys = {row.id: self._line_key(row.id) for row in found}
        return {keys[row.id]: rows.line(row, keys[row.id]) for row in found}

    def sent(self, keys: Collection[LineKey]) -> dict[LineKey, dict[FactKey, Sent]]:
        ids = [self._line_id(key) for key in keys]
        found = select_in(self._connection, [_sent], _sent.c.line_id, ids)
        result: dict[LineKey, dict[FactKey, Sent]] = {}
        for row in found:
            key = self._line_key(row.line_id)
            fact = FactKey(self._names.word(row.unit_id), key.indicator, key.period)
            result.setdefault(key, {})[fact] = Sent(row.version, row.fingerprint)
        return result

    def save_sources(self, owners: Mapping[tuple[Subject, str], str]) -> None:
        values = [
            {"subject_id": self._names.id(subject), "topic": topic, "source": source}
            for (subject, topic), source in owners.items()
        ]
        upsert(self._connection, _sources, values, ("subject_id", "topic"), ("source",))

    def save_registrations(self, registrations: Iterable[Registration]) -> None:
        values = [rows.of_registration(r, self._names.id(r.subject)) for r in registrations]
        keys = ("subject_id", "effective", "action")
        upsert(self._connection, _registrations, values, keys, (*_VERSION, "name", "content"))

    def save_lines(self, lines: Iterable[StoredLine]) -> None:
        values = []
        for stored in lines:
            line = stored.line
            key = LineKey(line.subject, line.indicator, line.period)
            values.append(rows.of_line(stored, self._line_id(key), self._names.id(line.subject)))
        upsert(self._connection, _lines, values, ("id",), _LINE_VALUES)

    def save_sent(self, changes: Iterable[tuple[Subject, Change]]) -> None:
        values = [
            {
                "line_id": self._line_id(LineKey(subject, change.key.indicator, change.key.period)),
                "unit_id": self._names.word_id(change.key.unit),
                "subject_id": self._names.id(subject),
                "version": change.version,
                "fingerprint": change.sent.fingerprint,
            }
            for subject, change in changes
        ]
        upsert(self._connection, _sent, values, ("line_id", "unit_id"), ("version", "fingerprint"))

    def enqueue(self, rows: Sequence[OutboxRow]) -> None:
        outbox.enqueue(self._connection, rows)

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        reconciliation.count(self._connection, topic, changes)

    def warn(self, topic: str, warnings: Mapping[str, int]) -> None:
        values = [{"topic": topic, "name": name, "count": n} for name, n in warnings.items()]
        upsert(self._connection, _warnings, values, ("topic", "name"), (), add=("count",))

    def _line_id(self, key: LineKey) -> int:
        return self._names.line_id(key)

    def _line_key(self, line_id: int) -> LineKey:
        return self._names.line_key(line_id)


def _registration_key(item: Registration) -> RegistrationKey:
    return RegistrationKey(item.subject, item.entry.effective, item.entry.action)


def warnings(connection: Connection) -> dict[str, dict[str, int]]:
    """By topic and name: how often a record was odd, and (`STANDING`) how many lines are."""
    result: dict[str, dict[str, int]] = {}
    columns = (_warnings.c.topic, _warnings.c.name, _warnings.c["count"])
    for topic, name, number in connection.execute(select(*columns)).all():
        result.setdefault(topic, {})[name] = number
    return result
