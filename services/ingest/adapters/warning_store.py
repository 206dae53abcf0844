"""SQL side of what is odd about standing lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from services.ingest.adapters.keys import unpack
from services.ingest.adapters.line_rows import RowsOfLines
from services.ingest.adapters.names import Names
from services.ingest.adapters.tables import LineRow, LineWarningRow, SubjectRow, WordRow
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.domain.warnings import Warned
from services.ingest.ports import LineKey
from shared.storage.bulk import BulkTable
from shared.storage.tables import table_of

_warned = table_of(LineWarningRow)
_lines = table_of(LineRow)
_subjects = table_of(SubjectRow)
_words = table_of(WordRow)

_WARNED = BulkTable(_warned, ("line_id", "kinds"), ("line_id",))
_BITS = {kind: 1 << number for number, kind in enumerate(Warned)}


class SqlWarnings:
    """`services.ingest.ports.WarningStore` on one connection."""

    def __init__(self, connection: Connection, names: Names) -> None:
        self._connection = connection
        self._names = names
        self._rows = RowsOfLines(connection, names, _WARNED, "line_id")

    def warned(self, keys: Collection[LineKey]) -> dict[LineKey, frozenset[Warned]]:
        return {key: _kinds(bits) for key, (_, bits) in self._rows.read(keys)}

    def save_warned(self, changes: Mapping[LineKey, frozenset[Warned]]) -> None:
        values = [
            (self._names.line_id(key), sum(_BITS[kind] for kind in kinds))
            for key, kinds in changes.items()
        ]
        self._rows.write([value for value in values if value[1]])
        _WARNED.remove(self._connection, "line_id", [number for number, bits in values if not bits])


@dataclass(frozen=True, slots=True)
class WarnedLine:
    """A standing line and what is odd about it."""

    id: int
    """Place in the list."""
    subject: Subject
    topic: str
    indicator: str
    period: str
    revision: int
    warnings: tuple[Warned, ...]


def warned_lines(
    connection: Connection, *, topic: str | None, warning: Warned | None, after: int, limit: int
) -> Sequence[WarnedLine]:
    """Standing lines with warnings after a place in the list, in its order."""
    wanted = [_warned.c.line_id > after]
    if topic is not None:
        wanted.append(_lines.c.topic == topic)
    if warning is not None:
        wanted.append(_warned.c.kinds.bitwise_and(_BITS[warning]) != 0)
    query = (
        select(
            _warned.c.line_id,
            _warned.c.kinds,
            _lines.c.topic,
            _lines.c.revision,
            _subjects.c.kind,
            _subjects.c.code,
        )
        .join(_lines, _lines.c.id == _warned.c.line_id)
        .join(_subjects, _subjects.c.id == _lines.c.subject_id)
        .where(and_(*wanted))
        .order_by(_warned.c.line_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    words = {word.id: word.text for word in connection.execute(select(_words.c.id, _words.c.text))}
    found = []
    for row in rows:
        _, indicator, period = unpack(row.line_id)
        found.append(
            WarnedLine(
                row.line_id,
                Subject(SubjectKind(row.kind), row.code),
                row.topic,
                words[indicator],
                str(period),
                row.revision,
                tuple(kind for kind in Warned if kind in _kinds(row.kinds)),
            )
        )
    return found


def _kinds(bits: int) -> frozenset[Warned]:
    return frozenset(kind for kind, bit in _BITS.items() if bits & bit)
