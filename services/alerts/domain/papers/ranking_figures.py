"""Raw values of the ranking's criteria for one region, from the statuses of a snapshot.

Amounts of clusters are never added: they nest, and their indicators differ. What is averaged are
ratios of each cluster's own figures. Every figure that a value was made from is named with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.alerts.domain.money_rules import planned_growth
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.quarter import Quarter, days_late, project_moves
from services.alerts.domain.papers.ranking import Entry, Evidence, Raw
from services.alerts.domain.papers.ranking_rules import Criterion, RankingRules
from shared.confidentiality import GROWTH_CONFIDENTIAL
from shared.events.facts import FUNDS
from shared.events.period import Month
from shared.events.status import Colour, Status

_MILLION = 1_000_000
"""Plans keep growth in millionths."""
_LEAST_JUDGED = Fraction(1, 2)
"""Clusters stand for their region when at least half of those with a target are judged: the same
share as for the scores on the wall."""


def entry_of(quarter: Quarter, region: UnitFacts, rules: RankingRules) -> Entry:
    """What every criterion in force finds for a region."""
    found = {name: _FIND[name](quarter, region, rules) for name in rules.criteria}
    return Entry(region.id, region.name, found)


def achievement(status: Status, direction: int = 1) -> Fraction | None:
    """Achieved against required of the reports that came; null where nothing is required.

    The requirement is what the status itself compared with: its actual figure less the gap.
    """
    actual = status.ytd if status.required_ytd is not None else status.level
    if actual is None or status.gap is None:
        return None
    required = actual - direction * status.gap
    if required <= 0 or actual < 0 or (direction < 0 and actual == 0):
        return None
    return Fraction(actual, required) if direction > 0 else Fraction(required, actual)


def _level(quarter: Quarter, region: UnitFacts, _rules: RankingRules) -> Raw:
    found = _achievements(quarter, region, quarter.end)
    if isinstance(found, Raw):
        return found
    evidence = tuple(fact for one in found.values() for fact in one.evidence)
    return Raw(_mean(one.value for one in found.values()), evidence=evidence)


def _gap_closed(quarter: Quarter, region: UnitFacts, _rules: RankingRules) -> Raw:
    """Of the mean shortfall (points below what is required) a quarter ago, the share closed.

    Nothing to close and nothing new is all that can be asked (1); a shortfall where there was none
    is a doubled one (-1), the least there is.
    """
    now = _achievements(quarter, region, quarter.end)
    then = _achievements(quarter, region, quarter.before)
    if isinstance(now, Raw):
        return now
    if isinstance(then, Raw):
        return Raw(None, "no_figure_last_quarter")
    both = [unit for unit in now if unit in then]
    if not both:
        return Raw(None, "no_figure_last_quarter")
    left = _mean(_shortfall(now[unit].value) for unit in both)
    was = _mean(_shortfall(then[unit].value) for unit in both)
    evidence = tuple(fact for unit in both for fact in (*then[unit].evidence, *now[unit].evidence))
    if was == 0:
        return Raw(Fraction(1 if left == 0 else -1), evidence=evidence)
    return Raw(max(Fraction(-1), (was - left) / was), evidence=evidence)


def _growth(quarter: Quarter, region: UnitFacts, rules: RankingRules) -> Raw:
    shown = quarter.value(region, quarter.end)
    if shown is None:
        return Raw(None, "no_status")
    status = shown.status
    if shown.suppressed or (GROWTH_CONFIDENTIAL in status.reasons and status.ytd_growth is None):
        return Raw(None, "suppressed")
    if status.coverage is not None and status.coverage < rules.minimum_coverage:
        return Raw(None, "incomplete", (_fact(status, "coverage", status.coverage),))
    if status.ytd_growth is None:
        return Raw(None, "growth_unknown")
    return Raw(Fraction(status.ytd_growth), "", (_fact(status, "ytd_growth", status.ytd_growth),))


def _funds(quarter: Quarter, region: UnitFacts, _rules: RankingRules) -> Raw:
    wanted = next(
        (
            target.value
            for one in quarter.snapshot.plan.indicators_of(region.id)
            if one.indicator == FUNDS
            for target in one.targets
            if target.comparator == "growth_pa" and target.value
        ),
        None,
    )
    if wanted is None:
        return Raw(None, "no_target")
    shown = quarter.shown(region.id, FUNDS, quarter.end)
    if shown is None:
        return Raw(None, "no_status")
    status = shown.status
    growth = planned_growth(status)
    if shown.suppressed or (growth is None and GROWTH_CONFIDENTIAL in status.reasons):
        return Raw(None, "suppressed")
    if growth is None:
        return Raw(None, "growth_unknown")
    return Raw(
        Fraction(growth) * _MILLION / wanted,
        evidence=(_fact(status, "ytd_growth", growth), _fact(status, "target", wanted)),
    )


def _projects(quarter: Quarter, region: UnitFacts, _rules: RankingRules) -> Raw:
    moves = project_moves(quarter, region)
    if isinstance(moves, str):
        return Raw(None, moves)
    if moves.of == 0:
        return Raw(None, "no_projects")
    status = moves.status
    return Raw(
        Fraction(moves.moved + moves.finished - len(moves.stalled), moves.of),
        evidence=(
            _fact(status, "projects.moved", moves.moved + moves.finished),
            _fact(status, "projects.stalled", len(moves.stalled)),
            _fact(status, "projects.of", moves.of),
        ),
    )


def _data_discipline(quarter: Quarter, region: UnitFacts, rules: RankingRules) -> Raw:
    facts: list[Evidence] = []
    found: list[Fraction] = []
    for month in quarter.months:
        shown = quarter.value(region, month)
        if shown is None:
            return Raw(None, "no_status")
        if shown.suppressed:
            return Raw(None, "suppressed")
        if shown.status.coverage is not None:
            facts.append(_fact(shown.status, "coverage", shown.status.coverage))
            found.append(min(Fraction(shown.status.coverage), Fraction(1)))
    if not found:
        return Raw(None, "coverage_unknown")
    late = days_late(quarter, region)
    facts += [Evidence(key, None, "working_days_late", days) for key, days in late.items()]
    cells = len(quarter.clusters(region.id)) * len(quarter.months)
    mean_late = Fraction(sum(late.values()), cells) if cells else Fraction(0)
    return Raw(_mean(found) - Fraction(rules.late_day_costs) * mean_late, evidence=tuple(facts))


@dataclass(frozen=True, slots=True)
class _Achieved:
    value: Fraction
    evidence: tuple[Evidence, ...]


def _achievements(quarter: Quarter, region: UnitFacts, month: Month) -> dict[str, _Achieved] | Raw:
    """By cluster; a raw value without value where too few are judged.

    Clusters without a target count neither way, nor do those that the reader may not see: from a
    mean with a hidden part the part could be computed.
    """
    found: dict[str, _Achieved] = {}
    hidden = missing = 0
    for unit in quarter.clusters(region.id):
        shown = quarter.value(unit, month)
        if shown is not None and shown.suppressed:
            hidden += 1
            continue
        if not _has_target(quarter, unit):
            continue
        status = None if shown is None else shown.status
        value = None if status is None else achievement(status)
        if status is None or value is None or status.colour is Colour.GREY:
            missing += 1
            continue
        figure = "ytd" if status.required_ytd is not None else "level"
        actual = status.ytd if status.required_ytd is not None else status.level
        facts = (_fact(status, figure, actual), _fact(status, "gap", status.gap))
        found[unit.id] = _Achieved(value, facts)
    if not found:
        return Raw(None, "suppressed" if hidden else "not_judged" if missing else "no_target")
    if Fraction(len(found), len(found) + missing) < _LEAST_JUDGED:
        return Raw(None, "too_few_judged")
    return found


def _has_target(quarter: Quarter, unit: UnitFacts) -> bool:
    return any(
        target.value is not None
        for one in quarter.snapshot.plan.indicators_of(unit.id)
        if one.indicator == unit.value_indicator
        for target in one.targets
    )


def _shortfall(value: Fraction) -> Fraction:
    return max(Fraction(0), 1 - value)


def _mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def _fact(status: Status, figure: str, value: float | None) -> Evidence:
    return Evidence(status.key, status.version, figure, value)


_Find = Callable[[Quarter, UnitFacts, RankingRules], Raw]
_FIND: Mapping[Criterion, _Find] = {
    Criterion.LEVEL: _level,
    Criterion.GROWTH: _growth,
    Criterion.GAP_CLOSED: _gap_closed,
    Criterion.FUNDS: _funds,
    Criterion.PROJECTS: _projects,
    Criterion.DATA_DISCIPLINE: _data_discipline,
}
