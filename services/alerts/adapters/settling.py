"""What came of a delivery, written down by whoever holds its lease."""

from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from services.alerts.adapters.codec import to_ms
from services.alerts.adapters.due import UNFINISHED, WAITING
from services.alerts.adapters.tables import DeliveryRow
from services.alerts.domain.delivery import Delivery, DeliveryStatus, Verdict
from shared.storage.tables import table_of

_FOLLOWERS = ("resolved", "withdrawn")
_DETAIL_LENGTH = 500

_deliveries = table_of(DeliveryRow)


def settle(connection: Connection, delivery: Delivery, verdict: Verdict, now: datetime) -> bool:
    """Record the result; False when the lease was lost to another sender."""
    finished = verdict.next_attempt_at is None
    changed = connection.execute(
        update(_deliveries)
        .where(_deliveries.c.id == delivery.id, _deliveries.c.lease == delivery.lease)
        .values(
            status=str(verdict.status),
            possible_repeat=verdict.possible_repeat,
            next_attempt_ms=None if finished else to_ms(verdict.next_attempt_at or now),
            lease=None,
            lease_until_ms=None,
            detail=verdict.detail[:_DETAIL_LENGTH],
            finished_ms=to_ms(now) if finished else None,
        )
    ).rowcount
    if changed and verdict.status is DeliveryStatus.FAILED:
        _cancel_followers(connection, delivery, now)
    return changed == 1


def _cancel_followers(connection: Connection, delivery: Delivery, now: datetime) -> None:
    """Who never got the firing gets no resolved; the row says why.

    Only where no other message of the episode reached (or may still reach) this channel.
    """
    same = and_(
        _deliveries.c.fingerprint == delivery.transition.fingerprint,
        _deliveries.c.episode == delivery.transition.episode,
        _deliveries.c.subscription_id == delivery.subscription.id,
        _deliveries.c.channel == str(delivery.channel.type),
        _deliveries.c.target == delivery.channel.target,
    )
    reached = select(_deliveries.c.id).where(
        same,
        _deliveries.c.kind.not_in(_FOLLOWERS),
        _deliveries.c.status.in_((*UNFINISHED, str(DeliveryStatus.SENT))),
    )
    if connection.execute(reached.limit(1)).first() is not None:
        return
    connection.execute(
        update(_deliveries)
        .where(same, _deliveries.c.kind.in_(_FOLLOWERS), _deliveries.c.status.in_(WAITING))
        .values(
            status=str(DeliveryStatus.CANCELLED),
            detail="firing_failed",
            next_attempt_ms=None,
            finished_ms=to_ms(now),
        )
    )
