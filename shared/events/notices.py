"""`ingest.notices.v1`: what ingest noticed about reports and feeds of a unit.

Subjects are tokens; there are no names of enterprises and no figures that were reported.
"""

from enum import StrEnum
from typing import Final

import msgspec

NOTICES_TOPIC: Final = "ingest.notices.v1"


class NoticeKind(StrEnum):
    """What was noticed."""

    REPORT_HELD = "report_held"
    REPORT_CONFIRMED = "report_confirmed"
    REPORT_REJECTED = "report_rejected"
    REPORT_RELEASED = "report_released"
    """Held no longer, because a revision or the reference changed."""
    FEED_REPORTED = "feed_reported"
    """A source's first report of a newer period in a topic; the unit is the city."""


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One observation about a unit; the record key is the unit."""

    notice_id: str
    """Deterministic, so that a repeated notice is recognised."""
    kind: NoticeKind
    unit: str
    at: str
    """When it was noticed, RFC 3339."""
    subject: str | None = None
    """Token of the enterprise or project; null for a feed."""
    source: str | None = None
    """Owner of the feed."""
    topic: str | None = None
    """Input topic of the report or feed."""
    indicator: str | None = None
    period: str | None = None
    """Reporting month `YYYY-MM`."""
    revision: int | None = None
    since: str | None = None
    """Broker time of the report, RFC 3339."""
    suspected_factor: int | None = None
    """For held reports: the slip of unit it looks like, such as 10000."""
    share_of_unit: float | None = None
    """For held reports: by how much the unit's figure would move, as a ratio."""
    reason: str | None = None
    """Why it is held, `unit_slip` or `wild_value`; why it is no longer, `superseded`,
    `plausible` or `off`."""

    @property
    def key(self) -> str:
        """Record key."""
        return self.unit
