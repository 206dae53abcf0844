"""Deliveries to be sent, shared by all replicas through leases in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, or_, select, update

from services.alerts.adapters.codec import from_ms, read_subscription, read_transition, to_ms
from services.alerts.adapters.tables import DeliveryRow, SubscriptionRow, TransitionRow
from services.alerts.domain.delivery import Delivery, DeliveryStatus, Verdict
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from shared.storage import reading, writing
from shared.storage.tables import table_of

_deliveries = table_of(DeliveryRow)
_transitions = table_of(TransitionRow)
_subscriptions = table_of(SubscriptionRow)

_WAITING = (str(DeliveryStatus.PENDING), str(DeliveryStatus.UNCERTAIN))
_UNFINISHED = (*_WAITING, str(DeliveryStatus.SENDING))
_FOLLOWERS = ("resolved", "withdrawn")
_DETAIL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class SqlDeliveryQueue:
    """`DeliveryQueue` on the service's database; every call is one transaction."""

    engine: Engine

    def claim(self, now: datetime, lease_for: timedelta, limit: int) -> Sequence[Delivery]:
        """Take due deliveries; those of dead senders come back as possible repeats.

        Messages of one alert to one channel keep their order: a later one waits.
        """
        if not self._has_work(now):
            return ()
        lease = uuid4().hex
        with writing(self.engine) as connection:
            _give_back_expired(connection, now)
            ids = _due(connection, now, limit)
            if not ids:
                return ()
            connection.execute(
                update(_deliveries)
                .where(_deliveries.c.id.in_(ids), _deliveries.c.status.in_(_WAITING))
                .values(
                    status=str(DeliveryStatus.SENDING),
                    attempts=_deliveries.c.attempts + 1,
                    lease=lease,
                    lease_until_ms=to_ms(now + lease_for),
                )
            )
            return _claimed(connection, lease)

    def _has_work(self, now: datetime) -> bool:
        """Look without writing: an idle worker must not hold up the others."""
        query = select(_deliveries.c.id).where(
            or_(
                and_(
                    _deliveries.c.status.in_(_WAITING),
                    _deliveries.c.next_attempt_ms <= to_ms(now),
                ),
                and_(
                    _deliveries.c.status == str(DeliveryStatus.SENDING),
                    _deliveries.c.lease_until_ms < to_ms(now),
                ),
            )
        )
        with reading(self.engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def settle(self, delivery: Delivery, verdict: Verdict, now: datetime) -> bool:
        """Record the result; False when the lease was lost to another sender."""
        finished = verdict.next_attempt_at is None
        with writing(self.engine) as connection:
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


def _give_back_expired(connection: Connection, now: datetime) -> None:
    """A lease that ran out means its sender died between sending and recording."""
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.status == str(DeliveryStatus.SENDING),
            _deliveries.c.lease_until_ms < to_ms(now),
        )
        .values(
            status=str(DeliveryStatus.UNCERTAIN),
            possible_repeat=True,
            next_attempt_ms=to_ms(now),
            lease=None,
            lease_until_ms=None,
            detail="the sender stopped before it recorded the result",
        )
    )


def _due(connection: Connection, now: datetime, limit: int) -> list[int]:
    earlier = _deliveries.alias("earlier")
    query = (
        select(_deliveries.c.id)
        .where(
            _deliveries.c.status.in_(_WAITING),
            _deliveries.c.next_attempt_ms <= to_ms(now),
            ~exists(
                select(earlier.c.id).where(
                    _same_addressee(earlier), earlier.c.status.in_(_UNFINISHED)
                )
            ),
        )
        .order_by(_deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_deliveries)
    )
    return list(connection.execute(query).scalars())


def _same_addressee(earlier: Any) -> ColumnElement[bool]:  # noqa: ANN401 - an alias of the table
    return and_(
        earlier.c.fingerprint == _deliveries.c.fingerprint,
        earlier.c.subscription_id == _deliveries.c.subscription_id,
        earlier.c.channel == _deliveries.c.channel,
        earlier.c.target == _deliveries.c.target,
        earlier.c.sequence < _deliveries.c.sequence,
    )


def _claimed(connection: Connection, lease: str) -> tuple[Delivery, ...]:
    query = (
        select(_deliveries, _transitions.c.payload, _subscriptions.c.payload.label("owner_payload"))
        .join(_transitions, _transitions.c.id == _deliveries.c.transition_id)
        .join(_subscriptions, _subscriptions.c.id == _deliveries.c.subscription_id)
        .where(_deliveries.c.lease == lease)
        .order_by(_deliveries.c.id)
    )
    return tuple(
        Delivery(
            id=row.id,
            transition=read_transition(row.payload),
            subscription=read_subscription(row.owner_payload),
            channel=ChannelTarget(ChannelType(row.channel), row.target),
            attempts=row.attempts,
            possible_repeat=row.possible_repeat,
            created_at=from_ms(row.created_ms),
            lease=lease,
        )
        for row in connection.execute(query)
    )


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
        _deliveries.c.status.in_((*_UNFINISHED, str(DeliveryStatus.SENT))),
    )
    if connection.execute(reached.limit(1)).first() is not None:
        return
    connection.execute(
        update(_deliveries)
        .where(same, _deliveries.c.kind.in_(_FOLLOWERS), _deliveries.c.status.in_(_WAITING))
        .values(
            status=str(DeliveryStatus.CANCELLED),
            detail="firing_failed",
            next_attempt_ms=None,
            finished_ms=to_ms(now),
        )
    )
