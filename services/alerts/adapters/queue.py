"""Deliveries to be sent, shared by all replicas through leases in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import (
    Connection,
    Engine,
    and_,
    case,
    select,
    update,
)

from services.alerts.adapters import clock_mark
from services.alerts.adapters.budget import lock_budgets, read_budgets, write_budget
from services.alerts.adapters.codec import from_ms, read_subscription, read_transition, to_ms
from services.alerts.adapters.due import (
    WAITING,
    due_deliveries,
    has_run_out,
    has_work,
    is_due,
    may_send,
)
from services.alerts.adapters.settling import settle
from services.alerts.adapters.tables import DeliveryRow, SubscriptionRow, TransitionRow
from services.alerts.domain.bundles import Due, Room, bundles
from services.alerts.domain.delivery import Delivery, DeliveryStatus, Verdict
from services.alerts.domain.sending_limits import LIMITS, Limit, robot_of
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from shared.storage import reading, writing
from shared.storage.tables import table_of

_deliveries = table_of(DeliveryRow)
_transitions = table_of(TransitionRow)
_subscriptions = table_of(SubscriptionRow)


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
            ahead = clock_mark.ran_ahead(connection, now)
            if not ahead and not has_work(connection, now, may_send(resting, room)):
                return ()
        if ahead:
            with writing(self.engine) as connection:
                clock_mark.set_right(connection, now, lease_for)
            return self.claim(now, lease_for, room)
        with writing(self.engine) as connection:
            _give_back_expired(connection, now)
            leases = self._lease(connection, robots, now, lease_for, room)
            if leases:
                clock_mark.leave(connection, now)
            return _claimed(connection, leases)

    def _robots(self, connection: Connection, now: datetime) -> list[ChannelTarget]:
        """Robots with a limit that something is due for."""
        query = (
            select(_deliveries.c.channel, _deliveries.c.target)
            .where(
                _deliveries.c.status.in_(WAITING),
                is_due(_deliveries, now),
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
            for one in due_deliveries(connection, now, may_send(self._at_rest(budgets, now), room))
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
            return sum(settle(connection, delivery, verdict, now) for delivery, verdict in verdicts)

    def release(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Give claimed deliveries back untried, as far as they are still held."""
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


def _take(connection: Connection, bundle: Sequence[Due], until: datetime) -> str:
    """Give a bundle's rows to one sender."""
    lease = uuid4().hex
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.id.in_([one.id for one in bundle]),
            _deliveries.c.status.in_(WAITING),
        )
        .values(
            status=str(DeliveryStatus.SENDING),
            attempts=_deliveries.c.attempts + 1,
            lease=lease,
            lease_until_ms=to_ms(until),
        )
    )
    return lease


def _give_back_expired(connection: Connection, now: datetime) -> None:
    """A lease that ran out means its sender died between sending and recording."""
    connection.execute(
        update(_deliveries)
        .where(
            _deliveries.c.status == str(DeliveryStatus.SENDING),
            has_run_out(now),
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
