"""SQL store of ingest: one transaction of SQLite or PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from services.ingest.adapters import rows
from services.ingest.adapters.erasure_store import erasures
from services.ingest.adapters.hold_store import SqlHolds
from services.ingest.adapters.line_rows import RowsOfLines
from services.ingest.adapters.names import Names
from services.ingest.adapters.tables import (
    LineRow,
    RegistrationRow,
    SentRow,
    SourceRow,
    WarningRow,
)
from services.ingest.adapters.warning_store import SqlWarnings
from services.ingest.domain.erasures import Reach
from services.ingest.domain.facts import Sent
from services.ingest.domain.register import Registration
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey, RegistrationKey, StoredLine, key_of
from shared.storage import outbox, reconciliation
from shared.storage.bulk import BulkTable
from shared.storage.outbox import OutboxRow
from shared.storage.statements import Statement
from shared.storage.tables import table_of

_warnings = table_of(WarningRow)

_WARN = Statement(
    "INSERT INTO warning (topic, name, count) VALUES (?, ?, ?) "
    "ON CONFLICT (topic, name) DO UPDATE SET count = warning.count + excluded.count"
)
_LINES = BulkTable(table_of(LineRow), rows.LINE_COLUMNS, ("id",))
_SENT = BulkTable(table_of(SentRow), ("line_id", "facts"), ("line_id",))
_SOURCES = BulkTable(
    table_of(SourceRow), ("subject_id", "topic", "source"), ("subject_id", "topic")
)
_REGISTRATIONS = BulkTable(
    table_of(RegistrationRow),
    rows.REGISTRATION_COLUMNS,
    ("subject_id", "effective", "action"),
)


class SqlStore:
    """`services.ingest.ports.Store` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names = Names(connection)
        self._lines = RowsOfLines(connection, self._names, _LINES, "id")
        self._sent = RowsOfLines(connection, self._names, _SENT, "line_id")
        self.holds = SqlHolds(connection, self._names)
        self.warnings = SqlWarnings(connection, self._names)

    def erasures(self) -> Mapping[str, Reach]:
        return erasures(self._connection)

    def lock(self, subjects: Collection[Subject]) -> None:
        self._names.lock(subjects)

    def sources(self, subjects: Collection[Subject]) -> dict[tuple[Subject, str], str]:
        ids = self._names.ids(subjects)
        found = _SOURCES.read(self._connection, "subject_id", ids)
        return {(self._names.subject(number), topic): source for number, topic, source in found}

    def registrations(self, subjects: Collection[Subject]) -> dict[RegistrationKey, Registration]:
        found = _REGISTRATIONS.read(self._connection, "subject_id", self._names.ids(subjects))
        read = [rows.registration(row, self._names.subject(row[0])) for row in found]
        return {_registration_key(item): item for item in read}

    def lines(self, keys: Collection[LineKey]) -> dict[LineKey, StoredLine]:
        return {key: rows.line(row, key) for key, row in self._lines.read(keys)}

    def lines_of(self, subjects: Collection[Subject]) -> dict[LineKey, StoredLine]:
        return {key: rows.line(row, key) for key, row in self._lines.read_of(subjects)}

    def sent(self, keys: Collection[LineKey]) -> dict[LineKey, dict[str, Sent]]:
        word = self._names.word
        return {
            key: {word(unit): Sent(version, mark) for unit, version, mark in facts}
            for key, (_, packed) in self._sent.read(keys)
            if (facts := rows.sent(packed))
        }

    def save_sources(self, owners: Mapping[tuple[Subject, str], str]) -> None:
        values = [(self._names.id(who), topic, owner) for (who, topic), owner in owners.items()]
        _SOURCES.write(self._connection, values, new=True)

    def save_registrations(self, registrations: Iterable[Registration]) -> None:
        values = [rows.of_registration(r, self._names.id(r.subject)) for r in registrations]
        _REGISTRATIONS.write(self._connection, values)

    def save_lines(self, lines: Iterable[StoredLine]) -> None:
        line_id, subject_id = self._names.line_id, self._names.id
        values = [
            rows.of_line(stored, line_id(key_of(stored.line)), subject_id(stored.line.subject))
            for stored in lines
        ]
        self._lines.write(values)

    def save_sent(self, sent: Mapping[LineKey, Mapping[str, Sent]]) -> None:
        line_id, word_id = self._names.line_id, self._names.word_id
        values = [
            (
                line_id(key),
                rows.of_sent([(word_id(u), s.version, s.fingerprint) for u, s in told.items()]),
            )
            for key, told in sent.items()
        ]
        self._sent.write(values)

    def enqueue(self, rows: Sequence[OutboxRow]) -> None:
        outbox.enqueue(self._connection, rows)

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        reconciliation.count(self._connection, topic, changes)

    def warn(self, topic: str, warnings: Mapping[str, int]) -> None:
        _WARN.each(self._connection, [(topic, name, n) for name, n in warnings.items()])


def _registration_key(item: Registration) -> RegistrationKey:
    return RegistrationKey(item.subject, item.entry.effective, item.entry.action)


def warnings(connection: Connection) -> dict[str, dict[str, int]]:
    """By topic and name: how often a record was odd, and (`STANDING`) how many lines are."""
    result: dict[str, dict[str, int]] = {}
    columns = (_warnings.c.topic, _warnings.c.name, _warnings.c["count"])
    for topic, name, number in connection.execute(select(*columns)).all():
        result.setdefault(topic, {})[name] = number
    return result
