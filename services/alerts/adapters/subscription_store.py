"""Subscriptions and the audit log in SQL."""

from datetime import datetime

from sqlalchemy import Connection, select

from services.alerts.adapters.codec import encode, read_subscription, to_ms
from services.alerts.adapters.tables import SubscriptionRow
from services.alerts.domain.subscription import Subscription
from shared.storage import upsert
from shared.storage.audit import add_audit_line
from shared.storage.tables import table_of

_subscriptions = table_of(SubscriptionRow)


class SqlSubscriptionBook:
    """`SubscriptionBook` on one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Subscriptions in force, by id."""
        query = (
            select(_subscriptions.c.payload)
            .where(_subscriptions.c.deleted_ms.is_(None))
            .order_by(_subscriptions.c.id)
        )
        return tuple(read_subscription(row.payload) for row in self._connection.execute(query))

    def subscription(self, subscription_id: str) -> Subscription | None:
        """A subscription in force."""
        query = select(_subscriptions.c.payload).where(
            _subscriptions.c.id == subscription_id, _subscriptions.c.deleted_ms.is_(None)
        )
        payload = self._connection.execute(query).scalar_one_or_none()
        return None if payload is None else read_subscription(payload)

    def save_subscription(self, subscription: Subscription, now: datetime) -> None:
        """Add or replace."""
        row = {
            "id": subscription.id,
            "owner": subscription.owner,
            "payload": encode(subscription),
            "created_ms": to_ms(subscription.created_at or now),
            "updated_ms": to_ms(now),
        }
        changing = ("owner", "payload", "updated_ms")
        upsert(self._connection, _subscriptions, [row], ("id",), changing)

    def delete_subscription(self, subscription_id: str, now: datetime) -> None:
        """End it; the ledger keeps what was decided and sent."""
        self._connection.execute(
            _subscriptions.update()
            .where(_subscriptions.c.id == subscription_id)
            .values(deleted_ms=to_ms(now))
        )

    def audit(self, actor: str, action: str, detail: str, now: datetime) -> None:
        """Add a line to the audit log."""
        add_audit_line(self._connection, actor, action, detail, now)
