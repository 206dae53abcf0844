"""What the API reads: alerts, deliveries, explanations; masked where figures are confidential."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select, tuple_

from services.alerts.adapters.codec import read_alert, read_subscription, read_transition
from services.alerts.adapters.status_store import SqlStatuses
from services.alerts.adapters.tables import (
    AlertRow,
    DecisionRow,
    DeliveryRow,
    SubscriptionRow,
    TransitionRow,
    WaitingSeriesRow,
)
from services.alerts.adapters.views import (
    alert_view,
    delivery_view,
    explanation_view,
    transition_view,
)
from services.alerts.domain.alert import Alert
from services.alerts.domain.subscription import Subscription
from shared.confidentiality import ChangedStatuses, Mask
from shared.storage import reading
from shared.storage.tables import table_of

_alerts = table_of(AlertRow)
_transitions = table_of(TransitionRow)
_subscriptions = table_of(SubscriptionRow)
_decisions = table_of(DecisionRow)
_deliveries = table_of(DeliveryRow)

_waiting = table_of(WaitingSeriesRow)


class SqlReads:
    """Read side of the store; each call is a transaction of its own."""

    def __init__(self, engine: Engine, mask_of: Callable[[ChangedStatuses], Mask]) -> None:
        self._engine = engine
        self._mask_of = mask_of

    def alerts(
        self,
        filters: Mapping[str, str],
        after: tuple[int, str] | None,
        limit: int,
        units: Collection[tuple[str, str]] | None = None,
    ) -> tuple[list[dict[str, Any]], tuple[int, str] | None]:
        """Alerts, newest change first, and the cursor of the next page.

        `units` (plan and unit) are the only ones whose alerts are shown; null shows all.
        """
        conditions: list[ColumnElement[bool]] = [
            _alerts.c[name] == value for name, value in filters.items()
        ]
        if units is not None:
            conditions.append(tuple_(_alerts.c.plan, _alerts.c.unit).in_(sorted(units)))
        if after is not None:
            conditions.append(_after(*after))
        query = (
            select(_alerts.c.payload, _alerts.c.updated_ms, _alerts.c.fingerprint)
            .where(*conditions)
            .order_by(_alerts.c.updated_ms.desc(), _alerts.c.fingerprint)
            .limit(limit + 1)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            mask = self._mask_of(SqlStatuses(connection))
        page = rows[:limit]
        more = (page[-1].updated_ms, page[-1].fingerprint) if len(rows) > limit else None
        return [alert_view(read_alert(row.payload), mask) for row in page], more

    def alert(self, fingerprint: str) -> dict[str, Any] | None:
        """One alert with its transitions."""
        with reading(self._engine) as connection:
            payload = connection.execute(
                select(_alerts.c.payload).where(_alerts.c.fingerprint == fingerprint)
            ).scalar_one_or_none()
            if payload is None:
                return None
            rows = connection.execute(
                select(_transitions.c.payload)
                .where(_transitions.c.fingerprint == fingerprint)
                .order_by(_transitions.c.sequence)
            ).all()
            mask = self._mask_of(SqlStatuses(connection))
        history = [transition_view(read_transition(row.payload), mask) for row in rows]
        return {**alert_view(read_alert(payload), mask), "transitions": history}

    def view(self, alert: Alert) -> dict[str, Any]:
        """An alert at hand, masked as the listed ones are."""
        with reading(self._engine) as connection:
            return alert_view(alert, self._mask_of(SqlStatuses(connection)))

    def deliveries(
        self,
        filters: Mapping[str, str],
        before: int | None,
        limit: int,
        subscriptions: Collection[str] | None = None,
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Deliveries, newest first, and the cursor of the next page.

        `subscriptions` are the only ones whose deliveries are shown; null shows all.
        """
        conditions: list[ColumnElement[bool]] = [
            _deliveries.c[name] == value for name, value in filters.items()
        ]
        if subscriptions is not None:
            conditions.append(_deliveries.c.subscription_id.in_(sorted(subscriptions)))
        if before is not None:
            conditions.append(_deliveries.c.id < before)
        query = (
            select(_deliveries)
            .where(*conditions)
            .order_by(_deliveries.c.id.desc())
            .limit(limit + 1)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        page = rows[:limit]
        return [delivery_view(row) for row in page], page[-1].id if len(rows) > limit else None

    def explain(self, fingerprint: str, subscription_id: str) -> dict[str, Any] | None:
        """Why a subscription was (not) told, for every transition of an alert.

        Null when the alert or the subscription is not known.
        """
        with reading(self._engine) as connection:
            created = connection.execute(
                select(_subscriptions.c.created_ms).where(_subscriptions.c.id == subscription_id)
            ).scalar_one_or_none()
            rows = _explained(connection, fingerprint, subscription_id)
            if created is None or not rows:
                return None
            sent = _deliveries_by_sequence(connection, fingerprint, subscription_id)
        return {
            "alert": fingerprint,
            "subscription": subscription_id,
            "items": [explanation_view(row, created, sent.get(row.sequence, [])) for row in rows],
        }

    def all_subscriptions(self) -> list[Subscription]:
        """Every subscription that there ever was."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_subscriptions.c.payload)).all()
        return [read_subscription(row.payload) for row in rows]

    def anything_waits(self) -> bool:
        """Whether a series waits to be evaluated; looks without writing."""
        with reading(self._engine) as connection:
            return connection.execute(select(_waiting.c.plan).limit(1)).first() is not None

    def counts(self) -> tuple[dict[tuple[str, str, str], int], dict[tuple[str, str], int]]:
        """Alerts by (rule, state, plan), deliveries by (channel, status)."""
        alert_columns = (_alerts.c.alertname, _alerts.c.state, _alerts.c.plan)
        delivery_columns = (_deliveries.c.channel, _deliveries.c.status)
        with reading(self._engine) as connection:
            alerts = connection.execute(
                select(*alert_columns, func.count()).group_by(*alert_columns)
            ).all()
            deliveries = connection.execute(
                select(*delivery_columns, func.count()).group_by(*delivery_columns)
            ).all()
        return (
            {(rule, state, plan): number for rule, state, plan, number in alerts},
            {(channel, status): number for channel, status, number in deliveries},
        )


def _after(updated_ms: int, fingerprint: str) -> ColumnElement[bool]:
    return or_(
        _alerts.c.updated_ms < updated_ms,
        and_(_alerts.c.updated_ms == updated_ms, _alerts.c.fingerprint > fingerprint),
    )


def _explained(connection: Connection, fingerprint: str, subscription_id: str) -> Sequence[Any]:
    query = (
        select(
            _transitions.c.sequence,
            _transitions.c.kind,
            _transitions.c.at_ms,
            _decisions.c.send,
            _decisions.c.reason,
        )
        .outerjoin(
            _decisions,
            and_(
                _decisions.c.transition_id == _transitions.c.id,
                _decisions.c.subscription_id == subscription_id,
            ),
        )
        .where(_transitions.c.fingerprint == fingerprint)
        .order_by(_transitions.c.sequence)
    )
    return connection.execute(query).all()


def _deliveries_by_sequence(
    connection: Connection, fingerprint: str, subscription_id: str
) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(_deliveries)
        .where(
            _deliveries.c.fingerprint == fingerprint,
            _deliveries.c.subscription_id == subscription_id,
        )
        .order_by(_deliveries.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.sequence, []).append(delivery_view(row))
    return found
