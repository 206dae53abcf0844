"""The databases of the services that are rebuilt: emptied, and watched while they fill."""

import importlib
from dataclasses import dataclass

from sqlalchemy import Engine, Table, func, or_, select

from services.metrics.adapters.tables import DirtyRow, ForecastRow
from shared.messaging.offsets import TopicIdentity
from shared.storage import outbox, reading, writing
from shared.storage.migrations import metadata_of
from shared.storage.tables import ConsumerOffset, table_of

_offsets = table_of(ConsumerOffset)
_dirty, _forecasts = table_of(DirtyRow), table_of(ForecastRow)

Ends = dict[str, dict[int, int]]
"""End offset by topic and partition."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a service has come."""

    done: int
    """Records taken."""
    total: int
    left: int
    """Other work that waits: records to publish, units to assess, forecasts to make."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.done >= self.total and not self.left


def wipe(engine: Engine, service: str) -> None:
    """Delete all that the service has from topics, in one transaction."""
    kept: tuple[Table, ...] = importlib.import_module(f"services.{service}.adapters.tables").KEPT
    names = {table.name for table in kept}
    with writing(engine) as connection:
        bundled = outbox.uses_bundles(connection)
        for table in reversed(metadata_of(service).sorted_tables):
            if table.name not in names:
                connection.execute(table.delete())
        if bundled:
            outbox.use_bundles(connection)


def position(engine: Engine, identities: dict[str, TopicIdentity], ends: Ends) -> Position:
    """Where a service is in its topics, by the offsets in its store."""
    c = _offsets.c
    with reading(engine) as connection:
        stored = {
            (row.topic_id, row.partition): row.next_offset
            for row in connection.execute(select(c.topic_id, c.partition, c.next_offset))
        }
        left = outbox.depth(connection)
    done = total = 0
    for topic, by_partition in ends.items():
        for partition, end in by_partition.items():
            total += end
            done += min(end, stored.get((identities[topic].topic_id, partition), 0))
    return Position(done, total, left)


def unassessed(engine: Engine) -> int:
    """Units to assess and forecasts to make in the store of metrics."""
    f = _forecasts.c
    open_ = or_(f.made.is_(None), f.made != f.wanted)
    with reading(engine) as connection:
        dirty = connection.execute(select(func.count()).select_from(_dirty)).scalar_one()
        waiting = select(func.count()).select_from(_forecasts).where(open_)
        return int(dirty + connection.execute(waiting).scalar_one())
