"""The investment block of a status: the newest reports of a unit's projects."""

from collections import Counter

from services.metrics.domain.comparison import comparable_growth
from services.metrics.domain.confidentiality import is_confidential
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.masking import INVESTMENT_CONFIDENTIAL
from shared.events.period import Month
from shared.events.status import Investment


def investment_block(
    inputs: UnitInputs, period: Month
) -> tuple[Investment | None, tuple[str, ...]]:
    """Investment of the newest period up to `period` that has reports, and reason words.

    Null without any; amounts in yuan, year-to-date, per project at its location. The reason
    `investment_confidential` says that too few or too dominant projects are behind it.
    """
    reported = [
        p for p, s in inputs.investment_cells.items() if p <= period and s.totals.contributors
    ]
    if not reported:
        return None, ()
    newest = max(reported)
    totals = inputs.investment_cells[newest].totals
    projects = inputs.projects.get(newest)
    states = projects.states if projects else ()
    planned = [s.planned_total for s in states if s.planned_total is not None]
    since_start = [s.since_start for s in states if s.since_start is not None]
    ytds = [r.ytd for r in projects.reports.values() if r.ytd is not None] if projects else []
    secret = is_confidential(ytds, inputs.limits) or is_confidential(planned, inputs.limits)
    block = Investment(
        period=str(newest),
        ytd=totals.ytd_or_none,
        ytd_last_year=totals.ytd_last_year_or_none,
        growth=comparable_growth(totals),
        planned_total=sum(planned) if planned else None,
        since_start=sum(since_start) if since_start else None,
        projects=dict(sorted(Counter(state.stage for state in states).items())),
    )
    return block, (INVESTMENT_CONFIDENTIAL,) if secret else ()
