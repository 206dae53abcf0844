"""Rules about verdict, growth and restatements, each a signal per period.

Growth and restatements of confidential figures hold: the mere alert would tell them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.alerts.domain.detail import Detail
from services.alerts.domain.outcome import Outcome, Signal, SignalKind
from services.alerts.domain.periods import Stretch, assess_periods
from shared.events.status import Colour, Status, Verdict

_ON_TRACK = frozenset({Verdict.ON_TRACK, Verdict.ACHIEVED})
_OFF_TRACK = frozenset({Verdict.BEHIND, Verdict.FAR_BEHIND, Verdict.MOVING_AWAY})


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """Settings that these rules share."""

    enabled: bool = True
    periods: int = 1
    """Consecutive bad periods before it fires."""
    colour: Colour = Colour.YELLOW
    minimum_coverage: float = 0.95
    """Thinner periods hold."""
    threshold: float = 0.0
    """Growth below which, or share of last year's figure above which, a period is bad."""


def assess_fell_back(rule: PeriodRule, statuses: Iterable[Status]) -> Outcome:
    """On track or achieved before, and lost again; what never was on track is no news here."""
    series = sorted(statuses, key=lambda status: status.period)
    reached: set[str] = set()
    good = False
    for status in series:
        if good:
            reached.add(status.period)
        good = good or (gate(rule, status) is None and status.verdict in _ON_TRACK)

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        held = gate(rule, status)
        if held is not None:
            return held
        if status.verdict in _ON_TRACK:
            return Signal(SignalKind.CLEAR, str(status.verdict))
        if status.verdict in _OFF_TRACK and status.period in reached:
            return Signal(SignalKind.FIRE, "lost_again")
        return Signal(SignalKind.HOLD, "never_on_track")

    return assess_periods(series, say, rule.periods, lambda status: status.colour)


def assess_growth_negative(rule: PeriodRule, statuses: Iterable[Status]) -> Outcome:
    """Comparable year-to-date growth is below the threshold (0)."""

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        held = confidential(status) or gate(rule, status)
        if held is not None:
            return held
        if status.ytd_growth is None:
            return Signal(SignalKind.HOLD, "growth_unknown")
        if status.ytd_growth < rule.threshold:
            return Signal(SignalKind.FIRE, "growth_negative")
        return Signal(SignalKind.CLEAR, "growth_not_negative")

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour)


def assess_below_parent(
    rule: PeriodRule, statuses: Iterable[Status], parents: Iterable[Status]
) -> Outcome:
    """Growth is below the parent's growth in the same period, by more than the threshold."""
    growth: Mapping[str, Status] = {status.period: status for status in parents}

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        parent = growth.get(status.period)
        held = confidential(status) or gate(rule, status)
        if held is None and parent is not None:
            held = confidential(parent) or gate(rule, parent)
        if held is not None:
            return held
        if parent is None or parent.ytd_growth is None or status.ytd_growth is None:
            return Signal(SignalKind.HOLD, "growth_unknown")
        if status.ytd_growth < parent.ytd_growth - rule.threshold:
            return Signal(SignalKind.FIRE, "below_parent")
        return Signal(SignalKind.CLEAR, "not_below_parent")

    def found(status: Status) -> Detail:
        parent = growth.get(status.period)
        return Detail(wanted_growth=None if parent is None else parent.ytd_growth)

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour, found)


def assess_restatement(rule: PeriodRule, statuses: Iterable[Status]) -> Outcome:
    """Last year's figure was restated by more than the threshold (5 %)."""

    def say(status: Status, _stretch: Stretch | None) -> Signal:
        if status.confidential:
            return Signal(SignalKind.HOLD, "confidential")
        if status.decomposition is None or not status.ytd_last_year:
            return Signal(SignalKind.HOLD, "restatement_unknown")
        if (_restated(status) or 0.0) > rule.threshold:
            return Signal(SignalKind.FIRE, "base_restated")
        return Signal(SignalKind.CLEAR, "base_stands")

    def found(status: Status) -> Detail:
        return Detail(share=_restated(status))

    return assess_periods(statuses, say, rule.periods, lambda _status: rule.colour, found)


def _restated(status: Status) -> float | None:
    if status.decomposition is None or not status.ytd_last_year:
        return None
    return abs(status.decomposition.restatement) / abs(status.ytd_last_year)


def gate(rule: PeriodRule, status: Status) -> Signal | None:
    """A hold for thin coverage; null when the period can be judged."""
    if status.coverage is None:
        return Signal(SignalKind.HOLD, "coverage_unknown")
    if status.coverage < rule.minimum_coverage:
        return Signal(SignalKind.HOLD, "coverage_below_gate")
    return None


def confidential(status: Status) -> Signal | None:
    """A hold for confidential figures; null for others."""
    return Signal(SignalKind.HOLD, "confidential") if status.confidential else None
