"""Coverage (报送率): how much of what was expected has been reported."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.metrics.domain.comparison import NO_REPORT, Reports
from shared.events.period import Month


@dataclass(frozen=True, slots=True)
class Membership:
    """From `since` on a unit expects these indicators of a subject; none after an exit."""

    subject: int
    since: Month
    expected: frozenset[str]


class Register:
    """Membership lists of one unit: who is expected to report what, by period."""

    def __init__(self, memberships: Iterable[Membership] = ()) -> None:
        self._by_subject: dict[int, _Memberships] = {}
        for membership in sorted(memberships, key=lambda m: (m.subject, m.since)):
            since = (membership.since.number, membership.expected)
            self._by_subject.setdefault(membership.subject, []).append(since)

    def expected(self, indicator: str, period: Month) -> frozenset[int]:
        """Subjects that owe a report of the indicator for the period."""
        month = period.number
        return frozenset(
            subject
            for subject, history in self._by_subject.items()
            if indicator in _standing(history, month)
        )


_Memberships = list[tuple[int, frozenset[str]]]
"""From which month number on which indicators are expected; plain numbers, compared very often."""


def _standing(history: _Memberships, month: int) -> frozenset[str]:
    standing: frozenset[str] = frozenset()
    for since, expected in history:
        if since > month:
            break
        standing = expected
    return standing


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of last year's value that has reported (0..1, or null), and the counts behind it."""

    ratio: float | None
    expected: int
    reporting: int


def repeated(before: Reports, current: Reports) -> Coverage:
    """Share of what was reported one period before, in the same year, that was reported again.

    For projects, which no register lists: a year-to-date stands until the year is over, so
    whoever reported one is due with the next. Null where nobody is due; new ones do not count.
    """
    due = {subject: abs(report.ytd) for subject, report in before.items() if report.ytd is not None}
    came = [subject for subject in due if current.get(subject, NO_REPORT).ytd is not None]
    if not due:
        return Coverage(None, 0, 0)
    total = sum(due.values())
    ratio = sum(due[subject] for subject in came) / total if total else len(came) / len(due)
    return Coverage(ratio, len(due), len(came))
