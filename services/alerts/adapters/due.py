"""Which deliveries may be sent now, asked of the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, tuple_

from services.alerts.adapters.codec import to_ms
from services.alerts.adapters.tables import DeliveryRow
from services.alerts.domain.bundles import Due, Room
from services.alerts.domain.delivery import DeliveryStatus
from services.alerts.domain.sending_limits import LONGEST_PAUSE
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from shared.storage.tables import table_of

WAITING = (str(DeliveryStatus.PENDING), str(DeliveryStatus.UNCERTAIN))
UNFINISHED = (*WAITING, str(DeliveryStatus.SENDING))
_LOOK_AT = 1000
"""Due rows looked at to put messages together."""

_deliveries = table_of(DeliveryRow)


def has_work(connection: Connection, now: datetime, may_send: ColumnElement[bool]) -> bool:
    """Look without writing: an idle worker must not hold up the others."""
    query = select(_deliveries.c.id).where(
        or_(
            and_(
                _deliveries.c.status.in_(WAITING),
                is_due(_deliveries, now),
                may_send,
            ),
            and_(
                _deliveries.c.status == str(DeliveryStatus.SENDING),
                has_run_out(now),
            ),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def is_due(deliveries: Any, now: datetime) -> ColumnElement[bool]:  # noqa: ANN401 - table or alias
    """Its time has come; or it was put off further than anything is, by a clock that was wrong."""
    return or_(
        deliveries.c.next_attempt_ms <= to_ms(now),
        and_(
            deliveries.c.attempts > 0,
            deliveries.c.next_attempt_ms > to_ms(now + LONGEST_PAUSE),
        ),
    )


def has_run_out(now: datetime) -> ColumnElement[bool]:
    """No lease is that long: one from a clock that was wrong ends as well."""
    until = _deliveries.c.lease_until_ms
    return or_(until < to_ms(now), until > to_ms(now + LONGEST_PAUSE))


def may_send(resting: Sequence[ChannelTarget], room: Room) -> ColumnElement[bool]:
    """Neither a robot that takes nothing now, nor a channel with enough messages on their way.

    Asked of the store, where thousands that wait for one target would hide those of others.
    """
    refused = {(str(one.type), one.target) for one in (*resting, *room.full_targets())}
    return and_(
        _deliveries.c.channel.not_in([str(kind) for kind in room.full_kinds()]),
        tuple_(_deliveries.c.channel, _deliveries.c.target).not_in(sorted(refused)),
    )


def due_deliveries(
    connection: Connection, now: datetime, may_send: ColumnElement[bool]
) -> list[Due]:
    """The oldest that are due and that nothing earlier to the same addressee holds up; locked."""
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
            _deliveries.c.status.in_(WAITING),
            is_due(_deliveries, now),
            may_send,
            ~exists(
                select(earlier.c.id).where(
                    _same_addressee(earlier),
                    earlier.c.status.in_(UNFINISHED),
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
        earlier.c.status.in_(WAITING),
        is_due(earlier, now),
    )
