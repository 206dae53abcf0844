"""The funds blocks of a status: what a unit's projects received, by currency and origin."""

from collections.abc import Iterable, Sequence

from services.metrics.domain.comparison import Contribution, Reports, comparable_growth
from services.metrics.domain.feeds import counts, planned_for
from services.metrics.domain.inputs import FundsSeries, UnitInputs
from services.metrics.domain.totals import NO_TOTALS, CellState
from shared.confidentiality import (
    FUNDS_CONFIDENTIAL,
    FUNDS_ORIGINS_CONFIDENTIAL,
    ConfidentialityLimits,
    is_confidential,
)
from shared.events.facts import FUNDS
from shared.events.period import Month
from shared.events.status import Funds, FundsFigure
from shared.plans import PlanIndicator

_NO_CELL = CellState(NO_TOTALS, "", 0)
_NOTHING = Contribution(None, None, None, None)


def funds_blocks(inputs: UnitInputs, period: Month) -> tuple[tuple[Funds, ...], tuple[str, ...]]:
    """One block a currency, each of the newest period up to `period` with reports, and reasons."""
    planned = planned_for(inputs.plan, inputs.unit.id, FUNDS)
    blocks: list[Funds] = []
    words: list[str] = []
    for currency in sorted({series.currency for series in inputs.projects.funds}):
        series = [each for each in inputs.projects.funds if each.currency == currency]
        reported = [p for each in series for p, s in each.cells.items() if s.totals.contributors]
        newest = max((p for p in reported if p <= period), default=None)
        if newest is not None:
            blocks.append(_block(inputs, currency, series, newest, planned))
            words += _secrets(series, newest, planned, inputs.limits)
    return tuple(blocks), tuple(dict.fromkeys(words))


def _block(
    inputs: UnitInputs,
    currency: str,
    series: Sequence[FundsSeries],
    period: Month,
    planned: PlanIndicator | None,
) -> Funds:
    broken = inputs.broken(period)
    by_origin = {each.origin: _figure([each], period, broken=broken) for each in series}
    meant = [each for each in series if counts(planned, each.origin)]
    total = _figure(series, period, broken=broken)
    received = merged_reports(series, period)
    return Funds(
        period=str(period),
        currency=currency,
        total=total or FundsFigure(0, None, None),
        planned=_figure(meant, period, broken=broken) if planned and planned.origins else None,
        by_origin={origin: f for origin, f in sorted(by_origin.items()) if f is not None},
        projects=sum(1 for report in received.values() if (report.ytd or 0) > 0),
    )


def _figure(series: Sequence[FundsSeries], period: Month, *, broken: bool) -> FundsFigure | None:
    """Sum over origins; null without a report: nothing reported is not zero."""
    totals = NO_TOTALS
    for each in series:
        totals = totals.plus(each.cells.get(period, _NO_CELL).totals)
    ytd = totals.ytd_or_none
    if ytd is None:
        return None
    growth = None if broken else comparable_growth(totals)
    return FundsFigure(ytd, totals.ytd_last_year_or_none, growth)


def _secrets(
    series: Sequence[FundsSeries],
    period: Month,
    planned: PlanIndicator | None,
    limits: ConfidentialityLimits,
) -> list[str]:
    if _is_secret(series, period, limits):
        return [FUNDS_CONFIDENTIAL]
    meant = [each for each in series if counts(planned, each.origin)]
    parts = [[each] for each in series] if len(series) > 1 else []
    secret = any(_is_secret(part, period, limits) for part in (*parts, meant) if part)
    return [FUNDS_ORIGINS_CONFIDENTIAL] if secret else []


def _is_secret(series: Sequence[FundsSeries], period: Month, limits: ConfidentialityLimits) -> bool:
    received = merged_reports(series, period).values()
    now = [report.ytd for report in received if report.ytd is not None]
    before = [report.ytd_last_year for report in received if report.ytd_last_year]
    return is_confidential(now, limits) or is_confidential(before, limits)


def summed(series: Iterable[FundsSeries]) -> dict[Month, CellState]:
    """Cells of several origins of one currency as one, with the newest age and version of them."""
    found: dict[Month, CellState] = {}
    for each in series:
        for period, state in each.cells.items():
            known = found.get(period, _NO_CELL)
            found[period] = CellState(
                known.totals.plus(state.totals),
                max(known.as_of, state.as_of),
                max(known.input_version, state.input_version),
            )
    return found


def merged_reports(series: Iterable[FundsSeries], period: Month) -> Reports:
    """Reports of a period by project, summed over origins."""
    found: dict[int, Contribution] = {}
    for each in series:
        for subject, report in each.reports.get(period, {}).items():
            found[subject] = _plus(found.get(subject, _NOTHING), report)
    return found


def _plus(one: Contribution, other: Contribution) -> Contribution:
    """Sum of both, figure by figure; one that neither has stays absent."""
    return Contribution(
        *(b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True))
    )
