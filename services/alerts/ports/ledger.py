"""The store inside one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.alerts.domain.alert import Alert, Labels, SeriesKey, Transition
from services.alerts.domain.silence import Silence
from services.alerts.domain.subscription import (
    Decision,
    History,
    Subscription,
)
from shared.events.alert_events import AlertTransition
from shared.events.notices import Notice
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.events.status import Status


class Mode(StrEnum):
    """A first load or a rebuild records and never sends."""

    LOADING = "loading"
    LIVE = "live"


class Ledger(Protocol):
    """The store inside one transaction: statuses, alerts, decisions, deliveries, outbox."""

    def mode(self) -> Mode:
        """Loading until the statuses that exist have been read."""
        ...

    def go_live(self) -> None:
        """Remember that the first load is over."""
        ...

    def last_status_at(self) -> datetime | None:
        """When the newest batch of statuses was stored; null before the first."""
        ...

    def lock_evaluation(self) -> None:
        """Wait until no other replica evaluates, and keep others waiting until the end."""
        ...

    def versions(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Standing versions by record key; unknown keys are absent."""
        ...

    def put_statuses(self, statuses: Sequence[tuple[Status, bytes]], now: datetime) -> None:
        """Store standing statuses with their JSON."""
        ...

    def series_of(self, keys: Iterable[SeriesKey]) -> Mapping[SeriesKey, tuple[Status, ...]]:
        """Standing statuses of some series, by period; a series without any has none."""
        ...

    def changed_since(self, mark: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Statuses stored after `mark` (milliseconds), with the time of each.

        Not those whose version by key is `known`.
        """
        ...

    def series_keys(self) -> tuple[SeriesKey, ...]:
        """All series that have a status."""
        ...

    def put_notices(self, notices: Sequence[Notice]) -> int:
        """Store notices; returns how many were new."""
        ...

    def notices(self, units: Iterable[str]) -> tuple[Notice, ...]:
        """All notices about some units."""
        ...

    def forget_notices(self, ids: Sequence[str]) -> None:
        """Remove notices that no rule reads any more."""
        ...

    def change_mark(self) -> str:
        """Text that changes whenever a status or a notice is stored."""
        ...

    def noticed(self) -> tuple[tuple[str, str], ...]:
        """(unit, indicator) of all series that have a notice."""
        ...

    def put_waiting(self, keys: Sequence[SeriesKey]) -> None:
        """Remember series that are to be evaluated once the backlog is read."""
        ...

    def take_waiting(self, limit: int) -> tuple[SeriesKey, ...]:
        """So many of the series that wait to be evaluated; they wait no longer."""
        ...

    def alert(self, fingerprint: str) -> Alert | None:
        """Present state of an alert."""
        ...

    def alerts_of(self, units: Iterable[str]) -> tuple[Alert, ...]:
        """Present states of all alerts about some units."""
        ...

    def to_look_at(self, now: datetime, after: str, limit: int) -> tuple[Alert, ...]:
        """Firing alerts that time may have brought something of, by fingerprint after this one."""
        ...

    def look_again(self, times: Mapping[str, datetime]) -> None:
        """Leave alerts (by fingerprint) alone until then, unless something changes."""
        ...

    def save_alert(self, alert: Alert) -> None:
        """Store the present state of an alert."""
        ...

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Subscriptions in force."""
        ...

    def history(self, fingerprint: str, episode: int) -> Mapping[str, History]:
        """What was (or will be) told of this episode, by subscription id."""
        ...

    def histories(self, episodes: Mapping[str, int]) -> Mapping[str, Mapping[str, History]]:
        """The same of several alerts, by fingerprint."""
        ...

    def firing(self) -> tuple[Alert, ...]:
        """All alerts that fire."""
        ...

    def firing_of(self, plan: str, unit: str) -> tuple[Labels, ...]:
        """Alerts that fire about one unit."""
        ...

    def silences(self, now: datetime) -> tuple[Silence, ...]:
        """Silences that have not ended."""
        ...

    def silence(self, silence_id: str) -> Silence | None:
        """One silence, ended ones too."""
        ...

    def put_silence(self, silence: Silence) -> None:
        """Add or replace a silence."""
        ...

    def audit(self, actor: str, action: str, detail: str, now: datetime) -> None:
        """Add a line to the audit log."""
        ...

    def record(
        self, transition: Transition, decisions: Sequence[Decision], now: datetime
    ) -> tuple[int, ...]:
        """Add a transition, its decisions, and a delivery per channel; returns delivery ids."""
        ...

    def has_decided(self, fingerprint: str, sequence: int, subscription_id: str) -> bool:
        """Whether it was decided if a subscription is told of a step."""
        ...

    def record_once(
        self, transition: Transition, decision: Decision, now: datetime
    ) -> tuple[int, ...]:
        """Add one subscription's decision about a step that others may have had before.

        Nothing where that was decided already; returns delivery ids.
        """
        ...

    def next_sequence(self, fingerprint: str) -> int:
        """The sequence number a further transition of this fingerprint gets."""
        ...

    def publish(self, event: AlertTransition) -> None:
        """Put an event for `alerts.events.v1` into the outbox."""
        ...

    def dead_letter(self, record: Record, refused: Refused) -> None:
        """Put a refused record into the outbox with its original bytes."""
        ...

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Add to the reconciliation counts of a topic."""
        ...


class SubscriptionBook(Protocol):
    """Subscriptions inside one transaction."""

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Subscriptions in force, by id."""
        ...

    def subscription(self, subscription_id: str) -> Subscription | None:
        """A subscription in force."""
        ...

    def save_subscription(self, subscription: Subscription, now: datetime) -> None:
        """Add or replace."""
        ...

    def delete_subscription(self, subscription_id: str, now: datetime) -> None:
        """End it; the ledger keeps what was decided and sent."""
        ...

    def audit(self, actor: str, action: str, detail: str, now: datetime) -> None:
        """Add a line to the audit log."""
        ...
