"""Few enterprises behind a change: when the split or the growth would tell their figures."""

from services.metrics.domain.comparison import Reports
from shared.confidentiality import (
    CHANGES_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    ConfidentialityLimits,
    is_confidential,
)


def tells_of_few(
    current: Reports, before: Reports, limits: ConfidentialityLimits
) -> tuple[str, ...]:
    """Reason words for what must not be shown of the change since last year.

    The split says what entered, left and was restated: each is a cell of those enterprises. Where
    a few do not state last year's figure, their year-to-date is what the growth leaves out.
    """
    now = {s: r for s, r in current.items() if r.ytd is not None}
    then = {s: r.ytd for s, r in before.items() if r.ytd is not None}
    entered = [r.ytd or 0 for s, r in now.items() if s not in then]
    left = [ytd for s, ytd in then.items() if s not in now]
    restated = [
        r.ytd_last_year - then[s]
        for s, r in now.items()
        if s in then and r.ytd_last_year is not None and r.ytd_last_year != then[s]
    ]
    unstated = [r.ytd or 0 for r in now.values() if r.ytd_last_year is None]
    words = {
        CHANGES_CONFIDENTIAL: any(_few(cell, limits) for cell in (entered, left, restated)),
        GROWTH_CONFIDENTIAL: len(unstated) < len(now) and _few(unstated, limits),
    }
    return tuple(word for word, holds in words.items() if holds)


def _few(amounts: list[int], limits: ConfidentialityLimits) -> bool:
    return any(amounts) and is_confidential(amounts, limits)
