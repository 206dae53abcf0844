"""Feeds and their lateness, and reports that wait: from ingest's notices and our calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.alerts.domain.calendar import (
    WorkingDays,
    deadline,
    newest_due,
    working_days_since,
)
from services.alerts.domain.notice_rules import FeedSilentRule, newest_by_source
from shared.events.notices import Notice, NoticeKind


@dataclass(frozen=True, slots=True)
class FeedState:
    """One source's reports in one topic about one city."""

    source: str
    topic: str
    unit: str
    period: str
    """Newest period that it has reported."""
    missing: str | None
    """First period that is due and has not come."""
    due: date | None
    """Deadline of the missing one."""
    late: int
    """Working days since then."""


def feed_states(
    notices: Iterable[Notice], rule: FeedSilentRule, today: date, days: WorkingDays
) -> list[FeedState]:
    """All feeds that have ever reported a month, the latest first."""
    grouped: dict[tuple[str, str], list[Notice]] = {}
    for notice in notices:
        if notice.kind is NoticeKind.FEED_REPORTED:
            grouped.setdefault((notice.topic or "", notice.unit), []).append(notice)
    due = newest_due(today, rule.deadline_day, days)
    states = []
    for (topic, unit), found in grouped.items():
        for source, period in newest_by_source(found).items():
            if topic not in rule.feeds or period >= due:
                states.append(FeedState(source, topic, unit, str(period), None, None, 0))
                continue
            missing = period.reporting_after()
            day = deadline(missing, rule.deadline_day, days).day
            late = working_days_since(day, today, days)
            states.append(FeedState(source, topic, unit, str(period), str(missing), day, late))
    return sorted(states, key=lambda one: (-one.late, one.source, one.topic, one.unit))
