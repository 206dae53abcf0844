"""Token buckets of robots in the store, so that all replicas together stay below the limits."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, update

from services.alerts.adapters.codec import from_ms, to_ms
from services.alerts.domain.sending_limits import Limit, robot_of
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from shared.clock import Clock
from shared.storage import select_in, upsert, writing
from shared.storage.tables import Meta, table_of

_meta = table_of(Meta)
_PREFIX = "robot:"
"""One number per robot is all there is to keep: it stands among the store's own facts."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def read_budgets(
    connection: Connection, channels: Iterable[ChannelTarget]
) -> dict[ChannelTarget, datetime]:
    """When the robots' buckets are full again; long ago for robots never used."""
    names = {channel: _PREFIX + robot_of(channel) for channel in channels}
    rows = select_in(connection, (_meta.c.name, _meta.c.value), _meta.c.name, names.values())
    found = {name: from_ms(int(value)) for name, value in rows}
    return {channel: found.get(name, _LONG_AGO) for channel, name in names.items()}


def lock_budgets(
    connection: Connection, channels: Iterable[ChannelTarget]
) -> dict[ChannelTarget, datetime]:
    """The same, kept from all others until the transaction ends."""
    names = {channel: _PREFIX + robot_of(channel) for channel in channels}
    rows = [{"name": name, "value": "0"} for name in sorted(set(names.values()))]
    upsert(connection, _meta, rows, ("name",), ())
    held = select_in(
        connection,
        (_meta.c.name, _meta.c.value),
        _meta.c.name,
        sorted(set(names.values())),
        lock_in_order_of=_meta.c.name,
    )
    found = {name: from_ms(int(value)) for name, value in held}
    return {channel: found[name] for channel, name in names.items()}


def write_budget(connection: Connection, channel: ChannelTarget, full_at: datetime) -> None:
    """Store when a robot's bucket is full again; inside the transaction that holds the lock."""
    connection.execute(
        update(_meta)
        .where(_meta.c.name == _PREFIX + robot_of(channel))
        .values(value=str(to_ms(full_at)))
    )


def forget_budgets(connection: Connection) -> None:
    """All robots take messages again; their own pauses are told once more."""
    connection.execute(update(_meta).where(_meta.c.name.startswith(_PREFIX)).values(value="0"))


@dataclass(frozen=True, slots=True)
class SqlSendingBudget:
    """`SendingBudget` on the service's database."""

    engine: Engine
    clock: Clock
    limits: Mapping[ChannelType, Limit]

    async def spend(self, channel: ChannelTarget, messages: int) -> datetime | None:
        limit = self.limits.get(channel.type)
        if limit is None or messages <= 0:
            return None
        return await asyncio.to_thread(self._spend, channel, messages, limit)

    def _spend(self, channel: ChannelTarget, messages: int, limit: Limit) -> datetime | None:
        now = self.clock.now()
        with writing(self.engine) as connection:
            full_at = lock_budgets(connection, [channel])[channel]
            if limit.tokens(full_at, now) < messages:
                return limit.ready_at(full_at, messages)
            write_budget(connection, channel, limit.take(full_at, now, messages))
        return None
