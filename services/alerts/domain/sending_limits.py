"""How fast and how much one robot takes, and a token bucket that stays below it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.domain.subscription import ChannelTarget, ChannelType

_DIGEST_FRAME = 1300

LONGEST_PAUSE = timedelta(hours=25)
"""Robots are paused for a day at most, and retries come sooner. What lies further ahead was
written while the clock was wrong, and is not waited for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: `burst` messages at once, then one per `interval`."""

    burst: int
    interval: timedelta
    room: int
    """Bytes of UTF-8 in one message's request."""

    @property
    def digest_room(self) -> int:
        """Bytes for the lines of a digest: the request without title, links and frame."""
        return self.room - _DIGEST_FRAME

    def tokens(self, full_at: datetime, now: datetime) -> int:
        """Messages that may go out now; `full_at` is when the bucket is full again."""
        missing = max(_believed(full_at, now) - now, timedelta())
        return max(self.burst - -(-missing // self.interval), 0)

    def take(self, full_at: datetime, now: datetime, messages: int) -> datetime:
        """When the bucket is full again after taking some."""
        return max(_believed(full_at, now), now) + messages * self.interval

    def ready_at(self, full_at: datetime, messages: int) -> datetime:
        """When that many messages may go out."""
        return full_at - (self.burst - messages) * self.interval

    def pause(self, full_at: datetime, until: datetime) -> datetime:
        """Nothing before `until`, one message then."""
        return max(full_at, until + (self.burst - 1) * self.interval)


LIMITS: Mapping[ChannelType, Limit] = {
    # 20 a minute, 4,096 bytes; 4 at once and one in 5 s make at most 16 in any minute.
    ChannelType.WECOM: Limit(4, timedelta(seconds=5), 4096),
    # 20 a minute, else ten minutes of silence; 20,000 bytes.
    ChannelType.DINGTALK: Limit(4, timedelta(seconds=5), 20_000),
    # 100 a minute and 5 a second; 3 and one in 0.8 s make at most 4 in any second. 20 KB.
    ChannelType.FEISHU: Limit(3, timedelta(seconds=0.8), 20_000),
    # No vendor's limit: a mailbox with hundreds of mails a minute is read by nobody.
    ChannelType.EMAIL: Limit(20, timedelta(seconds=2), 200_000),
}
"""Below the vendors' published limits, so that a late packet does not break them."""


def _believed(full_at: datetime, now: datetime) -> datetime:
    return now if full_at - now > LONGEST_PAUSE else full_at


def robot_of(channel: ChannelTarget) -> str:
    """Identity of the robot behind a target, without its secrets.

    Targets of one robot that differ only in the signing secret share their bucket.
    """
    address = channel.target.partition("#")[0]
    return hashlib.sha256(f"{channel.type} {address}".encode()).hexdigest()[:32]
