"""Deliveries to be sent, shared by all replicas through leases in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    exists,
    or_,
    select,
    tuple_,
    update,
)

from services.alerts.adapters.budget import lock_budgets, read_budgets, write_budget
from services.alerts.adapters.codec import from_ms, read_subscription, read_transition, to_ms
from services.alerts.adapters.tables import DeliveryRow, SubscriptionRow, TransitionRow
from services.alerts.domain.bundles import Due, Room, bundles
from services.alerts.domain.delivery import Delivery, DeliveryStatus, Verdict
from services.alerts.domain.sending_limits import LIMITS, LONGEST_PAUSE, Limit, robot_of
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
_LOOK_AT = 1000
"""Due rows looked at to put messages together."""


@dataclass(frozen=True, slots=True)
class SqlDeliveryQueue:
    """`DeliveryQueue` on the service's database; every call is one transaction."""

    engine: Engine
    limits: Mapping[ChannelType, Limit] = field(default_factory=lambda: LIMITS)

    def claim(self, now: datetime, lease_for: timedelta, room: Room) -> Sequence[Delivery]:
        """Take due deliveries; those of dead senders come back as possible repeats.

        Deliveries with the same lease go out in one message. Messages of one alert to one channel
        keep their order: a later one waits.
        """
        with reading(self.engine) as connection:
            robots = self._robots(connection, now)
            resting = self._at_rest(read_budgets(connection, robots), now)
            if not _has_work(connection, now, _may_send(resting, room)):
                return ()
        with writing(self.engine) as connection:
            _give_back_expired(connection, now)
            leases = self._lease(connection, robots, now, lease_for, room)
            return _claimed(connection, leases)

    def _robots(self, connection: Connection, now: datetime) -> list[ChannelTarget]:
        """Robots with a limit that something is due for."""
        query = (
            select(_deliveries.c.channel, _deliveries.c.target)
            .where(
                _deliveries.c.status.in_(_WAITING),
                _is_due(_deliveries, now),
                _deliveries.c.channel.in_([str(channel) for channel in self.limits]),
            )
            .distinct()
        )
        rows = connection.execute(query)
        return [ChannelTarget(ChannelType(channel), target) for channel, target in rows]

    def _at_rest(
        self, budgets: Mapping[ChannelTarget, datetime], now: datetime
    ) -> list[ChannelTarget]:
        """Robots that take nothing now."""
        return [
            robot
            for robot, full_at in budgets.items()
            if self.limits[robot.type].tokens(full_at, now) < 1
        ]

    def _lease(
        self,
        connection: Connection,
        robots: Sequence[ChannelTarget],
        now: datetime,
        lease_for: timedelta,
        room: Room,
    ) -> list[str]:
        """Put due rows together into messages, and pay for them; a lease per message."""
        budgets = lock_budgets(connection, robots)
        due = [
            one
            for one in _due(connection, now, _may_send(self._at_rest(budgets, now), room))
            if one.channel.type not in self.limits or one.channel in budgets
        ]
        tokens = {
            robot: self.limits[robot.type].tokens(full_at, now)
            for robot, full_at in budgets.items()
        }
        purse = {robot_of(robot): full_at for robot, full_at in budgets.items()}
        return [
            _take(connection, bundle, now + lease_for)
            for bundle in bundles(due, tokens, room)
            if self._pay(connection, purse, bundle[0].channel, now)
        ]

    def _pay(
        self,
        connection: Connection,
        purse: dict[str, datetime],
        channel: ChannelTarget,
        now: datetime,
    ) -> bool:
        """Take one token; targets of one robot share its bucket."""
        limit = self.limits.get(channel.type)
        if limit is None:
            return True
        robot = robot_of(channel)
        if limit.tokens(purse[robot], now) < 1:
            return False
        purse[robot] = limit.take(purse[robot], now, 1)
        write_budget(connection, channel, purse[robot])
        return True

    def settle(self, delivery: Delivery, verdict: Verdict, now: datetime) -> bool:
        """Record the result; False when the lease was lost to another sender."""
        return self.settle_all([(delivery, verdict)], now) == 1

    def settle_all(self, verdicts: Sequence[tuple[Delivery, Verdict]], now: datetime) -> int:
        """Record the results of one message's deliveries; returns how many were still held."""
        with writing(self.engine) as connection:
            return sum(
                _settle(connection, delivery, verdict, now) for delivery, verdict in verdicts
            )

    def release(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Give claimed deliveries back untried: their message had no room for them."""
        by_lease = and_(
            _deliveries.c.id.in_([delivery.id for delivery in deliveries]),
            _deliveries.c.lease.in_({delivery.lease for delivery in deliveries}),
        )
        waiting = case(
            (_deliveries.c.possible_repeat, str(DeliveryStatus.UNCERTAIN)),
            else_=str(DeliveryStatus.PENDING),
        )
        with writing(self.engine) as connection:
            connection.execute(
                update(_deliveries)
                .where(by_lease)
                .values(
                    status=waiting,
                    attempts=_deliveries.c.attempts - 1,
                    next_attempt_ms=to_ms(now),
                    lease=None,
                    lease_until_ms=None,
                )
            )

    def pause(self, channel: ChannelTarget, until: datetime) -> None:
        """Send nothing more to a robot before `until`; nothing to do where there is no limit."""
        limit = self.limits.get(channel.type)
        if limit is None:
            return
        with writing(self.engine) as connection:
            full_at = lock_budgets(connection, [channel])[channel]
            write_budget(connection, channel, limit.pause(full_at, until))


def _has_work(connection: Connection, now: datetime, may_send: ColumnElement[bool]) -> bool:
    """Look without writing: an idle worker must not hold up the others."""
    query = select(_deliveries.c.id).where(
        or_(
            and_(
                _deliveries.c.status.in_(_WAITING),
                _is_due(_deliveries, now),
                may_send,
            ),
            and_(
                _deliveries.c.status == str(DeliveryStatus.SENDING),
                _has_run_out(now),
            ),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_due(deliveries: Any, now: datetime) -> ColumnElement[bool]:  # noqa: ANN401 - table or alias
    """Its time has come; or it was put off further than anything is, by a clock that was wrong."""
    return or_(
        deliveries.c.next_attempt_ms <= to_ms(now),
        and_(
            deliveries.c.attempts > 0,
            deliveries.c.next_attempt_ms > to_ms(now + LONGEST_PAUSE),
        ),
    )


def _has_run_out(now: datetime) -> ColumnElement[bool]:
    """No lease is that long: one from a clock that was wrong ends as well."""
    until = _deliveries.c.lease_until_ms
    return or_(until < to_ms(now), until > to_ms(now + LONGEST_PAUSE))


def _may_send(resting: Sequence[ChannelTarget], room: Room) -> ColumnElement[bool]:
    """Neither a robot that takes nothing now, nor a channel with enough messages on their way.

    Asked of the store, where thousands that wait for one target would hide those of others.
    """
    refused = {(str(one.type), one.target) for one in (*resting, *room.full_targets())}
    return and_(
        _deliveries.c.channel.not_in([str(kind) for kind in room.full_kinds()]),
        tuple_(_deliveries.c.channel, _deliveries.c.target).not_in(sorted(refused)),
    )


def _take(connection: Connection, bundle: Sequence[Due], until: datetime) -> str:
    """Give a bundle's rows to one sender."""
    lease = uuid4().hex
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.id.in_([one.id for one in bundle]),
            _deliveries.c.status.in_(_WAITING),
        )
        .values(
            status=str(DeliveryStatus.SENDING),
            attempts=_deliveries.c.attempts + 1,
            lease=lease,
            lease_until_ms=to_ms(until),
        )
    )
    return lease


def _settle(connection: Connection, delivery: Delivery, verdict: Verdict, now: datetime) -> bool:
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


def _give_back_expired(connection: Connection, now: datetime) -> None:
    """A lease that ran out means its sender died between sending and recording."""
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.status == str(DeliveryStatus.SENDING),
            _has_run_out(now),
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


def _due(connection: Connection, now: datetime, may_send: ColumnElement[bool]) -> list[Due]:
    earlier = _deliveries.alias("earlier")
    query = (
        select(
            _deliveries.c.id,
            _deliveries.c.subscription_id,
            _deliveries.c.group_key,
            _deliveries.c.channel,
            _deliveries.c.target,
        )
        .where(
            _deliveries.c.status.in_(_WAITING),
            _is_due(_deliveries, now),
            may_send,
            ~exists(
                select(earlier.c.id).where(
                    _same_addressee(earlier),
                    earlier.c.status.in_(_UNFINISHED),
                    ~_goes_along(earlier, now),
                )
            ),
        )
        .order_by(_deliveries.c.id)
        .limit(_LOOK_AT)
        .with_for_update(skip_locked=True, of=_deliveries)
    )
    return [
        Due(
            row.id,
            row.subscription_id,
            row.group_key,
            ChannelTarget(ChannelType(row.channel), row.target),
        )
        for row in connection.execute(query)
    ]


def _same_addressee(earlier: Any) -> ColumnElement[bool]:  # noqa: ANN401 - an alias of the table
    return and_(
        earlier.c.fingerprint == _deliveries.c.fingerprint,
        earlier.c.subscription_id == _deliveries.c.subscription_id,
        earlier.c.channel == _deliveries.c.channel,
        earlier.c.target == _deliveries.c.target,
        earlier.c.sequence < _deliveries.c.sequence,
    )


def _goes_along(earlier: Any, now: datetime) -> ColumnElement[bool]:  # noqa: ANN401 - an alias of the table
    """An earlier step that is due in the same message, such as a digest, holds up nothing."""
    return and_(
        earlier.c.group_key == _deliveries.c.group_key,
        earlier.c.status.in_(_WAITING),
        _is_due(earlier, now),
    )


def _claimed(connection: Connection, leases: Sequence[str]) -> tuple[Delivery, ...]:
    query = (
        select(_deliveries, _transitions.c.payload, _subscriptions.c.payload.label("owner_payload"))
        .join(_transitions, _transitions.c.id == _deliveries.c.transition_id)
        .join(_subscriptions, _subscriptions.c.id == _deliveries.c.subscription_id)
        .where(_deliveries.c.lease.in_(leases))
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
            due_at=from_ms(row.due_ms or row.created_ms),
            lease=row.lease,
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
