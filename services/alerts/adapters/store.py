"""The ledger in SQL: one object per transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, insert, or_, select, text

from services.alerts.adapters.alert_store import SqlAlerts
from services.alerts.adapters.codec import encode, from_ms, to_ms
from services.alerts.adapters.notice_store import SqlNotices
from services.alerts.adapters.silence_store import SqlSilences
from services.alerts.adapters.status_store import LAST_STATUS, SqlStatuses
from services.alerts.adapters.subscription_store import SqlSubscriptionBook
from services.alerts.adapters.tables import DecisionRow, DeliveryRow, TransitionRow
from services.alerts.domain.alert import Transition
from services.alerts.domain.delivery import DeliveryStatus
from services.alerts.domain.muting import MUTE_REASONS
from services.alerts.domain.silence import Silence
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Decision,
    History,
    Subscription,
)
from services.alerts.ports import Mode
from shared.events.alert_events import ALERT_EVENTS_TOPIC, AlertTransition
from shared.events.dead_letter import DEAD_LETTERS_TOPIC, dead_letter_headers
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.storage import meta, reconciliation, select_in
from shared.storage.outbox import OutboxRow, enqueue
from shared.storage.reconciliation import DEAD_LETTER_WARNING
from shared.storage.tables import table_of

_transitions = table_of(TransitionRow)
_decisions = table_of(DecisionRow)
_deliveries = table_of(DeliveryRow)

_MODE = "mode"
"""Name of the fact whether a first load is under way."""
_EVALUATION_LOCK = 4_713_101
"""Advisory lock that keeps two replicas from evaluating the same alert at once."""
_REACHED = ("firing", "updated", "corrected", "repeated", "escalated")
_NOT_REACHED = (str(DeliveryStatus.FAILED), str(DeliveryStatus.CANCELLED))


class SqlLedger(SqlSubscriptionBook, SqlSilences, SqlStatuses, SqlNotices, SqlAlerts):
    """`Ledger` and `SubscriptionBook` on one open transaction."""

    def save_subscription(self, subscription: Subscription, now: datetime) -> None:
        """Add or replace."""
        super().save_subscription(subscription, now)
        self.look_at_all()

    def delete_subscription(self, subscription_id: str, now: datetime) -> None:
        """End it; the ledger keeps what was decided and sent."""
        super().delete_subscription(subscription_id, now)
        self.look_at_all()

    def put_silence(self, silence: Silence) -> None:
        """Add or replace a silence."""
        super().put_silence(silence)
        self.look_at_all()

    def mode(self) -> Mode:
        """Loading until the statuses that exist have been read."""
        return Mode(meta.known(self._connection, _MODE) or Mode.LOADING)

    def go_live(self) -> None:
        """Remember that the first load is over."""
        meta.remember(self._connection, _MODE, str(Mode.LIVE))

    def last_status_at(self) -> datetime | None:
        """When the newest batch of statuses was stored; null before the first."""
        found = meta.known(self._connection, LAST_STATUS)
        return None if found is None else from_ms(int(found))

    def change_mark(self) -> str:
        """Text that changes whenever a status or a notice is stored."""
        counts = reconciliation.read(self._connection)
        return " ".join(f"{topic}:{of.get('applied', 0)}" for topic, of in sorted(counts.items()))

    def lock_evaluation(self) -> None:
        """Take turns with other replicas; SQLite's write transaction does so anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(
                text("select pg_advisory_xact_lock(:key)"), {"key": _EVALUATION_LOCK}
            )

    def history(self, fingerprint: str, episode: int) -> Mapping[str, History]:
        """What was (or will be) told of this episode, by subscription id."""
        return self.histories({fingerprint: episode})[fingerprint]

    def histories(self, episodes: Mapping[str, int]) -> Mapping[str, Mapping[str, History]]:
        """The same of several alerts, by fingerprint."""
        found: dict[str, dict[str, History]] = {fingerprint: {} for fingerprint in episodes}
        for fingerprint, told in self._told(episodes).items():
            found[fingerprint] = {id_: History(tuple(channels)) for id_, channels in told.items()}
        columns = (
            _transitions.c.fingerprint,
            _transitions.c.episode,
            _decisions.c.subscription_id,
            _decisions.c.send,
            _transitions.c.at_ms,
            _transitions.c.sequence,
        )
        joined = _transitions.join(_decisions, _transitions.c.id == _decisions.c.transition_id)
        matters = or_(_decisions.c.send, _decisions.c.reason.in_(sorted(MUTE_REASONS)))
        rows = select_in(
            self._connection, columns, _transitions.c.fingerprint, episodes, matters, within=joined
        )
        for row in sorted(rows, key=lambda row: (row.fingerprint, row.sequence)):
            if row.episode == episodes[row.fingerprint]:
                of_alert = found[row.fingerprint]
                before = of_alert.get(row.subscription_id, History())
                after = (
                    replace(before, told_at=from_ms(row.at_ms), owed=False)
                    if row.send
                    else replace(before, owed=True)
                )
                of_alert[row.subscription_id] = after
        return found

    def _told(self, episodes: Mapping[str, int]) -> dict[str, dict[str, dict[ChannelTarget, None]]]:
        """Channels that were (or will be) told of these episodes."""
        c = _deliveries.c
        rows = select_in(
            self._connection,
            (c.id, c.fingerprint, c.episode, c.subscription_id, c.channel, c.target),
            c.fingerprint,
            episodes,
            c.kind.in_(_REACHED),
            c.status.not_in(_NOT_REACHED),
        )
        found: dict[str, dict[str, dict[ChannelTarget, None]]] = {}
        for row in sorted(rows, key=lambda row: row.id):
            if row.episode == episodes[row.fingerprint]:
                target = ChannelTarget(ChannelType(row.channel), row.target)
                of_alert = found.setdefault(row.fingerprint, {})
                of_alert.setdefault(row.subscription_id, {})[target] = None
        return found

    def record(
        self, transition: Transition, decisions: Sequence[Decision], now: datetime
    ) -> tuple[int, ...]:
        """Add a transition, its decisions, and a delivery per channel; returns delivery ids."""
        return self._add_decisions(transition, self._add_transition(transition), decisions, now)

    def _add_decisions(
        self,
        transition: Transition,
        transition_id: int,
        decisions: Sequence[Decision],
        now: datetime,
    ) -> tuple[int, ...]:
        if decisions:
            rows = [
                {
                    "transition_id": transition_id,
                    "subscription_id": decision.subscription_id,
                    "send": decision.send,
                    "reason": decision.reason,
                }
                for decision in decisions
            ]
            self._connection.execute(insert(_decisions), rows)
        deliveries = [
            _delivery(transition, transition_id, decision, channel, now)
            for decision in decisions
            for channel in dict.fromkeys(decision.channels)
        ]
        if not deliveries:
            return ()
        added = insert(_deliveries).returning(_deliveries.c.id, sort_by_parameter_order=True)
        return tuple(
            int(number) for number in self._connection.execute(added, deliveries).scalars()
        )

    def _add_transition(self, transition: Transition) -> int:
        statement = insert(_transitions).values(
            fingerprint=transition.fingerprint,
            sequence=transition.sequence,
            episode=transition.episode,
            kind=str(transition.kind),
            at_ms=to_ms(transition.at),
            payload=encode(transition),
        )
        return int(self._connection.execute(statement.returning(_transitions.c.id)).scalar_one())

    def has_decided(self, fingerprint: str, sequence: int, subscription_id: str) -> bool:
        """Whether it was decided if a subscription is told of a step."""
        query = (
            select(_decisions.c.send)
            .join(_transitions, _transitions.c.id == _decisions.c.transition_id)
            .where(
                _transitions.c.fingerprint == fingerprint,
                _transitions.c.sequence == sequence,
                _decisions.c.subscription_id == subscription_id,
            )
        )
        return self._connection.execute(query).first() is not None

    def record_once(
        self, transition: Transition, decision: Decision, now: datetime
    ) -> tuple[int, ...]:
        """Add one subscription's decision about a step that others may have had before.

        Nothing where that was decided already; returns delivery ids.
        """
        fingerprint, sequence = transition.fingerprint, transition.sequence
        if self.has_decided(fingerprint, sequence, decision.subscription_id):
            return ()
        known = self._connection.execute(
            select(_transitions.c.id).where(
                _transitions.c.fingerprint == fingerprint, _transitions.c.sequence == sequence
            )
        ).scalar_one_or_none()
        transition_id = self._add_transition(transition) if known is None else int(known)
        return self._add_decisions(transition, transition_id, [decision], now)

    def next_sequence(self, fingerprint: str) -> int:
        """The sequence number a further transition of this fingerprint gets."""
        query = select(func.max(_transitions.c.sequence)).where(
            _transitions.c.fingerprint == fingerprint
        )
        return int(self._connection.execute(query).scalar_one() or 0) + 1

    def publish(self, event: AlertTransition) -> None:
        """Put an event for `alerts.events.v1` into the outbox."""
        row = OutboxRow(
            ALERT_EVENTS_TOPIC,
            event.key.encode(),
            encode(event),
            partition_by=event.labels.get("unit", event.key),
        )
        enqueue(self._connection, [row])

    def dead_letter(self, record: Record, refused: Refused) -> None:
        """Put a refused record into the outbox with its original bytes."""
        headers = dead_letter_headers(record, refused, "alerts.decode")
        row = OutboxRow(DEAD_LETTERS_TOPIC, record.key, record.value, headers)
        enqueue(self._connection, [row])
        self.count(record.topic, {f"{DEAD_LETTER_WARNING}{refused.reason}": 1})

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Add to the reconciliation counts of a topic."""
        reconciliation.count(self._connection, topic, changes)


def _delivery(
    transition: Transition,
    transition_id: int,
    decision: Decision,
    channel: ChannelTarget,
    now: datetime,
) -> dict[str, object]:
    return {
        "group_key": decision.digest or transition.group_key,
        "sequence": transition.sequence,
        "subscription_id": decision.subscription_id,
        "channel": str(channel.type),
        "target": channel.target,
        "fingerprint": transition.fingerprint,
        "episode": transition.episode,
        "kind": str(transition.kind),
        "transition_id": transition_id,
        "status": str(DeliveryStatus.PENDING),
        "attempts": 0,
        "possible_repeat": False,
        "next_attempt_ms": to_ms(decision.not_before or now),
        "detail": decision.waits_for,
        "created_ms": to_ms(now),
        "due_ms": to_ms(decision.not_before) if decision.not_before else None,
    }
