"""What people and scrapes ask for does not read lines of all enterprises."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, event

from services.ingest.adapters.held_lines import (
    held_counts,
    held_line,
    held_lines,
    waiting_subjects,
)
from services.ingest.adapters.parked import parked
from services.ingest.domain.holds import LineState
from services.ingest.ports import key_of
from services.ingest.testing import Ingest, line
from shared.storage import reading
from shared.testing.events import output, records

NOW = datetime(2026, 6, 9, tzinfo=UTC)
ASKED: dict[str, Callable[[Connection], object]] = {
    "parked": lambda connection: parked(connection, NOW),
    "one line": lambda connection: held_line(connection, key_of(line(output()))),
    "held": lambda connection: held_lines(connection, [LineState.HELD], 0, 10),
    "numbers of held": held_counts,
    "who waits": lambda connection: waiting_subjects(connection, 0, 10),
}


def plans(connection: Connection, asked: str) -> list[str]:
    """How SQLite finds the rows of the statements that one question makes."""
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        seen.append((statement, values))  # type: ignore[arg-type]

    event.listen(connection, "before_cursor_execute", note)
    ASKED[asked](connection)
    event.remove(connection, "before_cursor_execute", note)
    made = [
        connection.exec_driver_sql(f"explain query plan {statement}", values)
        for statement, values in seen
    ]
    return [row[3] for rows in made for row in rows]


@pytest.mark.parametrize("asked", ASKED)
def test_lines_that_wait_are_found_without_reading_the_others(ingest: Ingest, asked: str) -> None:
    ingest.take(records([output()]))
    with reading(ingest.engine) as connection:
        steps = [step for step in plans(connection, asked) if " line" in step]

    assert steps
    assert not [step for step in steps if step.startswith("SCAN line") and "INDEX" not in step]
