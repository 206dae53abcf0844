"""Lines that are held or rejected, and who waits for the register, as people ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from services.ingest.adapters import rows
from services.ingest.adapters.hold_store import read_suspicion
from services.ingest.adapters.keys import pack, unpack
from services.ingest.adapters.tables import (
    WAITS,
    DecisionRow,
    LineRow,
    SubjectRow,
    SuspicionRow,
    WordRow,
)
from services.ingest.domain.holds import LineState, Suspicion
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.ports import LineKey, StoredLine
from shared.events.period import Month
from shared.storage.tables import table_of

_decisions = table_of(DecisionRow)
_lines = table_of(LineRow)
_subjects = table_of(SubjectRow)
_suspicions = table_of(SuspicionRow)
_words = table_of(WordRow)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line that is kept back, and why."""

    number: int
    """Place in lists."""
    stored: StoredLine
    suspicion: Suspicion | None
    """None for a line that was rejected although nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class WaitingSubject:
    """An enterprise whose reports wait for its register event."""

    number: int
    subject: Subject
    topic: str
    lines: int
    first: Month
    last: Month
    oldest_ms: int


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What somebody decided about a line."""

    verdict: str
    revision: int
    decided_at_us: int
    who: str
    why: str


def held_lines(
    connection: Connection, states: Sequence[LineState], after: int, limit: int
) -> list[HeldLine]:
    """Lines in states after a place in the list, in its order."""
    words = _indicators(connection)
    wanted = _lines.c.state.in_([state.value for state in states])
    query = _select(wanted, _lines.c.id > after).order_by(_lines.c.id).limit(limit)
    return [_held(row, words) for row in connection.execute(query).all()]


def held_line(connection: Connection, key: LineKey) -> HeldLine | None:
    """One standing line, whatever its state."""
    words = _indicators(connection)
    subject = key.subject
    of_subject = (_subjects.c.kind == int(subject.kind), _subjects.c.code == subject.code)
    subject_id = connection.execute(select(_subjects.c.id).where(*of_subject)).scalar()
    indicator_id = next((number for number, text in words.items() if text == key.indicator), None)
    if subject_id is None or indicator_id is None:
        return None
    # By its number: lines have no index on their subjects, as they stand together.
    query = _select(_lines.c.id == pack(subject_id, indicator_id, key.period), waiting_only=False)
    row = connection.execute(query).one_or_none()
    return None if row is None else _held(row, words)


def past_decisions(connection: Connection, key: LineKey) -> list[PastDecision]:
    """Decisions about a line, newest first."""
    columns = [
        *(_decisions.c.verdict, _decisions.c.revision, _decisions.c.decided_at_us),
        *(_decisions.c.who, _decisions.c.why),
    ]
    query = (
        select(*columns)
        .join(_subjects, _subjects.c.id == _decisions.c.subject_id)
        .where(
            _subjects.c.kind == int(key.subject.kind),
            _subjects.c.code == key.subject.code,
            _decisions.c.indicator == key.indicator,
            _decisions.c.period == key.period.number,
        )
        .order_by(_decisions.c.decided_at_us.desc(), _decisions.c.decision_id.desc())
    )
    return [PastDecision(*row) for row in connection.execute(query).all()]


def held_counts(connection: Connection) -> dict[str, int]:
    """Number of lines that are kept back, by state."""
    query = select(_lines.c.state, func.count()).where(WAITS).group_by(_lines.c.state)
    return {row[0]: row[1] for row in connection.execute(query).all()}


def waiting_subjects(connection: Connection, after: int, limit: int) -> list[WaitingSubject]:
    """Enterprises whose reports are parked, after a place in the list, in its order."""
    period = _lines.c.id % (1 << 16)
    query = (
        select(
            _lines.c.subject_id,
            _subjects.c.kind,
            _subjects.c.code,
            func.min(_lines.c.topic),
            func.count(),
            func.min(period),
            func.max(period),
            func.min(_lines.c.broker_ms),
        )
        .join(_subjects, _subjects.c.id == _lines.c.subject_id)
        .where(WAITS, _lines.c.state == LineState.PARKED.value, _lines.c.subject_id > after)
        .group_by(_lines.c.subject_id, _subjects.c.kind, _subjects.c.code)
        .order_by(_lines.c.subject_id)
        .limit(limit)
    )
    return [
        WaitingSubject(
            number,
            Subject(SubjectKind(kind), code),
            topic,
            lines,
            unpack(first)[2],
            unpack(last)[2],
            oldest,
        )
        for number, kind, code, topic, lines, first, last, oldest in connection.execute(query)
    ]


def _select(*wanted: ColumnElement[bool], waiting_only: bool = True) -> Any:  # noqa: ANN401 - a select
    query = (
        select(
            *(_lines.c[name] for name in rows.LINE_COLUMNS),
            _subjects.c.kind,
            _subjects.c.code,
            _suspicions.c.content,
        )
        .join(_subjects, _subjects.c.id == _lines.c.subject_id)
        .outerjoin(_suspicions, _suspicions.c.line_id == _lines.c.id)
        .where(*wanted)
    )
    return query.where(WAITS) if waiting_only else query


def _indicators(connection: Connection) -> dict[int, str]:
    return {row.id: row.text for row in connection.execute(select(_words.c.id, _words.c.text))}


def _held(row: Any, words: dict[int, str]) -> HeldLine:  # noqa: ANN401 - a row of `_select`
    _, indicator, period = unpack(row.id)
    key = LineKey(Subject(SubjectKind(row.kind), row.code), words[indicator], period)
    suspicion = None if row.content is None else read_suspicion(row.content)
    standing = rows.line(row[: len(rows.LINE_COLUMNS)], key)
    return HeldLine(row.id, standing, suspicion)
