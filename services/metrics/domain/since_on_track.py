"""How long ago a unit was last on track."""

from shared.events.period import Month
from shared.events.status import Status, Verdict

ON_TRACK = frozenset({Verdict.ACHIEVED, Verdict.ON_TRACK})
"""Verdicts of being on track; the early warning (blue) is one of them."""


def months_since_on_track(status: Status, before: Status | None) -> int | None:
    """Calendar months since the verdict was last on track: 0 now, None never yet.

    `before` is the status of the period before, from which the count goes on; periods that are
    not judged count on as well.
    """
    if status.verdict in ON_TRACK:
        return 0
    if before is None or before.months_since_on_track is None:
        return None
    now, then = Month.parse(status.period), Month.parse(before.period)
    months = (now.year - then.year) * 12 + now.month - then.month
    return before.months_since_on_track + months
