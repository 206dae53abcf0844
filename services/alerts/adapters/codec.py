"""Domain objects as JSON in the store, and times as milliseconds."""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.silence import Silence
from services.alerts.domain.subscription import Subscription
from shared.events.notices import Notice
from shared.events.status import Status

encode = msgspec.json.encode
read_status = msgspec.json.Decoder(Status).decode
read_notice = msgspec.json.Decoder(Notice).decode
read_alert = msgspec.json.Decoder(Alert).decode
read_transition = msgspec.json.Decoder(Transition).decode
read_silence = msgspec.json.Decoder(Silence).decode
read_subscription = lru_cache(maxsize=4_096)(msgspec.json.Decoder(Subscription).decode)
"""Every decision asks for all subscriptions, which seldom change; what is read is immutable."""


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Aware time in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
