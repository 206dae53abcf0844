"""Alerts in SQL: the present state of each."""

from sqlalchemy import Connection, select

from services.alerts.adapters.codec import encode, read_alert, to_ms
from services.alerts.adapters.tables import AlertRow
from services.alerts.domain.alert import Alert, Labels, State
from shared.storage import upsert
from shared.storage.tables import table_of

_alerts = table_of(AlertRow)


class SqlAlerts:
    """Alerts on one open transaction."""

    _connection: Connection

    def alert(self, fingerprint: str) -> Alert | None:
        """Present state of an alert."""
        query = select(_alerts.c.payload).where(_alerts.c.fingerprint == fingerprint)
        payload = self._connection.execute(query).scalar_one_or_none()
        return None if payload is None else read_alert(payload)

    def save_alert(self, alert: Alert) -> None:
        """Store the present state of an alert."""
        row = {
            "fingerprint": alert.fingerprint,
            "alertname": alert.labels.alertname,
            "plan": alert.labels.plan,
            "unit": alert.labels.unit,
            "region": alert.labels.region,
            "indicator": alert.labels.indicator,
            "state": str(alert.state),
            "colour": str(alert.colour),
            "updated_ms": to_ms(alert.updated_at),
            "payload": encode(alert),
        }
        changing = ("state", "colour", "updated_ms", "payload")
        upsert(self._connection, _alerts, [row], ("fingerprint",), changing)

    def firing(self) -> tuple[Alert, ...]:
        """All alerts that fire."""
        query = (
            select(_alerts.c.payload)
            .where(_alerts.c.state == str(State.FIRING))
            .order_by(_alerts.c.fingerprint)
        )
        return tuple(read_alert(row.payload) for row in self._connection.execute(query))

    def firing_of(self, plan: str, unit: str) -> tuple[Labels, ...]:
        """Alerts that fire about one unit."""
        query = select(_alerts.c.payload).where(
            _alerts.c.plan == plan,
            _alerts.c.unit == unit,
            _alerts.c.state == str(State.FIRING),
        )
        return tuple(read_alert(row.payload).labels for row in self._connection.execute(query))
