"""Reconciliation: every consumed record is in exactly one state, counted with its effects."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from sqlalchemy import Connection

from shared.storage.bulk import BulkTable
from shared.storage.statements import Statement
from shared.storage.tables import ReconciliationCount, table_of

_COUNTS = Statement("SELECT topic, state, count FROM reconciliation")
_KEYS = ("topic", "state")
_ADDED = BulkTable(
    table_of(ReconciliationCount),
    (*_KEYS, "count"),
    _KEYS,
    replace={"count": "reconciliation.count + excluded.count"},
)


class State(StrEnum):
    """Where a consumed record ended up; parked and held are current counts."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    PARKED = "parked"
    HELD = "held"
    DEAD_LETTERED = "dead_lettered"
    ERASED = "erased"
    """About an enterprise that was erased on request: dropped."""


CONSUMED = "consumed"

DEAD_LETTER_WARNING = "dead_letter:"
"""Prefix under which dead letters are counted by reason, beside the states."""


_refusals: ContextVar[Counter[str] | None] = ContextVar("refusals", default=None)


@contextmanager
def refusals() -> Iterator[Counter[str]]:
    """Counts what is dead-lettered inside the block, by topic; complete at its end."""
    counted: Counter[str] = Counter()
    mark = _refusals.set(counted)
    try:
        yield counted
    finally:
        _refusals.reset(mark)


def count(connection: Connection, topic: str, changes: Mapping[str, int]) -> None:
    """Add to the counts of a topic; a negative change moves records out of a state."""
    counted = _refusals.get()
    if counted is not None:
        counted[topic] += changes.get(State.DEAD_LETTERED, 0)
    # In one order for all replicas: each row stays locked until the transaction ends.
    _ADDED.write(
        connection,
        [(topic, str(state), number) for state, number in sorted(changes.items()) if number],
    )


def read(connection: Connection) -> dict[str, dict[str, int]]:
    """Counts by topic and state; states without records are absent."""
    result: dict[str, dict[str, int]] = {}
    for topic, state, number in _COUNTS.rows(connection):
        if not state.startswith(DEAD_LETTER_WARNING):
            result.setdefault(topic, {})[state] = number
    return result


def dead_letters(connection: Connection) -> dict[str, dict[str, int]]:
    """Dead letters by topic and reason."""
    result: dict[str, dict[str, int]] = {}
    for topic, state, number in _COUNTS.rows(connection):
        if state.startswith(DEAD_LETTER_WARNING):
            result.setdefault(topic, {})[state.removeprefix(DEAD_LETTER_WARNING)] = number
    return result


def summary(by_topic: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    """The body of ``GET /api/v1/reconciliation``: totals over all topics, and each topic's own."""
    names = (CONSUMED, *State)
    topics = {
        topic: {str(name): counts.get(name, 0) for name in names}
        for topic, counts in sorted(by_topic.items())
    }
    totals: Counter[str] = Counter()
    for counts in topics.values():
        totals.update(counts)
    return {**{str(name): totals[name] for name in names}, "topics": topics}
