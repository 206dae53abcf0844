"""Messages: who claims them, writes them and sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import Delivery, SendResult, Verdict
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
)


class DeliveryQueue(Protocol):
    """Deliveries to be sent; each call is a transaction of its own."""

    def claim(self, now: datetime, lease_for: timedelta, room: Room) -> Sequence[Delivery]:
        """Take due deliveries; those of dead senders come back as possible repeats.

        Deliveries with the same lease go out in one message; `room` bounds the messages.
        """
        ...

    def settle(self, delivery: Delivery, verdict: Verdict, now: datetime) -> bool:
        """Record the result; False when the lease was lost to another sender."""
        ...

    def settle_all(self, verdicts: Sequence[tuple[Delivery, Verdict]], now: datetime) -> int:
        """Record the results of one message's deliveries; returns how many were still held."""
        ...

    def release(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Give claimed deliveries back untried, due at once; those whose lease was lost stay.

        Their message had no room for them, or their sender ends. What was paid for them out of a
        robot's limit stays paid.
        """
        ...

    def pause(self, channel: ChannelTarget, until: datetime) -> None:
        """Send nothing more to a robot before `until`."""
        ...


class SendingBudget(Protocol):
    """How many messages a robot takes, shared by all replicas."""

    async def spend(self, channel: ChannelTarget, messages: int) -> datetime | None:
        """Pay for further messages, all or none; null when paid, else when to ask again."""
        ...


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message, where the channel takes files."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message."""

    subject: str
    text: str
    html: str
    status: str
    """``firing`` or ``resolved``, as Alertmanager names it."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    at: datetime
    """When what it tells was decided."""
    generator_url: str
    fingerprint: str
    group_key: str
    thread: str
    """Same for all messages of one episode to one subscription."""
    opens_thread: bool
    id: str
    """Same for every attempt of one delivery, so that receivers can drop repeats."""
    receiver: str
    notification_reason: str
    external_url: str
    sequence: int = 0
    """Grows with each step of the alert."""
    members: tuple["Message", ...] = ()
    """The messages that this one gathers; empty for a message about one alert."""
    attachments: tuple[Attachment, ...] = ()


class NameBook(Protocol):
    """Names of enterprises and projects, asked for when a message is written and never kept."""

    def names(self, subjects: Sequence[str], reader: str) -> Mapping[str, str]:
        """Names by token for one reader, as far as they may be told; every asking is audited."""
        ...


class Renderer(Protocol):
    """Turns a delivery into words."""

    def render(self, delivery: Delivery, now: datetime) -> Message:
        """Message in the subscription's language, masked for its role."""
        ...

    def render_many(
        self, deliveries: Sequence[Delivery], now: datetime, room: int | None
    ) -> tuple[Message, Sequence[Delivery]]:
        """One message about several deliveries of one subscription, and those it holds.

        With `room` (bytes of UTF-8) the most severe come first, and what does not fit is left out.
        """
        ...


class Channel(Protocol):
    """One way to reach people."""

    async def send(self, target: str, message: Message) -> SendResult:
        """Try once; never raises for what the other side does."""
        ...


Channels = Mapping[ChannelType, Channel]
