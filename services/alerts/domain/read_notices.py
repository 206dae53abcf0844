"""Which notices no rule reads any more, and no preview of the past either."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from services.alerts.domain.notice_rules import by_time, report_of
from shared.events.notices import Notice, NoticeKind

READ_FOR = timedelta(days=31 * 26)
"""Previews replay two years; a notice that was overtaken earlier can decide nothing in them."""


def no_longer_read(notices: Iterable[Notice], now: datetime) -> Iterator[str]:
    """Ids of notices that were overtaken, or settled, too long ago to matter; in any order.

    Kept are: whatever is held still, the newest word of a feed's source, all of the last years.
    """
    of_reports: dict[tuple[str, ...], list[Notice]] = defaultdict(list)
    of_feeds: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.kind is NoticeKind.FEED_REPORTED:
            of_feeds[notice.topic or "", notice.source or ""].append(notice)
        else:
            of_reports[report_of(notice)].append(notice)
    horizon = now - READ_FOR
    for words in of_reports.values():
        ordered = sorted(words, key=by_time)
        yield from _overtaken(ordered, horizon)
        last = ordered[-1]
        if last.kind is not NoticeKind.REPORT_HELD and _at(last) < horizon:
            yield last.notice_id
    for reported in of_feeds.values():
        yield from _overtaken(sorted(reported, key=_by_period), horizon)


def _overtaken(ordered: list[Notice], horizon: datetime) -> Iterator[str]:
    """Those after which another came before the horizon."""
    for earlier, later in pairwise(ordered):
        if max(_at(earlier), _at(later)) < horizon:
            yield earlier.notice_id


def _by_period(notice: Notice) -> tuple[str, datetime, str]:
    return notice.period or "", _at(notice), notice.notice_id


def _at(notice: Notice) -> datetime:
    return datetime.fromisoformat(notice.at)
