"""`alerts.events.v1`: each transition of an alert, for whoever follows alerts by machine."""

from enum import StrEnum
from typing import Final

import msgspec

ALERT_EVENTS_TOPIC: Final = "alerts.events.v1"


class AlertState(StrEnum):
    """Life cycle; acknowledged and muted are attributes, not states."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    """The cause turned out never to have been there, for example after a restated figure."""


class AlertTransition(msgspec.Struct, frozen=True):
    """One step of one alert; equal states before and after are a correction (更正)."""

    fingerprint: str
    """FNV-1a 64 of the labels, 16 hexadecimal digits."""
    sequence: int
    """1, 2, 3 … within the fingerprint; a consumer drops what it has seen."""
    labels: dict[str, str]
    """Identity: alertname, plan, unit, region, indicator."""
    annotations: dict[str, str]
    """Texts and attributes that may change, such as colour and period."""
    state_from: AlertState | None
    """Null when the alert is new."""
    state_to: AlertState
    reason: str
    """Reason word of the decision."""
    at: str
    """Time of the transition, RFC 3339."""
    starts_at: str | None = None
    ends_at: str | None = None
    acknowledged: bool = False
    muted_by: tuple[str, ...] = ()
    """Silences, inhibitions or quiet hours in force."""

    @property
    def key(self) -> str:
        """Record key."""
        return self.fingerprint
