"""What SQLite itself takes of a first load: ingest's statements, recorded and then made alone.

Whatever else is made quicker, a reader that keeps the same rows in the same commits needs this
much, beside the bare read of the records.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from readers import BATCH, Clock
from sqlalchemy import event

from services.ingest.testing import Ingest
from shared.events.inputs import ENTERPRISE_TOPIC
from shared.events.records import Record
from shared.plans import load_catalogue
from shared.testing.events import BROKER_MS
from shared.testing.load import Event

_FETCH, _COMMIT = "fetch", "commit"


class Step(NamedTuple):
    """A call of the driver: a statement with its parameters, or the name of another call."""

    text: str
    parameters: Any = None
    many: bool = False


class _Cursor(sqlite3.Cursor):
    """Notes what is asked of it."""

    connection: "_Connection"

    def execute(self, text: str, parameters: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401 - DB-API
        self.connection.steps.append(Step(text, parameters))
        return super().execute(text, parameters)

    def executemany(self, text: str, parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 - DB-API
        rows = list(parameters)
        self.connection.steps.append(Step(text, rows, many=True))
        return super().executemany(text, rows)

    def fetchall(self) -> list[Any]:
        self.connection.steps.append(Step(_FETCH))
        return super().fetchall()


class _Connection(sqlite3.Connection):
    steps: list[Step]

    def cursor(self, _factory: object = None) -> _Cursor:
        return super().cursor(_Cursor)

    def commit(self) -> None:
        self.steps.append(Step(_COMMIT))
        super().commit()


def record_statements(folder: Path, events: Sequence[Event]) -> list[Step]:
    """What the batches of a first load ask of the driver; the register comes first."""
    ordered = sorted(events, key=lambda each: each.topic != ENTERPRISE_TOPIC)
    records = [Record(e.topic, 0, n, BROKER_MS, e.key, e.value) for n, e in enumerate(ordered)]
    steps: list[Step] = []
    ingest = _store(folder)

    @event.listens_for(ingest.engine, "do_connect")
    def _connect(_dialect: object, _record: object, where: Any, how: Any) -> object:  # noqa: ANN401
        connection = sqlite3.connect(*where, **how, factory=_Connection)
        connection.steps = steps
        return connection

    for start in range(0, len(records), BATCH):
        ingest.take(records[start : start + BATCH])
    ingest.engine.dispose()
    return steps


async def replay(folder: Path, steps: Sequence[Step], records: int) -> Clock:
    """Make the statements on a new store, and nothing else."""
    ingest = _store(folder)
    clock = Clock(records)
    connection = sqlite3.connect(str(ingest.engine.url.database), isolation_level=None)
    try:
        cursor = connection.cursor()
        await clock.on_partitions_assigned([folder])
        for step in steps:
            if step.text == _FETCH:
                cursor.fetchall()
            elif step.text == _COMMIT:
                connection.commit()
            elif step.many:
                cursor.executemany(step.text, step.parameters)
            else:
                cursor.execute(step.text, step.parameters)
        clock.count(records)
    finally:
        connection.close()
    return clock


def _store(folder: Path) -> Ingest:
    """A new store without open connections."""
    folder.mkdir()
    ingest = Ingest(folder, load_catalogue().plans)
    ingest.engine.dispose()
    return ingest
