"""Notices that the clock ran ahead and was set right, and takes back what was put off meanwhile.

Each claim leaves its moment behind. When a later one comes before it, times in the store are of a
clock that was wrong: nobody may wait for them.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from services.alerts.adapters.budget import forget_budgets
from services.alerts.adapters.codec import to_ms
from services.alerts.adapters.due import WAITING
from services.alerts.adapters.tables import DeliveryRow
from services.alerts.domain.delivery import DeliveryStatus
from shared.storage import meta
from shared.storage.tables import table_of

_NAME = "newest claim"
TOLERANCE = timedelta(minutes=10)
"""The clocks of replicas differ by less; and so long a wait needs no mending."""

_deliveries = table_of(DeliveryRow)


def leave(connection: Connection, now: datetime) -> None:
    """Say that deliveries were claimed now."""
    meta.remember(connection, _NAME, str(to_ms(now)))


def ran_ahead(connection: Connection, now: datetime) -> bool:
    """Whether the clock showed a later time when deliveries were last claimed."""
    newest = meta.known(connection, _NAME)
    return newest is not None and int(newest) > to_ms(now + TOLERANCE)


def set_right(connection: Connection, now: datetime, lease_for: timedelta) -> None:
    """Retries are due, robots take messages, and leases end as if they had begun now."""
    forget_budgets(connection)
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.status.in_(WAITING),
            _deliveries.c.attempts > 0,  # others wait for a digest or the end of quiet hours
            _deliveries.c.next_attempt_ms > to_ms(now),
        )
        .values(next_attempt_ms=to_ms(now))
    )
    until = to_ms(now + lease_for)
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.status == str(DeliveryStatus.SENDING),
            _deliveries.c.lease_until_ms > until,
        )
        .values(lease_until_ms=until)
    )
    leave(connection, now)
