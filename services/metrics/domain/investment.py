"""The investment block of a status: the newest reports of a unit's projects."""

from collections import Counter

from services.metrics.domain.comparison import comparable_growth
from services.metrics.domain.inputs import UnitInputs
from shared.confidentiality import (
    INVESTMENT_CONFIDENTIAL,
    is_confidential,
)
from shared.events.period import Month
from shared.events.status import Investment


def investment_block(
    inputs: UnitInputs, period: Month
) -> tuple[Investment | None, tuple[str, ...]]:
    """Investment of the newest period up to `period` that has reports, and reason words.

    Null without any; amounts in yuan, year-to-date, per project at its location.
    """
    cells = inputs.projects.investment_cells
    reported = [p for p, s in cells.items() if p <= period and s.totals.contributors]
    if not reported:
        return None, ()
    newest = max(reported)
    totals = cells[newest].totals
    lines = inputs.projects.investment.get(newest, {}).values()
    states = [line.state for line in lines if line.state is not None]
    planned = [s.planned_total for s in states if s.planned_total is not None]
    since_start = [s.since_start for s in states if s.since_start is not None]
    both = [
        (s.since_start, s.planned_total)
        for s in states
        if s.since_start is not None and s.planned_total is not None
    ]
    done, whole = sum(one for one, _ in both), sum(other for _, other in both)
    ytds = [line.contribution.ytd for line in lines if line.contribution.ytd is not None]
    secret = is_confidential(ytds, inputs.limits) or is_confidential(planned, inputs.limits)
    block = Investment(
        period=str(newest),
        ytd=totals.ytd_or_none,
        ytd_last_year=totals.ytd_last_year_or_none,
        growth=None if inputs.broken(newest) else comparable_growth(totals),
        planned_total=sum(planned) if planned else None,
        since_start=sum(since_start) if since_start else None,
        projects=dict(sorted(Counter(state.stage for state in states).items())),
        completion=done / whole if whole > 0 else None,
    )
    return block, (INVESTMENT_CONFIDENTIAL,) if secret else ()
