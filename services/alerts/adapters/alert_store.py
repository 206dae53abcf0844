"""Alerts in SQL: the present state of each."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from services.alerts.adapters.codec import encode, read_alert, to_ms
from services.alerts.adapters.tables import AlertRow
from services.alerts.domain.alert import Alert, Labels, State
from shared.storage import select_in, upsert
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

    def alerts_of(self, units: Iterable[str]) -> tuple[Alert, ...]:
        """Present states of all alerts about some units."""
        rows = select_in(self._connection, (_alerts.c.payload,), _alerts.c.unit, units)
        return tuple(read_alert(row.payload) for row in rows)

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
            "look_ms": 0,
        }
        changing = ("state", "colour", "updated_ms", "payload", "look_ms")
        upsert(self._connection, _alerts, [row], ("fingerprint",), changing)

    def firing(self) -> tuple[Alert, ...]:
        """All alerts that fire."""
        query = (
            select(_alerts.c.payload)
            .where(_alerts.c.state == str(State.FIRING))
            .order_by(_alerts.c.fingerprint)
        )
        return tuple(read_alert(row.payload) for row in self._connection.execute(query))

    def to_look_at(self, now: datetime, after: str, limit: int) -> tuple[Alert, ...]:
        """Firing alerts that time may have brought something of, by fingerprint."""
        query = (
            select(_alerts.c.payload)
            .where(
                _alerts.c.state == str(State.FIRING),
                _alerts.c.look_ms <= to_ms(now),
                _alerts.c.fingerprint > after,
            )
            .order_by(_alerts.c.fingerprint)
            .limit(limit)
        )
        return tuple(read_alert(row.payload) for row in self._connection.execute(query))

    def look_again(self, times: Mapping[str, datetime]) -> None:
        """Leave alerts alone until then, unless something changes."""
        if times:
            statement = (
                update(_alerts)
                .where(_alerts.c.fingerprint == bindparam("of"))
                .values(look_ms=bindparam("at"))
            )
            rows = [{"of": of, "at": to_ms(at)} for of, at in times.items()]
            self._connection.execute(statement, rows)

    def look_at_all(self) -> None:
        """Something that concerns any alert has changed: a subscription, a silence."""
        waiting = (_alerts.c.state == str(State.FIRING), _alerts.c.look_ms > 0)
        self._connection.execute(update(_alerts).where(*waiting).values(look_ms=0))

    def firing_of(self, plan: str, unit: str) -> tuple[Labels, ...]:
        """Alerts that fire about one unit."""
        query = select(_alerts.c.payload).where(
            _alerts.c.plan == plan,
            _alerts.c.unit == unit,
            _alerts.c.state == str(State.FIRING),
        )
        return tuple(read_alert(row.payload).labels for row in self._connection.execute(query))
