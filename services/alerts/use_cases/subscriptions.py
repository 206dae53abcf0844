"""Manages subscriptions, and sends a test through the whole way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

from services.alerts.domain.alert import Audience, Kind, Labels, State, Transition
from services.alerts.domain.figures import Figures
from services.alerts.domain.papers.schedule import kept_since
from services.alerts.domain.subscription import ChannelTarget, Decision, Subscription
from services.alerts.ports import Ledger, SubscriptionBook
from shared.clock import Clock
from shared.events.status import Colour

TEST_ALERT = "subscription_test"

CheckTarget = Callable[[ChannelTarget], str | None]
"""Why a target may not be used, or null; may block (it asks the resolver)."""


class SubscriptionLedger(Ledger, SubscriptionBook, Protocol):
    """Both sides of the store in one transaction."""


class BadTarget(Exception):  # noqa: N818 - a refusal is a normal answer
    """A channel's target may not be used."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"channels.{index}.target: {reason}")
        self.index = index
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ManageSubscriptions:
    """Create, replace, end and test; every change is in the audit log."""

    clock: Clock
    check: CheckTarget

    def check_targets(self, channels: Sequence[ChannelTarget]) -> None:
        """Check every target; raises `BadTarget`. Not inside a transaction: it may block."""
        for index, channel in enumerate(channels):
            reason = self.check(channel)
            if reason is not None:
                raise BadTarget(index, reason)

    def create(self, book: SubscriptionBook, wanted: Subscription, actor: str) -> Subscription:
        """Add a subscription; it gets a new id."""
        now = self.clock.now()
        papers = kept_since(wanted.papers, (), now)
        created = replace(wanted, id=uuid4().hex, papers=papers, created_at=now, updated_at=now)
        book.save_subscription(created, now)
        book.audit(actor, "subscription_created", _words(created), now)
        return created

    def replace(
        self, book: SubscriptionBook, subscription_id: str, wanted: Subscription, actor: str
    ) -> Subscription | None:
        """Replace all but id and creation time; null when there is none."""
        before = book.subscription(subscription_id)
        if before is None:
            return None
        now = self.clock.now()
        changed = replace(
            wanted,
            id=before.id,
            papers=kept_since(wanted.papers, before.papers, now),
            created_at=before.created_at or now,
            updated_at=now,
        )
        book.save_subscription(changed, now)
        book.audit(actor, "subscription_changed", _words(changed), now)
        return changed

    def end(self, book: SubscriptionBook, subscription_id: str, actor: str) -> bool:
        """End a subscription; False when there is none."""
        before = book.subscription(subscription_id)
        if before is None:
            return False
        now = self.clock.now()
        book.delete_subscription(subscription_id, now)
        book.audit(actor, "subscription_ended", _words(before), now)
        return True

    def test(self, ledger: SubscriptionLedger, subscription_id: str) -> tuple[int, ...] | None:
        """Queue a test message like any other; returns delivery ids, null without subscription."""
        subscription = ledger.subscription(subscription_id)
        if subscription is None:
            return None
        ledger.lock_evaluation()
        now = self.clock.now()
        labels = Labels(TEST_ALERT, "", subscription_id, "", "")
        sequence = ledger.next_sequence(labels.fingerprint)
        transition = Transition(
            labels=labels,
            episode=sequence,
            sequence=sequence,
            kind=Kind.TEST,
            state=State.FIRING,
            previous_state=None,
            colour=Colour.BLUE,
            previous_colour=None,
            period=None,
            since=None,
            reason="asked_for",
            audience=Audience.MATCHING,
            audience_reason="asked_for",
            starts_at=now,
            at=now,
            figures=Figures(subscription.owner),
        )
        decision = Decision(
            subscription_id, send=True, reason="asked_for", channels=subscription.channels
        )
        return ledger.record(transition, [decision], now)


def _words(subscription: Subscription) -> str:
    """What the audit log keeps: no targets, they may hold secrets."""
    channels = ",".join(str(channel.type) for channel in subscription.channels)
    return f"{subscription.id} owner={subscription.owner} role={subscription.role} {channels}"
