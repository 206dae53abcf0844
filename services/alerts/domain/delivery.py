"""Deliveries: what a sending attempt came to, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.domain.alert import Transition
from services.alerts.domain.subscription import ChannelTarget, Subscription

_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(hours=1)
_LONGEST_WAIT = timedelta(days=1)
"""However long the other side asks for."""
_FEWEST_ATTEMPTS = 8
"""Over at least 20 minutes: who was away when it fell due does not give up at the first failure."""
_DOUBLINGS = 12
"""Enough to reach the longest pause; keeps the power small."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """Its answer was lost, or its sender: sent again, marked as a possible repeat."""
    CANCELLED = "cancelled"
    """What it would have followed never arrived."""


class SendOutcome(StrEnum):
    """What the other side made of an attempt."""

    OK = "ok"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    PERMANENT_CONFIG = "permanent_config"
    PERMANENT_CONTENT = "permanent_content"


@dataclass(frozen=True, slots=True)
class SendResult:
    """Outcome of one attempt, in the other side's words where it gave some."""

    outcome: SendOutcome
    detail: str = ""
    retry_after: timedelta | None = None
    maybe_delivered: bool = False
    """True when the answer was lost after the message had gone out."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery with all that a message needs."""

    id: int
    transition: Transition
    subscription: Subscription
    channel: ChannelTarget
    attempts: int
    """Attempts including the one under way."""
    possible_repeat: bool
    due_at: datetime
    """When it was first due: from then on it is tried."""
    lease: str
    """Token of the claim; a result is recorded only by its holder."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery after an attempt."""

    status: DeliveryStatus
    next_attempt_at: datetime | None
    possible_repeat: bool
    detail: str


def settle(
    delivery: Delivery, result: SendResult, now: datetime, give_up_after: timedelta
) -> Verdict:
    """Sent, failed for good, or when to try again."""
    repeat = delivery.possible_repeat or result.maybe_delivered
    if result.outcome is SendOutcome.OK:
        return Verdict(DeliveryStatus.SENT, None, delivery.possible_repeat, result.detail)
    if result.outcome in {SendOutcome.PERMANENT_CONFIG, SendOutcome.PERMANENT_CONTENT}:
        return Verdict(DeliveryStatus.FAILED, None, repeat, result.detail)
    if now - delivery.due_at >= give_up_after and delivery.attempts >= _FEWEST_ATTEMPTS:
        return Verdict(DeliveryStatus.FAILED, None, repeat, f"gave up: {result.detail}")
    waiting = DeliveryStatus.UNCERTAIN if repeat else DeliveryStatus.PENDING
    asked_for = min(result.retry_after or timedelta(), _LONGEST_WAIT)
    pause = max(backoff(delivery.attempts), asked_for)
    return Verdict(waiting, now + pause, repeat, result.detail)


def backoff(attempts: int) -> timedelta:
    """Pause after that many attempts: 10 s, 20 s, 40 s … up to an hour."""
    doubled: timedelta = _FIRST_RETRY * 2 ** min(max(attempts - 1, 0), _DOUBLINGS)
    return min(doubled, _LONGEST_RETRY)
