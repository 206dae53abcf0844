"""Pruning of the ledger: what ended long ago, in steps so short that nobody waits for them.

Of our own alerts the last step stays for ever, so that numbers of steps never come again; there
are as many as there are series. Alerts of others, of which there is no bound, go whole.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    or_,
    select,
)

from services.alerts.adapters.codec import to_ms
from services.alerts.adapters.tables import (
    AlertRow,
    DecisionRow,
    DeliveryRow,
    SilenceRow,
    SubscriptionRow,
    TransitionRow,
)
from services.alerts.domain.alert import Rule, State
from shared.storage.tables import table_of

MOST: Final = 500
"""Rows of a table in one step."""
_ENDED = (str(State.RESOLVED), str(State.WITHDRAWN))
_OURS = [str(rule) for rule in Rule if rule is not Rule.EXTERNAL]

_alerts, _transitions = table_of(AlertRow), table_of(TransitionRow)
_decisions, _deliveries = table_of(DecisionRow), table_of(DeliveryRow)
_silences, _subscriptions = table_of(SilenceRow), table_of(SubscriptionRow)


def prune_history(connection: Connection, until: datetime, most: int = MOST) -> int:
    """Delete some of what ended before `until`; how many rows they were, 0 when none is left.

    Deliveries that were not finished stay with the step that they tell of.
    """
    moment = to_ms(until)
    ended = and_(_alerts.c.state.in_(_ENDED), _alerts.c.updated_ms < moment)
    foreign = select(_alerts.c.fingerprint).where(ended, _alerts.c.alertname.not_in(_OURS))
    gone = _delete(connection, _alerts.c.fingerprint, foreign.limit(most))
    steps = list(connection.execute(_old_steps(moment, ended).limit(most)).scalars())
    for column in (_decisions.c.transition_id, _deliveries.c.transition_id, _transitions.c.id):
        gone += connection.execute(delete(column.table).where(column.in_(steps))).rowcount
    silences = select(_silences.c.id).where(_silences.c.ends_ms < moment).limit(most)
    gone += _delete(connection, _silences.c.id, silences)
    return gone + _delete(connection, _subscriptions.c.id, _unused(moment).limit(most))


def prune_steps(connection: Connection, until: datetime, _now: datetime) -> int:
    """One step of the job."""
    return prune_history(connection, until)


def _old_steps(moment: int, ended: ColumnElement[bool]) -> Select[tuple[int]]:
    """Steps of earlier episodes and of ended alerts, and those that belong to no alert."""
    t, later = _transitions.c, _transitions.alias("later")
    same = later.c.fingerprint == t.fingerprint
    waits = and_(_deliveries.c.transition_id == t.id, _deliveries.c.finished_ms.is_(None))
    return (
        select(t.id)
        .outerjoin(_alerts, _alerts.c.fingerprint == t.fingerprint)
        .where(
            t.at_ms < moment,
            or_(
                _alerts.c.fingerprint.is_(None),
                exists().where(same, later.c.episode > t.episode),
                and_(ended, exists().where(same, later.c.sequence > t.sequence)),
            ),
            ~exists().where(waits),
        )
        .order_by(t.id)
    )


def _unused(moment: int) -> Select[tuple[str]]:
    """Subscriptions that ended, and of which no delivery is left to explain."""
    c = _subscriptions.c
    return select(c.id).where(
        c.deleted_ms < moment, ~exists().where(_deliveries.c.subscription_id == c.id)
    )


def _delete(connection: Connection, column: ColumnElement[str], wanted: Select[tuple[str]]) -> int:
    found = list(connection.execute(wanted).scalars())
    table = column.table
    return connection.execute(delete(table).where(column.in_(found))).rowcount if found else 0
