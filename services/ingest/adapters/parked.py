"""How many lines wait for the register, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from services.ingest.adapters.tables import WAITS, LineRow
from shared.storage.reconciliation import State
from shared.storage.tables import table_of

AGES = {"under_1": timedelta(days=1), "1_to_7": timedelta(days=7), "7_to_30": timedelta(days=30)}
"""Days since the broker received a line; what is older is `over_30`."""
OLDEST = "over_30"

_lines = table_of(LineRow)


@dataclass(frozen=True, slots=True)
class Parked:
    """Lines of one topic that wait."""

    topic: str
    lines: int
    subjects: int
    oldest_ms: int
    """Broker time of the one that waits longest, milliseconds since 1970."""
    ages: dict[str, int]


def parked(connection: Connection, now: datetime) -> list[Parked]:
    """Waiting lines by topic and age."""
    bounds = {name: int((now - age).timestamp() * 1000) for name, age in AGES.items()}
    age = case(
        *((_lines.c.broker_ms > bound, name) for name, bound in bounds.items()), else_=OLDEST
    )
    waiting = _lines.c.state == State.PARKED.value
    by_age: dict[str, dict[str, int]] = {}
    # Grouped outside: PostgreSQL takes two CASEs with parameters for different expressions.
    aged = select(_lines.c.topic, age.label("age")).where(WAITS, waiting).subquery()
    rows = connection.execute(
        select(aged.c.topic, aged.c.age, func.count()).group_by(aged.c.topic, aged.c.age)
    )
    for topic, name, number in rows:
        by_age.setdefault(topic, dict.fromkeys((*AGES, OLDEST), 0))[name] = number
    totals = connection.execute(
        select(
            _lines.c.topic,
            func.count(),
            func.count(_lines.c.subject_id.distinct()),
            func.min(_lines.c.broker_ms),
        )
        .where(WAITS, waiting)
        .group_by(_lines.c.topic)
    )
    return [
        Parked(topic, lines, subjects, oldest, by_age.get(topic, {}))
        for topic, lines, subjects, oldest in sorted(totals.all())
    ]
