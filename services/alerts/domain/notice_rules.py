"""Rules `suspicious_report` and `feed_silent`: what ingest noticed, judged by our own calendar.

Notices are kept and read as a set: their order of arrival plays no part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.alerts.domain.calendar import (
    WorkingDays,
    deadline,
    newest_due,
    today_in_china,
    working_days_since,
)
from services.alerts.domain.detail import Detail, Item
from services.alerts.domain.lateness import SEVERITY, severity_of
from services.alerts.domain.outcome import Outcome, Phase
from shared.events.notices import Notice, NoticeKind
from shared.events.period import Month
from shared.events.reasons import Refused
from shared.events.status import Colour

MONTHLY_FEEDS = ("stats.output.v1", "stats.investment.v1", "stats.funds.v1")
"""Feeds that report every month; the others speak when there is something to say."""


@dataclass(frozen=True, slots=True)
class SuspiciousReportRule:
    """How long a held report may wait for somebody to confirm or reject it."""

    enabled: bool = True
    working_days: int = 1
    colour: Colour = Colour.YELLOW


@dataclass(frozen=True, slots=True)
class FeedSilentRule:
    """When a source that has reported before counts as silent."""

    enabled: bool = True
    deadline_day: int = 12
    """Day of the month after the period; moved to the next working day."""
    severity: tuple[tuple[int, Colour], ...] = SEVERITY
    feeds: tuple[str, ...] = MONTHLY_FEEDS
    """Topics that are watched."""


def indicator_of(notice: Notice) -> str:
    """Label `indicator` of the alerts it is about: the topic of a feed, else the indicator."""
    feed = notice.topic if notice.kind is NoticeKind.FEED_REPORTED else notice.indicator
    return feed or notice.topic or ""


def held_reports(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Reports that are held and not confirmed, rejected or released, the oldest first.

    Of a report (subject, indicator, period) the newest word counts.
    """
    newest: dict[tuple[str, str, str, str], Notice] = {}
    for notice in sorted(notices, key=by_time):
        if notice.kind is not NoticeKind.FEED_REPORTED:
            newest[report_of(notice)] = notice
    held = [one for one in newest.values() if one.kind is NoticeKind.REPORT_HELD]
    return tuple(sorted(held, key=by_time))


def assess_suspicious_report(
    rule: SuspiciousReportRule, notices: Iterable[Notice], today: date, days: WorkingDays
) -> Outcome:
    """A held line waits for longer than the rule allows."""
    waiting = [
        notice
        for notice in held_reports(notices)
        if working_days_since(_day(notice), today, days) >= rule.working_days
    ]
    if not waiting:
        return Outcome(Phase.INACTIVE, "none_waits", withdrawable=False, standing=True)
    return _standing(
        "waits_for_confirmation",
        rule.colour,
        _day(waiting[0]),
        Detail(items=tuple(map(_held_item, waiting))),
        working_days_since(_day(waiting[0]), today, days),
    )


def newest_by_source(notices: Iterable[Notice]) -> Mapping[str, Month]:
    """The newest period of every source that has reported."""
    newest: dict[str, Month] = {}
    for notice in notices:
        if notice.kind is not NoticeKind.FEED_REPORTED or notice.period is None:
            continue
        try:
            period = Month.parse(notice.period)
        except Refused:
            continue  # a quarter or a year: no monthly feed
        source = notice.source or ""
        newest[source] = max(period, newest.get(source, period))
    return newest


def assess_feed_silent(
    rule: FeedSilentRule, notices: Iterable[Notice], today: date, days: WorkingDays
) -> Outcome:
    """A source that has reported this feed before has not reported a due period.

    Severity grows with the working days since the deadline of the first period that is missing.
    """
    due = newest_due(today, rule.deadline_day, days)
    silent = {
        source: period.reporting_after()
        for source, period in newest_by_source(notices).items()
        if period < due
    }
    if not silent:
        return Outcome(Phase.INACTIVE, "feed_reported", withdrawable=False, standing=True)
    first = deadline(min(silent.values()), rule.deadline_day, days)
    late = working_days_since(first.day, today, days)
    items = tuple(
        Item(source, "silent", since=str(missing), period=str(missing.reporting_before()))
        for source, missing in sorted(silent.items())
    )
    warnings = () if first.official else ("calendar_weekends_only",)
    return _standing(
        "feed_silent", severity_of(rule.severity, late), first.day, Detail(items), late, warnings
    )


def _standing(
    reason: str,
    colour: Colour,
    since: date,
    detail: Detail,
    late: int,
    warnings: tuple[str, ...] = (),
) -> Outcome:
    month = Month(since.year, since.month)
    return Outcome(
        Phase.FIRING,
        reason,
        colour=colour,
        since=month,
        fired=month,
        announces=True,
        withdrawable=False,
        standing=True,
        working_days_late=late,
        warnings=warnings,
        detail=detail,
    )


def _held_item(notice: Notice) -> Item:
    return Item(
        notice.subject or "",
        notice.reason or "held",
        since=_day(notice).isoformat(),
        period=notice.period,
        indicator=notice.indicator,
        factor=notice.suspected_factor,
        share=notice.share_of_unit,
    )


def report_of(notice: Notice) -> tuple[str, str, str, str]:
    """Topic, subject, indicator and period of the report that a notice is about."""
    return (
        notice.topic or "",
        notice.subject or "",
        notice.indicator or "",
        notice.period or "",
    )


def by_time(notice: Notice) -> tuple[datetime, int, str]:
    """Order of the words about a report."""
    return datetime.fromisoformat(notice.at), notice.revision or 0, notice.notice_id


def _day(notice: Notice) -> date:
    return today_in_china(datetime.fromisoformat(notice.at))
